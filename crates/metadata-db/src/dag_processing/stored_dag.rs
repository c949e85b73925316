//! What the database holds about the DAGs of a file.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    dag_columns::{DagColumns, NextRunColumns},
    rows::texts,
};
use crate::{DbTimestamp, Engine, Error, Source, Tx, json_parameter};

/// A row of `dag` with what tells its serialized form apart.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StoredDag {
    #[sqlx(flatten)]
    pub columns: DagColumns,
    pub is_active: bool,
    pub has_import_errors: bool,
    pub processor_subdir: Option<String>,
    pub last_parsed_time: Option<DbTimestamp>,
    #[sqlx(flatten)]
    pub next_run: NextRunColumns,
    /// `serialized_dag.dag_hash`; `None` where there is no such row.
    pub serialized_hash: Option<String>,
    pub serialized_subdir: Option<String>,
}

// NULL in a column that Airflow always fills reads as a value that no parse gives, so the row
// counts as different and is written.
const SELECT: &str = "
    SELECT d.dag_id, d.root_dag_id, COALESCE(d.is_subdag, FALSE) AS is_subdag,
        COALESCE(d.fileloc, '') AS fileloc, COALESCE(d.owners, '') AS owners,
        d.dag_display_name, d.description, d.default_view, d.schedule_interval,
        d.timetable_description, COALESCE(CAST(d.dataset_expression AS text), '') AS dataset_expression,
        d.max_active_tasks, COALESCE(d.max_active_runs, -1) AS max_active_runs,
        d.max_consecutive_failed_dag_runs, d.has_task_concurrency_limits,
        COALESCE(d.is_active, FALSE) AS is_active,
        COALESCE(d.has_import_errors, FALSE) AS has_import_errors,
        d.processor_subdir, d.last_parsed_time,
        d.next_dagrun, d.next_dagrun_data_interval_start, d.next_dagrun_data_interval_end,
        d.next_dagrun_create_after,
        s.dag_hash AS serialized_hash, s.processor_subdir AS serialized_subdir
    FROM dag d
    LEFT JOIN serialized_dag s ON s.dag_id = d.dag_id
    WHERE d.dag_id IN ";

/// The rows of those of `dag_ids` that exist.
pub async fn stored_dags<'c>(
    source: impl Source<'c>,
    dag_ids: &[&str],
) -> Result<Vec<StoredDag>, Error> {
    let sql = format!("{SELECT}{}", texts(source.engine(), "$1"));
    source
        .query(sql)
        .bind(json_parameter(dag_ids)?)
        .fetch_all()
        .await
}

/// As [`stored_dags`]; on PostgreSQL the rows of `dag` stay locked, as Airflow's processors and
/// schedulers lock them. In order of their ids, so that two processors cannot block each other.
pub async fn lock_dags(tx: &mut Tx, dag_ids: &[&str]) -> Result<Vec<StoredDag>, Error> {
    let engine = tx.engine();
    let lock = match engine {
        Engine::Postgres => " FOR UPDATE OF d",
        Engine::Sqlite => "",
    };
    let sql = format!("{SELECT}{} ORDER BY d.dag_id{lock}", texts(engine, "$1"));
    tx.query(sql)
        .bind(json_parameter(dag_ids)?)
        .fetch_all()
        .await
}

/// The newest automated (scheduled or backfill) run of a DAG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestRun {
    pub execution_date: DbTimestamp,
    /// `None` in rows of Airflow before 2.2.
    pub data_interval: Option<(DbTimestamp, DbTimestamp)>,
}

/// What a DAG's next automatic run depends on beside its schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleFacts {
    /// Queued and running, of any type.
    pub active_runs: i64,
    pub latest_automated: Option<LatestRun>,
}

#[derive(FromRow)]
struct FactsRow {
    dag_id: String,
    active_runs: i64,
    execution_date: Option<DbTimestamp>,
    data_interval_start: Option<DbTimestamp>,
    data_interval_end: Option<DbTimestamp>,
}

/// The facts of those of `dag_ids` that have a row. In a transaction, asked after [`lock_dags`]:
/// a scheduler that created a run meanwhile held that lock.
pub async fn schedule_facts<'c>(
    source: impl Source<'c>,
    dag_ids: &[&str],
) -> Result<HashMap<String, ScheduleFacts>, Error> {
    let sql = format!(
        "SELECT d.dag_id,
             (SELECT COUNT(*) FROM dag_run a
              WHERE a.dag_id = d.dag_id AND a.state IN ('queued', 'running')) AS active_runs,
             r.execution_date, r.data_interval_start, r.data_interval_end
         FROM dag d
         LEFT JOIN dag_run r
           ON r.dag_id = d.dag_id
          AND r.execution_date = (
             SELECT MAX(m.execution_date) FROM dag_run m
             WHERE m.dag_id = d.dag_id AND m.run_type IN ('scheduled', 'backfill'))
         WHERE d.dag_id IN {}",
        texts(source.engine(), "$1")
    );
    let rows: Vec<FactsRow> = source
        .query(sql)
        .bind(json_parameter(dag_ids)?)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(facts_of).collect())
}

fn facts_of(row: FactsRow) -> (String, ScheduleFacts) {
    let latest_automated = row.execution_date.map(|execution_date| LatestRun {
        execution_date,
        data_interval: row.data_interval_start.zip(row.data_interval_end),
    });
    let facts = ScheduleFacts {
        active_runs: row.active_runs,
        latest_automated,
    };
    (row.dag_id, facts)
}

/// Ids of active DAGs with the files that they were parsed from, of one processor's folder.
pub async fn active_dag_files<'c>(
    source: impl Source<'c>,
    processor_subdir: &str,
) -> Result<Vec<(String, String)>, Error> {
    source
        .query(
            "SELECT dag_id, fileloc
             FROM dag
             WHERE is_active AND fileloc IS NOT NULL AND processor_subdir = $1",
        )
        .bind(processor_subdir)
        .fetch_all()
        .await
}
