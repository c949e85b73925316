//! `[core]`.

use std::{path::PathBuf, time::Duration};

use super::{
    Secret,
    parse::{boolean, count, list, one_of, optional, path, seconds, secret, text, time_limit},
    section,
};

/// How the lines of `.airflowignore` are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DagIgnoreFileSyntax {
    Regexp,
    Glob,
}

/// How the weights of other tasks count towards a task's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightRule {
    Downstream,
    Upstream,
    Absolute,
}

section! {
    /// `[core]`
    Core, "core" {
        /// Folder that is searched for DAG files.
        dags_folder: PathBuf = path,
        /// Python callable that gives this machine's name.
        hostname_callable: String = text,
        /// Python callable that tells, in safe mode, whether a file may hold a DAG.
        might_contain_dag_callable: String = text,
        /// Zone of dates that name none: `utc`, `system`, or a name of the IANA data base.
        default_timezone: String = text,
        /// Executors, the first of them the default.
        executor: Vec<String> = list,
        /// Tasks that one executor runs at a time; 0 for no limit.
        parallelism: u32 = count,
        /// `max_active_tasks` of DAGs that set none.
        max_active_tasks_per_dag: u32 = count,
        /// A DAG that is seen for the first time is paused.
        dags_are_paused_at_creation: bool = boolean,
        /// `max_active_runs` of DAGs that set none.
        max_active_runs_per_dag: u32 = count,
        /// Failed runs in a row after which a DAG is paused; 0 for never.
        max_consecutive_failed_dag_runs_per_dag: u32 = count,
        /// Airflow's example DAGs are loaded too.
        load_examples: bool = boolean,
        plugins_folder: PathBuf = path,
        /// Keys for Variables and Connections, comma-separated: the first encrypts, all decrypt.
        fernet_key: Secret = secret,
        /// Time that the import of one DAG file may take.
        dagbag_import_timeout: Option<Duration> = time_limit,
        /// Import errors show a trace instead of the message alone.
        dagbag_import_error_tracebacks: bool = boolean,
        /// Frames that such a trace shows.
        dagbag_import_error_traceback_depth: u32 = count,
        /// Time after which the process that parses a DAG file is killed.
        dag_file_processor_timeout: Duration = seconds,
        /// User that tasks run as which name none; empty for the user of the worker.
        default_impersonation: String = text,
        /// `XComs` are pickled instead of written as JSON.
        enable_xcom_pickling: bool = boolean,
        /// Time between SIGTERM and SIGKILL for a task that is to end.
        killed_task_cleanup_time: Duration = seconds,
        /// The configuration of a run overrides its DAG's params.
        dag_run_conf_overrides_params: bool = boolean,
        /// Only files that mention `dag` and `airflow` are parsed.
        dag_discovery_safe_mode: bool = boolean,
        dag_ignore_file_syntax: DagIgnoreFileSyntax = one_of(&[
            ("regexp", DagIgnoreFileSyntax::Regexp),
            ("glob", DagIgnoreFileSyntax::Glob),
        ]),
        /// `retries` of tasks that set none.
        default_task_retries: u32 = count,
        /// `retry_delay` of tasks that set none.
        default_task_retry_delay: Duration = seconds,
        /// Bound of exponential back-off.
        max_task_retry_delay: Duration = seconds,
        /// `weight_rule` of tasks that set none.
        default_task_weight_rule: WeightRule = one_of(&[
            ("downstream", WeightRule::Downstream),
            ("upstream", WeightRule::Upstream),
            ("absolute", WeightRule::Absolute),
        ]),
        /// Time that a task may go on after its row says success.
        task_success_overtime: Duration = seconds,
        /// `execution_timeout` of tasks that set none.
        default_task_execution_timeout: Option<Duration> = optional(seconds),
        /// Time in which a serialized DAG is written at most once.
        min_serialized_dag_update_interval: Duration = seconds,
        /// Serialized DAGs are stored compressed.
        compress_serialized_dags: bool = boolean,
        /// Time for which a serialized DAG that was read is used.
        min_serialized_dag_fetch_interval: Duration = seconds,
        /// Rendered fields that are kept of each task, in runs; 0 for none.
        max_num_rendered_ti_fields_per_task: u32 = count,
        check_slas: bool = boolean,
        /// Class that stores and loads `XComs`.
        xcom_backend: String = text,
        /// Values of Variables and extras with sensitive names are masked in logs.
        hide_sensitive_var_conn_fields: bool = boolean,
        /// Sensitive names in addition to Airflow's own.
        sensitive_var_conn_names: Vec<String> = list,
        /// Slots of `default_pool` when it is created.
        default_pool_task_slot_count: u32 = count,
        /// Bound of the length of what a task is mapped over.
        max_map_length: u32 = count,
        /// Bound of the length of a rendered field that is stored.
        max_templated_field_length: u32 = count,
    }
}
