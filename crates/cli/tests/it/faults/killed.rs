//! `kill -9` of the whole program, again and again.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use super::{
    invariants::{Finished, Load},
    site::{Sdk, Site},
    trace::{self, Word},
};

/// More than is done between twenty kills, however quick the program is.
const LOAD: Load = Load {
    runs: 28,
    seconds: 0.01,
};

/// Each one gives a moment to kill at.
const SEEDS: u64 = 20;

/// When to kill, counted from the start of the program.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// While it starts: recovery, migrations, imports.
    Starting(Duration),
    /// When the tasks have written so many lines more, and a little later.
    Working { lines: usize, later: Duration },
}

impl Moment {
    fn of(seed: u64) -> Self {
        let mut random = SplitMix(seed);
        if random.below(5) == 0 {
            return Self::Starting(Duration::from_millis(random.below(1500)));
        }
        Self::Working {
            lines: usize::try_from(1 + random.below(30)).unwrap(),
            later: Duration::from_micros(random.below(40_000)),
        }
    }
}

/// Reproducible from its seed on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[rstest]
#[case::sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::postgres(Sdk::Apache, Engine::Postgres)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_stuck(#[case] sdk: Sdk, #[case] engine: Engine) {
    let site = LOAD.site(TestDatabase::new(engine).await).on(sdk);
    let mut finished = Vec::new();
    for seed in 0..SEEDS {
        let moment = Moment::of(seed);
        // The captured output of a failed test shows the seeds.
        println!("seed {seed}: {moment:?}");
        let begun = Instant::now();
        let program = site.start();
        match moment {
            Moment::Starting(after) => tokio::time::sleep(after).await,
            Moment::Working { lines, later } => {
                let wanted = trace::read(&site).len() + lines;
                let what = format!("{wanted} lines of the trace");
                trace::until(&site, &program, &what, |entries| entries.len() >= wanted).await;
                tokio::time::sleep(later).await;
            }
        }
        program.kill().await;
        finished.push(Finished::now(&site).await);
        println!("  killed after {:?}", begun.elapsed());
    }
    let program = site.start();
    LOAD.all_ended(&site, &program).await;
    program.signal(Signal::SIGINT);
    let status = program.exited().await;
    assert!(status.success(), "{status}");
    site.until_no_process().await;

    let entries = trace::read(&site);
    for finished in &finished {
        finished.check(&entries);
    }
    let lost = LOAD.check(&site).await;
    // Otherwise nothing was hit.
    assert!(lost > 0, "no try was lost by {SEEDS} kills");
    println!("{lost} tries were lost, {} lines", entries.len());
}

/// Tasks that do not end by themselves, one of which does not heed SIGTERM either.
#[rstest]
#[case::sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::postgres(Sdk::Apache, Engine::Postgres)]
#[case::bundled(Sdk::Bundled, Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_try_is_dead_before_the_next_one_begins(#[case] sdk: Sdk, #[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let site = Site::new(database, &["witness.py", "stopping.py"])
        .on(sdk)
        .with("AIRFLOW__CORE__KILLED_TASK_CLEANUP_TIME", "1");
    let program = site.start();
    trace::until(&site, &program, "three tasks run", |entries| {
        trace::count(entries, Word::Begin) == 3
    })
    .await;
    program.kill().await;
    let program = site.start();
    trace::until(&site, &program, "their next tries run", |entries| {
        trace::count(entries, Word::Begin) == 6
    })
    .await;
    let entries = trace::read(&site);
    assert_eq!(trace::count(&entries, Word::Overlap), 0, "{entries:?}");
    let second = site
        .count(
            "SELECT COUNT(*) FROM task_instance
             WHERE state = 'running' AND try_number = 2 AND max_tries = 1",
        )
        .await;
    assert_eq!(second, 3);
    program.signal(Signal::SIGINT);
    program.signal(Signal::SIGTERM);
    assert!(program.exited().await.success());
    site.until_no_process().await;
}
