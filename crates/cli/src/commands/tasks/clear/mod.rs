//! `tasks clear`.

mod targets;

use updraft_core::{UtcDateTime, dag::Dag, state::TaskInstanceState, timetable::Timetable};
use updraft_metadata_db::{
    Db,
    task_instance::{self, ClearedRuns, Found, Selection, TaskDefinition},
};

use self::targets::Target;
use crate::{context::Context, date, prompt, task_definitions::task_definitions};

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
        let definitions: Vec<TaskDefinition> = targets
            .iter()
            .flat_map(|target| task_definitions(&target.dag))
            .collect();
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

/// Runs of the future are left alone where they cannot start yet.
fn latest(context: &Context, dag: &Dag) -> Option<UtcDateTime> {
    let may_start = context.config.scheduler.allow_trigger_in_future
        && matches!(dag.timetable, Timetable::Null);
    (!may_start).then(|| context.now())
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
