//! Removing a connection.

use crate::{Error, Source, Tx};

/// False where there was none.
pub async fn delete(tx: &mut Tx, conn_id: &str) -> Result<bool, Error> {
    let deleted = tx
        .query("DELETE FROM connection WHERE conn_id = $1")
        .bind(conn_id)
        .execute()
        .await?;
    Ok(deleted > 0)
}
