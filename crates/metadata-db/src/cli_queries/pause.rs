//! `dags pause`, `dags unpause`.

use crate::{Error, Source, Tx, changes, json_parameter, query::Dialects};

/// The DAGs, active or not, whose flag is not `is_paused`, by name.
pub async fn dags_to_pause<'c>(
    source: impl Source<'c>,
    is_paused: bool,
) -> Result<Vec<String>, Error> {
    source
        .query(
            "SELECT dag_id
             FROM dag
             WHERE is_paused <> $1
             ORDER BY dag_id",
        )
        .bind(is_paused)
        .fetch_scalars()
        .await
}

/// Sets the flag of the DAGs and of the SubDAGs in them, and tells the schedulers.
pub async fn set_paused(tx: &mut Tx, dag_ids: &[String], is_paused: bool) -> Result<u64, Error> {
    // A list is spelled differently on each engine.
    const UPDATE: Dialects = Dialects {
        postgres: "UPDATE dag
             SET is_paused = $2
             WHERE dag_id IN (SELECT json_array_elements_text($1))
                OR root_dag_id IN (SELECT json_array_elements_text($1))",
        sqlite: "UPDATE dag
             SET is_paused = $2
             WHERE dag_id IN (SELECT value FROM json_each($1))
                OR root_dag_id IN (SELECT value FROM json_each($1))",
    };
    let changed = tx
        .query(UPDATE)
        .bind(json_parameter(dag_ids)?)
        .bind(is_paused)
        .execute()
        .await?;
    changes::notify(tx, "dags").await?;
    Ok(changed)
}
