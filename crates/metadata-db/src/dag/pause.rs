//! The pause flag.

use updraft_core::DagId;

use crate::{Error, Source, Tx};

/// Sets the flag; false where there is no such DAG.
pub async fn set_paused(tx: &mut Tx, dag_id: &DagId, is_paused: bool) -> Result<bool, Error> {
    let changed = tx
        .query(
            "UPDATE dag
             SET is_paused = $2
             WHERE dag_id = $1",
        )
        .bind(dag_id.as_str())
        .bind(is_paused)
        .execute()
        .await?;
    Ok(changed > 0)
}
