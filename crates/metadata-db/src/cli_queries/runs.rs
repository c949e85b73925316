//! `dags list-runs`, `dags state`.

use sqlx::FromRow;
use updraft_core::{UtcDateTime, state::DagRunState};

use crate::{DbTimestamp, Error, Source};

/// What is shown of a row of `dag_run`.
#[derive(Clone, Debug, FromRow)]
pub struct RunRow {
    pub dag_id: String,
    pub run_id: String,
    pub state: Option<String>,
    pub run_type: String,
    pub execution_date: DbTimestamp,
    pub data_interval_start: Option<DbTimestamp>,
    pub data_interval_end: Option<DbTimestamp>,
    pub start_date: Option<DbTimestamp>,
    pub end_date: Option<DbTimestamp>,
    pub last_scheduling_decision: Option<DbTimestamp>,
    pub external_trigger: Option<bool>,
    /// A pickle.
    pub conf: Option<Vec<u8>>,
}

/// Which runs of a DAG; both dates belong to the range.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFilter {
    pub state: Option<DagRunState>,
    pub no_backfill: bool,
    pub start_date: Option<UtcDateTime>,
    pub end_date: Option<UtcDateTime>,
}

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "SELECT dag_id, run_id, state, run_type, execution_date, data_interval_start,
                 data_interval_end, start_date, end_date, last_scheduling_decision,
                 external_trigger, conf
             FROM dag_run ",
            $rest
        )
    };
}

/// The runs of the DAG, the newest first.
pub async fn runs<'c>(
    source: impl Source<'c>,
    dag_id: &str,
    filter: &RunFilter,
) -> Result<Vec<RunRow>, Error> {
    source
        .query(select_runs!(
            "WHERE dag_id = $1
               AND ($2 IS NULL OR state = $2)
               AND (NOT $3 OR run_id NOT LIKE 'backfill\\_\\_%' ESCAPE '\\')
               AND ($4 IS NULL OR execution_date >= $4)
               AND ($5 IS NULL OR execution_date <= $5)
             ORDER BY execution_date DESC"
        ))
        .bind(dag_id)
        .bind(filter.state.map(DagRunState::as_str))
        .bind(filter.no_backfill)
        .bind(filter.start_date.map(DbTimestamp))
        .bind(filter.end_date.map(DbTimestamp))
        .fetch_all()
        .await
}

/// The run of that logical date.
pub async fn run_at<'c>(
    source: impl Source<'c>,
    dag_id: &str,
    execution_date: UtcDateTime,
) -> Result<Option<RunRow>, Error> {
    source
        .query(select_runs!("WHERE dag_id = $1 AND execution_date = $2"))
        .bind(dag_id)
        .bind(DbTimestamp(execution_date))
        .fetch_optional()
        .await
}

pub async fn run_by_id<'c>(
    source: impl Source<'c>,
    dag_id: &str,
    run_id: &str,
) -> Result<Option<RunRow>, Error> {
    source
        .query(select_runs!("WHERE dag_id = $1 AND run_id = $2"))
        .bind(dag_id)
        .bind(run_id)
        .fetch_optional()
        .await
}
