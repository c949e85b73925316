//! Scheduled runs: creation, `next_dagrun` and `max_active_runs`.

use super::world::{World, at, dag};
use crate::{
    dag::{Dag, WeightRule},
    planner::{Evaluate, NextDagRun, NextDagRunChange, Plan, RunKey},
    state::{DagRunState, DagRunType, TaskInstanceState as State},
    timetable::{CronSchedule, CustomTimetable, Timetable},
};

fn daily() -> Dag {
    let mut daily = dag("d", "a", |_| ());
    daily.timetable = Timetable::CronDataInterval(CronSchedule::parse("@daily", "UTC").unwrap());
    daily.start_date = Some(at("2024-05-28"));
    daily
}

fn dates(world: &World) -> Vec<String> {
    let runs = world
        .runs
        .values()
        .filter(|run| run.run_type == DagRunType::Scheduled);
    runs.map(|run| run.execution_date.isoformat()[..10].to_owned())
        .collect()
}

fn next(world: &World) -> NextDagRun {
    world.dags["d"].next_dagrun.unwrap()
}

fn key(run_id: &str) -> RunKey {
    RunKey {
        dag_id: "d".into(),
        run_id: run_id.into(),
    }
}

#[test]
fn catches_up_one_run_a_plan_and_then_waits() {
    let mut world = World::new();
    world.set_dag(daily());
    let plans = world.step();
    assert_eq!(
        dates(&world),
        ["2024-05-28", "2024-05-29", "2024-05-30", "2024-05-31"]
    );
    assert!(plans.iter().all(|plan| plan.create_runs.len() <= 1));
    let run = &world.runs[&key("scheduled__2024-05-28T00:00:00+00:00")];
    assert_eq!(run.data_interval.unwrap().end, at("2024-05-29"));
    assert_eq!(run.state, DagRunState::Running);
    assert_eq!(next(&world).create_after, Some(at("2024-06-02")));
    assert_eq!(world.plan().wake_at, Some(at("2024-06-02")));
    world.pass(86_400);
    world.step();
    assert_eq!(dates(&world).len(), 5);
}

#[test]
fn without_catchup_only_the_last_interval_counts() {
    let mut world = World::new();
    let mut daily = daily();
    daily.catchup = false;
    world.set_dag(daily);
    world.step();
    assert_eq!(dates(&world), ["2024-05-31"]);
}

#[test]
fn creation_stops_at_max_active_runs_and_goes_on_when_one_ends() {
    let mut world = World::new();
    let mut daily = daily();
    daily.max_active_runs = 2;
    world.set_dag(daily);
    world.step();
    assert_eq!(dates(&world), ["2024-05-28", "2024-05-29"]);
    assert_eq!(next(&world).create_after, None);
    assert_eq!(next(&world).logical_date, at("2024-05-29"));
    world.finish(
        &key("scheduled__2024-05-28T00:00:00+00:00"),
        "a",
        State::Success,
    );
    assert_eq!(dates(&world), ["2024-05-28", "2024-05-29", "2024-05-30"]);
}

/// Airflow leaves the DAG held back here until its file is parsed again.
#[test]
fn the_end_of_a_manual_run_makes_room_too() {
    let mut world = World::new();
    let mut daily = daily();
    daily.max_active_runs = 2;
    world.set_dag(daily);
    let manual = world.trigger(&"d".into(), at("2024-03-01"));
    world.step();
    assert_eq!(dates(&world), ["2024-05-28"]);
    world.finish(&manual, "a", State::Success);
    assert_eq!(dates(&world), ["2024-05-28", "2024-05-29"]);
}

#[test]
fn a_run_of_that_date_is_not_created_twice() {
    let mut world = World::new();
    world.set_dag(daily());
    world.trigger(&"d".into(), at("2024-05-29"));
    world.step();
    assert_eq!(dates(&world), ["2024-05-28", "2024-05-30", "2024-05-31"]);
}

#[test]
fn a_date_that_exists_does_not_hold_up_a_dag_at_its_limit() {
    let mut world = World::new();
    let mut daily = daily();
    daily.max_active_runs = 2;
    world.set_dag(daily);
    world.trigger(&"d".into(), at("2024-03-01"));
    let same_date = world.trigger(&"d".into(), at("2024-05-28"));
    world.runs.get_mut(&same_date).unwrap().state = DagRunState::Success;
    world.tell_run_state(&same_date);
    world.step();
    assert_eq!(dates(&world), ["2024-05-29"]);
}

