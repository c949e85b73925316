//! Tasks.

use serde::Deserialize;
use serde_json::value::RawValue;
use updraft_core::{
    TaskId, UtcDateTime,
    dag::{RetryPolicy, Task, TriggerRule, WeightRule},
};

use super::{
    Defaults,
    error::Error,
    expand_input::ExpandInputJson,
    typed::{Argument, EpochSeconds, Seconds, Truthy, Typed, Whole},
};

/// A task as it is listed: wrapped, or bare as before Airflow 2.10.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow, rename = "__var")]
    var: Option<&'a RawValue>,
}

/// What a task says outside of its constructor arguments.
#[derive(Deserialize)]
struct OperatorJson<'a> {
    task_id: String,
    #[serde(rename = "_task_type")]
    task_type: String,
    #[serde(rename = "_operator_name")]
    operator_name: Option<String>,
    #[serde(default, rename = "_is_mapped")]
    is_mapped: Option<Truthy>,
    #[serde(default, rename = "_is_empty")]
    is_empty: Option<Truthy>,
    /// The old name of `_is_empty`.
    #[serde(default, rename = "_is_dummy")]
    is_dummy: Option<Truthy>,
    #[serde(default, rename = "_needs_expansion")]
    needs_expansion: Option<Truthy>,
    downstream_task_ids: Option<Vec<String>>,
    /// The old name of `downstream_task_ids`.
    #[serde(rename = "_downstream_task_ids")]
    old_downstream_task_ids: Option<Vec<String>>,
    start_date: Option<EpochSeconds>,
    end_date: Option<EpochSeconds>,
    deps: Option<Vec<String>>,
    #[serde(default)]
    reschedule: Option<Truthy>,
    #[serde(default)]
    start_from_trigger: Option<Truthy>,
    #[serde(borrow)]
    start_trigger_args: Option<&'a RawValue>,
    #[serde(borrow)]
    expand_input: Option<ExpandInputJson<'a>>,
    #[serde(borrow)]
    op_kwargs_expand_input: Option<ExpandInputJson<'a>>,
    #[serde(borrow)]
    partial_kwargs: Option<&'a RawValue>,
}

/// Constructor arguments: beside the rest in a plain task, in `partial_kwargs` of a mapped one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ArgumentsJson<'a> {
    #[serde(rename = "_task_display_property_value")]
    display_name: Option<String>,
    /// As `partial_kwargs` name it.
    task_display_name: Option<String>,
    owner: Option<String>,
    start_date: Option<EpochSeconds>,
    end_date: Option<EpochSeconds>,
    trigger_rule: Option<String>,
    retries: Argument<Whole>,
    retry_delay: Option<Seconds>,
    retry_exponential_backoff: Option<Truthy>,
    max_retry_delay: Option<Seconds>,
    depends_on_past: Option<Truthy>,
    wait_for_downstream: Option<Truthy>,
    ignore_first_depends_on_past: Option<Truthy>,
    wait_for_past_depends_before_skipping: Option<Truthy>,
    priority_weight: Option<Whole>,
    weight_rule: Option<String>,
    queue: Option<String>,
    pool: Option<String>,
    pool_slots: Option<Whole>,
    max_active_tis_per_dag: Option<Whole>,
    max_active_tis_per_dagrun: Option<Whole>,
    execution_timeout: Argument<Seconds>,
    sla: Option<Seconds>,
    run_as_user: Option<String>,
    executor: Option<String>,
    #[serde(borrow)]
    executor_config: Option<&'a RawValue>,
    is_setup: Option<Truthy>,
    is_teardown: Option<Truthy>,
    on_failure_fail_dagrun: Option<Truthy>,
    on_execute_callback: Option<Truthy>,
    on_success_callback: Option<Truthy>,
    on_failure_callback: Option<Truthy>,
    on_retry_callback: Option<Truthy>,
    outlets: Option<Truthy>,
    /// The old name of `outlets`.
    #[serde(rename = "_outlets")]
    old_outlets: Option<Truthy>,
}

/// The dates that tasks without their own take over.
#[derive(Clone, Copy)]
pub(super) struct DagDates {
    pub(super) start_date: Option<UtcDateTime>,
    pub(super) end_date: Option<UtcDateTime>,
}

