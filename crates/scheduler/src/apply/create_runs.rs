//! New runs.

use std::collections::HashMap;

use updraft_core::{
    DagId, UtcDateTime,
    planner::{CreateRun, NextDagRun, NextDagRunChange, Observation, Run, RunKey, TaskInstance},
    state::DagRunState,
};
use updraft_metadata_db::{
    Error, Retry, Tx,
    scheduling::{
        DagDue, RunRow, WriteNextDagRun, create_runs, create_task_instances, lock_dags_due,
        write_next_dagruns,
    },
};

use super::{Applied, deferred};
use crate::{error::chain, scheduler::Scheduler};

impl Scheduler {
    /// Creates the runs with their task instances, in one transaction; one run at a time where
    /// the database refuses one of them.
    pub(super) async fn create_runs(&mut self, runs: &[CreateRun]) -> Result<Applied, Error> {
        let mut applied = Applied::All;
        let mut batches = vec![runs];
        while let Some(batch) = batches.pop() {
            if batch.is_empty() {
                continue;
            }
            match self.create_batch(batch).await {
                Ok(of_batch) => applied = applied.and(of_batch),
                Err(error) if error.retry() == Retry::Connection => return Err(error),
                Err(error) if error.retry() == Retry::Transaction => {
                    deferred("runs were not created", &error);
                    for run in batch {
                        self.read_dag_again(&run.dag_id);
                    }
                    applied = Applied::Partly;
                }
                Err(_) if batch.len() > 1 => batches.extend(batch.chunks(1)),
                Err(error) => {
                    tracing::warn!(
                        dag.id = batch[0].dag_id.as_str(),
                        run.id = batch[0].run_id.as_str(),
                        error = chain(&error),
                        "a run cannot be created; it is tried again"
                    );
                    let pause = self.settings.intervals.whole_read;
                    self.read_dag_by(&batch[0].dag_id, self.now().saturating_add(pause));
                    applied = Applied::Partly;
                }
            }
        }
        Ok(applied)
    }

    /// The DAG's row is not what it was taken for: it is read again soon.
    pub(super) fn read_dag_again(&mut self, dag_id: &DagId) {
        let pause = self.settings.intervals.refused;
        self.read_dag_by(dag_id, self.now().saturating_add(pause));
    }

    /// What was read of the DAG is forgotten, so that the next reading is news.
    fn read_dag_by(&mut self, dag_id: &DagId, at: UtcDateTime) {
        self.known.dags.remove(dag_id);
        self.agenda.dags_by(at);
    }

    async fn create_batch(&mut self, runs: &[CreateRun]) -> Result<Applied, Error> {
        let now = self.now();
        let mut tx = self.db.begin_relaxed().await?;
        let dags: Vec<&DagId> = runs.iter().map(|run| &run.dag_id).collect();
        let due: HashMap<DagId, DagDue> = lock_dags_due(&mut tx, &dags, now)
            .await?
            .into_iter()
            .map(|due| (due.dag_id.clone(), due))
            .collect();
        // Somebody else has the other rows, or the schedule is another one.
        let is_due = |run: &&CreateRun| {
            due.get(&run.dag_id)
                .is_some_and(|due| due.next_dagrun == Some(run.execution_date))
        };
        let wanted: Vec<&CreateRun> = runs.iter().filter(is_due).collect();
        let created = self.create(&mut tx, &wanted, now).await?;
        let writes: Vec<_> = created
            .iter()
            .filter_map(|&(run, id)| Some(move_on(run, id, due.get(&run.dag_id)?)))
            .collect();
        write_next_dagruns(&mut tx, &writes).await?;
        tx.commit().await?;
        let inserted = wanted.iter().map(|run| run.instances.len()).sum();
        self.refresh_statistics(inserted).await?;
        let mut applied = Applied::All;
        for run in runs {
            if !created.iter().any(|(of, _)| of.dag_id == run.dag_id) {
                self.read_dag_again(&run.dag_id);
                applied = Applied::Partly;
            }
        }
        for (run, id) in created {
            self.observe_created(run, id, now);
        }
        Ok(applied)
    }

    /// Inserts what is not there yet. Gives every run with the id of its new row.
    async fn create<'r>(
        &self,
        tx: &mut Tx,
        runs: &[&'r CreateRun],
        now: UtcDateTime,
    ) -> Result<Vec<(&'r CreateRun, Option<i32>)>, Error> {
        let mut ids: HashMap<RunKey, i32> = create_runs(tx, runs, self.job_id, now)
            .await?
            .into_iter()
            .map(|created| (created.key, created.id))
            .collect();
        let keyed: Vec<(RunKey, &CreateRun)> = runs.iter().map(|run| (key_of(run), *run)).collect();
        let instances: Vec<_> = keyed
            .iter()
            .filter(|(key, _)| ids.contains_key(key))
            .flat_map(|(key, run)| run.instances.iter().map(move |instance| (key, instance)))
            .collect();
        create_task_instances(tx, &instances, &self.settings.host.unixname, now).await?;
        Ok(keyed
            .into_iter()
            .map(|(key, run)| (run, ids.remove(&key)))
            .collect())
    }

    fn observe_created(&mut self, run: &CreateRun, id: Option<i32>, now: UtcDateTime) {
        // The row of the DAG says more than the update: also which run was the last.
        self.known.dags.remove(&run.dag_id);
        self.snapshot
            .apply_next_dagrun(&run.dag_id, change_after(run, id));
        self.agenda.these_dags_changed([run.dag_id.clone()]);
        let Some(id) = id else {
            return;
        };
        let row = run_row(run, id, now);
        let mut whole = row.run.clone();
        whole.instances = run
            .instances
            .iter()
            .map(|instance| (instance.task_id.clone(), TaskInstance::from(instance)))
            .collect();
        self.known.insert_run(row);
        if self.snapshot.needs_previous_runs(&run.dag_id) {
            self.agenda.reload_at(key_of(run), now);
        }
        self.snapshot.observe(Observation::Run(Box::new(whole)));
    }
}

/// What becomes of the DAG's row, which is locked and as expected.
fn move_on<'r>(run: &'r CreateRun, id: Option<i32>, due: &DagDue) -> WriteNextDagRun<'r> {
    WriteNextDagRun {
        dag_id: &run.dag_id,
        seen: Some(NextDagRun {
            logical_date: run.execution_date,
            data_interval: run.data_interval,
            create_after: Some(due.create_after),
        }),
        change: change_after(run, id),
    }
}

/// A run that existed already has no `id` here.
fn change_after(run: &CreateRun, id: Option<i32>) -> NextDagRunChange {
    if id.is_some() {
        run.next_dagrun
    } else {
        run.next_dagrun_if_exists
    }
}

fn key_of(run: &CreateRun) -> RunKey {
    RunKey {
        dag_id: run.dag_id.clone(),
        run_id: run.run_id.clone(),
    }
}

/// The row that was just inserted.
fn run_row(run: &CreateRun, id: i32, now: UtcDateTime) -> RunRow {
    RunRow {
        run: Run {
            key: key_of(run),
            id,
            state: DagRunState::Queued,
            run_type: run.run_type,
            execution_date: run.execution_date,
            data_interval: Some(run.data_interval),
            start_date: None,
            queued_at: Some(now),
            last_scheduling_decision: None,
            dag_hash: Some(run.dag_hash.clone()),
            external_trigger: false,
            instances: Vec::new(),
            skip_decisions: Vec::new(),
            previous: None,
        },
        clear_number: 0,
    }
}
