//! The cascade against Airflow's way: pass after pass over every task instance of a run, each pass
//! seeing only the states before it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    equivalence::{TaskShape, build, config, task_shape},
    world::{World, at},
};
use crate::{
    MapIndex, TaskId,
    dag::{Dag, TriggerRule},
    planner::{
        RunKey,
        dependencies::{Upstream, UpstreamStates, setup_constraint, trigger_rule},
    },
    state::TaskInstanceState as State,
};

type States = BTreeMap<TaskId, State>;

/// All tasks upstream or downstream of one, however far.
fn relatives(dag: &Dag, of: &TaskId, downstream: bool) -> Vec<TaskId> {
    let mut found: Vec<TaskId> = Vec::new();
    let mut open = vec![of.clone()];
    while let Some(task_id) = open.pop() {
        let index = dag.tasks.index_of(task_id.as_str()).unwrap();
        let next = if downstream {
            dag.tasks.downstream(index)
        } else {
            dag.tasks.upstream(index)
        };
        for next in next {
            let id = dag.tasks.task(*next).task_id.clone();
            if !found.contains(&id) {
                found.push(id.clone());
                open.push(id);
            }
        }
    }
    found
}

fn indirect_setups(dag: &Dag, of: &TaskId) -> Vec<TaskId> {
    let index = dag.tasks.index_of(of.as_str()).unwrap();
    let get = |id: &TaskId| dag.tasks.task(dag.tasks.index_of(id.as_str()).unwrap());
    let below = relatives(dag, of, true);
    let mut setups = relatives(dag, of, false);
    setups.retain(|id| {
        let setup = dag.tasks.index_of(id.as_str()).unwrap();
        let direct = dag.tasks.upstream(index).contains(&setup);
        let teardowns: Vec<&TaskId> = dag
            .tasks
            .downstream(setup)
            .iter()
            .map(|t| dag.tasks.task(*t))
            .filter(|task| task.is_teardown)
            .map(|task| &task.task_id)
            .collect();
        let relevant = teardowns.is_empty() || teardowns.iter().any(|t| below.contains(t));
        get(id).is_setup && !direct && relevant
    });
    setups
}

/// What one look at one task instance makes of it: `None` for waiting.
fn look(dag: &Dag, states: &States, task_id: &TaskId) -> Option<State> {
    let index = dag.tasks.index_of(task_id.as_str()).unwrap();
    let task = dag.tasks.task(index);
    let upstream = dag.tasks.upstream(index);
    let ready = if task.is_empty {
        State::Success
    } else {
        State::Scheduled
    };
    if upstream.is_empty() || task.trigger_rule == TriggerRule::Always {
        return Some(ready);
    }
    let mut guarded = true;
    let setups = indirect_setups(dag, task_id);
    if !task.is_teardown && !setups.is_empty() {
        let counts: UpstreamStates = setups.iter().map(|id| states[id]).collect();
        let count = u32::try_from(setups.len()).unwrap();
        let verdict = setup_constraint(&counts, count, MapIndex::UNMAPPED);
        if verdict.state.is_some() {
            return verdict.state;
        }
        guarded = verdict.passes;
    }
    let of = |only_setups: bool| -> Vec<State> {
        let tasks = upstream.iter().map(|up| dag.tasks.task(*up));
        tasks
            .filter(|task| !only_setups || task.is_setup)
            .map(|task| states[&task.task_id])
            .collect()
    };
    let upstream = Upstream {
        states: of(false).into_iter().collect(),
        count: u32::try_from(upstream.len()).unwrap(),
        setup_states: of(true).into_iter().collect(),
        setup_count: u32::try_from(of(true).len()).unwrap(),
    };
    let verdict = trigger_rule(task.trigger_rule, &upstream, MapIndex::UNMAPPED);
    let passes = verdict.passes && guarded;
    verdict.state.or_else(|| passes.then_some(ready))
}

fn pass_after_pass(dag: &Dag, mut states: States) -> States {
    loop {
        let before = states.clone();
        for (task_id, state) in &mut states {
            if *state == State::NoStatus {
                *state = look(dag, &before, task_id).unwrap_or(State::NoStatus);
            }
        }
        if states == before {
            return states;
        }
    }
}

fn states_of(world: &World, key: &RunKey) -> States {
    let rows = world.runs[key].instances.iter();
    rows.map(|(task_id, row)| (task_id.clone(), row.state))
        .map(|(id, state)| match state {
            State::Queued => (id, State::Scheduled),
            other => (id, other),
        })
        .collect()
}

fn check(shapes: &[TaskShape], fate: &[u8]) -> Result<(), TestCaseError> {
    let dag = build(shapes, "v1");
    let mut world = World::new();
    world.set_dag(dag.clone());
    let run = world.trigger(&"d".into(), at("2024-05-01"));
    let none = shapes.iter().enumerate();
    let none = none.map(|(n, _)| (TaskId::from(format!("t{n}")), State::NoStatus));
    let mut expect = pass_after_pass(&dag, none.collect());
    world.step();
    for fate in fate {
        prop_assert_eq!(&states_of(&world, &run), &expect);
        let queued = world.in_state(State::Queued);
        let Some((key, task_id)) = queued.first() else {
            break;
        };
        let end = [State::Success, State::Failed, State::Skipped][usize::from(fate % 3)];
        let plans = world.finish(key, task_id.as_str(), end);
        prop_assert!(plans.len() <= 1, "{} plans", plans.len());
        expect.insert(task_id.clone(), end);
        expect = pass_after_pass(&dag, expect);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_plan_arrives_where_repeated_passes_do(
        shapes in prop::collection::vec(task_shape(false), 1..16),
        fate in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        check(&shapes, &fate)?;
    }
}
