//! Datasets of DAGs, as rows.

use std::collections::{BTreeSet, HashSet};

use updraft_metadata_db::dag_processing::{
    DatasetRow, OutletReference, References, ScheduleReference,
};

use crate::parsed::{Dataset, ParsedDag};

pub(super) fn references(dags: &[&ParsedDag]) -> References {
    let mut references = References::default();
    let mut uris = HashSet::new();
    let mut aliases = BTreeSet::new();
    let mut add = |dataset: &Dataset, rows: &mut Vec<DatasetRow>| {
        if uris.insert(dataset.uri.clone()) {
            rows.push(DatasetRow {
                uri: dataset.uri.clone(),
                extra: dataset.extra.clone(),
            });
        }
    };
    let mut outlets = BTreeSet::new();
    for dag in dags {
        for outlet in &dag.outlet_datasets {
            add(&outlet.dataset, &mut references.datasets);
            outlets.insert((&dag.columns.dag_id, &outlet.task_id, &outlet.dataset.uri));
        }
        aliases.extend(dag.outlet_dataset_aliases.iter().cloned());
    }
    for dag in dags {
        for dataset in &dag.schedule_datasets {
            add(dataset, &mut references.datasets);
        }
        aliases.extend(dag.schedule_dataset_aliases.iter().cloned());
        let uris: BTreeSet<&String> = dag.schedule_datasets.iter().map(|one| &one.uri).collect();
        references
            .schedule_datasets
            .extend(uris.into_iter().map(|uri| refer(dag, uri)));
        references.schedule_aliases.extend(
            dag.schedule_dataset_aliases
                .iter()
                .map(|name| refer(dag, name)),
        );
    }
    references.aliases = aliases.into_iter().collect();
    references.outlets = outlets
        .into_iter()
        .map(|(dag_id, task_id, uri)| OutletReference {
            dag_id: dag_id.clone(),
            task_id: task_id.clone(),
            name: uri.clone(),
        })
        .collect();
    references
}

fn refer(dag: &ParsedDag, name: &str) -> ScheduleReference {
    ScheduleReference {
        dag_id: dag.columns.dag_id.clone(),
        name: name.to_owned(),
    }
}
