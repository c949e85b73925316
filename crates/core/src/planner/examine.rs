//! One running DAG run, from news to decisions.

use std::collections::BTreeSet;

use super::{
    cascade::{Cascade, Ready, cascade},
    facts::DagEntry,
    integrity::{MissingWeights, integrity, removals},
    plan::{Evaluate, Notice, RunPlan},
    run_end::run_end,
    run_timeout::time_out,
    scratch::Scratch,
    snapshot::{ActiveRun, DagRules, Dirty, RunSlot, Snapshot},
};
use crate::{UtcDateTime, timetable::Timetable};

/// What came of looking at one run.
#[derive(Debug, Default)]
pub(super) struct Examined {
    pub(super) plan: Option<RunPlan>,
    /// What may be scheduled, or queued straight away.
    pub(super) ready: Vec<Ready>,
    pub(super) evaluate: Vec<Evaluate>,
    pub(super) notices: Vec<Notice>,
    pub(super) reload: bool,
}

impl Examined {
    fn only(plan: RunPlan) -> Self {
        Self {
            plan: Some(plan),
            ..Self::default()
        }
    }
}

/// Looks at what is new in a run. Runs of unknown or inactive DAGs are left alone.
pub(super) fn examine(
    snapshot: &Snapshot,
    slot: RunSlot,
    dirty: Dirty,
    now: UtcDateTime,
) -> Option<Examined> {
    let run = snapshot.active_run(slot).filter(|run| run.is_plannable())?;
    let rules = run.rules.as_deref()?;
    let entry = snapshot.dag(&run.row.key.dag_id)?;
    if !entry.is_active {
        return None;
    }
    if !entry.is_paused {
        if let Some(plan) = time_out(run, rules, now) {
            return Some(Examined::only(plan));
        }
        if is_early(snapshot, run, rules, now) {
            return None;
        }
        if run.row.dag_hash.as_ref() != Some(&rules.dag.dag_hash) {
            return Some(bring_in_line(run, rules, entry));
        }
    }
    Some(follow(snapshot, run, rules, entry, dirty, now))
}

/// A run of the future waits, unless it is allowed and the DAG has no schedule of its own.
fn is_early(snapshot: &Snapshot, run: &ActiveRun, rules: &DagRules, now: UtcDateTime) -> bool {
    let by_hand_only = matches!(rules.dag.timetable, Timetable::Null);
    let allowed = snapshot.settings.allow_trigger_in_future && by_hand_only;
    run.row.execution_date > now && !allowed
}

fn bring_in_line(run: &ActiveRun, rules: &DagRules, entry: &DagEntry) -> Examined {
    match integrity(run, rules, entry) {
        Ok(plan) => Examined::only(plan),
        Err(MissingWeights(tasks)) => Examined {
            evaluate: vec![Evaluate::PriorityWeights {
                dag_id: entry.dag_id.clone(),
                tasks,
            }],
            ..Examined::default()
        },
    }
}

fn follow(
    snapshot: &Snapshot,
    run: &ActiveRun,
    rules: &DagRules,
    entry: &DagEntry,
    dirty: Dirty,
    now: UtcDateTime,
) -> Examined {
    let tasks: BTreeSet<_> = if dirty.all {
        rules.graph().iter().map(|(index, _)| index).collect()
    } else {
        dirty.tasks
    };
    let settings = &snapshot.settings;
    let mut scratch = Scratch::new(run, rules);
    let found = cascade(&mut scratch, settings, tasks, entry.is_paused, now);
    let mut plan = RunPlan::new(run.row.key.clone());
    plan.finish = run_end(&scratch, settings);
    let Cascade {
        changes,
        ready,
        asks,
        unsupported,
        missing_past,
    } = found;
    plan.changes = removals(run).chain(changes).collect();
    let key = &run.row.key;
    Examined {
        plan: (!plan.is_empty()).then_some(plan),
        ready,
        evaluate: asks
            .into_iter()
            .map(|(task_id, map_index)| Evaluate::Dependencies {
                run: key.clone(),
                task_id,
                map_index,
            })
            .collect(),
        notices: unsupported
            .into_iter()
            .map(|(task_id, feature)| Notice::Unsupported {
                run: key.clone(),
                task_id,
                feature,
            })
            .collect(),
        reload: missing_past,
    }
}
