//! Which try a statement is about.

use updraft_core::TaskInstanceKey;

use crate::{Error, Tx, query::Query, query::Source};

/// A claimed try: every write is guarded by all of it.
#[derive(Clone, Copy, Debug)]
pub struct TryKey<'a> {
    pub key: &'a TaskInstanceKey,
    pub try_number: i32,
    /// The row of `job` that the claim made.
    pub job_id: i32,
}

impl TryKey<'_> {
    /// The state of the task instance if it still belongs to this try, locked where rows can be
    /// locked. The outer `None`: it does not.
    pub(super) async fn lock(&self, tx: &mut Tx) -> Result<Option<Option<String>>, Error> {
        const SELECT: crate::Dialects = crate::Dialects {
            // SQLite has locked the whole file when the transaction began.
            postgres: "SELECT state
                FROM task_instance
                WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
                  AND try_number = $5 AND job_id = $6
                FOR UPDATE",
            sqlite: "SELECT state
                FROM task_instance
                WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
                  AND try_number = $5 AND job_id = $6",
        };
        let row: Option<(Option<String>,)> = bind_key(tx.query(SELECT), self.key)
            .bind(self.try_number)
            .bind(self.job_id)
            .fetch_optional()
            .await?;
        Ok(row.map(|(state,)| state))
    }

    /// As [`Self::lock`], for a try that runs (or was cleared while it ran).
    pub(super) async fn lock_running(&self, tx: &mut Tx) -> Result<Option<Running>, Error> {
        Ok(match self.lock(tx).await?.flatten().as_deref() {
            Some("running") => Some(Running::Undisturbed),
            Some("restarting") => Some(Running::Cleared),
            _ => None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    Undisturbed,
    /// State restarting: it gets another try in any case, and its history is written already.
    Cleared,
}

/// `$1` to `$4`: the primary key of a task instance.
pub(super) fn bind_key<'c>(query: Query<'c>, key: &TaskInstanceKey) -> Query<'c> {
    query
        .bind(key.dag_id.as_str().to_owned())
        .bind(key.run_id.as_str().to_owned())
        .bind(key.task_id.as_str().to_owned())
        .bind(key.map_index.0)
}
