//! One task of a DAG.

use jiff::SignedDuration;

use crate::{TaskId, UtcDateTime};

/// `BaseOperator.trigger_rule`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TriggerRule {
    #[default]
    AllSuccess,
    AllFailed,
    AllDone,
    AllSkipped,
    OneSuccess,
    OneFailed,
    OneDone,
    NoneFailed,
    NoneFailedMinOneSuccess,
    NoneSkipped,
    AllDoneSetupSuccess,
    /// Also `dummy`, its old name.
    Always,
}

impl TriggerRule {
    /// The rule of that name, old names included; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "all_success" => Self::AllSuccess,
            "all_failed" => Self::AllFailed,
            "all_done" => Self::AllDone,
            "all_skipped" => Self::AllSkipped,
            "one_success" => Self::OneSuccess,
            "one_failed" => Self::OneFailed,
            "one_done" => Self::OneDone,
            "none_failed" => Self::NoneFailed,
            "none_failed_min_one_success" | "none_failed_or_skipped" => {
                Self::NoneFailedMinOneSuccess
            }
            "none_skipped" => Self::NoneSkipped,
            "all_done_setup_success" => Self::AllDoneSetupSuccess,
            "always" | "dummy" => Self::Always,
            _ => return None,
        })
    }
}

/// `BaseOperator.weight_rule`. A plugin's own strategy needs Python.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WeightRule {
    #[default]
    Downstream,
    Upstream,
    Absolute,
    /// Import path of a custom strategy.
    Custom(String),
}

/// What `BaseOperator` says about further tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub retries: u32,
    pub retry_delay: SignedDuration,
    pub retry_exponential_backoff: bool,
    pub max_retry_delay: Option<SignedDuration>,
}

/// A task definition: the operator's scheduling attributes, with Airflow's names.
#[derive(Clone, Debug)]
pub struct Task {
    pub task_id: TaskId,
    /// Class name, `task_instance.operator`.
    pub task_type: String,
    pub task_display_name: Option<String>,
    pub owner: String,
    pub start_date: Option<UtcDateTime>,
    pub end_date: Option<UtcDateTime>,
    pub trigger_rule: TriggerRule,
    pub retry: RetryPolicy,
    pub depends_on_past: bool,
    pub wait_for_downstream: bool,
    pub ignore_first_depends_on_past: bool,
    pub wait_for_past_depends_before_skipping: bool,
    pub priority_weight: i32,
    pub weight_rule: WeightRule,
    pub queue: String,
    pub pool: String,
    pub pool_slots: u32,
    pub max_active_tis_per_dag: Option<u32>,
    pub max_active_tis_per_dagrun: Option<u32>,
    pub execution_timeout: Option<SignedDuration>,
    pub run_as_user: Option<String>,
    pub executor: Option<String>,
    /// JSON text of the serialized `executor_config`, where it is not empty.
    pub executor_config: Option<String>,
    /// The class derives from `EmptyOperator`: without callbacks and outlets the scheduler ends it.
    pub is_empty: bool,
    /// A sensor in reschedule mode.
    pub reschedule: bool,
    pub is_setup: bool,
    pub is_teardown: bool,
    pub on_failure_fail_dagrun: bool,
    pub has_on_execute_callback: bool,
    pub has_on_success_callback: bool,
    pub has_on_failure_callback: bool,
    pub has_on_retry_callback: bool,
    pub has_outlets: bool,
    pub start_from_trigger: bool,
    /// The task is mapped, or lies in a mapped task group: its instances are known at run time.
    pub needs_expansion: bool,
    /// Import paths of dependencies beyond Airflow's own, which need Python.
    pub custom_deps: Vec<String>,
}
