//! Runs, read whole or by what changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::SignedDuration;
use updraft_core::{
    DagId, TaskInstanceKey,
    planner::{Observation, PreviousRuns, RunKey},
    state::TaskInstanceState,
};
use updraft_metadata_db::{
    Error,
    scheduling::{
        PastOf, RunRow, TaskInstanceRow, load_active_runs, load_changed_task_instances,
        load_previous_runs, load_task_instances,
    },
};

use crate::{event::Event, scheduler::Scheduler};

/// Others stamp `updated_at` before they commit, and their clocks differ from ours.
const OVERLAP: SignedDuration = SignedDuration::from_secs(5);

impl Scheduler {
    /// Reads every active run whole.
    pub(crate) async fn observe_everything(&mut self) -> Result<(), Error> {
        let before = self.now();
        self.observe_pools().await?;
        let rows = load_active_runs(&self.db).await?;
        let all = rows.clone();
        let mut news = self.known.take_runs(rows);
        news.whole.clear();
        self.observe_definitions_of(&all).await?;
        self.observe_run_news(news);
        let live = self.observe_whole_runs(all).await?;
        self.executor.retain(|key| live.contains(key));
        self.read_up_to = before;
        Ok(())
    }

    /// Reads what changed in active runs.
    pub(crate) async fn observe_changes(&mut self) -> Result<(), Error> {
        let before = self.now();
        let rows = load_active_runs(&self.db).await?;
        let mut news = self.known.take_runs(rows);
        let whole = std::mem::take(&mut news.whole);
        self.observe_definitions_of(&whole).await?;
        self.observe_run_news(news);
        if self.known.has_runs() {
            let since = self.read_up_to.saturating_sub(OVERLAP);
            let rows = load_changed_task_instances(&self.db, since).await?;
            for row in rows {
                // Runs that are new here are read whole below.
                if let Some(run) = self.known.key(row.dag_run_id).cloned() {
                    self.observe_task_instance_row(&run, row);
                }
            }
        }
        self.observe_whole_runs(whole).await?;
        self.observe_pools().await?;
        self.read_up_to = before;
        self.agenda.polled(self.now().since(before));
        Ok(())
    }

    /// Reads these runs again whole.
    pub(crate) async fn reload_runs(&mut self, runs: Vec<RunKey>) -> Result<(), Error> {
        if runs.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<RunKey> = runs.into_iter().collect();
        let rows = load_active_runs(&self.db).await?;
        let mut news = self.known.take_runs(rows.clone());
        news.whole.clear();
        self.observe_run_news(news);
        let (found, others): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| wanted.contains(&row.run.key));
        // Those that are new are read with the next poll, which still finds them new.
        drop(others);
        self.observe_definitions_of(&found).await?;
        self.observe_whole_runs(found).await?;
        Ok(())
    }

    fn observe_run_news(&mut self, news: crate::known::RunNews) {
        for key in news.gone {
            self.snapshot.observe(Observation::RunGone(key));
        }
        for state in news.states {
            self.snapshot.observe(Observation::RunState(state));
        }
        for run in news.started {
            self.tell(Event::RunStarted { run });
        }
    }

    /// Definitions are read for DAGs with active runs; these runs may be a DAG's first.
    async fn observe_definitions_of(&mut self, rows: &[RunRow]) -> Result<(), Error> {
        let missing: BTreeSet<&DagId> = rows
            .iter()
            .map(|row| &row.run.key.dag_id)
            .filter(|dag_id| !self.definitions.contains_key(*dag_id))
            .collect();
        for row in rows {
            self.known.insert_run(row.clone());
        }
        if !missing.is_empty() {
            let missing: Vec<DagId> = missing.into_iter().cloned().collect();
            self.observe_dags(Some(&missing)).await?;
        }
        Ok(())
    }

    /// Reads the task instances of these runs in a constant number of queries. Returns the keys
    /// of those that are queued or running.
    async fn observe_whole_runs(
        &mut self,
        rows: Vec<RunRow>,
    ) -> Result<HashSet<TaskInstanceKey>, Error> {
        if rows.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: Vec<i32> = rows.iter().map(|row| row.run.id).collect();
        let instances = load_task_instances(&self.db, &ids).await?;
        let mut past = self.load_past(&rows).await?;
        let mut by_run: HashMap<i32, Vec<TaskInstanceRow>> = HashMap::new();
        for instance in instances {
            by_run
                .entry(instance.dag_run_id)
                .or_default()
                .push(instance);
        }
        let mut live = HashSet::new();
        for row in rows {
            let instances = by_run.remove(&row.run.id).unwrap_or_default();
            let previous = past.remove(&row.run.id);
            self.observe_whole_run(row, instances, previous, &mut live);
        }
        Ok(live)
    }

    fn observe_whole_run(
        &mut self,
        row: RunRow,
        instances: Vec<TaskInstanceRow>,
        previous: Option<PreviousRuns>,
        live: &mut HashSet<TaskInstanceKey>,
    ) {
        let key = row.run.key.clone();
        let mut run = row.run.clone();
        run.previous = previous;
        self.known.insert_run(row);
        let mut forgotten = Vec::new();
        for instance in instances {
            self.tell_of_change(&key, &instance);
            if instance.instance.state.occupies_slot() {
                live.insert(instance.key(&key));
            }
            if self.is_forgotten(&key, &instance) {
                forgotten.push((
                    instance.key(&key),
                    instance.instance.try_number,
                    instance.external_executor_id.clone(),
                ));
            }
            if let Some(decision) = super::task_instances::skip_decision(&instance) {
                run.skip_decisions.push((
                    instance.task_id.clone(),
                    instance.instance.map_index,
                    decision,
                ));
            }
            run.instances.push((instance.task_id, instance.instance));
        }
        self.snapshot.observe(Observation::Run(Box::new(run)));
        for (key, try_number, id) in forgotten {
            self.execute(&key, try_number, id);
        }
    }

    /// Queued by us in the database, but not with the executor: the process ended, or the
    /// supervisor gave it back, before the try began.
    fn is_forgotten(&self, run: &RunKey, row: &TaskInstanceRow) -> bool {
        let Some(id) = &row.external_executor_id else {
            return false;
        };
        row.instance.state == TaskInstanceState::Queued
            && row.instance.queued_by_job_id == Some(self.job_id)
            && !self.draining
            && !self.executor.holds(&row.key(run), id)
    }

    async fn load_past(&self, rows: &[RunRow]) -> Result<HashMap<i32, PreviousRuns>, Error> {
        let runs: Vec<PastOf> = rows
            .iter()
            .filter(|row| self.snapshot.needs_previous_runs(&row.run.key.dag_id))
            .map(|row| PastOf {
                id: row.run.id,
                catchup: self
                    .definition(&row.run.key.dag_id)
                    .is_some_and(|dag| dag.catchup),
                maybe_new: self
                    .snapshot
                    .maybe_new_tasks(&row.run.key.dag_id)
                    .cloned()
                    .collect(),
            })
            .collect();
        load_previous_runs(&self.db, &runs).await
    }
}
