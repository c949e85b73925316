//! All dependencies of one task instance, brought together.

use super::{
    dependencies::{Upstream, Verdict, previous_run, setup_constraint, trigger_rule, waits_until},
    facts::TaskInstance,
    limits::Settings,
    scratch::Scratch,
};
use crate::{
    UtcDateTime,
    dag::{TaskIndex, TriggerRule},
    state::TaskInstanceState,
};

/// What becomes of a task instance that is in a schedulable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Wait,
    Ready,
    /// It ends here without having run.
    End(TaskInstanceState),
    /// Everything but its custom dependencies is met, which only Python knows.
    Ask,
    /// Nothing is known of the run before.
    MissingPast,
}

/// Decides about one task instance. `at` is `None` where retry delays and poke intervals do not
/// count, as in the search for deadlocks.
///
/// As in Airflow, states that end a task instance are given whatever its other dependencies say: a
/// task in its retry delay becomes `upstream_failed` at once. A task's own
/// `wait_for_past_depends_before_skipping` is not looked at: Airflow's scheduler ignores it too,
/// only `tasks run --depends-on-past wait` has that effect.
pub(super) fn decide(
    scratch: &Scratch<'_>,
    settings: &Settings,
    task: TaskIndex,
    instance: &TaskInstance,
    at: Option<UtcDateTime>,
) -> Decision {
    let verdict = upstream_verdict(scratch, task, instance);
    if let Some(state) = verdict.state {
        return Decision::End(state);
    }
    if is_skipped_by_branch(scratch, task, instance) {
        return Decision::End(TaskInstanceState::Skipped);
    }
    let definition = scratch.rules.task(task);
    let waits = at.is_some_and(|now| {
        waits_until(definition, instance, &scratch.run.row, settings)
            .is_some_and(|until| until > now)
    });
    if !verdict.passes || waits {
        return Decision::Wait;
    }
    match past_allows(scratch, task) {
        None => return Decision::MissingPast,
        Some(false) => return Decision::Wait,
        Some(true) => {}
    }
    if definition.custom_deps.is_empty() {
        return Decision::Ready;
    }
    let key = (definition.task_id.clone(), instance.map_index);
    match scratch.run.answers.get(&key) {
        Some(true) => Decision::Ready,
        Some(false) => Decision::Wait,
        None => Decision::Ask,
    }
}

/// Setup constraint and trigger rule.
fn upstream_verdict(scratch: &Scratch<'_>, task: TaskIndex, instance: &TaskInstance) -> Verdict {
    let definition = scratch.rules.task(task);
    let rules = scratch.rules.of(task);
    let tasks_upstream = scratch.rules.graph().upstream(task);
    if tasks_upstream.is_empty() || definition.trigger_rule == TriggerRule::Always {
        return Verdict::PASS;
    }
    let mut guarded = Verdict::PASS;
    if !rules.indirect_setups.is_empty() {
        let setups = &rules.indirect_setups;
        let states = setups.iter().flat_map(|&s| scratch.states(s)).collect();
        guarded = setup_constraint(&states, count(setups.len()), instance.map_index);
        if guarded.state.is_some() {
            return guarded;
        }
    }
    let states = scratch.upstream(task);
    let setups = &rules.upstream_setups;
    let upstream = Upstream {
        states,
        count: if rules.counts_rows {
            states.instances
        } else {
            count(tasks_upstream.len())
        },
        setup_states: setups.iter().flat_map(|&s| scratch.states(s)).collect(),
        setup_count: count(setups.len()),
    };
    let verdict = trigger_rule(definition.trigger_rule, &upstream, instance.map_index);
    Verdict {
        passes: verdict.passes && guarded.passes,
        ..verdict
    }
}

/// Whether a finished branch directly upstream decided against the task instance. This is how a
/// branch that was cleared or runs later than its downstream's other dependencies keeps its word.
fn is_skipped_by_branch(scratch: &Scratch<'_>, task: TaskIndex, instance: &TaskInstance) -> bool {
    let mut deciders = scratch.run.skips.deciders(task, instance.map_index);
    deciders.any(|by| scratch.states(by).any(TaskInstanceState::is_finished))
}

/// What `depends_on_past` says; `None` where it cannot be known.
fn past_allows(scratch: &Scratch<'_>, task: TaskIndex) -> Option<bool> {
    let rules = scratch.rules;
    let definition = rules.task(task);
    if !super::dependencies::depends_on_past(definition) {
        return Some(true);
    }
    let past = scratch.run.past.as_ref()?;
    let graph = rules.graph();
    let downstream = graph.downstream(task).iter();
    Some(previous_run(
        definition,
        rules.dag.catchup,
        rules.start_date(definition),
        downstream.map(|&task| &graph.task(task).task_id),
        past,
    ))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
