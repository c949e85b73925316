//! What to look at, and when: the loop's choices without its IO.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use updraft_core::{DagId, UtcDateTime, planner::RunKey};

use crate::settings::Intervals;

/// Looks at announced changes are this many times as far apart as one of them takes.
const POLL_SHARE: i32 = 20;

/// Everything that will have to be done.
#[derive(Clone, Debug)]
pub(crate) struct Agenda {
    intervals: Intervals,
    dags_at: UtcDateTime,
    /// To be read again at once, though not all of them.
    changed_dags: BTreeSet<DagId>,
    poll_at: UtcDateTime,
    whole_at: UtcDateTime,
    heartbeat_at: UtcDateTime,
    orphans_at: UtcDateTime,
    zombies_at: UtcDateTime,
    queued_at: UtcDateTime,
    /// Runs to be read again whole.
    reload: BTreeMap<RunKey, UtcDateTime>,
    /// When the planner asked to be asked again.
    plan_at: Option<UtcDateTime>,
    last_poll: UtcDateTime,
    last_dags: UtcDateTime,
    poll_took: SignedDuration,
}

/// What is to be done now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) heartbeat: bool,
    pub(crate) orphans: bool,
    pub(crate) zombies: bool,
    pub(crate) queued: bool,
    pub(crate) dags: bool,
    /// These of them alone; empty where all are due.
    pub(crate) changed_dags: Vec<DagId>,
    pub(crate) whole: bool,
    pub(crate) poll: bool,
    pub(crate) reload: Vec<RunKey>,
}

impl Agenda {
    /// Everything is to be read at once; the first heartbeat was the job's row.
    pub(crate) fn new(intervals: Intervals, now: UtcDateTime) -> Self {
        Self {
            intervals,
            dags_at: now,
            changed_dags: BTreeSet::new(),
            poll_at: now,
            whole_at: now,
            heartbeat_at: now.saturating_add(intervals.heartbeat),
            orphans_at: now.saturating_add(intervals.orphans),
            zombies_at: now.saturating_add(intervals.zombie_detection),
            queued_at: now.saturating_add(intervals.queued_check),
            reload: BTreeMap::new(),
            plan_at: None,
            last_poll: now.saturating_sub(intervals.settle),
            last_dags: now.saturating_sub(intervals.poll),
            poll_took: SignedDuration::ZERO,
        }
    }

    /// Somebody changed the database. Our own writes look the same on SQLite, so the look at it
    /// must not cost more than a small part of the time.
    pub(crate) fn database_changed(&mut self, now: UtcDateTime) {
        let gap = self
            .intervals
            .settle
            .max(self.poll_took.saturating_mul(POLL_SHARE));
        let at = self.last_poll.saturating_add(gap).max(now);
        self.poll_at = self.poll_at.min(at);
        let at = self.last_dags.saturating_add(self.intervals.poll).max(now);
        self.dags_at = self.dags_at.min(at);
    }

    /// How long the last look at the changes took.
    pub(crate) fn polled(&mut self, took: SignedDuration) {
        self.poll_took = took;
    }

    /// DAG rows are to be read again at once.
    pub(crate) fn dags_changed(&mut self, now: UtcDateTime) {
        self.dags_at = self.dags_at.min(now);
    }

    /// The rows of these DAGs are to be read again at once.
    pub(crate) fn these_dags_changed(&mut self, dag_ids: impl IntoIterator<Item = DagId>) {
        self.changed_dags.extend(dag_ids);
    }

    /// DAG rows are to be read again at that moment.
    pub(crate) fn dags_by(&mut self, at: UtcDateTime) {
        self.dags_at = self.dags_at.min(at);
    }

    /// Nothing that was read is to be trusted.
    pub(crate) fn everything(&mut self, now: UtcDateTime) {
        self.dags_at = now;
        self.whole_at = now;
    }

    /// The run is not what it was taken for: read it again soon.
    pub(crate) fn refused(&mut self, run: RunKey, now: UtcDateTime) {
        self.reload_at(run, now.saturating_add(self.intervals.refused));
    }

    pub(crate) fn reload_at(&mut self, run: RunKey, at: UtcDateTime) {
        let entry = self.reload.entry(run).or_insert(at);
        *entry = (*entry).min(at);
    }

    /// The critical section was occupied: plan again soon.
    pub(crate) fn busy(&mut self, now: UtcDateTime) {
        self.plan_by(now.saturating_add(self.intervals.refused));
    }

    pub(crate) fn plan_by(&mut self, at: UtcDateTime) {
        self.plan_at = Some(self.plan_at.map_or(at, |known| known.min(at)));
    }

    /// A plan was made; it names the next moment of its own.
    pub(crate) fn planned(&mut self, wake_at: Option<UtcDateTime>) {
        self.plan_at = wake_at;
    }

