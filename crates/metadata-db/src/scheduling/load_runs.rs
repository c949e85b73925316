//! Runs that are not finished.

use sqlx::FromRow;
use updraft_core::{
    UtcDateTime,
    planner::{Run, RunKey},
    state::DagRunType,
    timetable::DataInterval,
};

use crate::{
    Error,
    query::Source,
    value::{DbDagRunState, DbTimestamp},
};

/// A `dag_run` row with what tells two versions of it apart.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Without task instances, skip decisions and previous runs.
    pub run: Run,
    pub clear_number: i32,
}

#[derive(FromRow)]
struct Row {
    id: i32,
    dag_id: String,
    run_id: String,
    state: DbDagRunState,
    run_type: String,
    execution_date: DbTimestamp,
    data_interval_start: Option<DbTimestamp>,
    data_interval_end: Option<DbTimestamp>,
    start_date: Option<DbTimestamp>,
    queued_at: Option<DbTimestamp>,
    last_scheduling_decision: Option<DbTimestamp>,
    dag_hash: Option<String>,
    external_trigger: bool,
    clear_number: i32,
}

impl From<Row> for RunRow {
    fn from(row: Row) -> Self {
        let data_interval =
            row.data_interval_start
                .zip(row.data_interval_end)
                .map(|(start, end)| DataInterval {
                    start: start.into(),
                    end: end.into(),
                });
        Self {
            run: Run {
                key: RunKey {
                    dag_id: row.dag_id.into(),
                    run_id: row.run_id.into(),
                },
                id: row.id,
                state: row.state.into(),
                run_type: DagRunType::parse(&row.run_type).unwrap_or(DagRunType::Manual),
                execution_date: row.execution_date.into(),
                data_interval,
                start_date: row.start_date.map(UtcDateTime::from),
                queued_at: row.queued_at.map(UtcDateTime::from),
                last_scheduling_decision: row.last_scheduling_decision.map(UtcDateTime::from),
                dag_hash: row.dag_hash,
                external_trigger: row.external_trigger,
                instances: Vec::new(),
                skip_decisions: Vec::new(),
                previous: None,
            },
            clear_number: row.clear_number,
        }
    }
}

/// Every queued and running run. Cheap: two partial indexes hold exactly these rows.
pub async fn load_active_runs<'c>(source: impl Source<'c>) -> Result<Vec<RunRow>, Error> {
    let rows: Vec<Row> = source
        .query(
            "SELECT r.id, r.dag_id, r.run_id, r.state, r.run_type, r.execution_date,
                 r.data_interval_start, r.data_interval_end, r.start_date, r.queued_at,
                 r.last_scheduling_decision, r.dag_hash,
                 COALESCE(r.external_trigger, FALSE) AS external_trigger, r.clear_number
             FROM dag_run r
             WHERE r.state = 'running'
             UNION ALL
             SELECT r.id, r.dag_id, r.run_id, r.state, r.run_type, r.execution_date,
                 r.data_interval_start, r.data_interval_end, r.start_date, r.queued_at,
                 r.last_scheduling_decision, r.dag_hash,
                 COALESCE(r.external_trigger, FALSE) AS external_trigger, r.clear_number
             FROM dag_run r
             WHERE r.state = 'queued'",
        )
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(RunRow::from).collect())
}
