//! Which tasks of which DAGs.

use std::collections::BTreeSet;

use regex::Regex;
use updraft_core::dag::{Dag, Relatives, TaskIndex};
use updraft_metadata_db::{Db, cli_queries};

use super::Args;
use crate::{compose::serialized_dag_defaults, context::Context, failure::Failure, stored_dag};

/// A DAG of which tasks shall be cleared.
pub(super) struct Target {
    pub dag: Dag,
    tasks: BTreeSet<TaskIndex>,
    /// Instances of tasks that the DAG does not have any more, too.
    pub takes_removed: bool,
}

impl Args {
    pub(super) async fn targets(&self, context: &Context, db: &Db) -> anyhow::Result<Vec<Target>> {
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
}

impl Target {
    pub(super) fn task_ids(&self) -> Vec<&str> {
        let tasks = self.tasks.iter();
        tasks
            .map(|index| self.dag.tasks.task(*index).task_id.as_str())
            .collect()
    }
}

fn regex(text: &str) -> anyhow::Result<Regex> {
    Regex::new(text).map_err(|error| {
        Failure::new(format!("{text:?} is not a regular expression: {error}")).into()
    })
}