    /// Takes what is due, and arms the timers again.
    pub(crate) fn due(&mut self, now: UtcDateTime) -> Due {
        let intervals = self.intervals;
        let mut due = Due {
            heartbeat: rearm(&mut self.heartbeat_at, now, intervals.heartbeat),
            orphans: rearm(&mut self.orphans_at, now, intervals.orphans),
            zombies: rearm(&mut self.zombies_at, now, intervals.zombie_detection),
            queued: rearm(&mut self.queued_at, now, intervals.queued_check),
            dags: rearm(&mut self.dags_at, now, intervals.dags),
            changed_dags: Vec::new(),
            whole: rearm(&mut self.whole_at, now, intervals.whole_read),
            poll: rearm(&mut self.poll_at, now, intervals.poll),
            reload: Vec::new(),
        };
        let changed_dags = std::mem::take(&mut self.changed_dags);
        if due.dags {
            self.last_dags = now;
        } else {
            due.changed_dags = changed_dags.into_iter().collect();
        }
        if due.poll || due.whole {
            self.last_poll = now;
        }
        if due.whole {
            // Reading everything covers the rest.
            due.poll = false;
            self.reload.clear();
        } else {
            self.reload.retain(|run, at| {
                let is_due = *at <= now;
                if is_due {
                    due.reload.push(run.clone());
                }
                !is_due
            });
        }
        due
    }

    /// When the loop must look again even if nothing happens.
    pub(crate) fn next_at(&self) -> UtcDateTime {
        if !self.changed_dags.is_empty() {
            return UtcDateTime::UNIX_EPOCH;
        }
        let timers = [
            self.heartbeat_at,
            self.orphans_at,
            self.zombies_at,
            self.queued_at,
            self.dags_at,
            self.whole_at,
            self.poll_at,
        ];
        timers
            .into_iter()
            .chain(self.reload.values().copied())
            .chain(self.plan_at)
            .min()
            .unwrap_or(self.poll_at)
    }
}

fn rearm(at: &mut UtcDateTime, now: UtcDateTime, interval: jiff::SignedDuration) -> bool {
    let is_due = *at <= now;
    if is_due {
        *at = now.saturating_add(interval);
    }
    is_due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> UtcDateTime {
        "2024-01-01T00:00:00Z".parse().unwrap()
    }

    fn after(millis: i64) -> UtcDateTime {
        start().saturating_add(SignedDuration::from_millis(millis))
    }

    fn run(id: &str) -> RunKey {
        RunKey {
            dag_id: "dag".into(),
            run_id: id.into(),
        }
    }

    fn begun() -> Agenda {
        let mut agenda = Agenda::new(Intervals::default(), start());
        let due = agenda.due(start());
        assert!(due.dags && due.whole && !due.poll && !due.heartbeat);
        agenda
    }

    #[test]
    fn without_news_it_polls_once_a_second() {
        let mut agenda = begun();
        assert_eq!(agenda.next_at(), after(1000));
        assert_eq!(agenda.due(after(999)), Due::default());
        assert!(agenda.due(after(1000)).poll);
        assert_eq!(agenda.next_at(), after(2000));
    }

    #[test]
    fn announced_changes_that_come_together_are_read_together() {
        let mut agenda = begun();
        agenda.database_changed(after(20));
        assert_eq!(agenda.next_at(), after(100));
        assert!(agenda.due(after(100)).poll);
        agenda.database_changed(after(900));
        assert_eq!(agenda.next_at(), after(900));
        assert!(agenda.due(after(900)).poll);
        agenda.polled(SignedDuration::from_millis(20));
        agenda.database_changed(after(910));
        assert_eq!(agenda.next_at(), after(1000));
        assert!(agenda.due(after(1000)).dags);
        assert!(agenda.due(after(1300)).poll);
    }

    #[test]
    fn changed_dags_are_read_at_once_unless_all_are() {
        let mut agenda = begun();
        agenda.these_dags_changed(["b".into(), "a".into(), "b".into()]);
        assert!(agenda.next_at() <= after(0));
        let due = agenda.due(after(10));
        assert_eq!(due.changed_dags, ["a".into(), "b".into()]);
        assert!(!due.dags);
        assert_eq!(agenda.due(after(20)), Due::default());
        agenda.these_dags_changed(["c".into()]);
        agenda.dags_changed(after(30));
        let due = agenda.due(after(30));
        assert!(due.dags && due.changed_dags.is_empty());
        assert_eq!(agenda.due(after(40)), Due::default());
    }

    #[test]
    fn a_refused_run_is_read_again_within_a_tenth_of_a_second() {
        let mut agenda = begun();
        agenda.refused(run("a"), after(10));
        agenda.refused(run("a"), after(40));
        assert!(agenda.next_at() <= after(110));
        assert_eq!(agenda.due(after(110)).reload, [run("a")]);
        assert_eq!(agenda.due(after(120)).reload, []);
    }

    #[test]
    fn reading_everything_covers_single_runs() {
        let mut agenda = begun();
        agenda.refused(run("a"), after(10));
        agenda.everything(after(20));
        let due = agenda.due(after(20));
        assert!(due.whole && due.reload.is_empty());
        assert_eq!(agenda.due(after(200)).reload, []);
    }

    #[test]
    fn the_planners_moment_counts() {
        let mut agenda = begun();
        agenda.planned(Some(after(300)));
        assert_eq!(agenda.next_at(), after(300));
        agenda.busy(after(100));
        assert_eq!(agenda.next_at(), after(150));
        agenda.planned(None);
        assert_eq!(agenda.next_at(), after(1000));
    }
}
