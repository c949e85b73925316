//! `[logging]`.

use std::path::PathBuf;

use super::{
    parse::{boolean, list, one_of, path, permissions, port, text},
    section,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

section! {
    /// `[logging]`
    Logging, "logging" {
        /// Folder of the task logs.
        base_log_folder: PathBuf = path,
        /// Task logs are also kept in a remote store.
        remote_logging: bool = boolean,
        remote_log_conn_id: String = text,
        remote_base_log_folder: String = text,
        /// Local files are deleted once they are in the remote store.
        delete_local_logs: bool = boolean,
        /// Least level that is logged.
        logging_level: LogLevel = one_of(&[
            ("DEBUG", LogLevel::Debug),
            ("INFO", LogLevel::Info),
            ("WARNING", LogLevel::Warning),
            ("WARN", LogLevel::Warning),
            ("ERROR", LogLevel::Error),
            ("CRITICAL", LogLevel::Critical),
            ("FATAL", LogLevel::Critical),
        ]),
        /// Python object that replaces Airflow's logging configuration.
        logging_config_class: String = text,
        colored_console_log: bool = boolean,
        /// Form of a line of a task log, in the notation of Python's `logging`.
        log_format: String = text,
        /// Path of a task's log below `base_log_folder`; stored in `log_template`.
        log_filename_template: String = text,
        /// Path of the log of a DAG file's parsing.
        log_processor_filename_template: String = text,
        dag_processor_manager_log_location: PathBuf = path,
        /// Handler of Airflow's configuration that reads task logs.
        task_log_reader: String = text,
        extra_logger_names: Vec<String> = list,
        /// Port on which a worker serves the logs of its tasks.
        worker_log_server_port: u16 = port,
        trigger_log_server_port: u16 = port,
        /// Permissions of a new folder of task logs.
        file_task_handler_new_folder_permissions: u32 = permissions,
        /// Permissions of a new task log.
        file_task_handler_new_file_permissions: u32 = permissions,
    }
}
