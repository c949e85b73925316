//! `dag_warning`: DAGs that name a pool which does not exist.

use serde::Serialize;

use super::rows::{rows, texts};
use crate::{DbTimestamp, Error, Source, Tx, json_parameter};

/// The only type there is in Airflow 2.10.
const TYPE: &str = "non-existent pool";

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct PoolWarning {
    pub dag_id: String,
    pub message: String,
}

pub async fn pool_names<'c>(source: impl Source<'c>) -> Result<Vec<String>, Error> {
    source
        .query("SELECT pool FROM slot_pool WHERE pool IS NOT NULL")
        .fetch_scalars()
        .await
}

/// Makes `warnings` the warnings of `dag_ids`.
pub async fn write_pool_warnings(
    tx: &mut Tx,
    dag_ids: &[&str],
    warnings: &[&PoolWarning],
    now: DbTimestamp,
) -> Result<(), Error> {
    let engine = tx.engine();
    let sql = format!(
        "DELETE FROM dag_warning
         WHERE dag_id IN {}
           AND NOT EXISTS (SELECT 1 FROM {} WHERE v.dag_id = dag_warning.dag_id)",
        texts(engine, "$1"),
        rows(engine, "$2", "dag_id text, message text")
    );
    tx.query(sql)
        .bind(json_parameter(dag_ids)?)
        .bind(json_parameter(warnings)?)
        .execute()
        .await?;
    if warnings.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO dag_warning (dag_id, warning_type, message, timestamp)
         SELECT v.dag_id, $2, v.message, $3 FROM {}
         WHERE TRUE
         ON CONFLICT (dag_id, warning_type) DO UPDATE
         SET message = excluded.message,
             timestamp = excluded.timestamp
         WHERE dag_warning.message <> excluded.message",
        rows(engine, "$1", "dag_id text, message text")
    );
    tx.query(sql)
        .bind(json_parameter(warnings)?)
        .bind(TYPE)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}
