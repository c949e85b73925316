//! `XComs` of this and of earlier runs.

use serde_json::json;
use updraft_metadata_db::questions::{Pull, pull};

use super::{Found, Sources, Unanswered, asked::GetXcoms};

impl Sources {
    pub(super) async fn xcoms(&self, which: &GetXcoms) -> Result<Found, Unanswered> {
        let which = Pull {
            dag_id: &which.dag_id,
            run_id: &which.run_id,
            task_ids: which.task_ids.as_deref(),
            map_indexes: which.map_indexes.as_deref(),
            key: which.key.as_deref(),
            include_prior_dates: which.include_prior_dates,
            limit: which.limit,
        };
        let found = pull(self.db()?, &which).await?;
        let mut blob = Vec::new();
        let mut values = Vec::new();
        for xcom in found {
            let value = xcom.value.unwrap_or_default();
            values.push(json!({
                "run_id": xcom.run_id,
                "task_id": xcom.task_id,
                "map_index": xcom.map_index,
                "key": xcom.key,
                "length": value.len(),
            }));
            blob.extend(value);
        }
        Ok((json!({"values": values}), blob))
    }
}
