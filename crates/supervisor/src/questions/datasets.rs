//! Events of datasets.

use serde_json::json;
use updraft_metadata_db::questions::{EventsOf, dataset_events};

use super::{Found, Sources, Unanswered};

impl Sources {
    /// The bytes are their extras, JSON texts one after another.
    pub(super) async fn dataset_events(
        &self,
        uri: Option<&str>,
        alias: Option<&str>,
    ) -> Result<Found, Unanswered> {
        let of = match (uri, alias) {
            (Some(uri), None) => EventsOf::Dataset { uri },
            (None, Some(name)) => EventsOf::Alias { name },
            _ => {
                let reason = "events are those of a dataset, by its uri, or of an alias";
                return Err(Unanswered::Refused(reason.to_owned()));
            }
        };
        let found = dataset_events(self.db()?, of).await?;
        let mut blob = Vec::new();
        let mut events = Vec::new();
        for event in found {
            events.push(json!({
                "id": event.id,
                "uri": event.uri,
                "source_dag_id": event.source_dag_id,
                "source_task_id": event.source_task_id,
                "source_run_id": event.source_run_id,
                "source_map_index": event.source_map_index,
                "timestamp": event.timestamp.0.isoformat(),
                "length": event.extra.len(),
            }));
            blob.extend(event.extra.into_bytes());
        }
        Ok((json!({"events": events}), blob))
    }
}
