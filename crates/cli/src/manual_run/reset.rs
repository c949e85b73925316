//! A run that is triggered again, with `reset_dag_run`.

use anyhow::Context as _;
use updraft_core::{RunId, UtcDateTime};
use updraft_metadata_db::{
    cli_queries,
    task_instance::{self, ClearedRuns, Selection},
};

use super::{ManualRuns, NewRun};
use crate::{
    stored_dag::{not_stored, stored},
    task_definitions::task_definitions,
};

/// The run that was cleared.
pub(crate) struct Reset {
    pub run_id: RunId,
    pub logical_date: UtcDateTime,
}

impl ManualRuns {
    /// Clears the run that stands in the way of the wanted one, by its id or its date: its tasks, those of
    /// SubDAGs too, run again, with the configuration that it had.
    pub(crate) async fn reset(&self, wanted: &NewRun) -> anyhow::Result<Reset> {
        let (db, dag_id) = (&self.db, &wanted.dag_id);
        let mut run = cli_queries::run_by_id(db, dag_id, wanted.run_id.as_str()).await?;
        if run.is_none() {
            run = cli_queries::run_at(db, dag_id, wanted.execution_date).await?;
        }
        let run = run.with_context(|| format!("the run {} is gone", wanted.run_id))?;
        let logical_date = run.execution_date.0;
        let Some(stored) = stored(db, dag_id).await? else {
            return Err(not_stored(db, self.program, dag_id).await);
        };
        let mut dags = vec![stored.dag(&self.defaults)?];
        dags.extend(stored.sub_dags(&self.defaults)?);
        let (mut found, mut definitions) = (Vec::new(), Vec::new());
        for dag in &dags {
            let selection = Selection {
                dag_id: dag.dag_id.as_str(),
                start_date: Some(logical_date),
                end_date: Some(logical_date),
                ..Selection::default()
            };
            found.extend(task_instance::find(db, &selection).await?);
            definitions.extend(task_definitions(dag));
        }
        let mut tx = db.begin().await?;
        let (queued, now) = (ClearedRuns::Queued, (self.clock)());
        task_instance::clear(&mut tx, &found, &definitions, queued, now).await?;
        tx.commit().await?;
        Ok(Reset {
            run_id: run.run_id.as_str().into(),
            logical_date,
        })
    }
}