#[test]
fn paused_inactive_and_broken_dags_get_no_runs() {
    for change in 0..3 {
        let mut world = World::new();
        world.set_dag(daily());
        world.change_dag("d", |entry| match change {
            0 => entry.is_paused = true,
            1 => entry.is_active = false,
            _ => entry.has_import_errors = true,
        });
        world.step();
        assert!(world.runs.is_empty());
        world.change_dag("d", |entry| {
            (entry.is_paused, entry.is_active, entry.has_import_errors) = (false, true, false);
        });
        world.step();
        assert_eq!(dates(&world).len(), 4);
    }
}

#[test]
fn use_job_schedule_off_creates_nothing() {
    let mut world = World::new();
    world.limits.use_job_schedule = false;
    world.set_dag(daily());
    world.step();
    assert!(world.runs.is_empty());
}

#[test]
fn once_runs_once() {
    let mut world = World::new();
    let mut once = daily();
    once.timetable = Timetable::Once;
    world.set_dag(once);
    world.step();
    assert_eq!(dates(&world), ["2024-05-28"]);
    assert_eq!(world.dags["d"].next_dagrun, None);
}

#[test]
fn continuous_runs_follow_each_other() {
    let mut world = World::new();
    let mut continuous = daily();
    continuous.timetable = Timetable::Continuous;
    continuous.max_active_runs = 1;
    world.set_dag(continuous);
    world.step();
    let first = world.runs.keys().next().unwrap().clone();
    assert_eq!(world.runs.len(), 1);
    world.pass(60);
    world.finish(&first, "a", State::Success);
    assert_eq!(world.runs.len(), 2);
    let second = world.runs.values().find(|run| run.key != first).unwrap();
    assert_eq!(second.data_interval.unwrap().end, world.now);
}

#[test]
fn at_most_so_many_runs_are_created_at_once() {
    let mut world = World::new();
    world.limits.max_dagruns_to_create_per_loop = 2;
    for number in 0..5 {
        let mut daily = daily();
        daily.dag_id = format!("d{number}").into();
        world.set_dag(daily);
    }
    let plans = world.step();
    assert!(plans.iter().all(|plan| plan.create_runs.len() <= 2));
    assert_eq!(dates(&world).len(), 20);
}

fn evaluations(plan: &Plan) -> Vec<String> {
    plan.evaluate
        .iter()
        .map(|evaluate| format!("{evaluate:?}"))
        .collect()
}

#[test]
fn custom_timetables_are_asked_for_the_next_run() {
    let mut world = World::new();
    let mut custom = daily();
    custom.timetable = Timetable::Custom(CustomTimetable {
        import_path: "plugin.Workdays".to_owned(),
        data: "{}".to_owned(),
    });
    world.set_dag(custom);
    let plan = world.plan();
    assert!(plan.is_idle());
    assert!(matches!(
        plan.evaluate[..],
        [Evaluate::NextDagRun {
            last_automated: None,
            ..
        }]
    ));
    let answer = NextDagRun {
        logical_date: at("2024-05-31"),
        data_interval: crate::timetable::DataInterval::exact(at("2024-05-31")),
        create_after: Some(at("2024-05-31")),
    };
    world.change_dag("d", |entry| entry.next_dagrun = Some(answer));
    let plan = world.plan();
    assert_eq!(plan.create_runs[0].next_dagrun, NextDagRunChange::HoldBack);
    assert!(matches!(
        plan.evaluate[..],
        [Evaluate::NextDagRun {
            last_automated: Some(_),
            ..
        }]
    ));
    // Once the run exists, nothing is left to do before the answer comes.
    world.step();
    assert!(world.plan().is_idle());
}

#[test]
fn custom_weight_rules_are_asked_before_a_run_is_created() {
    let mut world = World::new();
    let mut weighted = dag("d", "a; b", |task| {
        if task.task_id.as_str() == "a" {
            task.weight_rule = WeightRule::Custom("plugin.Weight".to_owned());
        }
    });
    weighted.timetable = Timetable::Once;
    world.set_dag(weighted);
    world.step();
    let plan = world.plan();
    assert_eq!(
        evaluations(&plan),
        [r#"PriorityWeights { dag_id: "d", tasks: ["a"] }"#]
    );
    assert!(plan.create_runs.is_empty());
    world.change_dag("d", |entry| {
        entry.custom_weights.insert("a".into(), 42);
    });
    world.step();
    let run = world.runs.keys().next().unwrap().clone();
    assert_eq!(world.row(&run, "a").priority_weight, 42);
}
