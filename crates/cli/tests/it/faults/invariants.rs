//! What holds of the load of `tests/dags/mix.py`, whatever was killed meanwhile.

use std::collections::{HashMap, HashSet};

use updraft_test_support::TestDatabase;

use super::{
    site::Site,
    standalone::Standalone,
    trace::{self, Entry, Key, Word},
};

const TASKS_PER_RUN: i64 = 17 + 3;

/// The load: `runs` hourly runs of each of the two DAGs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) runs: i64,
    /// What most tasks take, besides their start.
    pub(super) seconds: f64,
}

impl Load {
    pub(super) fn site(self, database: TestDatabase) -> Site {
        Site::new(database, &["witness.py", "mix.py"])
            .with("UPDRAFT_TEST_RUNS", self.runs.to_string())
            .with("UPDRAFT_TEST_SECONDS", self.seconds.to_string())
    }

    /// Waits for the end of every run.
    pub(super) async fn all_ended(self, site: &Site, program: &Standalone) {
        site.until_count(
            program,
            "SELECT COUNT(*) FROM dag_run WHERE state IN ('success', 'failed')",
            2 * self.runs,
        )
        .await;
    }

    /// Everything ended as the DAG files say, and was run as often as it had to be. Returns the number
    /// of lost tries.
    pub(super) async fn check(self, site: &Site) -> i64 {
        let entries = trace::read(site);
        check_trace(&entries);
        let begun = trace::by_key(&entries, Word::Begin);
        let ended = trace::by_key(&entries, Word::End);
        let planned = trace::by_key(&entries, Word::Fail);

        let failed = site
            .count("SELECT COUNT(*) FROM dag_run WHERE state <> 'success'")
            .await;
        assert_eq!(failed, 0, "runs that did not succeed");
        let open = site
            .count("SELECT COUNT(*) FROM updraft_task_try WHERE ended_at IS NULL")
            .await;
        assert_eq!(open, 0, "tries whose end is not stored");

        let instances: Vec<Instance> = site
            .rows(
                "SELECT t.dag_id, t.run_id, t.task_id, t.state, t.try_number,
                     (SELECT COUNT(*) FROM updraft_task_try u
                      WHERE u.dag_id = t.dag_id AND u.run_id = t.run_id AND u.task_id = t.task_id
                        AND u.state = 'lost') AS lost,
                     (SELECT COUNT(*) FROM updraft_task_try u
                      WHERE u.dag_id = t.dag_id AND u.run_id = t.run_id AND u.task_id = t.task_id)
                         AS tries,
                     (SELECT x.value FROM xcom x
                      WHERE x.dag_id = t.dag_id AND x.run_id = t.run_id AND x.task_id = t.task_id
                        AND x.key = 'return_value') AS value
                 FROM task_instance t",
            )
            .await;
        assert_eq!(
            instances.len(),
            usize::try_from(TASKS_PER_RUN * self.runs).unwrap()
        );
        for instance in &instances {
            let key = (
                instance.dag_id.clone(),
                instance.run_id.clone(),
                instance.task_id.clone(),
            );
            let times = |found: &HashMap<Key, Vec<i32>>| found.get(&key).map_or(0, Vec::len);
            if instance.task_id == "left" {
                assert_eq!(instance.state.as_deref(), Some("skipped"), "{instance:?}");
                continue;
            }
            assert_eq!(instance.state.as_deref(), Some("success"), "{instance:?}");
            // One try for the success, one for each loss and each failure that was planned and
            // counted: a try can be lost between the two.
            let failures = instance.tries - 1 - instance.lost;
            let possible = i64::try_from(times(&planned)).unwrap();
            assert!((0..=possible).contains(&failures), "{instance:?}");
            assert_eq!(
                i64::from(instance.try_number),
                instance.tries,
                "{instance:?}"
            );
            let last = ended.get(&key).and_then(|tries| tries.last());
            assert_eq!(last, Some(&instance.try_number), "{instance:?}");
            assert!(times(&begun) <= usize::try_from(instance.tries).unwrap());
            let value = instance.value.as_deref().unwrap_or_default();
            let said = match instance.task_id.as_str() {
                "branch" => "\"taken\"".to_owned(),
                task => format!("\"{task} of {}\"", instance.run_id),
            };
            assert_eq!(String::from_utf8_lossy(value), said, "{instance:?}");
        }
        instances.iter().map(|instance| instance.lost).sum()
    }
}

/// Task instances that had ended at some moment, with their try, and the length of the trace then.
pub(super) struct Finished {
    ended: HashMap<Key, i32>,
    lines: usize,
}

impl Finished {
    pub(super) async fn now(site: &Site) -> Self {
        let rows: Vec<(String, String, String, i32)> = site
            .rows(
                "SELECT dag_id, run_id, task_id, try_number FROM task_instance
                 WHERE state IN ('success', 'failed', 'skipped', 'upstream_failed')",
            )
            .await;
        Self {
            ended: rows
                .into_iter()
                .map(|(dag, run, task, try_number)| ((dag, run, task), try_number))
                .collect(),
            lines: trace::read(site).len(),
        }
    }

    /// None of them began again.
    pub(super) fn check(&self, entries: &[Entry]) {
        for entry in &entries[self.lines..] {
            assert!(
                entry.word != Word::Begin || !self.ended.contains_key(&entry.key),
                "a finished task ran again: {entry:?}"
            );
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Instance {
    dag_id: String,
    run_id: String,
    task_id: String,
    state: Option<String>,
    try_number: i32,
    /// Tries that were lost with their supervisor.
    lost: i64,
    tries: i64,
    value: Option<Vec<u8>>,
}

/// No try began twice, and none beside another one of its task instance.
fn check_trace(entries: &[Entry]) {
    let mut begun = HashSet::new();
    for entry in entries {
        assert!(entry.word != Word::Overlap, "two at once: {entry:?}");
        assert!(
            entry.word != Word::Begin || begun.insert((entry.key.clone(), entry.try_number)),
            "a try began twice: {entry:?}"
        );
    }
}
