//! What the planner knows, with the indexes that keep a plan's cost at the size of the news.

use std::collections::HashMap;

use super::{
    facts::{DagEntry, RunKey, TaskInstance},
    limits::{Limits, Settings},
    observation::Observation,
    plan::{Plan, QueueTask, RunPlan},
};
use crate::{DagId, MapIndex, TaskId, UtcDateTime};

/// All queued and running DAG runs with their task instances, the DAGs, pools and limits.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    settings: Settings,
    dags: HashMap<DagId, DagEntry>,
}

impl Snapshot {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Takes in news. What depends on it is looked at by the next [`plan`].
    pub fn observe(&mut self, observation: Observation) {
        let _ = (&self.settings, observation);
    }

    /// Forgets the news that `plan` has answered. To be called once for each plan, before what
    /// came of the plan is observed.
    pub fn settle(&mut self, plan: &Plan) {
        let _ = plan;
    }

    /// Observes that the whole of a run's plan was written at `now`.
    pub fn apply_run(&mut self, run: &RunPlan, now: UtcDateTime) {
        let _ = (run, now);
    }

    /// Observes that a task instance was queued at `now` by the scheduler with that job id.
    pub fn apply_queue(&mut self, task: &QueueTask, job_id: i32, now: UtcDateTime) {
        let _ = (task, job_id, now);
    }

    /// Whether runs of that DAG are to be read with [`Run::previous`](super::Run::previous).
    pub fn needs_previous_runs(&self, dag_id: &DagId) -> bool {
        let _ = dag_id;
        false
    }

    pub fn dag(&self, dag_id: &DagId) -> Option<&DagEntry> {
        self.dags.get(dag_id)
    }

    pub fn dags(&self) -> impl Iterator<Item = &DagEntry> {
        self.dags.values()
    }

    /// The keys of all runs that the snapshot holds.
    pub fn runs(&self) -> impl Iterator<Item = &RunKey> {
        std::iter::empty()
    }

    pub fn task_instance(
        &self,
        run: &RunKey,
        task_id: &TaskId,
        map_index: MapIndex,
    ) -> Option<&TaskInstance> {
        let _ = (run, task_id, map_index);
        None
    }
}

/// Decides everything that can be decided now.
pub fn plan(snapshot: &Snapshot, limits: &Limits, now: UtcDateTime) -> Plan {
    let _ = (snapshot, limits, now);
    Plan::default()
}
