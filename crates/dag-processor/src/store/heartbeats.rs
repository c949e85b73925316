//! Signs of life of DAGs whose parse changed nothing.

use updraft_metadata_db::{Error, dag_processing as queries};

use super::Store;

impl Store {
    /// Records those since the last time.
    pub(crate) async fn flush_heartbeats(&mut self) -> Result<(), Error> {
        if self.beats.is_empty() {
            return Ok(());
        }
        self.db
            .transaction_retry()
            .run(|| async {
                let mut tx = self.db.begin().await?;
                let beats = self.beats.iter().map(|(id, at)| (id.as_str(), *at));
                queries::record_heartbeats(&mut tx, beats).await?;
                tx.commit().await
            })
            .await?;
        self.beats.clear();
        Ok(())
    }
}
