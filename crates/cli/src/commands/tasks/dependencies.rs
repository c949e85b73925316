//! Whether upstream tasks, earlier runs and the delay before a retry allow a task to start.

use std::{collections::HashMap, sync::Arc};

use updraft_core::{
    TaskInstanceKey, UtcDateTime,
    dag::Dag,
    planner::{
        Change, DagEntry, Limits, Notice, Observation, PreviousRuns, Run, RunKey, Settings,
        Snapshot, TaskInstance, plan,
    },
    state::{DagRunState, DagRunType, TaskInstanceState},
};
use updraft_metadata_db::{
    Db,
    cli_queries::RunRow,
    scheduling::{PastOf, load_previous_runs, load_task_instances},
};

/// Whether the run before matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    Check,
    Ignore,
}

/// Whether the delay before a retry or a next look matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delay {
    Check,
    Ignore,
}

/// What the planner would not start the task for, as though its run was running and it had not been
/// queued. `key` comes with the run's id in the database.
pub(super) async fn unmet(
    db: &Db,
    dag: &Dag,
    run: &RunRow,
    (key, id): (&TaskInstanceKey, i32),
    (past, delay): (Past, Delay),
    now: UtcDateTime,
) -> anyhow::Result<Option<&'static str>> {
    let previous = match past {
        Past::Ignore => PreviousRuns::default(),
        Past::Check => {
            let of = PastOf {
                id,
                catchup: dag.catchup,
                maybe_new: vec![key.task_id.clone()],
            };
            let mut found = load_previous_runs(db, &[of]).await?;
            found.remove(&id).unwrap_or_default()
        }
    };
    let rows = load_task_instances(db, &[id]).await?;
    let instances = rows.into_iter().map(|row| {
        let is_wanted = row.task_id == key.task_id && row.instance.map_index == key.map_index;
        let instance = if is_wanted {
            not_yet_queued(row.instance, delay)
        } else {
            row.instance
        };
        (row.task_id, instance)
    });
    let run = Run {
        key: RunKey {
            dag_id: key.dag_id.clone(),
            run_id: key.run_id.clone(),
        },
        id,
        state: DagRunState::Running,
        run_type: DagRunType::Manual,
        execution_date: run.execution_date.into(),
        data_interval: None,
        start_date: None,
        queued_at: None,
        last_scheduling_decision: None,
        dag_hash: Some(dag.dag_hash.clone()),
        external_trigger: true,
        instances: instances.collect(),
        // A skipped task has that state already.
        skip_decisions: Vec::new(),
        previous: Some(previous),
    };
    Ok(verdict(dag, run, key, now))
}

fn not_yet_queued(mut instance: TaskInstance, delay: Delay) -> TaskInstance {
    let waits = matches!(
        instance.state,
        TaskInstanceState::UpForRetry | TaskInstanceState::UpForReschedule
    );
    if !waits || delay == Delay::Ignore {
        instance.state = TaskInstanceState::NoStatus;
    }
    instance
}

fn verdict(dag: &Dag, run: Run, key: &TaskInstanceKey, now: UtcDateTime) -> Option<&'static str> {
    let mut snapshot = Snapshot::new(Settings::default());
    snapshot.observe(Observation::Dag(Box::new(DagEntry {
        dag_id: dag.dag_id.clone(),
        dag: Some(Arc::new(dag.clone())),
        is_paused: false,
        is_active: true,
        has_import_errors: false,
        next_dagrun: None,
        last_automated: None,
        custom_weights: HashMap::new(),
    })));
    snapshot.observe(Observation::Run(Box::new(run)));
    let plan = plan(&snapshot, &Limits::default(), now);
    // What only Python can decide, or what Updraft cannot decide yet, is the user's to decide.
    let is_unsupported = plan.notices.iter().any(
        |notice| matches!(notice, Notice::Unsupported { task_id, .. } if *task_id == key.task_id),
    );
    if is_unsupported || !plan.evaluate.is_empty() {
        return None;
    }
    let change = plan
        .runs
        .iter()
        .flat_map(|run| &run.changes)
        .find(|change| change.task_id == key.task_id && change.map_index == key.map_index);
    let is_ready = plan
        .queue
        .iter()
        .any(|task| task.task_id == key.task_id && task.map_index == key.map_index);
    match change.map(|change| change.change) {
        Some(Change::Schedule { .. } | Change::SucceedEmpty { .. }) => None,
        Some(Change::Skip) => Some("its upstream tasks were skipped, and so would it be"),
        Some(Change::FailUpstream) => Some("its upstream tasks failed"),
        _ if is_ready => None,
        _ => Some(
            "its upstream tasks, the run before or the delay before a retry do not allow it yet \
             (--ignore-dependencies does)",
        ),
    }
}
