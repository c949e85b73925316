//! `[updraft]`: what Airflow does not have.

use std::{path::PathBuf, time::Duration};

use super::{
    parse::{boolean, count, one_of, optional, path, seconds, text},
    section,
};

/// Where `import airflow` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PythonSdk {
    /// `apache-airflow` where it is installed, otherwise what Updraft brings.
    Auto,
    Apache,
    Bundled,
}

/// What becomes of a try whose user code may have begun and whose worker is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWorkerLoss {
    /// It is followed by another try, which does not count against the task's retries.
    Rerun,
    /// It counts as failed, as in Airflow.
    Fail,
}

section! {
    /// `[updraft]`
    Updraft, "updraft" {
        /// Python interpreter of DAG files and tasks; by default the one beside the program, then
        /// that of `$VIRTUAL_ENV`, then the first `python3` of `PATH`.
        python: Option<PathBuf> = optional(path),
        /// Where `import airflow` comes from: `auto`, `apache` or `bundled`.
        python_sdk: PythonSdk = one_of(&[
            ("auto", PythonSdk::Auto),
            ("apache", PythonSdk::Apache),
            ("bundled", PythonSdk::Bundled),
        ]),
        /// Time for which a process that has imported a DAG file serves its tasks; 0 for never.
        warm_dag_seconds: Duration = seconds,
        /// Such processes that are kept at a time.
        warm_dag_processes: u32 = count,
        /// Memory of all such processes together, in megabytes.
        warm_dag_memory_mb: u32 = count,
        /// What becomes of a try whose worker is lost: `rerun` or `fail`.
        on_worker_loss: OnWorkerLoss = one_of(&[
            ("rerun", OnWorkerLoss::Rerun),
            ("fail", OnWorkerLoss::Fail),
        ]),
        /// User that tasks run as which name none and for which `[core] default_impersonation` names
        /// none.
        task_user: Option<String> = optional(text),
        /// Time that a task waits for the database to come back before its request fails.
        outage_wait_seconds: Duration = seconds,
        /// Statements are prepared once a connection and kept by name. Off for a pooler in
        /// front of PostgreSQL that gives each transaction another connection and does not keep
        /// them. PgBouncer keeps them from 1.21 on (`max_prepared_statements`); queueing, which
        /// prepares its statement in SQL, notices such a pooler and takes four messages instead
        /// of one.
        prepared_statements: bool = boolean,
    }
}
