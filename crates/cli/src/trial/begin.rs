//! The run that is tried out.

use serde_json::{Map, Value as Json};
use updraft_core::{
    RunId, UtcDateTime, dag::Dag, planner::RunKey, run_id, state::DagRunType,
    timetable::DataInterval,
};
use updraft_metadata_db::{
    cli_queries::{self, RunRow},
    pickle,
};

use super::{Session, dates::nearest, require_task, scratch::configured};
use crate::{
    context::Context,
    date,
    failure::Failure,
    manual_run::{Asked, Created, ManualRuns, NewRun, ask},
    stored_dag,
};

/// A run of the scratch database.
pub(crate) struct Begun {
    pub run: RunKey,
    pub execution_date: UtcDateTime,
    pub data_interval: DataInterval,
    pub conf: Map<String, Json>,
    pub dag: Dag,
}

/// Which run is meant.
pub(crate) struct Wanted {
    pub run_id: RunId,
    pub execution_date: UtcDateTime,
    pub conf: Map<String, Json>,
}

impl Wanted {
    pub(crate) fn at(execution_date: UtcDateTime, conf: Map<String, Json>) -> Self {
        Self {
            run_id: run_id::generate(DagRunType::Manual, execution_date),
            execution_date,
            conf,
        }
    }

    /// The run of the configured database that has this id or date, otherwise one of that date, or of
    /// that id and now.
    pub(crate) async fn named(
        context: &Context,
        dag_id: &str,
        name: Option<&str>,
    ) -> anyhow::Result<Self> {
        let Some(name) = name else {
            return Ok(Self::at(context.now(), Map::new()));
        };
        let date = date::parse(name, &context.default_timezone()?).ok();
        if let Some(db) = configured(context).await {
            let mut found = cli_queries::run_by_id(&db, dag_id, name).await?;
            if let (None, Some(date)) = (&found, date) {
                found = cli_queries::run_at(&db, dag_id, date).await?;
            }
            db.close().await;
            if let Some(row) = found {
                return Ok(Self::of_row(row));
            }
        }
        Ok(match date {
            Some(date) => Self::at(date, Map::new()),
            None => Self {
                run_id: name.into(),
                ..Self::at(context.now(), Map::new())
            },
        })
    }

    fn of_row(row: RunRow) -> Self {
        let conf = row
            .conf
            .and_then(|conf| pickle::read(&conf).ok()?.to_json());
        Self {
            run_id: row.run_id.as_str().into(),
            execution_date: row.execution_date.0,
            conf: match conf {
                Some(Json::Object(conf)) => conf,
                _ => Map::new(),
            },
        }
    }
}

/// Makes the run, as manual runs are made; with `task_id` it has that task, whatever the task's dates are.
pub(crate) async fn begin(
    context: &Context,
    session: &Session,
    (dag_id, task_id): (&str, Option<&str>),
    wanted: Wanted,
) -> anyhow::Result<Begun> {
    let db = &session.scratch.db;
    let dag = stored_dag::load(context, db, dag_id).await?;
    let task = task_id
        .map(|task_id| require_task(&dag, task_id))
        .transpose()?;
    let Wanted {
        run_id,
        execution_date,
        conf,
    } = wanted;
    let new = NewRun {
        dag_id: dag_id.to_owned(),
        run_id: run_id.clone(),
        execution_date,
        instances_of: task.map_or(execution_date, |task| nearest(&dag, task, execution_date)),
        conf,
    };
    let runs = ManualRuns::new(context, db.clone());
    let data_interval = match runs.file_of_timetable(dag_id).await? {
        None => None,
        Some(file) => {
            let asked = Asked {
                dag_id,
                file: &file,
                logical_date: execution_date,
            };
            Some(ask(&context.config.core, &session.handle, asked).await?)
        }
    };
    match runs.create_within(&new, data_interval).await? {
        Created::New { data_interval } => Ok(Begun {
            run: RunKey {
                dag_id: dag_id.into(),
                run_id,
            },
            execution_date,
            data_interval,
            conf: new.conf,
            dag,
        }),
        Created::Exists => Err(Failure::new(format!("the run {run_id} is there already")).into()),
    }
}
