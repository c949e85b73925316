//! DAG rows and definitions.

use std::{collections::HashMap, io::Read, sync::Arc};

use updraft_core::{
    DagId,
    dag::Dag,
    planner::{DagEntry, Observation},
};
use updraft_metadata_db::{
    Error,
    scheduling::{
        DagRow, SerializedDagRow, SerializedDagText, load_dags, load_foreign_usage, load_pools,
        load_serialized_dags,
    },
};
use updraft_serialized_dag::Defaults;

use crate::{
    error::chain,
    event::Event,
    scheduler::{Definition, Scheduler},
};

impl Scheduler {
    /// Reads every DAG row or only these, and the definitions that changed of DAGs that may have
    /// something to do.
    pub(crate) async fn observe_dags(&mut self, only: Option<&[DagId]>) -> Result<(), Error> {
        let rows = load_dags(&self.db, only).await?;
        let wanted = self.definitions_wanted(&rows);
        let serialized = load_serialized_dags(&self.db, &wanted).await?;
        let mut changed: Vec<DagId> = Vec::new();
        for row in serialized {
            changed.push(row.dag_id.clone());
            self.decode(row);
        }
        let rows: HashMap<DagId, DagRow> = rows
            .into_iter()
            .map(|row| (row.dag_id.clone(), row))
            .collect();
        let gone: Vec<DagId> = self
            .known
            .dags
            .keys()
            .filter(|dag_id| only.is_none_or(|only| only.contains(dag_id)))
            .filter(|dag_id| !rows.contains_key(*dag_id))
            .cloned()
            .collect();
        for dag_id in gone {
            self.known.dags.remove(&dag_id);
            self.definitions.remove(&dag_id);
            self.snapshot.observe(Observation::DagGone(dag_id));
        }
        for (dag_id, row) in &rows {
            let is_new = self.known.dags.get(dag_id) != Some(row) || changed.contains(dag_id);
            if is_new {
                self.observe_dag(row);
            }
        }
        self.known.dags.extend(rows);
        Ok(())
    }

    pub(crate) async fn observe_pools(&mut self) -> Result<(), Error> {
        let pools = load_pools(&self.db).await?;
        let usage = load_foreign_usage(&self.db).await?;
        self.snapshot.observe(Observation::Pools(pools));
        self.snapshot.observe(Observation::ForeignUsage(usage));
        Ok(())
    }

    pub(crate) fn definition(&self, dag_id: &DagId) -> Option<&Arc<Dag>> {
        self.definitions.get(dag_id)?.dag.as_ref()
    }

    /// Definitions to read: new or changed ones, of DAGs that may create or have runs.
    fn definitions_wanted(&self, rows: &[DagRow]) -> Vec<DagId> {
        let active = self.known.active_dags();
        rows.iter()
            .filter(|row| (row.is_active && !row.is_paused) || active.contains(&row.dag_id))
            .filter(|row| {
                let known = self
                    .definitions
                    .get(&row.dag_id)
                    .map(|known| &known.dag_hash);
                row.dag_hash.is_some() && known != row.dag_hash.as_ref()
            })
            .map(|row| row.dag_id.clone())
            .collect()
    }

    fn decode(&mut self, row: SerializedDagRow) {
        let dag = match decode(&row, &self.settings.serialized_dag) {
            Ok(dag) => Some(Arc::new(dag)),
            Err(reason) => {
                tracing::error!(
                    dag.id = row.dag_id.as_str(),
                    error = reason,
                    "a serialized DAG cannot be read; its runs are left alone"
                );
                self.tell(Event::DagUnreadable {
                    dag_id: row.dag_id.clone(),
                    reason,
                });
                None
            }
        };
        let definition = Definition {
            dag_hash: row.dag_hash,
            dag,
        };
        self.definitions.insert(row.dag_id, definition);
    }

    fn observe_dag(&mut self, row: &DagRow) {
        let entry = DagEntry {
            dag_id: row.dag_id.clone(),
            dag: self.definition(&row.dag_id).cloned(),
            is_paused: row.is_paused,
            is_active: row.is_active,
            has_import_errors: row.has_import_errors,
            next_dagrun: row.next_dagrun,
            last_automated: row.last_automated,
            custom_weights: HashMap::new(),
        };
        self.snapshot.observe(Observation::Dag(Box::new(entry)));
    }
}

fn decode(row: &SerializedDagRow, defaults: &Defaults) -> Result<Dag, String> {
    let inflated;
    let text = match &row.data {
        SerializedDagText::Json(text) => text,
        SerializedDagText::Zlib(bytes) => {
            let mut text = String::new();
            flate2::read::ZlibDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .map_err(|error| chain(&error))?;
            inflated = text;
            &inflated
        }
        SerializedDagText::Missing => return Err("the row holds no definition".to_owned()),
    };
    let (dag_id, dag_hash) = (row.dag_id.as_str(), &row.dag_hash);
    updraft_serialized_dag::read_nested(text, dag_id, dag_hash, defaults)
        .map_err(|error| chain(&error))?
        .ok_or_else(|| "the definition of its parent holds no SubDAG of this name".to_owned())
}
