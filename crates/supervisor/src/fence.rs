//! Whether others may take this supervisor for dead although the database is up: then its tasks must
//! be gone before they do. See `docs/decisions/0002-dead-supervisors.md`.

use jiff::SignedDuration;
use updraft_core::{Reach, UtcDateTime};
use updraft_metadata_db::{Engine, Retry};

/// A renewal that is under way at so many heartbeats in a row does not get through.
const PATIENCE: u32 = 2;

/// Follows the renewals of our signs of life, and the looks at the database that go beside them.
#[derive(Debug)]
pub(crate) struct Fence {
    engine: Engine,
    /// Silence after which our tasks are to be ended.
    limit: SignedDuration,
    /// The sign of life that the database has.
    renewed: UtcDateTime,
    renewal: Renewal,
    /// The last look was answered, and nothing says that others could not write.
    is_up: bool,
    /// When the database was up. A pause of ours is no outage: others went on.
    up: Reach,
}

#[derive(Debug, PartialEq, Eq)]
enum Renewal {
    /// The last one went through.
    Through,
    /// It is under way for so many heartbeats.
    UnderWay(u32),
    /// The database answered, and did not take it.
    Refused,
}

impl Fence {
    pub(crate) fn new(engine: Engine, limit: SignedDuration, start: UtcDateTime) -> Self {
        Self {
            engine,
            limit,
            renewed: start,
            renewal: Renewal::Through,
            is_up: false,
            up: Reach::since(start, SignedDuration::MAX),
        }
    }

    /// The database has our sign of life of that instant.
    pub(crate) fn renewed(&mut self, at: UtcDateTime) {
        self.renewed = at;
        self.renewal = Renewal::Through;
    }

    /// A heartbeat is due, and the renewal of an earlier one is still under way.
    pub(crate) fn renewal_is_under_way(&mut self) {
        let beats = match self.renewal {
            Renewal::UnderWay(beats) => beats,
            _ => 0,
        };
        self.renewal = Renewal::UnderWay(beats.saturating_add(1));
        if self.engine == Engine::Sqlite {
            // Whoever holds the lock of the file holds it against everybody.
            self.not_answered();
        }
    }

    pub(crate) fn not_renewed(&mut self, retry: Retry) {
        match (retry, self.engine) {
            // It is away, full, a standby: nobody else can write either. On SQLite a lock is on the
            // whole file.
            (Retry::Connection, _) | (Retry::Transaction, Engine::Sqlite) => {
                self.renewal = Renewal::Through;
                self.not_answered();
            }
            (Retry::Transaction | Retry::Never, _) => self.renewal = Renewal::Refused,
        }
    }

    /// A look begins: until it is answered nothing is known.
    pub(crate) fn look_begins(&mut self) {
        self.is_up = false;
    }

    pub(crate) fn answered(&mut self, now: UtcDateTime) {
        self.is_up = true;
        self.up.succeeded(now);
    }

    pub(crate) fn not_answered(&mut self) {
        self.is_up = false;
        self.up.failed();
    }

    /// Our signs of life do not get through, the database is up, and was for the whole limit since the
    /// last one. What others count is the same: the time in which they reached it.
    pub(crate) fn is_due(&self, now: UtcDateTime) -> bool {
        let is_stuck = match self.renewal {
            Renewal::Through => false,
            Renewal::UnderWay(beats) => beats >= PATIENCE,
            Renewal::Refused => true,
        };
        is_stuck && self.is_up && self.renewed < self.up.cutoff(now, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const BEAT: i64 = 5;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(seconds))
    }

    struct Story {
        fence: Fence,
        now: i64,
    }

    impl Story {
        /// A minute of renewals that go through.
        fn new(engine: Engine) -> Self {
            let fence = Fence::new(engine, SignedDuration::from_secs(150), at(0));
            let mut story = Self { fence, now: 0 };
            story.live(60, Fence::renewed_now);
            story
        }

