//! `jobs check`, `dags list-jobs`.

use sqlx::FromRow;

use crate::{DbTimestamp, Error, Source};

#[derive(Clone, Debug, FromRow)]
pub struct JobRow {
    pub dag_id: Option<String>,
    pub state: Option<String>,
    pub job_type: Option<String>,
    pub start_date: Option<DbTimestamp>,
    pub end_date: Option<DbTimestamp>,
    pub latest_heartbeat: Option<DbTimestamp>,
}

/// Which jobs; what is `None` does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobFilter<'a> {
    pub dag_id: Option<&'a str>,
    pub state: Option<&'a str>,
    pub job_type: Option<&'a str>,
    pub hostname: Option<&'a str>,
    pub limit: Option<i64>,
}

/// Which jobs come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOrder {
    /// Those that started last.
    Started,
    /// Those that gave a sign of life last.
    Heartbeat,
}

pub async fn jobs<'c>(
    source: impl Source<'c>,
    filter: &JobFilter<'_>,
    order: JobOrder,
) -> Result<Vec<JobRow>, Error> {
    source
        .query(
            "SELECT dag_id, state, job_type, start_date, end_date, latest_heartbeat
             FROM job
             WHERE ($1 IS NULL OR dag_id = $1)
               AND ($2 IS NULL OR state = $2)
               AND ($3 IS NULL OR job_type = $3)
               AND ($4 IS NULL OR hostname = $4)
             ORDER BY CASE WHEN $5 THEN latest_heartbeat ELSE start_date END DESC, id DESC
             LIMIT $6",
        )
        .bind(filter.dag_id.map(str::to_owned))
        .bind(filter.state.map(str::to_owned))
        .bind(filter.job_type.map(str::to_owned))
        .bind(filter.hostname.map(str::to_owned))
        .bind(order == JobOrder::Heartbeat)
        .bind(filter.limit.unwrap_or(i64::MAX))
        .fetch_all()
        .await
}
