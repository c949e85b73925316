//! One task of a DAG.

use jiff::SignedDuration;

use super::ExpandInput;
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

impl Default for RetryPolicy {
    /// `BaseOperator`'s, under Airflow's default configuration.
    fn default() -> Self {
        Self {
            retries: 0,
            retry_delay: SignedDuration::from_secs(300),
            retry_exponential_backoff: false,
            max_retry_delay: None,
        }
    }
}

/// A task definition: the operator's scheduling attributes, with Airflow's names.
///
/// Rules that later parts of the planner bring find their input here already:
/// - *setup and teardown*: `is_setup`, `is_teardown` and `on_failure_fail_dagrun`; which setups
///   guard a task follows from the graph's edges.
/// - *dynamic mapping*: `needs_expansion`, `expand_input`, and `mapped_group` for the group whose
///   indexes the task shares.
/// - *deferral*: `start_from_trigger` with `start_trigger_args`; a task that defers by itself does
///   so at run time and needs nothing here.
/// - *datasets*: a task with outlets is never ended by the scheduler (`has_outlets`), since its
///   events come from the process that runs it.
/// - *service level agreements*: `sla`.
/// - *custom dependencies and weight rules*: the planner asks Python (`Evaluate`) where
///   `custom_deps` is not empty or `weight_rule` is custom.
#[derive(Clone, Debug)]
pub struct Task {
    pub task_id: TaskId,
    /// Class name, `task_instance.operator`.
    pub task_type: String,
    pub task_display_name: Option<String>,
    /// The decorator's name (`@task`), where it differs from the class name.
    pub operator_name: Option<String>,
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
    /// JSON text of the trigger to start from.
    pub start_trigger_args: Option<String>,
    pub sla: Option<SignedDuration>,
    /// The task is mapped, or lies in a mapped task group: its instances are known at run time.
    pub needs_expansion: bool,
    /// What the task itself is mapped over; `None` for one that is only inside a mapped group.
    pub expand_input: Option<ExpandInput>,
    /// The innermost mapped task group around the task, an index into `Dag::mapped_groups`.
    pub mapped_group: Option<usize>,
    /// Import paths of dependencies beyond Airflow's own, which need Python.
    pub custom_deps: Vec<String>,
}

impl Task {
    /// A task with `BaseOperator`'s defaults under Airflow's default configuration.
    pub fn new(task_id: impl Into<TaskId>, task_type: impl Into<String>) -> Self {
        Self {
            task_id: task_id.into(),
            task_type: task_type.into(),
            task_display_name: None,
            operator_name: None,
            owner: "airflow".to_owned(),
            start_date: None,
            end_date: None,
            trigger_rule: TriggerRule::AllSuccess,
            retry: RetryPolicy::default(),
            depends_on_past: false,
            wait_for_downstream: false,
            ignore_first_depends_on_past: true,
            wait_for_past_depends_before_skipping: false,
            priority_weight: 1,
            weight_rule: WeightRule::Downstream,
            queue: "default".to_owned(),
            pool: "default_pool".to_owned(),
            pool_slots: 1,
            max_active_tis_per_dag: None,
            max_active_tis_per_dagrun: None,
            execution_timeout: None,
            run_as_user: None,
            executor: None,
            executor_config: None,
            is_empty: false,
            reschedule: false,
            is_setup: false,
            is_teardown: false,
            on_failure_fail_dagrun: false,
            has_on_execute_callback: false,
            has_on_success_callback: false,
            has_on_failure_callback: false,
            has_on_retry_callback: false,
            has_outlets: false,
            start_from_trigger: false,
            start_trigger_args: None,
            sla: None,
            needs_expansion: false,
            expand_input: None,
            mapped_group: None,
            custom_deps: Vec::new(),
        }
    }
}
