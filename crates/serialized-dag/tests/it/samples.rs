//! The stored samples: each reads, and says what its DAG file says.

use std::{collections::BTreeMap, fs, path::Path};

use jiff::SignedDuration;
use rstest::rstest;
use updraft_core::{
    UtcDateTime,
    dag::{Dag, ExpandInput, MappedLength, Task, TriggerRule, WeightRule},
    timetable::{DatasetCondition, Delta, RelativeDelta, Timetable},
};
use updraft_serialized_dag::{Defaults, read};

fn sample(dag_id: &str) -> Dag {
    sample_with(dag_id, &Defaults::default())
}

fn sample_with(dag_id: &str, defaults: &Defaults) -> Dag {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(format!("{dag_id}.json"));
    read(&fs::read_to_string(path).unwrap(), "hash", defaults).unwrap()
}

fn task<'a>(dag: &'a Dag, task_id: &str) -> &'a Task {
    dag.tasks.task(dag.tasks.index_of(task_id).unwrap())
}

fn instant(text: &str) -> Option<UtcDateTime> {
    text.parse().ok()
}

const fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

#[test]
fn every_sample_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut facts = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let dag = sample(&name);
        assert_eq!(dag.dag_id.as_str(), name);
        assert_eq!(dag.dag_hash, "hash");
        assert!(dag.fileloc.starts_with("/opt/airflow/dags/"), "{name}");
        assert_eq!(
            dag.relative_fileloc.as_deref(),
            dag.fileloc.strip_prefix("/opt/airflow/dags/"),
            "{name}"
        );
        let edges: usize = dag
            .tasks
            .iter()
            .map(|(index, _)| dag.tasks.downstream(index).len())
            .sum();
        facts.insert(name, (dag.tasks.len(), edges));
    }
    assert_eq!(facts.len(), 36);
    assert_eq!(facts["bash_basic"], (5, 4));
    assert_eq!(facts["minimal_no_tasks"], (0, 0));
    assert_eq!(facts["mapped_tasks"].0, 17);
}

#[test]
fn dag_arguments() {
    let dag = sample("bash_basic");
    assert_eq!(dag.start_date, instant("2024-01-01T00:00:00Z"));
    assert_eq!(dag.end_date, instant("2030-01-01T00:00:00Z"));
    assert!(!dag.catchup);
    assert_eq!((dag.max_active_runs, dag.max_active_tasks), (3, 8));
    assert_eq!(dag.max_consecutive_failed_dag_runs, 4);
    assert_eq!(dag.dagrun_timeout, Some(seconds(7_200)));
}

#[test]
fn task_arguments() {
    let dag = sample("bash_basic");
    let tuned = task(&dag, "tuned");
    assert_eq!(tuned.task_type, "BashOperator");
    assert_eq!(tuned.task_display_name.as_deref(), Some("Tuned task"));
    assert_eq!(tuned.owner, "data-team");
    assert_eq!(tuned.start_date, instant("2024-02-01T00:00:00Z"));
    assert_eq!(tuned.end_date, instant("2029-01-01T00:00:00Z"));
    assert_eq!(tuned.trigger_rule, TriggerRule::NoneFailedMinOneSuccess);
    assert_eq!(tuned.retry.retries, 5);
    assert_eq!(tuned.retry.retry_delay, SignedDuration::from_secs(30));
    assert!(tuned.retry.retry_exponential_backoff);
    assert_eq!(tuned.retry.max_retry_delay, Some(seconds(600)));
    assert!(tuned.depends_on_past && tuned.wait_for_downstream);
    assert!(!tuned.ignore_first_depends_on_past);
    assert!(tuned.wait_for_past_depends_before_skipping);
    assert_eq!(tuned.priority_weight, 10);
    assert_eq!(tuned.weight_rule, WeightRule::Absolute);
    assert_eq!(
        (tuned.queue.as_str(), tuned.pool.as_str()),
        ("heavy", "limited")
    );
    assert_eq!(tuned.pool_slots, 2);
    assert_eq!(tuned.max_active_tis_per_dag, Some(2));
    assert_eq!(tuned.max_active_tis_per_dagrun, Some(1));
    assert_eq!(tuned.execution_timeout, Some(seconds(300)));
    assert_eq!(tuned.sla, Some(seconds(1_800)));
    assert_eq!(tuned.run_as_user.as_deref(), Some("svc"));
    assert!(tuned.executor_config.as_deref().unwrap().contains("1Gi"));
    assert!(tuned.has_on_execute_callback && tuned.has_on_success_callback);
    assert!(tuned.has_on_failure_callback && tuned.has_on_retry_callback);
    assert!(dag.has_task_concurrency_limits());
}

