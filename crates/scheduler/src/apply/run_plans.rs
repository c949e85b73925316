//! Decisions about running runs.

use std::collections::{BTreeMap, HashSet};

use updraft_core::{
    TaskInstanceKey, UtcDateTime,
    planner::{Change, FinishReason, NewInstance, RunKey, RunPlan, TaskChange, should_pause},
    state::DagRunState,
};
use updraft_metadata_db::{
    Error, Retry, Tx,
    scheduling::{
        ChangeTaskInstance, Dates, WriteRun, WrittenRun, change_task_instances,
        create_task_instances, lock_running_runs, newest_run_states, pause_failing_dag, write_runs,
    },
};

use crate::{
    error::chain,
    event::Event,
    observe::{change_of, key_in, run_of},
    scheduler::Scheduler,
};

/// What one transaction over several runs came to.
enum Attempt {
    Written {
        runs: Vec<WrittenRun>,
        paused: Vec<(RunKey, u32)>,
    },
    /// Nothing was written: these runs were not as expected.
    Refused(HashSet<RunKey>),
}

impl Scheduler {
    /// Applies the plans of all runs in one transaction, without those that turn out to be
    /// locked or different from what was planned upon. Returns these; each run's plan is written
    /// whole or not at all, and one that the database refuses for good does not stop the others.
    pub(super) async fn apply_run_plans(
        &mut self,
        plans: &[RunPlan],
    ) -> Result<HashSet<RunKey>, Error> {
        let mut refused = HashSet::new();
        let mut hopeless = HashSet::new();
        let mut batches: Vec<Vec<&RunPlan>> = vec![plans.iter().collect()];
        while let Some(batch) = batches.pop() {
            if batch.is_empty() {
                continue;
            }
            let now = self.now();
            match self.try_run_plans(&batch, now).await {
                Ok(Attempt::Written { runs, paused }) => {
                    let inserted = batch.iter().map(|plan| plan.create_instances.len()).sum();
                    self.refresh_statistics(inserted).await?;
                    self.observe_written(&batch, &runs, now);
                    self.observe_paused(paused, now);
                }
                Ok(Attempt::Refused(runs)) => {
                    batches.push(
                        batch
                            .into_iter()
                            .filter(|plan| !runs.contains(&plan.run))
                            .collect(),
                    );
                    refused.extend(runs);
                }
                Err(error) if error.retry() == Retry::Connection => return Err(error),
                Err(error) if error.retry() == Retry::Never && batch.len() > 1 => {
                    tracing::debug!(error = chain(&error), "applying one run at a time");
                    batches.extend(batch.into_iter().map(|plan| vec![plan]));
                }
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        "decisions about runs were not written"
                    );
                    let runs = batch.into_iter().map(|plan| plan.run.clone());
                    if error.retry() == Retry::Never {
                        hopeless.extend(runs);
                    } else {
                        refused.extend(runs);
                    }
                }
            }
        }
        let now = self.now();
        for run in &refused {
            self.agenda.refused(run.clone(), now);
        }
        // Trying the same again at once would only fill the log.
        let later = now.saturating_add(self.settings.intervals.whole_read);
        for run in &hopeless {
            self.agenda.reload_at(run.clone(), later);
        }
        refused.extend(hopeless);
        Ok(refused)
    }

    async fn try_run_plans(&self, plans: &[&RunPlan], now: UtcDateTime) -> Result<Attempt, Error> {
        let mut tx = self.db.begin_relaxed().await?;
        let keys: Vec<&RunKey> = plans.iter().map(|plan| &plan.run).collect();
        let locked: HashSet<RunKey> = lock_running_runs(&mut tx, &keys)
            .await?
            .into_iter()
            .collect();
        let refused = without(&keys, |key| locked.contains(key));
        if !refused.is_empty() {
            return Ok(Attempt::Refused(refused));
        }
        create_task_instances(
            &mut tx,
            &created_by(plans),
            &self.settings.host.unixname,
            now,
        )
        .await?;
        let wanted: Vec<ChangeTaskInstance> =
            plans.iter().flat_map(|plan| changes_of(plan)).collect();
        let changed: HashSet<TaskInstanceKey> = change_task_instances(&mut tx, &wanted, now)
            .await?
            .into_iter()
            .collect();
        let refused: HashSet<RunKey> = wanted
            .iter()
            .filter(|change| !changed.contains(&change.key))
            .map(|change| run_of(&change.key))
            .collect();
        if !refused.is_empty() {
            tx.rollback().await?;
            return Ok(Attempt::Refused(refused));
        }
        let writes: Vec<WriteRun> = plans.iter().map(|plan| write_of(plan)).collect();
        let runs = write_runs(&mut tx, &writes, now).await?;
        let written: HashSet<&RunKey> = runs.iter().map(|run| &run.run).collect();
        let refused = without(&keys, |key| written.contains(key));
        if !refused.is_empty() {
            tx.rollback().await?;
            return Ok(Attempt::Refused(refused));
        }
        let paused = pause_failing(&mut tx, plans, now).await?;
        tx.commit().await?;
        Ok(Attempt::Written { runs, paused })
    }

    fn observe_written(&mut self, plans: &[&RunPlan], runs: &[WrittenRun], now: UtcDateTime) {
        let starts: BTreeMap<&RunKey, Option<UtcDateTime>> =
            runs.iter().map(|run| (&run.run, run.start_date)).collect();
        for plan in plans {
            self.tell_changes(plan, now);
            self.snapshot.apply_run(plan, now);
            if let Some(dag_hash) = &plan.dag_hash {
                self.known.adjusted(&plan.run, dag_hash);
            }
            if let Some(finish) = plan.finish {
                self.known.remove_run(&plan.run);
                self.tell(Event::RunFinished {
                    run: plan.run.clone(),
                    state: finish.state,
                    reason: Some(finish.reason),
                    duration: starts
                        .get(&plan.run)
                        .copied()
                        .flatten()
                        .map(|start| now.since(start)),
                });
            }
        }
    }

    fn tell_changes(&self, plan: &RunPlan, now: UtcDateTime) {
        for change in &plan.changes {
            let before = self
                .snapshot
                .task_instance(&plan.run, &change.task_id, change.map_index);
            let Some(before) = before else {
                continue;
            };
            let mut after = before.clone();
            after.apply(change, now);
            let key = key_in(&plan.run, &change.task_id, change.map_index);
            if let Some(event) = change_of(key, before, &after) {
                self.tell(event);
            }
        }
    }

    fn observe_paused(&mut self, paused: Vec<(RunKey, u32)>, now: UtcDateTime) {
        for (run, failed_runs) in paused {
            self.agenda.dags_changed(now);
            self.tell(Event::DagPaused {
                dag_id: run.dag_id,
                failed_runs,
            });
        }
    }
}

