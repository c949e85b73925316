//! DAG ids that are not there.

use updraft_metadata_db::{Db, Error, cli_queries};

use crate::{failure::Failure, suggest::nearest};

/// Which DAG may have been meant, and where all of them are listed.
pub(crate) async fn hint(db: &Db, program: &str, dag_id: &str) -> Result<String, Error> {
    let dags = cli_queries::dags(db).await?;
    let ids = dags.iter().map(|dag| dag.dag_id.as_str());
    let listed = format!("`{program} dags list` lists the DAGs");
    Ok(match nearest(dag_id, ids) {
        Some(meant) => format!("did you mean {meant}? {listed}"),
        None => listed,
    })
}

/// Airflow's words for a DAG that has no row.
pub(crate) async fn no_such_dag(db: &Db, program: &str, dag_id: &str) -> anyhow::Error {
    let failure = Failure::new(format!("DAG: {dag_id} does not exist in 'dag' table"));
    match hint(db, program, dag_id).await {
        Ok(hint) => failure.with_hint(hint).into(),
        Err(error) => error.into(),
    }
}
