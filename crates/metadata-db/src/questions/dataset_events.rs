//! Events of a dataset, as Airflow's `inlet_events` finds them.

use sqlx::FromRow;

use crate::{DbTimestamp, Error, Source, scheduling::statement::statement};

/// Of what.
#[derive(Clone, Copy, Debug)]
pub enum EventsOf<'a> {
    Dataset { uri: &'a str },
    Alias { name: &'a str },
}

#[derive(Clone, Debug, FromRow)]
pub struct DatasetEvent {
    pub id: i32,
    pub uri: String,
    /// JSON text.
    pub extra: String,
    pub source_dag_id: Option<String>,
    pub source_task_id: Option<String>,
    pub source_run_id: Option<String>,
    pub source_map_index: Option<i32>,
    pub timestamp: DbTimestamp,
}

/// Oldest first.
pub async fn dataset_events<'c>(
    on: impl Source<'c>,
    of: EventsOf<'_>,
) -> Result<Vec<DatasetEvent>, Error> {
    let (uri, alias) = match of {
        EventsOf::Dataset { uri } => (Some(uri), None),
        EventsOf::Alias { name } => (None, Some(name)),
    };
    on.query(statement!(
        "SELECT e.id, d.uri, "
        { postgres "CAST(e.extra AS text)" sqlite "e.extra" }
        " AS extra, e.source_dag_id, e.source_task_id, e.source_run_id, e.source_map_index,
             e.timestamp
         FROM dataset_event e
         JOIN dataset d ON d.id = e.dataset_id
         WHERE d.uri = $1
            OR e.id IN (
                SELECT l.event_id
                FROM dataset_alias_dataset_event l
                JOIN dataset_alias a ON a.id = l.alias_id
                WHERE a.name = $2)
         ORDER BY e.timestamp, e.id"
    ))
    .bind(uri)
    .bind(alias)
    .fetch_all()
    .await
}
