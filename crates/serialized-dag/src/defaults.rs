//! Values of absent keys that come from the reader's configuration.

use jiff::SignedDuration;
use updraft_core::dag::{Task, WeightRule};

/// The configuration that fills absent keys. Stock Airflow reads it at import.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// `[core] max_active_runs_per_dag`
    pub max_active_runs_per_dag: u32,
    /// `[core] max_active_tasks_per_dag`
    pub max_active_tasks_per_dag: u32,
    /// `[core] max_consecutive_failed_dag_runs_per_dag`
    pub max_consecutive_failed_dag_runs_per_dag: u32,
    /// `[scheduler] catchup_by_default`
    pub catchup_by_default: bool,
    /// `[scheduler] create_cron_data_intervals`: whether a plain cron schedule covers intervals.
    pub create_cron_data_intervals: bool,
    /// `[operators] default_owner`
    pub default_owner: String,
    /// `[operators] default_queue`
    pub default_queue: String,
    /// `[core] default_task_retries`
    pub default_task_retries: u32,
    /// `[core] default_task_retry_delay`
    pub default_task_retry_delay: SignedDuration,
    /// `[core] default_task_execution_timeout`
    pub default_task_execution_timeout: Option<SignedDuration>,
    /// `[core] default_task_weight_rule`, for mapped tasks; others always carry their rule.
    pub default_task_weight_rule: WeightRule,
    /// `[scheduler] ignore_first_depends_on_past_by_default`
    pub ignore_first_depends_on_past_by_default: bool,
    /// The user of tasks that name none: `[core] default_impersonation`, else `[updraft]
    /// task_user`. Airflow asks for it when the task runs.
    pub run_as_user: Option<String>,
}

impl Defaults {
    /// Whom a task runs as; also one that the DAG has no more.
    pub fn run_as_user(&self, task: Option<&Task>) -> Option<String> {
        task.map_or(&self.run_as_user, |task| &task.run_as_user)
            .clone()
    }
}

impl Default for Defaults {
    /// Airflow's own configuration.
    fn default() -> Self {
        Self {
            max_active_runs_per_dag: 16,
            max_active_tasks_per_dag: 16,
            max_consecutive_failed_dag_runs_per_dag: 0,
            catchup_by_default: true,
            create_cron_data_intervals: true,
            default_owner: "airflow".to_owned(),
            default_queue: "default".to_owned(),
            default_task_retries: 0,
            default_task_retry_delay: SignedDuration::from_secs(300),
            default_task_execution_timeout: None,
            default_task_weight_rule: WeightRule::Downstream,
            ignore_first_depends_on_past_by_default: true,
            run_as_user: None,
        }
    }
}