#[test]
fn absent_arguments_are_the_readers_defaults() {
    let dag = sample("minimal_empty");
    let e = task(&dag, "e");
    assert!(e.is_empty && !e.needs_expansion && !e.has_outlets);
    assert_eq!(e.start_date, dag.start_date);
    assert_eq!(e.retry.retry_delay, SignedDuration::from_secs(300));
    assert_eq!(
        (e.queue.as_str(), e.pool.as_str()),
        ("default", "default_pool")
    );
    assert_eq!(e.executor_config, None);
    assert!(dag.catchup);
    assert!(!dag.has_task_concurrency_limits());
}

#[test]
fn tasks_that_name_no_user_run_as_the_configured_one() {
    let defaults = Defaults {
        run_as_user: Some("tasks".to_owned()),
        ..Defaults::default()
    };
    let dag = sample_with("bash_basic", &defaults);
    assert_eq!(task(&dag, "tuned").run_as_user.as_deref(), Some("svc"));
    let others: Vec<_> = dag
        .tasks
        .iter()
        .filter(|(_, task)| task.task_id.as_str() != "tuned")
        .map(|(_, task)| task.run_as_user.as_deref())
        .collect();
    assert!(!others.is_empty());
    assert!(others.iter().all(|user| *user == Some("tasks")));
}

#[rstest]
#[case("tt_none", Timetable::Null)]
#[case("tt_once", Timetable::Once)]
#[case("tt_continuous", Timetable::Continuous)]
#[case(
    "tt_delta",
    Timetable::DeltaDataInterval(Delta::Absolute(SignedDuration::from_hours(3)))
)]
#[case(
    "tt_implicit",
    Timetable::DeltaDataInterval(Delta::Absolute(SignedDuration::from_hours(24)))
)]
#[case(
    "tt_delta_timetable",
    Timetable::DeltaDataInterval(Delta::Relative(RelativeDelta {
        duration: SignedDuration::from_hours(48),
        ..RelativeDelta::default()
    }))
)]
#[case(
    "tt_relativedelta",
    Timetable::DeltaDataInterval(Delta::Relative(RelativeDelta {
        months: 1,
        day: Some(1),
        ..RelativeDelta::default()
    }))
)]
#[case(
    "tt_relativedelta_weekday",
    Timetable::DeltaDataInterval(Delta::Relative(RelativeDelta {
        duration: SignedDuration::from_hours(7 * 24),
        weekday: Some((4, -1)),
        ..RelativeDelta::default()
    }))
)]
#[case(
    "tt_events",
    Timetable::Events {
        event_dates: vec![
            "2024-03-01T07:27:00Z".parse().unwrap(),
            "2024-05-01T00:00:00Z".parse().unwrap(),
        ],
        restrict_to_events: true,
    }
)]
fn timetables(#[case] dag_id: &str, #[case] expected: Timetable) {
    assert_eq!(sample(dag_id).timetable, expected);
}

