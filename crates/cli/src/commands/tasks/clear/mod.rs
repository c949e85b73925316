//! `tasks clear`.

use std::collections::BTreeSet;

use regex::Regex;
use updraft_core::{
    UtcDateTime,
    dag::{Dag, Relatives, TaskIndex},
    priority::priority_weights,
    state::TaskInstanceState,
    timetable::Timetable,
};
use updraft_metadata_db::{
    Db, cli_queries,
    task_instance::{self, ClearedRuns, Found, Selection, TaskDefinition},
};

use crate::{
    compose::serialized_dag_defaults, context::Context, date, failure::Failure, prompt, stored_dag,
};

/// Clear task instances, as though they had not run; the scheduler runs them again
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft tasks clear etl --start-date 2024-01-01 --end-date 2024-01-31 --only-failed\n  \
                  updraft tasks clear etl --task-regex '^load$' --downstream --yes"
)]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Only tasks whose ids match
    #[arg(short, long, value_name = "REGEX")]
    task_regex: Option<String>,
    /// Only runs of this logical date and later
    #[arg(short, long, value_name = "DATE")]
    start_date: Option<String>,
    /// Only runs up to this logical date
    #[arg(short, long, value_name = "DATE")]
    end_date: Option<String>,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
    /// With --task-regex: what the tasks follow, too
    #[arg(short, long)]
    upstream: bool,
    /// With --task-regex: what follows the tasks, too
    #[arg(short, long)]
    downstream: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Only those that failed, or whose upstream tasks failed
    #[arg(short = 'f', long)]
    only_failed: bool,
    /// Only those that run
    #[arg(short = 'r', long)]
    only_running: bool,
    /// Leave the SubDAGs of the tasks alone
    #[arg(short = 'x', long)]
    exclude_subdags: bool,
    /// If the DAG is a SubDAG: leave the tasks that follow it in its parent alone
    #[arg(short = 'X', long)]
    exclude_parentdag: bool,
    /// Take the DAG id for a regular expression
    #[arg(short = 'R', long)]
    dag_regex: bool,
}

/// A DAG of which tasks shall be cleared.
struct Target {
    dag: Dag,
    tasks: BTreeSet<TaskIndex>,
    /// Instances of tasks that the DAG does not have any more, too.
    takes_removed: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let targets = self.targets(context, &db).await?;
        let found = self.find(context, &db, &targets).await?;
        if found.is_empty() {
            return context.print("Nothing to clear.");
        }
        if !self.yes && !prompt::ask_yes_or_no(&question(&found))? {
            return context.print("Cancelled, nothing was cleared.");
        }
        let definitions: Vec<TaskDefinition> = targets.iter().flat_map(definitions).collect();
        let mut tx = db.begin().await?;
        let now = context.now();
        let cleared =
            task_instance::clear(&mut tx, &found, &definitions, ClearedRuns::Queued, now).await?;
        tx.commit().await?;
        let missed = found.len() - cleared.len();
        if missed > 0 {
            tracing::warn!(
                "{missed} task instances got another state meanwhile and were left alone; run the \
                 command again to clear them, too"
            );
        }
        Ok(())
    }

    async fn targets(&self, context: &Context, db: &Db) -> anyhow::Result<Vec<Target>> {
        let mut targets = Vec::new();
        for dag_id in self.dag_ids(db).await? {
            let chosen = |dag: &Dag| self.chosen(dag);
            self.add(context, db, &dag_id, chosen, &mut targets).await?;
            // Airflow looks at the names of tasks only where it chooses among them.
            if let Some(target) = targets.last_mut() {
                target.takes_removed = self.exclude_subdags && self.task_regex.is_none();
            }
            let row = cli_queries::dag(db, &dag_id).await?;
            let is_sub_dag = row.is_some_and(|row| row.is_subdag == Some(true));
            let Some((parent, section)) = dag_id.rsplit_once('.').filter(|_| is_sub_dag) else {
                continue;
            };
            if !self.exclude_parentdag {
                let below = Relatives {
                    downstream: true,
                    ..Relatives::default()
                };
                let chosen = |dag: &Dag| {
                    let tasks = dag.tasks.index_of(section).into_iter().collect();
                    Ok(dag.tasks.partial_subset(&tasks, below))
                };
                self.add(context, db, parent, chosen, &mut targets).await?;
            }
        }
        Ok(targets)
    }

    /// Adds a DAG and, for those of the chosen tasks that are SubDAGs, these.
    async fn add(
        &self,
        context: &Context,
        db: &Db,
        dag_id: &str,
        chosen: impl FnOnce(&Dag) -> anyhow::Result<BTreeSet<TaskIndex>>,
        targets: &mut Vec<Target>,
    ) -> anyhow::Result<()> {
        let defaults = serialized_dag_defaults(&context.config);
        let stored = stored_dag::require(context, db, dag_id).await?;
        let dag = stored.dag(&defaults)?;
        let tasks = chosen(&dag)?;
        if !self.exclude_subdags {
            for sub_dag in stored.sub_dags(&defaults)? {
                let path = sub_dag.dag_id.as_str().strip_prefix(dag_id);
                let path = path.and_then(|path| path.strip_prefix('.'));
                let task = path.and_then(|path| path.split('.').next());
                let index = task.and_then(|task| dag.tasks.index_of(task));
                if index.is_some_and(|index| tasks.contains(&index)) {
                    let tasks = sub_dag.tasks.iter().map(|(index, _)| index).collect();
                    targets.push(Target {
                        dag: sub_dag,
                        tasks,
                        takes_removed: false,
                    });
                }
            }
        }
        targets.push(Target {
            dag,
            tasks,
            takes_removed: false,
        });
        Ok(())
    }

    async fn dag_ids(&self, db: &Db) -> anyhow::Result<Vec<String>> {
        if !self.dag_regex {
            return Ok(vec![self.dag_id.clone()]);
        }
        let wanted = regex(&self.dag_id)?;
        let dags = cli_queries::dags(db).await?;
        let ids: Vec<String> = dags
            .into_iter()
            .map(|dag| dag.dag_id)
            .filter(|dag_id| wanted.is_match(dag_id))
            .collect();
        if ids.is_empty() {
            let message = format!("no DAG has an id that matches {:?}", self.dag_id);
            return Err(Failure::new(message).into());
        }
        Ok(ids)
    }

    fn chosen(&self, dag: &Dag) -> anyhow::Result<BTreeSet<TaskIndex>> {
        let Some(text) = &self.task_regex else {
            return Ok(dag.tasks.iter().map(|(index, _)| index).collect());
        };
        let wanted = regex(text)?;
        let chosen = dag
            .tasks
            .iter()
            .filter(|(_, task)| wanted.is_match(task.task_id.as_str()))
            .map(|(index, _)| index)
            .collect();
        let relatives = Relatives {
            upstream: self.upstream,
            downstream: self.downstream,
        };
        Ok(dag.tasks.partial_subset(&chosen, relatives))
    }

    async fn find(
        &self,
        context: &Context,
        db: &Db,
        targets: &[Target],
    ) -> anyhow::Result<Vec<Found>> {
        let zone = context.default_timezone()?;
        let parse = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| date::parse(text, &zone)).transpose()
        };
        let (start_date, end_date) = (parse(&self.start_date)?, parse(&self.end_date)?);
        let states = self.states();
        let mut found = Vec::new();
        for target in targets {
            let selection = Selection {
                dag_id: target.dag.dag_id.as_str(),
                run_id: None,
                task_ids: (!target.takes_removed).then(|| target.task_ids()),
                start_date,
                end_date: end_date.or_else(|| latest(context, &target.dag)),
                states: &states,
            };
            for instance in task_instance::find(db, &selection).await? {
                // A task can be reached in two ways: by a SubDAG and by its parent.
                if !found.contains(&instance) {
                    found.push(instance);
                }
            }
        }
        if found
            .iter()
            .any(|instance| instance.operator.as_deref() == Some("ExternalTaskMarker"))
        {
            tracing::warn!(
                "the tasks of other DAGs that an ExternalTaskMarker names are not cleared; clear \
                 them by their own DAG"
            );
        }
        Ok(found)
    }

    fn states(&self) -> Vec<TaskInstanceState> {
        let mut states = Vec::new();
        if self.only_failed {
            states.extend([TaskInstanceState::Failed, TaskInstanceState::UpstreamFailed]);
        }
        if self.only_running {
            states.push(TaskInstanceState::Running);
        }
        states
    }
}