/// Pauses DAGs whose newest runs all failed.
async fn pause_failing(
    tx: &mut Tx,
    plans: &[&RunPlan],
    now: UtcDateTime,
) -> Result<Vec<(RunKey, u32)>, Error> {
    let mut paused = Vec::new();
    for plan in plans {
        let limit = plan.finish.and_then(|finish| finish.failures_to_pause);
        let Some(limit) = limit else {
            continue;
        };
        let newest = newest_run_states(tx, &plan.run.dag_id, limit).await?;
        if should_pause(limit, &newest) {
            pause_failing_dag(tx, &plan.run.dag_id, now).await?;
            paused.push((plan.run.clone(), limit));
        }
    }
    Ok(paused)
}

fn without(keys: &[&RunKey], is_there: impl Fn(&RunKey) -> bool) -> HashSet<RunKey> {
    keys.iter()
        .filter(|key| !is_there(key))
        .map(|key| (*key).clone())
        .collect()
}

fn created_by<'p>(plans: &[&'p RunPlan]) -> Vec<(&'p RunKey, &'p NewInstance)> {
    plans
        .iter()
        .flat_map(|plan| {
            plan.create_instances
                .iter()
                .map(|instance| (&plan.run, instance))
        })
        .collect()
}

fn changes_of(plan: &RunPlan) -> impl Iterator<Item = ChangeTaskInstance> + '_ {
    plan.changes.iter().map(|change| ChangeTaskInstance {
        key: key_in(&plan.run, &change.task_id, change.map_index),
        from: change.from,
        from_try_number: change.try_number,
        to: change.change.state(),
        try_number: try_number_after(change),
        dates: dates_after(change.change),
    })
}

fn try_number_after(change: &TaskChange) -> i32 {
    match change.change {
        Change::Schedule { try_number } | Change::SucceedEmpty { try_number } => try_number,
        Change::Skip
        | Change::SkipTimedOut
        | Change::FailUpstream
        | Change::Remove
        | Change::Restore => change.try_number,
    }
}

fn dates_after(change: Change) -> Dates {
    match change {
        Change::SucceedEmpty { .. } => Dates::Now,
        Change::Skip | Change::FailUpstream => Dates::Fill,
        Change::Schedule { .. } | Change::SkipTimedOut | Change::Remove | Change::Restore => {
            Dates::Keep
        }
    }
}

fn write_of(plan: &RunPlan) -> WriteRun {
    WriteRun {
        run: plan.run.clone(),
        dag_hash: plan.dag_hash.clone(),
        finish: plan
            .finish
            .map(|finish| finish.state)
            .filter(|state: &DagRunState| state.is_finished()),
        all_finished: plan.finish.is_some_and(|finish| {
            matches!(
                finish.reason,
                FinishReason::Success | FinishReason::TaskFailure
            )
        }),
    }
}