        /// Beats for so long with renewals that end so, while looks are answered. The instant at which
        /// the tasks are to be ended.
        fn live(&mut self, seconds: i64, renew: impl Fn(&mut Fence, i64)) -> Option<i64> {
            for _ in 0..seconds / BEAT {
                self.now += BEAT;
                self.fence.look_begins();
                renew(&mut self.fence, self.now);
                if self.fence.is_due(at(self.now)) {
                    return Some(self.now);
                }
                self.fence.answered(at(self.now));
                if self.fence.is_due(at(self.now)) {
                    return Some(self.now);
                }
            }
            None
        }

        fn outage(&mut self, seconds: i64) {
            for _ in 0..seconds / BEAT {
                self.now += BEAT;
                self.fence.look_begins();
                self.fence.not_renewed(Retry::Connection);
                self.fence.not_answered();
                assert!(!self.fence.is_due(at(self.now)));
            }
        }
    }

    impl Fence {
        fn renewed_now(&mut self, now: i64) {
            self.renewed(at(now));
        }
    }

    fn refused(fence: &mut Fence, _: i64) {
        fence.not_renewed(Retry::Never);
    }

    fn locked(fence: &mut Fence, _: i64) {
        fence.not_renewed(Retry::Transaction);
    }

    fn full(fence: &mut Fence, _: i64) {
        fence.not_renewed(Retry::Connection);
    }

    fn waits(fence: &mut Fence, _: i64) {
        fence.renewal_is_under_way();
    }

    #[rstest]
    #[case::goes_through(Engine::Postgres, Fence::renewed_now, None)]
    #[case::a_trigger_that_raises(Engine::Postgres, refused, Some(215))]
    #[case::a_trigger_that_raises_on_sqlite(Engine::Sqlite, refused, Some(215))]
    #[case::a_lock_that_times_out(Engine::Postgres, locked, Some(215))]
    #[case::a_lock_that_is_waited_for(Engine::Postgres, waits, Some(215))]
    #[case::a_lock_of_the_whole_file(Engine::Sqlite, locked, None)]
    #[case::a_wait_for_the_whole_file(Engine::Sqlite, waits, None)]
    #[case::a_full_disk_that_can_be_read(Engine::Postgres, full, None)]
    fn tasks_end_when_signs_of_life_do_not_get_through(
        #[case] engine: Engine,
        #[case] renew: fn(&mut Fence, i64),
        #[case] expected: Option<i64>,
    ) {
        assert_eq!(Story::new(engine).live(1_000, renew), expected);
    }

    #[test]
    fn an_outage_does_not_count() {
        let mut story = Story::new(Engine::Postgres);
        story.outage(10_000);
        assert_eq!(story.live(140, refused), None, "140 s of silence");
        assert_eq!(story.live(100, refused), Some(10_215), "then the rest");
    }

    #[test]
    fn after_an_outage_the_first_look_comes_before_the_renewal() {
        let mut story = Story::new(Engine::Postgres);
        // No answer and no error: the network dropped everything, and the look gets through first.
        story.fence.look_begins();
        for _ in 0..100 {
            story.now += BEAT;
            story.fence.renewal_is_under_way();
            story.fence.not_answered();
        }
        story.fence.answered(at(story.now));
        assert!(!story.fence.is_due(at(story.now)));
    }

    #[test]
    fn a_supervisor_that_was_stopped_asks_before_it_ends_anything() {
        let mut story = Story::new(Engine::Postgres);
        story.now += 1_000;
        assert_eq!(
            story.live(BEAT, waits),
            None,
            "the answer may be on its way"
        );
        assert_eq!(story.live(BEAT, waits), Some(story.now), "it is not");

        let mut story = Story::new(Engine::Postgres);
        story.now += 1_000;
        assert_eq!(story.live(BEAT, refused), Some(story.now));

        let mut story = Story::new(Engine::Postgres);
        story.now += 1_000;
        assert_eq!(story.live(BEAT, Fence::renewed_now), None);
    }
}
