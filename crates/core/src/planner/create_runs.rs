//! Scheduled runs: which are due, and when the next ones are.

use super::{
    facts::{DagEntry, NextDagRun},
    integrity::{MissingWeights, new_instances},
    limits::Limits,
    plan::{CreateRun, Evaluate, NextDagRunChange, NextDagRunUpdate, Plan},
    snapshot::{DagRules, DagState, Snapshot},
};
use crate::{
    DagId, UtcDateTime, run_id,
    state::DagRunType,
    timetable::{DataInterval, TimeRestriction},
};

/// Adds the runs that are due, longest overdue first and one of each DAG. The plan after the next
/// observation goes on with the others, so that no DAG with a long backlog holds up the rest.
///
/// Dataset-triggered runs will be due by another index and be created here too.
pub(super) fn create_runs(snapshot: &Snapshot, limits: &Limits, now: UtcDateTime, plan: &mut Plan) {
    if !limits.use_job_schedule {
        return;
    }
    let due = snapshot.due_dags.iter().take_while(|(at, _)| *at <= now);
    for (_, dag_id) in due {
        if plan.create_runs.len() >= limits.max_dagruns_to_create_per_loop {
            break;
        }
        match create_run(snapshot, dag_id, now) {
            Some(Ok(run)) => {
                if needs_python(snapshot, dag_id) {
                    plan.evaluate.push(Evaluate::NextDagRun {
                        dag_id: dag_id.clone(),
                        last_automated: Some(run.data_interval),
                    });
                }
                plan.create_runs.push(run);
            }
            Some(Err(MissingWeights(tasks))) => plan.evaluate.push(Evaluate::PriorityWeights {
                dag_id: dag_id.clone(),
                tasks,
            }),
            None => {}
        }
    }
}

fn create_run(
    snapshot: &Snapshot,
    dag_id: &DagId,
    now: UtcDateTime,
) -> Option<Result<CreateRun, MissingWeights>> {
    let state = snapshot.dag_state(dag_id)?;
    let (rules, entry) = (state.rules.as_ref()?, state.entry.as_ref()?);
    let next = entry.next_dagrun?;
    let active = state.active_runs();
    let instances = new_instances(rules, entry, next.logical_date, |_| false);
    Some(instances.map(|instances| CreateRun {
        dag_id: dag_id.clone(),
        run_id: run_id::generate(DagRunType::Scheduled, next.logical_date),
        run_type: DagRunType::Scheduled,
        execution_date: next.logical_date,
        data_interval: next.data_interval,
        dag_hash: rules.dag.dag_hash.clone(),
        instances,
        next_dagrun: next_after(rules, Some(next.data_interval), active + 1, now),
        next_dagrun_if_exists: next_after(rules, Some(next.data_interval), active, now),
    }))
}

/// Adds what brings `dag.next_dagrun*` in line for DAGs with news: a DAG held back by
/// `max_active_runs` goes on when a run of any type is over, not only a scheduled one, and one
/// without a next run gets it if its schedule has one.
pub(super) fn next_dagruns(snapshot: &Snapshot, now: UtcDateTime, plan: &mut Plan) {
    for dag_id in &snapshot.dirty_dags {
        let Some(state) = snapshot.dag_state(dag_id) else {
            continue;
        };
        let (Some(rules), Some(entry)) = (&state.rules, &state.entry) else {
            continue;
        };
        let waits = entry
            .next_dagrun
            .is_none_or(|next| next.create_after.is_none());
        if !waits || !entry.is_active || has_no_room(state, rules) {
            continue;
        }
        if rules.dag.timetable.needs_python() {
            plan.evaluate.push(Evaluate::NextDagRun {
                dag_id: dag_id.clone(),
                last_automated: entry.last_automated,
            });
            continue;
        }
        let change = next_after(rules, entry.last_automated, state.active_runs(), now);
        if is_news(entry, change) {
            plan.next_dagruns.push(NextDagRunUpdate {
                dag_id: dag_id.clone(),
                seen: entry.next_dagrun,
                change,
            });
        }
    }
}

fn needs_python(snapshot: &Snapshot, dag_id: &DagId) -> bool {
    let rules = snapshot
        .dag_state(dag_id)
        .and_then(|state| state.rules.as_ref());
    rules.is_some_and(|rules| rules.dag.timetable.needs_python())
}

fn has_no_room(state: &DagState, rules: &DagRules) -> bool {
    state.active_runs() >= rules.dag.max_active_runs as usize
}

fn is_news(entry: &DagEntry, change: NextDagRunChange) -> bool {
    match change {
        NextDagRunChange::Set(next) => entry.next_dagrun != Some(next),
        NextDagRunChange::Clear => entry.next_dagrun.is_some(),
        NextDagRunChange::HoldBack => entry
            .next_dagrun
            .is_some_and(|next| next.create_after.is_some()),
    }
}

/// What follows the automated run with that interval, while `active_runs` are queued or running.
fn next_after(
    rules: &DagRules,
    last_automated: Option<DataInterval>,
    active_runs: usize,
    now: UtcDateTime,
) -> NextDagRunChange {
    let dag = &rules.dag;
    if active_runs >= dag.max_active_runs as usize || dag.timetable.needs_python() {
        return NextDagRunChange::HoldBack;
    }
    let restriction = TimeRestriction::of(dag);
    let next = dag
        .timetable
        .next_dagrun_info(last_automated, restriction, now);
    next.map_or(NextDagRunChange::Clear, |next| {
        NextDagRunChange::Set(NextDagRun::from(next))
    })
}
