//! How many runs or task instances are in some states: what `ExternalTaskSensor` waits for.

use sqlx::FromRow;
use updraft_core::UtcDateTime;

use super::xcoms::list;
use crate::{DbTimestamp, Error, Source, scheduling::statement::statement};

/// Runs of a DAG, by logical date or by id.
#[derive(Clone, Copy, Debug)]
pub enum Runs<'a> {
    Dates(&'a [UtcDateTime]),
    Ids(&'a [String]),
}

#[derive(Clone, Copy, Debug)]
pub struct TaskInstances<'a> {
    pub dag_id: &'a str,
    pub runs: Runs<'a>,
    /// `None`: of every task.
    pub task_ids: Option<&'a [String]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Counted {
    /// In one of the states.
    pub count: i64,
    /// In any.
    pub total: i64,
}

pub async fn count_task_instances<'c>(
    on: impl Source<'c>,
    which: &TaskInstances<'_>,
    states: &[String],
) -> Result<Counted, Error> {
    let (dates, ids) = which.runs.lists()?;
    on.query(statement!(
        "SELECT COUNT(CASE WHEN t.state IN (SELECT "
        { postgres "json_array_elements_text(CAST($5 AS json))" sqlite "value FROM json_each($5)" }
        ") THEN 1 END) AS count, COUNT(*) AS total
         FROM task_instance t
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
         WHERE t.dag_id = $1
           AND ($2 IS NULL OR r.execution_date IN (SELECT "
        { postgres "CAST(json_array_elements_text(CAST($2 AS json)) AS timestamptz)"
          sqlite "value FROM json_each($2)" }
        "))
           AND ($3 IS NULL OR r.run_id IN (SELECT "
        { postgres "json_array_elements_text(CAST($3 AS json))" sqlite "value FROM json_each($3)" }
        "))
           AND ($4 IS NULL OR t.task_id IN (SELECT "
        { postgres "json_array_elements_text(CAST($4 AS json))" sqlite "value FROM json_each($4)" }
        "))"
    ))
    .bind(which.dag_id)
    .bind(dates)
    .bind(ids)
    .bind(list(which.task_ids)?)
    .bind(list(Some(states))?)
    .fetch_one()
    .await
}

pub async fn count_dag_runs<'c>(
    on: impl Source<'c>,
    dag_id: &str,
    runs: Runs<'_>,
    states: &[String],
) -> Result<i64, Error> {
    let (dates, ids) = runs.lists()?;
    let (count,): (i64,) = on
        .query(statement!(
            "SELECT COUNT(*)
             FROM dag_run r
             WHERE r.dag_id = $1
               AND ($2 IS NULL OR r.execution_date IN (SELECT "
            { postgres "CAST(json_array_elements_text(CAST($2 AS json)) AS timestamptz)"
              sqlite "value FROM json_each($2)" }
            "))
               AND ($3 IS NULL OR r.run_id IN (SELECT "
            { postgres "json_array_elements_text(CAST($3 AS json))"
              sqlite "value FROM json_each($3)" }
            "))
               AND r.state IN (SELECT "
            { postgres "json_array_elements_text(CAST($4 AS json))"
              sqlite "value FROM json_each($4)" }
            ")"
        ))
        .bind(dag_id)
        .bind(dates)
        .bind(ids)
        .bind(list(Some(states))?)
        .fetch_one()
        .await?;
    Ok(count)
}

impl Runs<'_> {
    /// Dates and ids, as lists in the form that the column has; one of them is `None`.
    fn lists(self) -> Result<(Option<String>, Option<String>), Error> {
        Ok(match self {
            Self::Dates(dates) => {
                let dates: Vec<_> = dates.iter().copied().map(DbTimestamp).collect();
                (list(Some(&dates))?, None)
            }
            Self::Ids(ids) => (None, list(Some(ids))?),
        })
    }
}
