//! What a manual run begins with, and its rows.

use serde_json::{Map, Value as Json};
use updraft_core::{RunId, UtcDateTime, dag::Dag, time::Clock, timetable::DataInterval};
use updraft_metadata_db::{
    Db,
    cli_queries::{self, ManualRun},
    pickle,
};
use updraft_serialized_dag::{Defaults, params::check_params};

use super::first_instances::first_instances;
use crate::{
    compose::serialized_dag_defaults,
    context::Context,
    dag_ids,
    failure::Failure,
    stored_dag::{not_stored, stored},
};

/// Creates runs of any DAG.
#[derive(Clone)]
pub(crate) struct ManualRuns {
    pub(super) db: Db,
    pub(super) defaults: Defaults,
    pub(super) clock: Clock,
    pub(super) program: &'static str,
    unixname: String,
}

/// A run that is wanted.
pub(crate) struct NewRun {
    pub dag_id: String,
    pub run_id: RunId,
    pub execution_date: UtcDateTime,
    /// The date that says which tasks belong to the run: that of the run, unless one task alone is
    /// tried out, whatever its dates are.
    pub instances_of: UtcDateTime,
    pub conf: Map<String, Json>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    New {
        data_interval: DataInterval,
    },
    /// A run of that id or date is there.
    Exists,
}

impl ManualRuns {
    pub(crate) fn new(context: &Context, db: Db) -> Self {
        Self {
            db,
            defaults: serialized_dag_defaults(&context.config),
            clock: context.clock.clone(),
            program: context.program,
            unixname: unixname(),
        }
    }

    /// The DAG's file, where its timetable is Python code that has to be asked for the data interval.
    pub(crate) async fn file_of_timetable(&self, dag_id: &str) -> anyhow::Result<Option<String>> {
        let Some(stored) = stored(&self.db, dag_id).await? else {
            return Ok(None);
        };
        if !stored.dag(&self.defaults)?.timetable.needs_python() {
            return Ok(None);
        }
        let row = cli_queries::dag(&self.db, dag_id).await?;
        Ok(row.and_then(|row| row.fileloc))
    }

    /// Creates the run as queued, and as in Airflow one of every SubDAG.
    pub(crate) async fn create(&self, new: &NewRun) -> anyhow::Result<Created> {
        self.create_within(new, None).await
    }

    /// With the data interval that a timetable gave which is Python code.
    pub(crate) async fn create_within(
        &self,
        new: &NewRun,
        data_interval: Option<DataInterval>,
    ) -> anyhow::Result<Created> {
        let dag_id = &new.dag_id;
        if cli_queries::dag(&self.db, dag_id).await?.is_none() {
            let message = format!("Dag id {dag_id} not found in DagModel");
            let hint = dag_ids::hint(&self.db, self.program, dag_id).await?;
            return Err(Failure::new(message).with_hint(hint).into());
        }
        let Some(stored) = stored(&self.db, dag_id).await? else {
            return Err(not_stored(&self.db, self.program, dag_id).await);
        };
        check_params(&stored.params()?, &new.conf).map_err(|invalid| {
            Failure::new(invalid.to_string())
                .with_hint("`--conf '{\"NAME\": VALUE}'` gives parameters their values")
        })?;
        let dag = stored.dag(&self.defaults)?;
        let data_interval = data_interval
            .or_else(|| dag.timetable.infer_manual_data_interval(new.execution_date))
            .ok_or_else(|| no_interval(&dag, new.execution_date))?;
        let mut dags = vec![dag];
        dags.extend(stored.sub_dags(&self.defaults)?);
        if self.insert(&dags, new, data_interval).await? {
            Ok(Created::New { data_interval })
        } else {
            Ok(Created::Exists)
        }
    }

    /// False where the first of the DAGs has such a run already.
    async fn insert(
        &self,
        dags: &[Dag],
        new: &NewRun,
        data_interval: DataInterval,
    ) -> anyhow::Result<bool> {
        let conf = pickle::write(&pickle::Value::from(Json::Object(new.conf.clone())));
        let mut tx = self.db.begin().await?;
        for (index, dag) in dags.iter().enumerate() {
            let instances = first_instances(dag, &new.run_id, new.instances_of);
            let run = ManualRun {
                dag_id: dag.dag_id.as_str(),
                run_id: &new.run_id,
                execution_date: new.execution_date,
                data_interval,
                conf: &conf,
                dag_hash: instances.as_ref().map(|_| dag.dag_hash.as_str()),
                instances: instances.as_deref().unwrap_or_default(),
                unixname: &self.unixname,
            };
            let is_new = cli_queries::trigger(&mut tx, &run, (self.clock)()).await?;
            if index == 0 && !is_new {
                return Ok(false);
            }
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// The user that task instances are made by.
fn unixname() -> String {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

fn no_interval(dag: &Dag, execution_date: UtcDateTime) -> Failure {
    let dag_id = &dag.dag_id;
    Failure::new(format!(
        "the timetable of DAG {dag_id} gives no data interval for {execution_date}"
    ))
}
