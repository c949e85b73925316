//! Other DAGs that a DAG has to do with: those that it waits for, and those that it triggers.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde::Deserialize;
use updraft_core::state::DagRunState;
use updraft_metadata_db::{
    Db,
    cli_queries::{self, RunFilter, RunRow},
    task_instance::{self, Selection},
};

use super::{Session, find, scratch::configured};
use crate::{context::Context, stored_dag};

/// As many of the newest runs of each are copied.
const MOST_RUNS: usize = 500;

#[derive(Deserialize)]
struct Envelope {
    dag: Dependencies,
}

#[derive(Deserialize)]
struct Dependencies {
    #[serde(default)]
    dag_dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    source: String,
    target: String,
    #[serde(rename = "dependency_type")]
    kind: String,
}

/// Puts them into the scratch database: their definitions from their files, and from the configured
/// database, if there is one, their runs that are over. Runs that are not over would be driven here.
/// Returns their ids.
pub(crate) async fn add_others(
    context: &Context,
    session: &Session,
    dag_id: &str,
    subdir: Option<&str>,
) -> anyhow::Result<Vec<String>> {
    let stored = stored_dag::require(context, &session.scratch.db, dag_id).await?;
    let envelope: Envelope = serde_json::from_str(stored.text())
        .with_context(|| format!("the stored form of DAG {dag_id} cannot be read"))?;
    let others: BTreeSet<String> = (envelope.dag.dag_dependencies.into_iter())
        .filter(|one| ["sensor", "trigger"].contains(&one.kind.as_str()))
        .flat_map(|one| [one.source, one.target])
        .filter(|other| other != dag_id)
        .collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let configured = configured(context).await;
    for other in &others {
        if cli_queries::dag(&session.scratch.db, other)
            .await?
            .is_none()
            && let Err(error) = find(context, session, other, subdir).await
        {
            tracing::warn!(
                "{dag_id} has to do with the DAG {other}, which is not found: {error:#}"
            );
        }
        if let Some(db) = &configured {
            copy(db, &session.scratch.db, other).await?;
        }
    }
    if let Some(db) = configured {
        db.close().await;
    }
    Ok(others.into_iter().collect())
}

async fn copy(from: &Db, to: &Db, dag_id: &str) -> anyhow::Result<()> {
    let is_over = |run: &RunRow| {
        let over = [DagRunState::Success, DagRunState::Failed];
        over.iter()
            .any(|state| Some(state.as_str()) == run.state.as_deref())
    };
    let mut runs = cli_queries::runs(from, dag_id, &RunFilter::default()).await?;
    runs.retain(is_over);
    runs.truncate(MOST_RUNS);
    let Some(oldest) = runs.last() else {
        return Ok(());
    };
    let selection = Selection {
        dag_id,
        start_date: Some(oldest.execution_date.0),
        ..Selection::default()
    };
    let instances = task_instance::find(from, &selection).await?;
    let mut tx = to.begin().await?;
    cli_queries::copy_runs(&mut tx, &runs, &instances).await?;
    tx.commit().await?;
    Ok(())
}