impl Target {
    fn task_ids(&self) -> Vec<&str> {
        let tasks = self.tasks.iter();
        tasks
            .map(|index| self.dag.tasks.task(*index).task_id.as_str())
            .collect()
    }
}

/// Runs of the future are left alone where they cannot start yet.
fn latest(context: &Context, dag: &Dag) -> Option<UtcDateTime> {
    let may_start = context.config.scheduler.allow_trigger_in_future
        && matches!(dag.timetable, Timetable::Null);
    (!may_start).then(|| context.now())
}

fn regex(text: &str) -> anyhow::Result<Regex> {
    Regex::new(text).map_err(|error| {
        Failure::new(format!("{text:?} is not a regular expression: {error}")).into()
    })
}

fn question(found: &[Found]) -> String {
    let lines: Vec<String> = found
        .iter()
        .map(|instance| {
            let map_index = if instance.map_index >= 0 {
                format!("map_index={} ", instance.map_index)
            } else {
                String::new()
            };
            format!(
                "<TaskInstance: {}.{} {} {map_index}[{}]>",
                instance.dag_id,
                instance.task_id,
                instance.run_id,
                instance.state.as_deref().unwrap_or("None")
            )
        })
        .collect();
    format!(
        "You are about to delete these {} tasks:\n{}\n\nAre you sure? [y/n]",
        found.len(),
        lines.join("\n")
    )
}

fn definitions(target: &Target) -> Vec<TaskDefinition> {
    let dag = &target.dag;
    let weights = priority_weights(&dag.tasks);
    dag.tasks
        .iter()
        .map(|(index, task)| TaskDefinition {
            dag_id: dag.dag_id.to_string(),
            task_id: task.task_id.to_string(),
            retries: i32::try_from(task.retry.retries).unwrap_or(i32::MAX),
            pool: task.pool.clone(),
            pool_slots: i32::try_from(task.pool_slots).unwrap_or(i32::MAX),
            priority_weight: weights.get(index.get()).copied().flatten(),
            queue: task.queue.clone(),
            executor: task.executor.clone(),
            executor_config: task.executor_config.clone(),
            operator: task.task_type.clone(),
        })
        .collect()
}
