//! What the planner knows, with the indexes that keep a plan's cost at the size of the news.

mod active_run;
mod applied;
mod dag_rules;
mod dag_state;
mod indexes;
mod observe_dag;
mod observe_run;
mod observe_task_instance;
mod occupancy;
mod past;
mod ready_queue;
mod run_table;
mod skip_index;
mod tally;
mod work;

use std::collections::{BTreeSet, HashMap};

use run_table::RunTable;

pub(super) use active_run::{ActiveRun, Dirty};
pub(super) use dag_rules::DagRules;
pub(super) use dag_state::DagState;
pub(super) use indexes::{Due, Indexes, place_once_scheduled, timeout_of};
pub(super) use occupancy::Occupancy;
pub(super) use past::Past;
pub(super) use ready_queue::{BucketKey, Place, ReadyQueue};
pub(super) use run_table::RunSlot;
pub(super) use skip_index::SkipIndex;
pub(super) use tally::Tally;

use super::{
    dependencies::depends_on_past,
    facts::{DagEntry, Pool, RunKey, TaskInstance},
    limits::Settings,
    observation::Observation,
};
use crate::{DagId, MapIndex, TaskId, UtcDateTime};

/// All queued and running DAG runs with their task instances, the DAGs, pools and limits.
///
/// Several schedulers on one database each have their own snapshot; what another one did is
/// observed like any other news, late news only costs a refused update.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(super) settings: Settings,
    dags: HashMap<DagId, DagState>,
    runs: RunTable,
    dirty_runs: BTreeSet<RunSlot>,
    pub(super) dirty_dags: BTreeSet<DagId>,
    pub(super) indexes: Indexes,
    /// DAGs by the moment at which their next run is to be created.
    pub(super) due_dags: BTreeSet<(UtcDateTime, DagId)>,
    /// DAGs with queued runs.
    pub(super) queued_dags: BTreeSet<DagId>,
    pub(super) pools: HashMap<String, Pool>,
    pub(super) foreign: Occupancy,
}

impl Snapshot {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Takes in news. What depends on it is looked at by the next [`plan`](super::plan()). News
    /// about runs that the snapshot does not hold is ignored.
    pub fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Dag(entry) => self.observe_dag(*entry),
            Observation::DagGone(dag_id) => self.observe_dag_gone(&dag_id),
            Observation::Pools(pools) => {
                self.pools = pools
                    .into_iter()
                    .map(|pool| (pool.name.clone(), pool))
                    .collect();
            }
            Observation::Run(run) => self.observe_run(*run),
            Observation::RunState(state) => self.observe_run_state(state),
            Observation::RunGone(key) => self.forget_run(&key),
            Observation::RunDirty(key) => self.mark_all(&key),
            Observation::TaskInstance {
                run,
                task_id,
                instance,
            } => self.observe_task_instance(&run, &task_id, *instance),
            Observation::SkipDecision {
                run,
                task_id,
                map_index,
                decision,
            } => self.observe_skip_decision(&run, task_id, map_index, decision),
            Observation::Dependencies {
                run,
                task_id,
                map_index,
                met,
            } => self.observe_dependencies(&run, task_id, map_index, met),
            Observation::CannotQueue {
                run,
                task_id,
                map_index,
            } => self.observe_cannot_queue(&run, &task_id, map_index),
            Observation::ForeignUsage(usage) => self.foreign = Occupancy::from_usage(usage),
        }
    }

    /// Whether runs of that DAG are to be read with [`Run::previous`](super::Run::previous).
    pub fn needs_previous_runs(&self, dag_id: &DagId) -> bool {
        self.dags
            .get(dag_id)
            .and_then(|dag| dag.rules.as_ref())
            .is_some_and(|rules| rules.needs_previous)
    }

    /// The tasks of that DAG for which [`PreviousRuns::tasks_seen`] counts.
    ///
    /// [`PreviousRuns::tasks_seen`]: super::PreviousRuns::tasks_seen
    pub fn maybe_new_tasks(&self, dag_id: &DagId) -> impl Iterator<Item = &TaskId> {
        let rules = self.dags.get(dag_id).and_then(|dag| dag.rules.as_ref());
        let tasks = rules.into_iter().flat_map(|rules| rules.graph().iter());
        tasks
            .map(|(_, task)| task)
            .filter(|task| depends_on_past(task) && task.ignore_first_depends_on_past)
            .map(|task| &task.task_id)
    }

    pub fn dag(&self, dag_id: &DagId) -> Option<&DagEntry> {
        self.dags.get(dag_id)?.entry.as_ref()
    }

    pub fn dags(&self) -> impl Iterator<Item = &DagEntry> {
        self.dags.values().filter_map(|dag| dag.entry.as_ref())
    }

    /// The keys of all runs that the snapshot holds.
    pub fn runs(&self) -> impl Iterator<Item = &RunKey> {
        self.runs.keys()
    }

    /// A run's row as last observed; the lists in it are empty.
    pub fn run(&self, key: &RunKey) -> Option<&super::Run> {
        self.runs.get(self.runs.find(key)?).map(|run| &run.row)
    }

    pub fn task_instance(
        &self,
        key: &RunKey,
        task_id: &TaskId,
        map_index: MapIndex,
    ) -> Option<&TaskInstance> {
        let run = self.runs.get(self.runs.find(key)?)?;
        match run.rules.as_ref().and_then(|rules| rules.index_of(task_id)) {
            Some(task) => run.instance(task, map_index),
            None => run
                .loose
                .iter()
                .find(|(id, instance)| id == task_id && instance.map_index == map_index)
                .map(|(_, instance)| instance),
        }
    }

    /// Every task instance of a run, in no particular order.
    pub fn task_instances(&self, key: &RunKey) -> impl Iterator<Item = (&TaskId, &TaskInstance)> {
        let run = self.runs.find(key).and_then(|slot| self.runs.get(slot));
        run.into_iter().flat_map(|run| {
            let of_tasks = run.instances().filter_map(|(task, instance)| {
                let rules = run.rules.as_ref()?;
                Some((&rules.task(task).task_id, instance))
            });
            of_tasks.chain(
                run.loose
                    .iter()
                    .map(|(task_id, instance)| (task_id, instance)),
            )
        })
    }

    pub(super) fn dag_state(&self, dag_id: &DagId) -> Option<&DagState> {
        self.dags.get(dag_id)
    }

    pub(super) fn active_run(&self, slot: RunSlot) -> Option<&ActiveRun> {
        self.runs.get(slot)
    }
}