#[rstest]
#[case(
    "tt_cron",
    "*/15 6-9 * * 1-5",
    "2024-01-05T09:50:00Z",
    "2024-01-08T06:00:00Z"
)]
#[case(
    "tt_cron_six_field",
    "0 0 12 1 1 *",
    "2024-01-05T00:00:00Z",
    "2024-01-08T00:00:00Z"
)]
#[case(
    "tt_preset_daily",
    "0 0 * * *",
    "2024-01-05T09:50:00Z",
    "2024-01-06T00:00:00Z"
)]
#[case(
    "tt_cron_dag_tz",
    "30 2 * * *",
    "2024-01-05T09:50:00Z",
    "2024-01-06T01:30:00Z"
)]
#[case(
    "tt_cron_timetable",
    "0 4 * * *",
    "2024-01-05T09:50:00Z",
    "2024-01-06T09:00:00Z"
)]
#[case(
    "tt_fixed_offset",
    "0 0 * * *",
    "2024-01-05T09:50:00Z",
    "2024-01-05T18:30:00Z"
)]
#[case(
    "tt_cron_trigger",
    "0 1 * * *",
    "2024-01-05T09:50:00Z",
    "2024-01-05T16:00:00Z"
)]
fn cron_timetables(
    #[case] dag_id: &str,
    #[case] expression: &str,
    #[case] from: &str,
    #[case] next: &str,
) {
    let dag = sample(dag_id);
    let (Timetable::CronDataInterval(schedule) | Timetable::CronTrigger { schedule, .. }) =
        dag.timetable
    else {
        panic!("{:?}", dag.timetable);
    };
    assert_eq!(schedule.expression().to_string(), expression);
    assert_eq!(schedule.next(from.parse().unwrap()), instant(next));
}

#[test]
fn a_trigger_timetable_keeps_its_interval() {
    let Timetable::CronTrigger { interval, .. } = sample("tt_cron_trigger_interval").timetable
    else {
        panic!("a trigger timetable");
    };
    assert_eq!(interval, Delta::Absolute(SignedDuration::from_hours(24)));
}

#[test]
fn plain_cron_schedules_follow_the_readers_configuration() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/tt_preset_daily.json");
    let defaults = Defaults {
        create_cron_data_intervals: false,
        ..Defaults::default()
    };
    let dag = read(&fs::read_to_string(path).unwrap(), "", &defaults).unwrap();
    assert!(matches!(dag.timetable, Timetable::CronTrigger { .. }));
}

#[test]
fn dataset_conditions() {
    let dataset = |uri: &str| DatasetCondition::Dataset(uri.to_owned());
    assert_eq!(
        sample("ds_consumer_expr").timetable,
        Timetable::DatasetTriggered(DatasetCondition::All(vec![
            dataset("s3://bucket/one.csv"),
            DatasetCondition::Any(vec![dataset("s3://bucket/two.csv"), dataset("just-a-name")]),
        ]))
    );
    let Timetable::DatasetOrTime { condition, inner } = sample("ds_or_time").timetable else {
        panic!("a schedule by dataset or time");
    };
    assert!(matches!(condition, DatasetCondition::Any(parts) if parts.len() == 2));
    assert!(matches!(*inner, Timetable::CronTrigger { .. }));
    assert!(
        sample("ds_producer")
            .tasks
            .iter()
            .any(|(_, task)| task.has_outlets)
    );
}

#[test]
fn mapped_tasks() {
    let dag = sample("mapped_tasks");
    let cross = task(&dag, "cross_product");
    assert!(cross.needs_expansion);
    assert_eq!(cross.retry.retries, 3);
    assert_eq!(cross.retry.retry_delay, SignedDuration::from_secs(5));
    assert_eq!(cross.execution_timeout, Some(seconds(50)));
    assert_eq!(
        (cross.queue.as_str(), cross.pool.as_str()),
        ("q2", "limited")
    );
    assert_eq!(cross.trigger_rule, TriggerRule::AllDone);
    assert_eq!(cross.weight_rule, WeightRule::Upstream);
    assert_eq!(cross.max_active_tis_per_dagrun, Some(2));
    assert!(cross.executor_config.is_some());
    assert_eq!(
        cross.expand_input,
        Some(ExpandInput::DictOfLists(vec![
            ("bash_command".to_owned(), MappedLength::Literal(2)),
            ("cwd".to_owned(), MappedLength::Literal(3)),
        ]))
    );
    let sensor = task(&dag, "mapped_sensor");
    assert!(sensor.reschedule);
    assert_eq!(sensor.custom_deps, Vec::<String>::new());
    assert_eq!(task(&dag, "add").operator_name.as_deref(), Some("@task"));
    assert!(!task(&dag, "make_list").needs_expansion);
}

