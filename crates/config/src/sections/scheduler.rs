//! `[scheduler]`.

use std::{path::PathBuf, time::Duration};

use super::{
    parse::{boolean, count, fractional_seconds, integer, one_of, path, port, seconds, text},
    reader::Reader,
    section,
};
use crate::error::{ConfigError, Warning};

/// Order in which DAG files are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileParsingSortMode {
    ModifiedTime,
    RandomSeededByHost,
    Alphabetical,
}

section! {
    /// `[scheduler]`
    Scheduler, "scheduler" {
        /// Interval at which task jobs renew their row.
        job_heartbeat_sec: Duration = fractional_seconds,
        /// Interval at which the scheduler renews its row.
        scheduler_heartbeat_sec: Duration = seconds,
        /// Silence after which stock's task process ends itself; 0 for `scheduler_zombie_task_threshold`. Updraft's scheduler ends the silent tasks of its own executor after that threshold.
        local_task_job_heartbeat_sec: Duration = seconds,
        /// Loops after which the scheduler ends; -1 for never.
        num_runs: i64 = integer,
        /// Stock's pause between two loops; Updraft's loop is woken by events instead.
        scheduler_idle_sleep_time: Duration = fractional_seconds,
        /// Interval at which each DAG file is parsed even if it did not change.
        min_file_process_interval: Duration = seconds,
        /// Interval at which DAGs that are gone are looked for.
        parsing_cleanup_interval: Duration = seconds,
        /// Time after the last parse of its file, which no longer has it, at which a DAG is stale.
        stale_dag_threshold: Duration = seconds,
        /// Interval at which the DAG folder is listed.
        dag_dir_list_interval: Duration = seconds,
        /// Interval at which parsing statistics are logged; 0 for never.
        print_stats_interval: Duration = seconds,
        pool_metrics_interval: Duration = fractional_seconds,
        /// Age of the last heartbeat at which a scheduler counts as dead.
        scheduler_health_check_threshold: Duration = seconds,
        enable_health_check: bool = boolean,
        scheduler_health_check_server_host: String = text,
        scheduler_health_check_server_port: u16 = port,
        /// Interval at which the tasks of dead schedulers are looked for.
        orphaned_tasks_check_interval: Duration = fractional_seconds,
        /// Folder of the logs of DAG file parsing.
        child_process_log_directory: PathBuf = path,
        /// Age of the last heartbeat at which a running task counts as lost.
        scheduler_zombie_task_threshold: Duration = seconds,
        /// Interval at which lost tasks are looked for.
        zombie_detection_interval: Duration = fractional_seconds,
        /// `catchup` of DAGs that set none.
        catchup_by_default: bool = boolean,
        /// `ignore_first_depends_on_past` of tasks that set none.
        ignore_first_depends_on_past_by_default: bool = boolean,
        /// Task instances that stock handles in one query; 0 for `[core] parallelism`.
        max_tis_per_query: u32 = count,
        /// Rows are locked where the database can.
        use_row_level_locking: bool = boolean,
        /// DAGs whose next run is created in one loop.
        max_dagruns_to_create_per_loop: u32 = count,
        /// Runs that stock examines in one loop.
        max_dagruns_per_loop_to_schedule: u32 = count,
        /// Stock's tasks schedule their successors themselves.
        schedule_after_task_execution: bool = boolean,
        /// Modules that DAG files import are imported before the fork.
        parsing_pre_import_modules: bool = boolean,
        /// DAG files that are parsed at a time.
        parsing_processes: u32 = count,
        file_parsing_sort_mode: FileParsingSortMode = one_of(&[
            ("modified_time", FileParsingSortMode::ModifiedTime),
            ("random_seeded_by_host", FileParsingSortMode::RandomSeededByHost),
            ("alphabetical", FileParsingSortMode::Alphabetical),
        ]),
        /// The DAG processor runs by itself, not within the scheduler.
        standalone_dag_processor: bool = boolean,
        /// Callback requests that are fetched in one loop.
        max_callbacks_per_loop: u32 = count,
        /// Time after its last parse at which a DAG is stale under `standalone_dag_processor`.
        dag_stale_not_seen_duration: Duration = seconds,
        /// Runs are created from schedules; otherwise only by triggering.
        use_job_schedule: bool = boolean,
        /// A run whose logical date is in the future may start.
        allow_trigger_in_future: bool = boolean,
        trigger_timeout_check_interval: Duration = fractional_seconds,
        /// Time in state queued after which a task instance is handed out again, or fails.
        task_queued_timeout: Duration = fractional_seconds,
        task_queued_timeout_check_interval: Duration = fractional_seconds,
        /// Times that such a task instance is handed out again.
        num_stuck_in_queued_retries: u32 = count,
        /// Pattern of the run ids that a user may choose.
        allowed_run_id_pattern: String = text,
        /// Cron schedules have data intervals between two points; otherwise they have none.
        create_cron_data_intervals: bool = boolean,
    }
}

/// Three options of Airflow 2.5 live on in `task_queued_timeout`: the largest counts.
const FORMER_QUEUED_TIMEOUTS: [(&str, &str); 3] = [
    ("celery", "stalled_task_timeout"),
    ("celery", "task_adoption_timeout"),
    ("kubernetes_executor", "worker_pods_pending_timeout"),
];

impl Scheduler {
    pub(crate) fn read_with_former_options(reader: &mut Reader<'_>) -> Result<Self, ConfigError> {
        let mut scheduler = Self::read(reader)?;
        for (section, key) in FORMER_QUEUED_TIMEOUTS {
            let Some(value) = reader.raw().get(section, key)? else {
                continue;
            };
            let timeout = reader.read(section, key, fractional_seconds)?;
            if timeout.is_zero() {
                continue;
            }
            reader.warn(Warning::OldName {
                origin: value.origin,
                old_section: section.to_owned(),
                old_key: key.to_owned(),
                section: "scheduler".to_owned(),
                key: "task_queued_timeout".to_owned(),
            });
            scheduler.task_queued_timeout = scheduler.task_queued_timeout.max(timeout);
        }
        Ok(scheduler)
    }
}
