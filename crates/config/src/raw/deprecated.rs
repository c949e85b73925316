//! Options that had another name in an older Airflow, which 2.10.5 still reads.

/// (section, key, old section, old key)
const RENAMED: &[(&str, &str, &str, &str)] = &[
    ("celery", "worker_precheck", "core", "worker_precheck"),
    (
        "logging",
        "interleave_timestamp_parser",
        "core",
        "interleave_timestamp_parser",
    ),
    ("logging", "base_log_folder", "core", "base_log_folder"),
    ("logging", "remote_logging", "core", "remote_logging"),
    (
        "logging",
        "remote_log_conn_id",
        "core",
        "remote_log_conn_id",
    ),
    (
        "logging",
        "remote_base_log_folder",
        "core",
        "remote_base_log_folder",
    ),
    ("logging", "encrypt_s3_logs", "core", "encrypt_s3_logs"),
    ("logging", "logging_level", "core", "logging_level"),
    ("logging", "fab_logging_level", "core", "fab_logging_level"),
    (
        "logging",
        "logging_config_class",
        "core",
        "logging_config_class",
    ),
    (
        "logging",
        "colored_console_log",
        "core",
        "colored_console_log",
    ),
    (
        "logging",
        "colored_log_format",
        "core",
        "colored_log_format",
    ),
    (
        "logging",
        "colored_formatter_class",
        "core",
        "colored_formatter_class",
    ),
    ("logging", "log_format", "core", "log_format"),
    ("logging", "simple_log_format", "core", "simple_log_format"),
    (
        "logging",
        "task_log_prefix_template",
        "core",
        "task_log_prefix_template",
    ),
    (
        "logging",
        "log_filename_template",
        "core",
        "log_filename_template",
    ),
    (
        "logging",
        "log_processor_filename_template",
        "core",
        "log_processor_filename_template",
    ),
    (
        "logging",
        "dag_processor_manager_log_location",
        "core",
        "dag_processor_manager_log_location",
    ),
    ("logging", "task_log_reader", "core", "task_log_reader"),
    (
        "metrics",
        "metrics_allow_list",
        "metrics",
        "statsd_allow_list",
    ),
    (
        "metrics",
        "metrics_block_list",
        "metrics",
        "statsd_block_list",
    ),
    ("metrics", "statsd_on", "scheduler", "statsd_on"),
    ("metrics", "statsd_host", "scheduler", "statsd_host"),
    ("metrics", "statsd_port", "scheduler", "statsd_port"),
    ("metrics", "statsd_prefix", "scheduler", "statsd_prefix"),
    (
        "metrics",
        "statsd_allow_list",
        "scheduler",
        "statsd_allow_list",
    ),
    (
        "metrics",
        "stat_name_handler",
        "scheduler",
        "stat_name_handler",
    ),
    (
        "metrics",
        "statsd_datadog_enabled",
        "scheduler",
        "statsd_datadog_enabled",
    ),
    (
        "metrics",
        "statsd_datadog_tags",
        "scheduler",
        "statsd_datadog_tags",
    ),
    (
        "metrics",
        "statsd_datadog_metrics_tags",
        "scheduler",
        "statsd_datadog_metrics_tags",
    ),
    (
        "metrics",
        "statsd_custom_client_path",
        "scheduler",
        "statsd_custom_client_path",
    ),
    ("scheduler", "parsing_processes", "scheduler", "max_threads"),
    (
        "scheduler",
        "scheduler_idle_sleep_time",
        "scheduler",
        "processor_poll_interval",
    ),
    ("operators", "default_queue", "celery", "default_queue"),
    (
        "core",
        "hide_sensitive_var_conn_fields",
        "admin",
        "hide_sensitive_variable_fields",
    ),
    (
        "core",
        "sensitive_var_conn_names",
        "admin",
        "sensitive_variable_fields",
    ),
    (
        "core",
        "default_pool_task_slot_count",
        "core",
        "non_pooled_task_slot_count",
    ),
    (
        "core",
        "max_active_tasks_per_dag",
        "core",
        "dag_concurrency",
    ),
    (
        "logging",
        "worker_log_server_port",
        "celery",
        "worker_log_server_port",
    ),
    (
        "api",
        "access_control_allow_origins",
        "api",
        "access_control_allow_origin",
    ),
    ("api", "auth_backends", "api", "auth_backend"),
    ("database", "sql_alchemy_conn", "core", "sql_alchemy_conn"),
    (
        "database",
        "sql_engine_encoding",
        "core",
        "sql_engine_encoding",
    ),
    (
        "database",
        "sql_engine_collation_for_ids",
        "core",
        "sql_engine_collation_for_ids",
    ),
    (
        "database",
        "sql_alchemy_pool_enabled",
        "core",
        "sql_alchemy_pool_enabled",
    ),
    (
        "database",
        "sql_alchemy_pool_size",
        "core",
        "sql_alchemy_pool_size",
    ),
    (
        "database",
        "sql_alchemy_max_overflow",
        "core",
        "sql_alchemy_max_overflow",
    ),
    (
        "database",
        "sql_alchemy_pool_recycle",
        "core",
        "sql_alchemy_pool_recycle",
    ),
    (
        "database",
        "sql_alchemy_pool_pre_ping",
        "core",
        "sql_alchemy_pool_pre_ping",
    ),
    (
        "database",
        "sql_alchemy_schema",
        "core",
        "sql_alchemy_schema",
    ),
    (
        "database",
        "sql_alchemy_connect_args",
        "core",
        "sql_alchemy_connect_args",
    ),
    (
        "database",
        "load_default_connections",
        "core",
        "load_default_connections",
    ),
    ("database", "max_db_retries", "core", "max_db_retries"),
    (
        "scheduler",
        "parsing_cleanup_interval",
        "scheduler",
        "deactivate_stale_dags_interval",
    ),
    (
        "scheduler",
        "task_queued_timeout_check_interval",
        "kubernetes_executor",
        "worker_pods_pending_timeout_check_interval",
    ),
    ("fab", "update_fab_perms", "webserver", "update_fab_perms"),
    ("fab", "auth_rate_limited", "webserver", "auth_rate_limited"),
    ("fab", "auth_rate_limit", "webserver", "auth_rate_limit"),
];

/// A whole section that was renamed: (section, old section).
const RENAMED_SECTION: (&str, &str) = ("kubernetes_executor", "kubernetes");

/// The old (section, key) of an option.
pub(crate) fn old_name<'a>(section: &str, key: &'a str) -> Option<(&'static str, &'a str)>
where
    'static: 'a,
{
    if section == RENAMED_SECTION.0 {
        return Some((RENAMED_SECTION.1, key));
    }
    RENAMED
        .iter()
        .find(|renamed| renamed.0 == section && renamed.1 == key)
        .map(|renamed| (renamed.2, renamed.3))
}

/// The (section, key) that the old name stands for today.
pub(crate) fn new_name<'a>(section: &str, key: &'a str) -> Option<(&'static str, &'a str)>
where
    'static: 'a,
{
    if section == RENAMED_SECTION.1 {
        return Some((RENAMED_SECTION.0, key));
    }
    // Airflow builds this table by inverting the other one, so that the last entry counts.
    RENAMED
        .iter()
        .rev()
        .find(|renamed| renamed.2 == section && renamed.3 == key)
        .map(|renamed| (renamed.0, renamed.1))
}
