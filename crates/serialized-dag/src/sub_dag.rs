//! SubDAGs: a task of the parent holds the definition, and nothing else does.

use serde::Deserialize;
use serde_json::value::RawValue;
use updraft_core::{dag::Dag, timetable::Timetable};

use super::{Defaults, dag, error::Error};

/// The definition of a SubDAG, not yet looked into.
pub(super) struct SubDag<'a> {
    pub(super) dag_id: String,
    text: &'a str,
}

/// Wrapped, or bare.
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow, rename = "__var")]
    var: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct DagJson<'a> {
    #[serde(rename = "_dag_id")]
    dag_id: String,
    #[serde(borrow, default)]
    tasks: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct TaskJson<'a> {
    #[serde(borrow)]
    subdag: Option<&'a RawValue>,
}

impl SubDag<'_> {
    /// A SubDAG is never scheduled by itself, whatever schedule it names: the tasks of its parent
    /// make its runs.
    pub(super) fn read(&self, dag_hash: &str, defaults: &Defaults) -> Result<Dag, Error> {
        let mut dag = dag::read(self.text, dag_hash, defaults)?;
        dag.timetable = Timetable::Null;
        Ok(dag)
    }
}

/// Every SubDAG in the DAG, also those in others, parents first.
pub(super) fn in_dag(dag_text: &str) -> Result<Vec<SubDag<'_>>, Error> {
    let mut found = Vec::new();
    collect(dag_text, &mut found)?;
    Ok(found)
}

fn collect<'a>(dag_text: &'a str, found: &mut Vec<SubDag<'a>>) -> Result<(), Error> {
    // Nearly every DAG: there is nothing to look for.
    if !dag_text.contains("\"subdag\"") {
        return Ok(());
    }
    let dag: DagJson<'_> = serde_json::from_str(dag_text).map_err(Error::Structure)?;
    for listed in dag.tasks {
        let task: TaskJson<'_> =
            serde_json::from_str(unwrap(listed.get())?).map_err(Error::Structure)?;
        let Some(sub_dag) = task.subdag.filter(|raw| raw.get() != "null") else {
            continue;
        };
        let text = unwrap(sub_dag.get())?;
        let DagJson { dag_id, .. } = serde_json::from_str(text).map_err(Error::Structure)?;
        found.push(SubDag { dag_id, text });
        collect(text, found)?;
    }
    Ok(())
}

fn unwrap(text: &str) -> Result<&str, Error> {
    let wrapped: Wrapped<'_> = serde_json::from_str(text).map_err(Error::Structure)?;
    Ok(wrapped.var.map_or(text, RawValue::get))
}
