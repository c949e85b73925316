//! Files that are to be parsed at once.

use serde::Serialize;

use super::statement::statement;
use crate::{Dialects, Error, Tx, hash, query::Source, value::json_parameter};

/// Asks whoever processes these DAG files, stock's DAG processor or Updraft's, to parse each soon.
/// A file that is asked for already is asked for once.
pub async fn request_parsing(tx: &mut Tx, filelocs: &[&str]) -> Result<u64, Error> {
    #[derive(Serialize)]
    struct Request<'a> {
        id: String,
        fileloc: &'a str,
    }
    // `WHERE TRUE` keeps SQLite from reading ON as that of a join.
    const INSERT: Dialects = statement!(
        "INSERT INTO dag_priority_parsing_request (id, fileloc)
         SELECT v.id, v.fileloc
         FROM " { rows "$1" id text, fileloc text } "
         WHERE TRUE
         ON CONFLICT (id) DO NOTHING"
    );
    let requests: Vec<Request<'_>> = filelocs
        .iter()
        .map(|fileloc| Request {
            id: hash::md5_hex(fileloc),
            fileloc,
        })
        .collect();
    tx.query(INSERT)
        .bind(json_parameter(&requests)?)
        .execute()
        .await
}
