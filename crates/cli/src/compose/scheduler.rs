//! Settings of the scheduler.

use jiff::SignedDuration;
use updraft_config::{Config, WeightRule};
use updraft_core::planner;
use updraft_scheduler::{Intervals, ProcessIdentity, Settings};
use updraft_serialized_dag::Defaults;

use super::{Host, signed, supervisor::on_worker_loss};

pub(crate) fn scheduler_settings(config: &Config, host: &Host) -> Settings {
    let scheduler = &config.scheduler;
    Settings {
        host: updraft_scheduler::Host {
            hostname: host.hostname.clone(),
            unixname: host.unixname.clone(),
            process: ProcessIdentity::current(),
        },
        dags_folder: config.core.dags_folder.to_string_lossy().into_owned(),
        planner: planner::Settings {
            max_task_retry_delay: signed(config.core.max_task_retry_delay),
            allow_trigger_in_future: scheduler.allow_trigger_in_future,
        },
        serialized_dag: serialized_dag_defaults(config),
        max_dagruns_to_create_per_loop: usize::try_from(scheduler.max_dagruns_to_create_per_loop)
            .unwrap_or(usize::MAX),
        use_job_schedule: scheduler.use_job_schedule,
        on_worker_loss: on_worker_loss(config),
        num_stuck_in_queued_retries: scheduler.num_stuck_in_queued_retries,
        intervals: intervals(config),
    }
}

fn intervals(config: &Config) -> Intervals {
    let scheduler = &config.scheduler;
    let default = Intervals::default();
    Intervals {
        // Airflow's five minutes are longer than a dead scheduler may keep its tasks.
        orphans: signed(scheduler.orphaned_tasks_check_interval)
            .clamp(SignedDuration::from_secs(1), default.orphans),
        heartbeat: signed(scheduler.scheduler_heartbeat_sec).max(SignedDuration::from_secs(1)),
        health_check_threshold: signed(scheduler.scheduler_health_check_threshold),
        zombie_detection: signed(scheduler.zombie_detection_interval),
        zombie_threshold: signed(scheduler.scheduler_zombie_task_threshold),
        queued_check: signed(scheduler.task_queued_timeout_check_interval),
        queued_timeout: signed(scheduler.task_queued_timeout),
        ..default
    }
}

/// What serialized DAGs leave out, as this configuration fills it.
pub(crate) fn serialized_dag_defaults(config: &Config) -> Defaults {
    let (core, scheduler, operators) = (&config.core, &config.scheduler, &config.operators);
    Defaults {
        max_active_runs_per_dag: core.max_active_runs_per_dag,
        max_active_tasks_per_dag: core.max_active_tasks_per_dag,
        max_consecutive_failed_dag_runs_per_dag: core.max_consecutive_failed_dag_runs_per_dag,
        catchup_by_default: scheduler.catchup_by_default,
        create_cron_data_intervals: scheduler.create_cron_data_intervals,
        default_owner: operators.default_owner.clone(),
        default_queue: operators.default_queue.clone(),
        default_task_retries: core.default_task_retries,
        default_task_retry_delay: signed(core.default_task_retry_delay),
        default_task_execution_timeout: core.default_task_execution_timeout.map(signed),
        default_task_weight_rule: match core.default_task_weight_rule {
            WeightRule::Downstream => updraft_core::dag::WeightRule::Downstream,
            WeightRule::Upstream => updraft_core::dag::WeightRule::Upstream,
            WeightRule::Absolute => updraft_core::dag::WeightRule::Absolute,
        },
        ignore_first_depends_on_past_by_default: scheduler.ignore_first_depends_on_past_by_default,
        run_as_user: default_run_as_user(config),
    }
}

/// Whom tasks run as that name nobody.
fn default_run_as_user(config: &Config) -> Option<String> {
    let impersonation = Some(&config.core.default_impersonation);
    impersonation
        .filter(|user| !user.is_empty())
        .or(config.updraft.task_user.as_ref())
        .cloned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nobody_is_named("", "", None)]
    #[case::airflows_option("svc", "", Some("svc"))]
    #[case::own_option("", "tasks", Some("tasks"))]
    #[case::airflows_option_goes_first("svc", "tasks", Some("svc"))]
    fn tasks_that_name_no_user_run_as(
        #[case] default_impersonation: &str,
        #[case] task_user: &str,
        #[case] expected: Option<&str>,
    ) {
        let home = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([
            ("AIRFLOW_HOME", home.path().to_str().unwrap()),
            (
                "AIRFLOW__CORE__DEFAULT_IMPERSONATION",
                default_impersonation,
            ),
            ("AIRFLOW__UPDRAFT__TASK_USER", task_user),
        ]);
        let environment = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let config = Config::load(&environment).unwrap();
        let user = serialized_dag_defaults(&config).run_as_user;
        assert_eq!(user.as_deref(), expected);
    }
}
