//! Queued runs that may start.

use super::{
    plan::{Plan, StartRun},
    snapshot::Snapshot,
};
use crate::UtcDateTime;

/// Adds the queued runs for which their DAG has room under `max_active_runs`, each DAG by itself:
/// however many runs of one DAG are queued, they hold up no other.
pub(super) fn start_runs(snapshot: &Snapshot, now: UtcDateTime, plan: &mut Plan) {
    for dag_id in &snapshot.queued_dags {
        let Some(state) = snapshot.dag_state(dag_id) else {
            continue;
        };
        let (Some(rules), Some(entry)) = (&state.rules, &state.entry) else {
            continue;
        };
        if entry.is_paused || !entry.is_active {
            continue;
        }
        // Airflow takes 0 for no limit on what starts, though it then creates no scheduled run.
        let max_active_runs = match rules.dag.max_active_runs {
            0 => u32::MAX,
            limit => limit,
        };
        let room = max_active_runs.saturating_sub(state.running);
        let may_start =
            |date: UtcDateTime| snapshot.settings.allow_trigger_in_future || date <= now;
        let starting = state
            .queued
            .iter()
            .filter(|(_, date, _, _)| may_start(*date))
            .take(room as usize)
            .filter_map(|(_, _, _, slot)| snapshot.active_run(*slot));
        plan.start_runs.extend(starting.map(|run| StartRun {
            run: run.row.key.clone(),
            max_active_runs,
        }));
    }
}