#[rstest]
#[case("add", MappedLength::XCom("make_list".into()))]
#[case("with_map", MappedLength::XCom("make_list".into()))]
#[case(
    "with_zip",
    MappedLength::Zip {
        parts: vec![
            MappedLength::XCom("make_list".into()),
            MappedLength::XCom("make_list2".into()),
        ],
        filled: true,
    }
)]
#[case(
    "with_concat",
    MappedLength::Concat(vec![
        MappedLength::XCom("make_list".into()),
        MappedLength::XCom("make_list3".into()),
    ])
)]
fn lengths_of_references(#[case] task_id: &str, #[case] expected: MappedLength) {
    let dag = sample("mapped_tasks");
    assert_eq!(
        task(&dag, task_id).expand_input,
        Some(ExpandInput::DictOfLists(vec![("x".to_owned(), expected)]))
    );
}

#[test]
fn lists_of_keyword_arguments() {
    let dag = sample("mapped_tasks");
    let input = |task_id| task(&dag, task_id).expand_input.clone().unwrap();
    assert_eq!(
        input("kwargs_xcom"),
        ExpandInput::ListOfDicts(MappedLength::XCom("make_kwargs".into()))
    );
    assert_eq!(input("kwargs_literal").literal_length(), Some(2));
}

#[test]
fn mapped_task_groups() {
    let dag = sample("mapped_task_group");
    let lengths: BTreeMap<&str, Option<usize>> = dag
        .mapped_groups
        .iter()
        .map(|group| (group.group_id.as_str(), group.expand_input.literal_length()))
        .collect();
    assert_eq!(
        lengths,
        BTreeMap::from([("kwgroup", Some(2)), ("lit", Some(3)), ("per_file", None)])
    );
    let group_of = |task_id| {
        let task = task(&dag, task_id);
        assert_eq!(task.expand_input, None);
        task.mapped_group
            .map(|group| dag.mapped_groups[group].group_id.as_str())
    };
    assert_eq!(group_of("per_file.nested.agg"), Some("per_file"));
    assert_eq!(group_of("lit.inner"), Some("lit"));
    assert_eq!(group_of("outside"), None);
    assert!(task(&dag, "lit.inner").needs_expansion);
    assert!(!task(&dag, "outside").needs_expansion);
}

#[test]
fn setup_and_teardown() {
    let dag = sample("setup_teardown");
    assert!(task(&dag, "s1").is_setup);
    let teardown = task(&dag, "t2");
    assert!(teardown.is_teardown && teardown.on_failure_fail_dagrun);
    assert_eq!(teardown.trigger_rule, TriggerRule::AllDoneSetupSuccess);
    assert!(!task(&dag, "t1").on_failure_fail_dagrun);
}

#[test]
fn sensors_and_deferral() {
    let sensors = sample("sensors_dag");
    assert!(task(&sensors, "resched").reschedule);
    assert!(!task(&sensors, "poke").reschedule);
    assert!(
        sensors
            .tasks
            .iter()
            .all(|(_, task)| task.custom_deps.is_empty())
    );
    let deferrable = sample("deferrable_start");
    let (_, starts) = deferrable
        .tasks
        .iter()
        .find(|(_, task)| task.start_from_trigger)
        .unwrap();
    assert!(
        starts
            .start_trigger_args
            .as_deref()
            .unwrap()
            .contains("TimeDeltaTrigger")
    );
}
