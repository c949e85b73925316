//! Pools that tasks name but nobody made.

use std::collections::HashSet;

use updraft_metadata_db::dag_processing::PoolWarning;

use crate::parsed::ParsedDag;

pub(super) fn pool_warnings(dags: &[ParsedDag], pools: &HashSet<String>) -> Vec<PoolWarning> {
    dags.iter()
        .filter_map(|dag| {
            let missing: Vec<String> = dag
                .pools
                .iter()
                .filter(|pool| !pools.contains(*pool))
                .map(|pool| format!("'{pool}'"))
                .collect();
            let dag_id = &dag.columns.dag_id;
            (!missing.is_empty()).then(|| PoolWarning {
                dag_id: dag_id.clone(),
                // Airflow's web server shows the text, and other processors compare it.
                message: format!(
                    "Dag '{dag_id}' references non-existent pools: [{}]",
                    missing.join(", ")
                ),
            })
        })
        .collect()
}