/// Reads one element of `tasks`, with the ids of its direct downstream tasks.
pub(super) fn read_task(
    listed: &RawValue,
    dates: DagDates,
    defaults: &Defaults,
) -> Result<(Task, Vec<TaskId>), Error> {
    let wrapper: Listed<'_> = serde_json::from_str(listed.get()).map_err(Error::Structure)?;
    let text = wrapper.var.unwrap_or(listed).get();
    let json: OperatorJson<'_> = serde_json::from_str(text).map_err(Error::Structure)?;
    let unreadable = |source| Error::Task {
        task_id: json.task_id.clone(),
        source,
    };
    let arguments_text = match json.partial_kwargs {
        Some(partial_kwargs) if truthy(json.is_mapped) => partial_kwargs.get(),
        _ => text,
    };
    let arguments: ArgumentsJson<'_> = serde_json::from_str(arguments_text).map_err(unreadable)?;
    let mut task = Task::new(json.task_id.as_str(), json.task_type.as_str());
    arguments.apply(&mut task, defaults)?;
    task.start_date = date(json.start_date, arguments.start_date).or(dates.start_date);
    task.end_date = date(json.end_date, arguments.end_date).or(dates.end_date);
    let downstream = json.apply(&mut task)?;
    Ok((task, downstream))
}

fn truthy(value: Option<Truthy>) -> bool {
    value.is_some_and(|value| value.0)
}

fn date(outer: Option<EpochSeconds>, argument: Option<EpochSeconds>) -> Option<UtcDateTime> {
    outer.or(argument).map(|date| date.0)
}

impl OperatorJson<'_> {
    fn apply(self, task: &mut Task) -> Result<Vec<TaskId>, Error> {
        let deps = self.deps.unwrap_or_default();
        // A mapped sensor's mode is only known to its instances, so each of them is asked.
        let reschedules = truthy(self.is_mapped) && deps.iter().any(|dep| is_reschedule_dep(dep));
        task.operator_name = self.operator_name;
        task.is_empty = truthy(self.is_empty.or(self.is_dummy));
        task.reschedule = truthy(self.reschedule) || reschedules;
        task.start_from_trigger = truthy(self.start_from_trigger);
        task.start_trigger_args = self.start_trigger_args.map(|raw| raw.get().to_owned());
        task.needs_expansion = truthy(self.needs_expansion) || truthy(self.is_mapped);
        task.custom_deps = deps.into_iter().filter(|dep| !is_known_dep(dep)).collect();
        let input = self.expand_input.or(self.op_kwargs_expand_input);
        task.expand_input = input
            .filter(|_| truthy(self.is_mapped))
            .map(ExpandInputJson::into_expand_input)
            .transpose()
            .map_err(|source| Error::Task {
                task_id: self.task_id,
                source,
            })?;
        let downstream = self.downstream_task_ids.or(self.old_downstream_task_ids);
        let ids = downstream.unwrap_or_default();
        Ok(ids.into_iter().map(TaskId::from).collect())
    }
}

