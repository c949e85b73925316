//! The DAG level.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use updraft_core::{
    TaskId,
    dag::{Dag, Task, TaskGraph},
    timetable::Timetable,
};

use super::{
    Defaults,
    error::Error,
    operator::{DagDates, read_task},
    task_group::{MappedGroups, read_mapped_groups},
    timetable::{TimeZoneJson, read_schedule_interval, read_timetable},
    typed::{EpochSeconds, Seconds, Truthy, Typed, Whole},
};

#[derive(Deserialize)]
struct EnvelopeJson<'a> {
    #[serde(borrow, rename = "__version")]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    dag: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct DagJson<'a> {
    #[serde(rename = "_dag_id")]
    dag_id: String,
    #[serde(default)]
    fileloc: String,
    #[serde(rename = "_processor_dags_folder")]
    processor_dags_folder: Option<String>,
    #[serde(default)]
    timezone: TimeZoneJson,
    #[serde(borrow)]
    timetable: Option<Typed<'a>>,
    #[serde(borrow)]
    schedule_interval: Option<&'a RawValue>,
    start_date: Option<EpochSeconds>,
    end_date: Option<EpochSeconds>,
    #[serde(default)]
    catchup: Option<Truthy>,
    max_active_runs: Option<Whole>,
    #[serde(rename = "_max_active_tasks")]
    max_active_tasks: Option<Whole>,
    max_consecutive_failed_dag_runs: Option<Whole>,
    dagrun_timeout: Option<Seconds>,
    #[serde(default)]
    has_on_success_callback: Option<Truthy>,
    #[serde(default)]
    has_on_failure_callback: Option<Truthy>,
    #[serde(borrow, rename = "_task_group")]
    task_group: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tasks: Vec<&'a RawValue>,
}

pub(super) fn read(dag_text: &str, dag_hash: &str, defaults: &Defaults) -> Result<Dag, Error> {
    let json: DagJson<'_> = serde_json::from_str(dag_text).map_err(Error::Structure)?;
    json.into_dag(dag_hash, defaults)
}

/// The DAG in the envelope that is stored.
pub(super) fn unwrap(text: &str) -> Result<&str, Error> {
    let envelope: EnvelopeJson<'_> = serde_json::from_str(text).map_err(Error::Structure)?;
    let version = envelope.version.map_or("none", RawValue::get);
    if version != "1" {
        return Err(Error::Version {
            found: version.to_owned(),
        });
    }
    Ok(envelope.dag.map_or("null", RawValue::get))
}

impl DagJson<'_> {
    fn into_dag(self, dag_hash: &str, defaults: &Defaults) -> Result<Dag, Error> {
        let timetable = self.timetable(defaults)?;
        let groups = match self.task_group {
            Some(root) => read_mapped_groups(root)?,
            // Data from before task groups has none.
            None => MappedGroups::default(),
        };
        let tasks = TaskGraph::new(self.tasks(&groups, defaults)?);
        if let Some(task_id) = task_on_cycle(&tasks) {
            return Err(Error::Cycle { task_id });
        }
        let count = |value: Option<Whole>, default| value.map_or(default, Whole::as_count);
        let has = |flag: Option<Truthy>| flag.is_some_and(|flag| flag.0);
        let mut dag = Dag::new(self.dag_id, timetable, tasks);
        dag.relative_fileloc = relative_fileloc(&self.fileloc, self.processor_dags_folder);
        dag.fileloc = self.fileloc;
        dag_hash.clone_into(&mut dag.dag_hash);
        dag.start_date = self.start_date.map(|date| date.0);
        dag.end_date = self.end_date.map(|date| date.0);
        dag.catchup = self
            .catchup
            .map_or(defaults.catchup_by_default, |catchup| catchup.0);
        dag.max_active_runs = count(self.max_active_runs, defaults.max_active_runs_per_dag);
        dag.max_active_tasks = count(self.max_active_tasks, defaults.max_active_tasks_per_dag);
        dag.max_consecutive_failed_dag_runs = count(
            self.max_consecutive_failed_dag_runs,
            defaults.max_consecutive_failed_dag_runs_per_dag,
        );
        dag.dagrun_timeout = self.dagrun_timeout.map(|timeout| timeout.0);
        dag.has_on_success_callback = has(self.has_on_success_callback);
        dag.has_on_failure_callback = has(self.has_on_failure_callback);
        dag.mapped_groups = groups.groups;
        Ok(dag)
    }

    fn timetable(&self, defaults: &Defaults) -> Result<Timetable, Error> {
        match &self.timetable {
            Some(stored) => read_timetable(stored),
            None => read_schedule_interval(
                self.schedule_interval,
                &self.timezone,
                defaults.create_cron_data_intervals,
            ),
        }
        .map_err(Error::Timetable)
    }

    fn tasks(
        &self,
        groups: &MappedGroups,
        defaults: &Defaults,
    ) -> Result<Vec<(Task, Vec<TaskId>)>, Error> {
        let dates = DagDates {
            start_date: self.start_date.map(|date| date.0),
            end_date: self.end_date.map(|date| date.0),
        };
        self.tasks
            .iter()
            .map(|listed| {
                let (mut task, downstream) = read_task(listed, dates, defaults)?;
                task.mapped_group = groups.of_task.get(task.task_id.as_str()).copied();
                task.needs_expansion |= task.mapped_group.is_some();
                Ok((task, downstream))
            })
            .collect()
    }
}

/// The file's path below the DAG folder of the process that parsed it.
fn relative_fileloc(fileloc: &str, dags_folder: Option<String>) -> Option<String> {
    let relative = Path::new(fileloc).strip_prefix(dags_folder?).ok()?;
    let relative = relative.to_str().filter(|path| !path.is_empty())?;
    Some(relative.to_owned())
}

/// A task that can never start because it waits for itself. Airflow refuses such DAGs at parse.
fn task_on_cycle(tasks: &TaskGraph) -> Option<String> {
    let mut waiting: Vec<usize> = tasks
        .iter()
        .map(|(index, _)| tasks.upstream(index).len())
        .collect();
    let mut free: Vec<_> = tasks
        .iter()
        .map(|(index, _)| index)
        .filter(|index| waiting[index.get()] == 0)
        .collect();
    let mut left = tasks.len();
    while let Some(index) = free.pop() {
        left -= 1;
        for next in tasks.downstream(index) {
            waiting[next.get()] -= 1;
            if waiting[next.get()] == 0 {
                free.push(*next);
            }
        }
    }
    if left == 0 {
        return None;
    }
    let on_cycle = tasks.iter().find(|(index, _)| waiting[index.get()] > 0);
    on_cycle.map(|(_, task)| task.task_id.to_string())
}
