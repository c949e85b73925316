//! What became of a run, task by task.

use updraft_core::{
    MapIndex, TaskInstanceKey,
    planner::{FinishReason, RunKey},
    state::DagRunState,
};
use updraft_metadata_db::{
    DbTimestamp,
    cli_queries::{self, StateRow},
};

use super::{Ended, Scratch, logs::label};
use crate::{
    headline::one_line,
    paint::{Mark, Paint},
};

/// A table of the run's task instances and a line about the run.
pub(crate) async fn print_summary(
    scratch: &Scratch,
    run: &RunKey,
    ended: &Ended,
    paint: Paint,
) -> anyhow::Result<()> {
    let (dag_id, run_id) = (run.dag_id.as_str(), run.run_id.as_str());
    let rows = cli_queries::states(&scratch.db, dag_id, run_id).await?;
    let lines: Vec<Line> = rows
        .iter()
        .map(|row| {
            let key = TaskInstanceKey {
                dag_id: run.dag_id.clone(),
                run_id: run.run_id.clone(),
                task_id: row.task_id.as_str().into(),
                map_index: MapIndex(row.map_index),
            };
            Line::new(&key, row, ended)
        })
        .collect();
    let width = lines.iter().map(|line| line.task.chars().count()).max();
    paint.line("");
    for line in &lines {
        paint.line(&line.text(width.unwrap_or_default(), paint));
    }
    let (mark, state) = match ended.state {
        Some(DagRunState::Success) => (Mark::Good, "success"),
        Some(state) => (Mark::Bad, state.as_str()),
        None if ended.is_interrupted => (Mark::Bad, "interrupted"),
        None => (Mark::Bad, "did not end"),
    };
    let took = ended.duration.map_or_else(String::new, |duration| {
        format!(" in {:.2} s", duration.as_secs_f64())
    });
    let why = ended.stuck.clone().or_else(|| {
        let reason = ended.reason.map(FinishReason::as_str);
        reason
            .filter(|reason| *reason != state && *reason != "task_failure")
            .map(str::to_owned)
    });
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let text = format!("{dag_id}  {run_id}  {}{took}{why}", paint.bold(state));
    paint.mark(mark, &text);
    Ok(())
}

struct Line {
    task: String,
    state: String,
    tries: Option<i32>,
    seconds: Option<f64>,
    reason: Option<String>,
}

impl Line {
    fn new(key: &TaskInstanceKey, row: &StateRow, ended: &Ended) -> Self {
        let known = ended.tries.get(key);
        let at = |time: Option<DbTimestamp>| time.map(|time| time.0);
        let took = at(row.start_date).zip(at(row.end_date));
        Self {
            task: label(key),
            state: row.state.clone().unwrap_or_else(|| "not run".to_owned()),
            tries: known.map(|(tries, _)| *tries).filter(|tries| *tries > 1),
            seconds: took.map(|(start, end)| end.since(start).as_secs_f64()),
            reason: known.and_then(|(_, reason)| reason.as_deref().map(one_line)),
        }
    }

    fn text(&self, width: usize, paint: Paint) -> String {
        const STATE: usize = "upstream_failed".len();
        let padding = " ".repeat(STATE.saturating_sub(self.state.len()));
        let seconds = self
            .seconds
            .map_or_else(String::new, |seconds| format!("{seconds:.2} s"));
        let tries = self
            .tries
            .map_or_else(String::new, |tries| format!("  {tries} tries"));
        let reason = self.reason.as_ref().filter(|_| self.state == "failed");
        let reason = reason.map_or_else(String::new, |reason| format!("  {reason}"));
        let line = format!(
            "  {:width$}  {}{padding}  {seconds:>8}{tries}{reason}",
            self.task,
            paint.state(&self.state)
        );
        line.trim_end().to_owned()
    }
}
