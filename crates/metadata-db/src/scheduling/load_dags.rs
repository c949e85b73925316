//! DAG rows and their serialized forms.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{DagId, UtcDateTime, planner::NextDagRun, timetable::DataInterval};

use super::statement::statement;
use crate::{
    Dialects, Error,
    query::Source,
    value::{DbTimestamp, JsonText, json_parameter},
};

/// What scheduling needs of a `dag` row.
#[derive(Clone, Debug, PartialEq)]
pub struct DagRow {
    pub dag_id: DagId,
    pub is_paused: bool,
    pub is_active: bool,
    pub has_import_errors: bool,
    pub next_dagrun: Option<NextDagRun>,
    /// Of the newest run of type scheduled or backfill.
    pub last_automated: Option<DataInterval>,
    /// `serialized_dag.dag_hash`, of a SubDAG that of its root; `None` where there is no
    /// serialized form.
    pub dag_hash: Option<String>,
    /// `dag.fileloc`.
    pub fileloc: Option<String>,
}

#[derive(FromRow)]
struct Row {
    dag_id: String,
    is_paused: bool,
    is_active: bool,
    has_import_errors: bool,
    next_dagrun: Option<DbTimestamp>,
    next_dagrun_data_interval_start: Option<DbTimestamp>,
    next_dagrun_data_interval_end: Option<DbTimestamp>,
    next_dagrun_create_after: Option<DbTimestamp>,
    last_execution_date: Option<DbTimestamp>,
    last_data_interval_start: Option<DbTimestamp>,
    last_data_interval_end: Option<DbTimestamp>,
    dag_hash: Option<String>,
    fileloc: Option<String>,
}

impl From<Row> for DagRow {
    fn from(row: Row) -> Self {
        let interval =
            |start: Option<DbTimestamp>, end: Option<DbTimestamp>, exact: DbTimestamp| {
                DataInterval {
                    start: start.unwrap_or(exact).into(),
                    end: end.unwrap_or(exact).into(),
                }
            };
        let next_dagrun = row.next_dagrun.map(|logical_date| NextDagRun {
            logical_date: logical_date.into(),
            data_interval: interval(
                row.next_dagrun_data_interval_start,
                row.next_dagrun_data_interval_end,
                logical_date,
            ),
            create_after: row.next_dagrun_create_after.map(UtcDateTime::from),
        });
        let last_automated = row.last_execution_date.map(|date| {
            interval(
                row.last_data_interval_start,
                row.last_data_interval_end,
                date,
            )
        });
        Self {
            dag_id: row.dag_id.into(),
            is_paused: row.is_paused,
            is_active: row.is_active,
            has_import_errors: row.has_import_errors,
            next_dagrun,
            last_automated,
            dag_hash: row.dag_hash,
            fileloc: row.fileloc,
        }
    }
}

/// Every DAG that is active or has a run that is not finished. The last automated run of a DAG
/// without a schedule (JSON `null`) is not looked for: it would be among thousands of manual ones.
/// With `only`, the others are left out, but for SubDAGs in these.
///
/// A SubDAG has no serialized form of its own: it lies in that of the root.
pub async fn load_dags<'c>(
    source: impl Source<'c>,
    only: Option<&[DagId]>,
) -> Result<Vec<DagRow>, Error> {
    const LOAD: Dialects = statement!(
            "SELECT d.dag_id,
                 COALESCE(d.is_paused, FALSE) AS is_paused,
                 COALESCE(d.is_active, FALSE) AS is_active,
                 COALESCE(d.has_import_errors, FALSE) AS has_import_errors,
                 d.next_dagrun,
                 d.next_dagrun_data_interval_start,
                 d.next_dagrun_data_interval_end,
                 d.next_dagrun_create_after,
                 r.execution_date AS last_execution_date,
                 r.data_interval_start AS last_data_interval_start,
                 r.data_interval_end AS last_data_interval_end,
                 s.dag_hash,
                 d.fileloc
             FROM dag d
             LEFT JOIN serialized_dag s ON s.dag_id = COALESCE(d.root_dag_id, d.dag_id)
             LEFT JOIN dag_run r ON r.dag_id = d.dag_id
                 AND COALESCE(d.schedule_interval, '') <> 'null'
                 AND r.execution_date = (
                     SELECT MAX(l.execution_date)
                     FROM dag_run l
                     WHERE l.dag_id = d.dag_id AND l.run_type IN ('scheduled', 'backfill'))
             WHERE (d.is_active
                    OR EXISTS (
                        SELECT 1
                        FROM dag_run a
                        WHERE a.dag_id = d.dag_id AND a.state IN ('queued', 'running')))
               AND ($1 IS NULL
                    OR d.dag_id IN (SELECT v.dag_id FROM " { rows "$1" dag_id text } ")
                    OR d.root_dag_id IN (SELECT v.dag_id FROM " { rows "$1" dag_id text } "))"
    );
    let only = only.map(named).transpose()?;
    let rows: Vec<Row> = source.query(LOAD).bind(only).fetch_all().await?;
    Ok(rows.into_iter().map(DagRow::from).collect())
}

/// A row of `serialized_dag`: the JSON text, or the same compressed by zlib.
#[derive(Clone, Debug)]
pub struct SerializedDagRow {
    /// The DAG that was asked for; the text is that of its root where it is a SubDAG.
    pub dag_id: DagId,
    pub dag_hash: String,
    pub data: SerializedDagText,
}

#[derive(Clone, Debug)]
pub enum SerializedDagText {
    Json(String),
    Zlib(Vec<u8>),
    Missing,
}

/// The serialized forms of these DAGs.
pub async fn load_serialized_dags<'c>(
    source: impl Source<'c>,
    dag_ids: &[DagId],
) -> Result<Vec<SerializedDagRow>, Error> {
    #[derive(FromRow)]
    struct Row {
        dag_id: String,
        dag_hash: String,
        data: Option<JsonText>,
        data_compressed: Option<Vec<u8>>,
    }
    const LOAD: Dialects = statement!(
        "SELECT d.dag_id, s.dag_hash, s.data, s.data_compressed
         FROM dag d
         JOIN serialized_dag s ON s.dag_id = COALESCE(d.root_dag_id, d.dag_id)
         WHERE d.dag_id IN (SELECT v.dag_id FROM " { rows "$1" dag_id text } ")"
    );
    if dag_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = source.query(LOAD).bind(named(dag_ids)?).fetch_all().await?;
    Ok(rows
        .into_iter()
        .map(|row| SerializedDagRow {
            dag_id: row.dag_id.into(),
            dag_hash: row.dag_hash,
            data: match (row.data, row.data_compressed) {
                (_, Some(bytes)) => SerializedDagText::Zlib(bytes),
                (Some(JsonText(text)), None) => SerializedDagText::Json(text),
                (None, None) => SerializedDagText::Missing,
            },
        })
        .collect())
}

/// A parameter with these ids.
fn named(dag_ids: &[DagId]) -> Result<JsonText, Error> {
    #[derive(Serialize)]
    struct Parameter<'a> {
        dag_id: &'a DagId,
    }
    let parameters: Vec<_> = dag_ids.iter().map(|dag_id| Parameter { dag_id }).collect();
    json_parameter(&parameters)
}
