//! States and rows of runs, task instances and DAGs.

use serde_json::json;
use updraft_metadata_db::questions::{
    Runs, TaskInstances, count_dag_runs, count_task_instances, dag, first_reschedule, previous_run,
    run_state, task_instance_state, task_instances,
};

use super::{
    Found, Sources, Unanswered,
    asked::{CountDagRuns, CountTaskInstances},
};

impl Sources {
    pub(super) async fn count_task_instances(
        &self,
        which: &CountTaskInstances,
    ) -> Result<Found, Unanswered> {
        let runs = match (&which.logical_dates, &which.run_ids) {
            (Some(dates), None) => Runs::Dates(dates),
            (None, Some(ids)) => Runs::Ids(ids),
            _ => {
                let reason = "runs are named either by their logical dates or by their ids";
                return Err(Unanswered::Refused(reason.to_owned()));
            }
        };
        let of = TaskInstances {
            dag_id: &which.dag_id,
            runs,
            task_ids: which.task_ids.as_deref(),
        };
        let counted = count_task_instances(self.db()?, &of, &which.states).await?;
        Ok((
            json!({"count": counted.count, "total": counted.total}),
            Vec::new(),
        ))
    }

    pub(super) async fn count_dag_runs(&self, which: &CountDagRuns) -> Result<Found, Unanswered> {
        let runs = Runs::Dates(&which.logical_dates);
        let count = count_dag_runs(self.db()?, &which.dag_id, runs, &which.states).await?;
        Ok((json!({"count": count}), Vec::new()))
    }

    pub(super) async fn task_instances(
        &self,
        dag_id: &str,
        run_id: &str,
        task_ids: Option<&[String]>,
    ) -> Result<Found, Unanswered> {
        let rows = task_instances(self.db()?, dag_id, run_id, task_ids).await?;
        Ok((json!({"task_instances": rows}), Vec::new()))
    }

    pub(super) async fn task_instance_state(&self) -> Result<Found, Unanswered> {
        let state = task_instance_state(self.db()?, self.asker()?).await?;
        Ok((json!({"state": state.flatten()}), Vec::new()))
    }

    pub(super) async fn first_reschedule(&self, try_number: i32) -> Result<Found, Unanswered> {
        let first = first_reschedule(self.db()?, self.asker()?, try_number).await?;
        let start_date = first.map(|first| first.0.isoformat());
        Ok((json!({"start_date": start_date}), Vec::new()))
    }

    pub(super) async fn run_state(&self, dag_id: &str, run_id: &str) -> Result<Found, Unanswered> {
        let state = run_state(self.db()?, dag_id, run_id).await?;
        Ok((json!({"state": state}), Vec::new()))
    }

    /// The bytes are the run's pickled configuration.
    pub(super) async fn previous_run(
        &self,
        dag_id: &str,
        run_id: &str,
        state: Option<&str>,
    ) -> Result<Found, Unanswered> {
        let mut run = previous_run(self.db()?, dag_id, run_id, state).await?;
        let conf = run.as_mut().and_then(|run| run.conf.take());
        Ok((json!({"dag_run": run}), conf.unwrap_or_default()))
    }

    /// The bytes are the serialized DAG as it is stored: Python reads it.
    pub(super) async fn dag(&self, dag_id: &str) -> Result<Found, Unanswered> {
        let Some(dag) = dag(self.db()?, dag_id).await? else {
            return Ok((json!({"dag": null}), Vec::new()));
        };
        let facts = json!({
            "fileloc": dag.fileloc,
            "is_paused": dag.is_paused,
            "is_active": dag.is_active,
            "is_compressed": dag.data_compressed.is_some(),
        });
        let data = dag.data.map(String::into_bytes).or(dag.data_compressed);
        Ok((json!({"dag": facts}), data.unwrap_or_default()))
    }
}
