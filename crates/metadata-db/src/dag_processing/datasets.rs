//! Datasets, dataset aliases and which DAGs and tasks refer to them.

use serde::Serialize;

use super::rows::{json, rows, texts};
use crate::{DbTimestamp, Error, JsonText, Source, Tx, json_parameter};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct DatasetRow {
    pub uri: String,
    /// JSON text of an object. The first writer's stays.
    pub extra: String,
}

/// A DAG that a dataset (`name` is its URI) or an alias triggers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ScheduleReference {
    pub dag_id: String,
    pub name: String,
}

/// A task that updates a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OutletReference {
    pub dag_id: String,
    pub task_id: String,
    pub name: String,
}

/// Everything that the DAGs of one file say about datasets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct References {
    /// Without repetition, in the order in which rows are to be made.
    pub datasets: Vec<DatasetRow>,
    pub aliases: Vec<String>,
    pub schedule_datasets: Vec<ScheduleReference>,
    pub schedule_aliases: Vec<ScheduleReference>,
    pub outlets: Vec<OutletReference>,
}

/// Makes `references` what `dag_ids` refer to. Datasets and aliases themselves are never deleted.
pub async fn write_references(
    tx: &mut Tx,
    dag_ids: &[&str],
    references: &References,
    now: DbTimestamp,
) -> Result<(), Error> {
    let dag_ids = json_parameter(dag_ids)?;
    write_datasets(tx, &references.datasets, now).await?;
    write_aliases(tx, &references.aliases).await?;
    let schedule = Reference {
        table: "dag_schedule_dataset_reference",
        id: "dataset_id",
        target: "dataset",
        name: "uri",
        task: false,
    };
    schedule
        .write(tx, &dag_ids, &references.schedule_datasets, now)
        .await?;
    let alias = Reference {
        table: "dag_schedule_dataset_alias_reference",
        id: "alias_id",
        target: "dataset_alias",
        name: "name",
        task: false,
    };
    alias
        .write(tx, &dag_ids, &references.schedule_aliases, now)
        .await?;
    let outlet = Reference {
        table: "task_outlet_dataset_reference",
        task: true,
        ..schedule
    };
    outlet.write(tx, &dag_ids, &references.outlets, now).await
}

async fn write_datasets(
    tx: &mut Tx,
    datasets: &[DatasetRow],
    now: DbTimestamp,
) -> Result<(), Error> {
    if datasets.is_empty() {
        return Ok(());
    }
    let engine = tx.engine();
    // A dataset that nothing referred to is an orphan no longer.
    let sql = format!(
        "INSERT INTO dataset (uri, extra, created_at, updated_at, is_orphaned)
         SELECT v.uri, {extra}, $2, $2, FALSE FROM {rows}
         WHERE TRUE
         ON CONFLICT (uri) DO UPDATE
         SET is_orphaned = FALSE, updated_at = excluded.updated_at
         WHERE dataset.is_orphaned",
        extra = json(engine, "v.extra"),
        rows = rows(engine, "$1", "uri text, extra text"),
    );
    tx.query(sql)
        .bind(json_parameter(datasets)?)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct Alias<'a> {
    name: &'a str,
}

async fn write_aliases(tx: &mut Tx, aliases: &[String]) -> Result<(), Error> {
    if aliases.is_empty() {
        return Ok(());
    }
    let names: Vec<Alias<'_>> = aliases.iter().map(|name| Alias { name }).collect();
    let sql = format!(
        "INSERT INTO dataset_alias (name)
         SELECT v.name FROM {}
         WHERE TRUE
         ON CONFLICT (name) DO NOTHING",
        rows(tx.engine(), "$1", "name text")
    );
    tx.query(sql)
        .bind(json_parameter(&names)?)
        .execute()
        .await?;
    Ok(())
}

/// One of the three tables of references.
struct Reference {
    table: &'static str,
    id: &'static str,
    target: &'static str,
    name: &'static str,
    task: bool,
}

impl Reference {
    async fn write<T: Serialize>(
        &self,
        tx: &mut Tx,
        dag_ids: &JsonText,
        wanted: &[T],
        now: DbTimestamp,
    ) -> Result<(), Error> {
        let Self {
            table,
            id,
            target,
            name,
            ..
        } = self;
        let engine = tx.engine();
        let (columns, task_column, same_task) = if self.task {
            (
                "dag_id text, name text, task_id text",
                ", task_id",
                format!("AND v.task_id = {table}.task_id"),
            )
        } else {
            ("dag_id text, name text", "", String::new())
        };
        let sql = format!(
            "DELETE FROM {table}
             WHERE dag_id IN {}
               AND NOT EXISTS (
                 SELECT 1 FROM {}
                 JOIN {target} t ON t.{name} = v.name
                 WHERE v.dag_id = {table}.dag_id AND t.id = {table}.{id} {same_task})",
            texts(engine, "$1"),
            rows(engine, "$2", columns)
        );
        tx.query(sql)
            .bind(dag_ids.clone())
            .bind(json_parameter(wanted)?)
            .execute()
            .await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let task_value = if self.task { ", v.task_id" } else { "" };
        let sql = format!(
            "INSERT INTO {table} ({id}, dag_id{task_column}, created_at, updated_at)
             SELECT t.id, v.dag_id{task_value}, $2, $2 FROM {}
             JOIN {target} t ON t.{name} = v.name
             WHERE TRUE
             ON CONFLICT ({id}, dag_id{task_column}) DO NOTHING",
            rows(engine, "$1", columns)
        );
        tx.query(sql)
            .bind(json_parameter(wanted)?)
            .bind(now)
            .execute()
            .await?;
        Ok(())
    }
}
