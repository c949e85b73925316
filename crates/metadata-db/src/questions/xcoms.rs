//! `XComs` as Airflow's `XCom.get_many` finds them.

use sqlx::FromRow;

use crate::{Error, JsonText, Source, json_parameter, scheduling::statement::statement};

/// Which `XComs`; `None` means any.
#[derive(Clone, Copy, Debug)]
pub struct Pull<'a> {
    pub dag_id: &'a str,
    pub run_id: &'a str,
    pub task_ids: Option<&'a [String]>,
    pub map_indexes: Option<&'a [i32]>,
    pub key: Option<&'a str>,
    /// Also those of runs whose logical date is earlier.
    pub include_prior_dates: bool,
    /// At most so many, of the newest.
    pub limit: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Pulled {
    pub run_id: String,
    pub task_id: String,
    pub map_index: i32,
    pub key: String,
    pub value: Option<Vec<u8>>,
}

/// Newest run first, and within it newest value first.
pub async fn pull<'c>(on: impl Source<'c>, which: &Pull<'_>) -> Result<Vec<Pulled>, Error> {
    on.query(statement!(
        "SELECT x.run_id, x.task_id, x.map_index, x.key, x.value
         FROM xcom x
         JOIN dag_run r ON r.dag_id = x.dag_id AND r.run_id = x.run_id
         WHERE x.dag_id = $1
           AND (x.run_id = $2
                OR ($3 AND r.execution_date <= (
                    SELECT o.execution_date FROM dag_run o WHERE o.dag_id = $1 AND o.run_id = $2)))
           AND ($4 IS NULL OR x.key = $4)
           AND ($5 IS NULL OR x.task_id IN (SELECT "
        { postgres "json_array_elements_text(CAST($5 AS json))" sqlite "value FROM json_each($5)" }
        "))
           AND ($6 IS NULL OR x.map_index IN (SELECT "
        { postgres "CAST(json_array_elements_text(CAST($6 AS json)) AS int)"
          sqlite "value FROM json_each($6)" }
        "))
         ORDER BY r.execution_date DESC, x.timestamp DESC, x.task_id, x.map_index
         LIMIT COALESCE($7, 1000000000)"
    ))
    .bind(which.dag_id)
    .bind(which.run_id)
    .bind(which.include_prior_dates)
    .bind(which.key)
    .bind(list(which.task_ids)?)
    .bind(list(which.map_indexes)?)
    .bind(which.limit)
    .fetch_all()
    .await
}

/// A list as the statements here take it: JSON text, or NULL for any.
pub(super) fn list<T: serde::Serialize>(values: Option<&[T]>) -> Result<Option<String>, Error> {
    values
        .map(|values| json_parameter(values).map(|JsonText(text)| text))
        .transpose()
}
