//! `dag_tag` and `dag_owner_attributes`: kept equal to what the file says.

use serde::Serialize;

use super::rows::{rows, texts};
use crate::{Error, Source, Tx, json_parameter};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Tag<'a> {
    pub dag_id: &'a str,
    pub name: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OwnerLink<'a> {
    pub dag_id: &'a str,
    pub owner: &'a str,
    pub link: &'a str,
}

/// Makes `tags` the tags of `dag_ids`.
pub async fn write_tags(tx: &mut Tx, dag_ids: &[&str], tags: &[Tag<'_>]) -> Result<(), Error> {
    let engine = tx.engine();
    let wanted = rows(engine, "$2", "dag_id text, name text");
    let sql = format!(
        "DELETE FROM dag_tag
         WHERE dag_id IN {}
           AND NOT EXISTS (
             SELECT 1 FROM {wanted}
             WHERE v.dag_id = dag_tag.dag_id AND v.name = dag_tag.name)",
        texts(engine, "$1")
    );
    tx.query(sql)
        .bind(json_parameter(dag_ids)?)
        .bind(json_parameter(tags)?)
        .execute()
        .await?;
    let sql = format!(
        "INSERT INTO dag_tag (name, dag_id)
         SELECT v.name, v.dag_id FROM {}
         WHERE TRUE
         ON CONFLICT (name, dag_id) DO NOTHING",
        rows(engine, "$1", "dag_id text, name text")
    );
    tx.query(sql).bind(json_parameter(tags)?).execute().await?;
    Ok(())
}

/// Makes `links` the owner links of `dag_ids`.
pub async fn write_owner_links(
    tx: &mut Tx,
    dag_ids: &[&str],
    links: &[OwnerLink<'_>],
) -> Result<(), Error> {
    let engine = tx.engine();
    let columns = "dag_id text, owner text, link text";
    let sql = format!(
        "DELETE FROM dag_owner_attributes
         WHERE dag_id IN {}
           AND NOT EXISTS (
             SELECT 1 FROM {}
             WHERE v.dag_id = dag_owner_attributes.dag_id
               AND v.owner = dag_owner_attributes.owner)",
        texts(engine, "$1"),
        rows(engine, "$2", columns)
    );
    tx.query(sql)
        .bind(json_parameter(dag_ids)?)
        .bind(json_parameter(links)?)
        .execute()
        .await?;
    let sql = format!(
        "INSERT INTO dag_owner_attributes (dag_id, owner, link)
         SELECT v.dag_id, v.owner, v.link FROM {}
         WHERE TRUE
         ON CONFLICT (dag_id, owner) DO UPDATE SET link = excluded.link",
        rows(engine, "$1", columns)
    );
    tx.query(sql).bind(json_parameter(links)?).execute().await?;
    Ok(())
}