impl ArgumentsJson<'_> {
    fn apply(&self, task: &mut Task, defaults: &Defaults) -> Result<(), Error> {
        self.apply_queueing(task, defaults);
        task.task_display_name = self
            .display_name
            .clone()
            .or_else(|| self.task_display_name.clone());
        task.owner = self
            .owner
            .clone()
            .unwrap_or_else(|| defaults.default_owner.clone());
        if let Some(name) = &self.trigger_rule {
            task.trigger_rule = TriggerRule::parse(name).ok_or_else(|| Error::TriggerRule {
                task_id: task.task_id.to_string(),
                trigger_rule: name.clone(),
            })?;
        }
        task.retry = self.retry_policy(defaults);
        task.depends_on_past = truthy(self.depends_on_past);
        task.wait_for_downstream = truthy(self.wait_for_downstream);
        task.ignore_first_depends_on_past = self
            .ignore_first_depends_on_past
            .map_or(defaults.ignore_first_depends_on_past_by_default, |value| {
                value.0
            });
        task.wait_for_past_depends_before_skipping =
            truthy(self.wait_for_past_depends_before_skipping);
        task.execution_timeout = match self.execution_timeout {
            Argument::Given(timeout) => Some(timeout.0),
            Argument::Null => None,
            Argument::Absent => defaults.default_task_execution_timeout,
        };
        task.sla = self.sla.map(|sla| sla.0);
        task.is_setup = truthy(self.is_setup);
        task.is_teardown = truthy(self.is_teardown);
        task.on_failure_fail_dagrun = truthy(self.on_failure_fail_dagrun);
        task.has_on_execute_callback = truthy(self.on_execute_callback);
        task.has_on_success_callback = truthy(self.on_success_callback);
        task.has_on_failure_callback = truthy(self.on_failure_callback);
        task.has_on_retry_callback = truthy(self.on_retry_callback);
        task.has_outlets = truthy(self.outlets.or(self.old_outlets));
        Ok(())
    }

    fn apply_queueing(&self, task: &mut Task, defaults: &Defaults) {
        task.priority_weight = self.priority_weight.map_or(1, Whole::as_i32);
        task.weight_rule = match &self.weight_rule {
            Some(name) => weight_rule(name),
            None => defaults.default_task_weight_rule.clone(),
        };
        task.queue = self
            .queue
            .clone()
            .unwrap_or_else(|| defaults.default_queue.clone());
        if let Some(pool) = &self.pool {
            task.pool.clone_from(pool);
        }
        task.pool_slots = self.pool_slots.map_or(1, Whole::as_count);
        task.max_active_tis_per_dag = self.max_active_tis_per_dag.map(Whole::as_count);
        task.max_active_tis_per_dagrun = self.max_active_tis_per_dagrun.map(Whole::as_count);
        task.run_as_user = self
            .run_as_user
            .clone()
            .filter(|user| !user.is_empty())
            .or_else(|| defaults.run_as_user.clone());
        task.executor.clone_from(&self.executor);
        task.executor_config = self
            .executor_config
            .map(RawValue::get)
            .filter(|text| !is_empty_dict(text))
            .map(str::to_owned);
    }

    fn retry_policy(&self, defaults: &Defaults) -> RetryPolicy {
        RetryPolicy {
            retries: match self.retries {
                Argument::Given(retries) => retries.as_count(),
                // `retries=None` means none, not the configured number.
                Argument::Null => 0,
                Argument::Absent => defaults.default_task_retries,
            },
            retry_delay: self
                .retry_delay
                .map_or(defaults.default_task_retry_delay, |delay| delay.0),
            retry_exponential_backoff: truthy(self.retry_exponential_backoff),
            max_retry_delay: self.max_retry_delay.map(|delay| delay.0),
        }
    }
}

/// The rule of that name; any other text is the import path of a plugin's strategy.
fn weight_rule(name: &str) -> WeightRule {
    match name {
        "downstream" => WeightRule::Downstream,
        "upstream" => WeightRule::Upstream,
        "absolute" => WeightRule::Absolute,
        import_path => WeightRule::Custom(import_path.to_owned()),
    }
}

fn is_empty_dict(text: &str) -> bool {
    let var = serde_json::from_str::<Typed<'_>>(text).map(|typed| typed.var.get());
    matches!(var.unwrap_or(text), "{}" | "null")
}

const RESCHEDULE_DEP: &str = "airflow.ti_deps.deps.ready_to_reschedule.ReadyToRescheduleDep";

fn is_reschedule_dep(import_path: &str) -> bool {
    import_path == RESCHEDULE_DEP
}

/// Whether the planner itself knows the dependency.
fn is_known_dep(import_path: &str) -> bool {
    is_reschedule_dep(import_path)
        || matches!(
            import_path,
            "airflow.ti_deps.deps.mapped_task_expanded.MappedTaskIsExpanded"
                | "airflow.ti_deps.deps.mapped_task_upstream_dep.MappedTaskUpstreamDep"
                | "airflow.ti_deps.deps.not_in_retry_period_dep.NotInRetryPeriodDep"
                | "airflow.ti_deps.deps.not_previously_skipped_dep.NotPreviouslySkippedDep"
                | "airflow.ti_deps.deps.prev_dagrun_dep.PrevDagrunDep"
                | "airflow.ti_deps.deps.trigger_rule_dep.TriggerRuleDep"
        )
}
