//! The timetables of parsed DAGs, read out of their serialized forms.

use std::collections::HashMap;

use updraft_core::timetable::Timetable;
use updraft_serialized_dag::Defaults;

use crate::parsed::{ParsedDag, ParsedFile};

/// By DAG, with the hash that it belongs to; `None` where it cannot be read.
#[derive(Debug, Default)]
pub(super) struct Timetables(HashMap<String, (String, Option<Timetable>)>);

impl Timetables {
    /// Reads those that are new.
    pub(super) fn read(&mut self, file: &ParsedFile, defaults: &Defaults) {
        for dag in &file.dags {
            let Some(hash) = &dag.dag_hash else { continue };
            let known = self.0.get(&dag.columns.dag_id);
            if known.is_none_or(|(of, _)| of != hash) {
                let timetable = read(dag, hash, defaults);
                self.0
                    .insert(dag.columns.dag_id.clone(), (hash.clone(), timetable));
            }
        }
    }

    pub(super) fn of(&self, dag: &ParsedDag) -> Option<&Timetable> {
        let (of, timetable) = self.0.get(&dag.columns.dag_id)?;
        (dag.dag_hash.as_ref() == Some(of)).then_some(timetable.as_ref())?
    }
}

fn read(dag: &ParsedDag, hash: &str, defaults: &Defaults) -> Option<Timetable> {
    let text = std::str::from_utf8(&dag.data).ok()?;
    match updraft_serialized_dag::read(text, hash, defaults) {
        Ok(read) => Some(read.timetable),
        Err(error) => {
            tracing::warn!(dag.id = dag.columns.dag_id, error = %error, "cannot read this DAG");
            None
        }
    }
}
