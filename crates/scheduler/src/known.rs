//! The rows as they were last read, to tell what is new in the next reading.

use std::collections::{HashMap, HashSet};

use updraft_core::{
    DagId, UtcDateTime,
    planner::{RunKey, RunState},
    state::DagRunState,
};
use updraft_metadata_db::scheduling::{DagRow, RunRow};

/// Rows of DAGs and of runs that are not finished.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) dags: HashMap<DagId, DagRow>,
    runs: HashMap<RunKey, RunRow>,
    keys: HashMap<i32, RunKey>,
}

/// What a reading of the active runs' rows says.
#[derive(Debug, Default)]
pub(crate) struct RunNews {
    /// New runs, and runs that were cleared: their task instances are to be read.
    pub(crate) whole: Vec<RunRow>,
    pub(crate) states: Vec<RunState>,
    /// Finished or deleted.
    pub(crate) gone: Vec<RunKey>,
    /// Runs that another scheduler set running.
    pub(crate) started: Vec<RunKey>,
}

impl Known {
    pub(crate) fn key(&self, dag_run_id: i32) -> Option<&RunKey> {
        self.keys.get(&dag_run_id)
    }

    pub(crate) fn has_runs(&self) -> bool {
        !self.runs.is_empty()
    }

    /// DAGs with a run that is not finished.
    pub(crate) fn active_dags(&self) -> HashSet<&DagId> {
        self.runs.keys().map(|key| &key.dag_id).collect()
    }

    pub(crate) fn insert_run(&mut self, row: RunRow) {
        self.keys.insert(row.run.id, row.run.key.clone());
        self.runs.insert(row.run.key.clone(), row);
    }

    pub(crate) fn remove_run(&mut self, key: &RunKey) -> Option<RunRow> {
        let row = self.runs.remove(key)?;
        self.keys.remove(&row.run.id);
        Some(row)
    }

    /// The run was set running by us.
    pub(crate) fn started(&mut self, key: &RunKey, now: UtcDateTime) {
        if let Some(row) = self.runs.get_mut(key) {
            row.run.state = DagRunState::Running;
            row.run.start_date = row.run.start_date.or(Some(now));
        }
    }

    /// The run was brought in line with a definition by us.
    pub(crate) fn adjusted(&mut self, key: &RunKey, dag_hash: &str) {
        if let Some(row) = self.runs.get_mut(key) {
            row.run.dag_hash = Some(dag_hash.to_owned());
        }
    }

    /// Compares a reading of every active run with what was known, and takes it over. What was
    /// known of runs in [`RunNews::whole`] is forgotten until they are read.
    pub(crate) fn take_runs(&mut self, rows: Vec<RunRow>) -> RunNews {
        let mut news = RunNews::default();
        let mut unseen: HashSet<RunKey> = self.runs.keys().cloned().collect();
        for row in rows {
            let key = row.run.key.clone();
            unseen.remove(&key);
            let known = self.runs.get(&key);
            if known.is_some_and(|known| is_same_run(known, &row)) {
                let known_state = known.map(state_of);
                if known_state.as_ref() != Some(&state_of(&row)) {
                    let was_queued =
                        known_state.is_some_and(|known| known.state == DagRunState::Queued);
                    if was_queued && row.run.state == DagRunState::Running {
                        news.started.push(key);
                    }
                    news.states.push(RunState {
                        last_scheduling_decision: row.run.last_scheduling_decision,
                        ..state_of(&row)
                    });
                    self.insert_run(row);
                }
            } else {
                self.remove_run(&key);
                news.whole.push(row);
            }
        }
        for key in unseen {
            self.remove_run(&key);
            news.gone.push(key);
        }
        news
    }
}

/// The same row, and not cleared since.
fn is_same_run(known: &RunRow, row: &RunRow) -> bool {
    known.run.id == row.run.id && known.clear_number == row.clear_number
}

/// Without `last_scheduling_decision`, which says nothing new.
fn state_of(row: &RunRow) -> RunState {
    RunState {
        run: row.run.key.clone(),
        state: row.run.state,
        start_date: row.run.start_date,
        queued_at: row.run.queued_at,
        last_scheduling_decision: None,
        dag_hash: row.run.dag_hash.clone(),
    }
}
