//! What keeps a scheduler from queueing a task instance, by the names of Airflow's dependencies.

use updraft_core::{
    TaskInstanceKey, UtcDateTime,
    dag::{Dag, Task, TriggerRule},
    timetable::Timetable,
};
use updraft_metadata_db::{
    Db,
    cli_queries::{self, DagRow, RunRow, RunnableRow, Usage},
};

use super::dependencies::{Delay, Past, unmet};

pub(super) struct HeldBack<'a> {
    pub db: &'a Db,
    pub dag: &'a Dag,
    pub task: &'a Task,
    pub row: &'a DagRow,
    pub run: &'a RunRow,
    pub key: &'a TaskInstanceKey,
    pub instance: &'a RunnableRow,
    pub now: UtcDateTime,
    /// `[scheduler] allow_trigger_in_future`.
    pub allows_future: bool,
}

/// The dependency, and why it is not met.
type Reason = (&'static str, String);

impl HeldBack<'_> {
    pub(super) async fn reasons(&self) -> anyhow::Result<Vec<Reason>> {
        let pool = self.task.pool.as_str();
        let usage = cli_queries::usage(self.db, self.key, pool).await?;
        let mut reasons = self.of_state();
        reasons.extend(self.of_dates());
        reasons.extend(self.of_limits(&usage));
        reasons.extend(self.of_other_tasks().await?);
        Ok(reasons)
    }

    fn of_state(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.row.is_paused == Some(true) {
            let reason = format!("the DAG {} is paused", self.dag.dag_id);
            reasons.push(("Dag Not Paused", reason));
        }
        let run_state = self.run.state.as_deref().unwrap_or("None");
        if run_state != "running" {
            let reason = format!("the state of the run is '{run_state}' instead of 'running'");
            reasons.push(("Dagrun Running", reason));
        }
        if self.run.run_type == "backfill" {
            let reason = "the run belongs to a backfill, which runs its tasks itself".to_owned();
            reasons.push(("DagRun is not backfill job", reason));
        }
        let state = self.instance.state.as_deref().unwrap_or("None");
        if state != "scheduled" {
            let reason = format!("the state of the task is '{state}' instead of 'scheduled'");
            reasons.push(("Task Instance State", reason));
        }
        reasons
    }

    fn of_dates(&self) -> Vec<Reason> {
        const NAME: &str = "Execution Date";
        let date = UtcDateTime::from(self.run.execution_date);
        let may_be_later = self.allows_future && matches!(self.dag.timetable, Timetable::Null);
        let mut reasons = Vec::new();
        let mut add = |what: String| {
            reasons.push((NAME, format!("the date {} {what}", date.isoformat())));
        };
        if date > self.now && !may_be_later {
            add("is in the future".to_owned());
        }
        let bounds = [
            ("task", self.task.start_date, self.task.end_date),
            ("DAG", self.dag.start_date, self.dag.end_date),
        ];
        for (of, start, end) in bounds {
            if let Some(start) = start.filter(|start| date < *start) {
                add(format!(
                    "is before the start date of the {of}, {}",
                    start.isoformat()
                ));
            }
            if let Some(end) = end.filter(|end| date > *end) {
                add(format!(
                    "is after the end date of the {of}, {}",
                    end.isoformat()
                ));
            }
        }
        reasons
    }

    fn of_limits(&self, usage: &Usage) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let is_full = |running: i64, limit: Option<u32>| {
            limit.is_some_and(|limit| running >= i64::from(limit))
        };
        if is_full(usage.running_in_dag, Some(self.dag.max_active_tasks)) {
            let reason = format!(
                "{} tasks of the DAG are running, and max_active_tasks is {}",
                usage.running_in_dag, self.dag.max_active_tasks
            );
            reasons.push(("Task Instance Slots Available", reason));
        }
        if is_full(usage.running_of_task, self.task.max_active_tis_per_dag) {
            let reason = format!(
                "{} instances of the task are running, as many as max_active_tis_per_dag allows",
                usage.running_of_task
            );
            reasons.push(("Task Concurrency", reason));
        } else if is_full(usage.running_in_run, self.task.max_active_tis_per_dagrun) {
            let reason = format!(
                "{} instances of the task are running in this run, as many as \
                 max_active_tis_per_dagrun allows",
                usage.running_in_run
            );
            reasons.push(("Task Concurrency", reason));
        }
        reasons.extend(self.of_pool(usage));
        reasons
    }

    fn of_pool(&self, usage: &Usage) -> Option<Reason> {
        const NAME: &str = "Pool Slots Available";
        let pool = &self.task.pool;
        let Some(slots) = usage.slots else {
            return Some((NAME, format!("there is no pool {pool}")));
        };
        let needed = i64::from(self.task.pool_slots);
        let open = i64::from(slots) - usage.occupied;
        (slots >= 0 && open < needed).then(|| {
            let reason = format!(
                "the pool {pool} has {open} open slots of {slots}, and the task needs {needed}"
            );
            (NAME, reason)
        })
    }

    /// The planner decides; where it says no, what it looked at is told.
    async fn of_other_tasks(&self) -> anyhow::Result<Option<Reason>> {
        let ask = async |past, delay| {
            let key = (self.key, self.instance.dag_run_id);
            unmet(self.db, self.dag, self.run, key, (past, delay), self.now).await
        };
        if ask(Past::Ignore, Delay::Ignore).await?.is_some() {
            return Ok(Some(("Trigger Rule", self.of_trigger_rule().await?)));
        }
        if ask(Past::Check, Delay::Ignore).await?.is_some() {
            let reason = "depends_on_past: the task, or what follows it, has not succeeded in the run before";
            return Ok(Some(("Previous Dagrun State", reason.to_owned())));
        }
        if ask(Past::Ignore, Delay::Check).await?.is_none() {
            return Ok(None);
        }
        let name = match self.instance.state.as_deref() {
            Some("up_for_reschedule") => "Ready To Reschedule",
            _ => "Not In Retry Period",
        };
        let reason = "its time has not come yet; it is started by itself".to_owned();
        Ok(Some((name, reason)))
    }

    async fn of_trigger_rule(&self) -> anyhow::Result<String> {
        let (dag_id, run_id) = (self.key.dag_id.as_str(), self.key.run_id.as_str());
        let states = cli_queries::states(self.db, dag_id, run_id).await?;
        let Some(index) = self.dag.tasks.index_of(self.key.task_id.as_str()) else {
            return Ok(String::new());
        };
        let upstream = self.dag.tasks.upstream(index).iter();
        let upstream: Vec<&str> = upstream
            .map(|index| self.dag.tasks.task(*index).task_id.as_str())
            .collect();
        let found: Vec<String> = states
            .iter()
            .filter(|state| upstream.contains(&state.task_id.as_str()))
            .map(|state| {
                let shown = state.state.as_deref().unwrap_or("None");
                let index = Some(state.map_index).filter(|index| *index >= 0);
                let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
                format!("{}{index} is {shown}", state.task_id)
            })
            .collect();
        Ok(format!(
            "'{}' does not hold: {}",
            rule(self.task.trigger_rule),
            found.join(", ")
        ))
    }
}

/// Airflow's name of the rule.
fn rule(rule: TriggerRule) -> &'static str {
    match rule {
        TriggerRule::AllSuccess => "all_success",
        TriggerRule::AllFailed => "all_failed",
        TriggerRule::AllDone => "all_done",
        TriggerRule::AllSkipped => "all_skipped",
        TriggerRule::OneSuccess => "one_success",
        TriggerRule::OneFailed => "one_failed",
        TriggerRule::OneDone => "one_done",
        TriggerRule::NoneFailed => "none_failed",
        TriggerRule::NoneFailedMinOneSuccess => "none_failed_min_one_success",
        TriggerRule::NoneSkipped => "none_skipped",
        TriggerRule::AllDoneSetupSuccess => "all_done_setup_success",
        TriggerRule::Always => "always",
    }
}
