//! `tasks list`.

use std::fmt::Write as _;

use updraft_core::dag::{Dag, TaskIndex};

use crate::{context::Context, stored_dag::load};

/// List the tasks of a DAG
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks list etl --tree")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Show the tasks as a tree, each below those that it follows
    #[arg(short, long)]
    tree: bool,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dag = load(context, &db, &self.dag_id).await?;
        if self.tree {
            return context.print(tree(&dag).trim_end());
        }
        let mut names: Vec<&str> = dag
            .tasks
            .iter()
            .map(|(_, task)| task.task_id.as_str())
            .collect();
        names.sort_unstable();
        context.print(&names.join("\n"))
    }
}

/// A task stands below each task that it follows, as often as there are ways to it.
fn tree(dag: &Dag) -> String {
    let mut roots: Vec<TaskIndex> = dag
        .tasks
        .iter()
        .map(|(index, _)| index)
        .filter(|index| dag.tasks.upstream(*index).is_empty())
        .collect();
    sort(dag, &mut roots);
    let mut text = String::new();
    let mut pending: Vec<(TaskIndex, usize)> =
        roots.into_iter().rev().map(|index| (index, 0)).collect();
    while let Some((index, level)) = pending.pop() {
        let task = dag.tasks.task(index);
        let name = task.operator_name.as_ref().unwrap_or(&task.task_type);
        let indent = " ".repeat(4 * level);
        let kind = if task.needs_expansion {
            "Mapped"
        } else {
            "Task"
        };
        // Writing into a `String` cannot fail.
        let _ = writeln!(text, "{indent}<{kind}({name}): {}>", task.task_id);
        let mut below = dag.tasks.downstream(index).to_vec();
        sort(dag, &mut below);
        pending.extend(below.into_iter().rev().map(|index| (index, level + 1)));
    }
    text
}

fn sort(dag: &Dag, tasks: &mut [TaskIndex]) {
    tasks.sort_by(|left, right| {
        let id = |index: TaskIndex| &dag.tasks.task(index).task_id;
        id(*left).cmp(id(*right))
    });
}
