//! Trigger rules, branches, setups and run ends in whole runs.

use rstest::rstest;

use super::world::{World, at, dag};
use crate::{
    dag::TriggerRule,
    planner::{Change, FinishReason, Plan, RunFinish, SkipDecision},
    state::{DagRunState, TaskInstanceState as State},
};

fn finish_of(plans: &[Plan]) -> Option<RunFinish> {
    plans
        .iter()
        .flat_map(|plan| &plan.runs)
        .find_map(|run| run.finish)
}

#[test]
fn a_chain_runs_task_by_task() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b > c; c", |_| ()));
    assert_eq!(world.states(&run), "a=queued b=None c=None");
    world.finish(&run, "a", State::Success);
    assert_eq!(world.states(&run), "a=success b=queued c=None");
    assert_eq!(world.row(&run, "b").try_number, 1);
    world.finish(&run, "b", State::Success);
    let plans = world.finish(&run, "c", State::Success);
    assert_eq!(world.run_state(&run), DagRunState::Success);
    let finish = finish_of(&plans).unwrap();
    assert_eq!(finish.reason, FinishReason::Success);
}

#[test]
fn a_failure_reaches_the_last_task_in_one_plan() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b > c; c > d; d", |_| ()));
    let plans = world.finish(&run, "a", State::Failed);
    assert_eq!(plans.len(), 1);
    assert_eq!(
        world.states(&run),
        "a=failed b=upstream_failed c=upstream_failed d=upstream_failed"
    );
    assert_eq!(finish_of(&plans).unwrap().reason, FinishReason::TaskFailure);
    assert_eq!(world.row(&run, "d").end_date, Some(world.now));
}

#[test]
fn a_skip_travels_and_ends_the_run_in_success() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b > c; c", |_| ()));
    let plans = world.finish(&run, "a", State::Skipped);
    assert_eq!(plans.len(), 1);
    assert_eq!(world.states(&run), "a=skipped b=skipped c=skipped");
    assert_eq!(world.run_state(&run), DagRunState::Success);
}

/// On two paths of different length, Airflow lets the shorter one decide, since each of its passes
/// only sees the states before it.
#[test]
fn the_nearer_of_two_ends_decides() {
    let edges = "root > skip fail; skip > join; fail > far; far > join; join";
    let (mut world, run) = World::with_run(dag("d", edges, |_| ()));
    world.set(&run, "skip", State::Skipped);
    world.set(&run, "fail", State::Failed);
    world.step();
    assert_eq!(world.state(&run, "join"), State::Skipped);
    assert_eq!(world.state(&run, "far"), State::UpstreamFailed);
}

#[test]
fn empty_operators_succeed_without_running() {
    let (mut world, run) = World::with_run(dag("d", "a > e; e > f; f > g; g", |task| {
        task.is_empty = ["e", "f", "g"].contains(&task.task_id.as_str());
        task.has_outlets = task.task_id.as_str() == "g";
    }));
    let plans = world.finish(&run, "a", State::Success);
    assert_eq!(plans.len(), 1);
    assert_eq!(world.states(&run), "a=success e=success f=success g=queued");
    let row = world.row(&run, "f");
    assert_eq!(row.try_number, 1);
    assert_eq!(
        (row.start_date, row.end_date),
        (Some(world.now), Some(world.now))
    );
}

#[test]
fn a_run_without_task_instances_succeeds() {
    let (world, run) = World::with_run(dag("d", "a", |_| ()));
    assert_eq!(world.run_state(&run), DagRunState::Running);
    let mut world = World::new();
    world.set_dag(crate::dag::Dag {
        dag_hash: "v1".to_owned(),
        ..crate::dag::Dag::new(
            "empty",
            crate::timetable::Timetable::Null,
            crate::dag::TaskGraph::default(),
        )
    });
    let run = world.trigger(&"empty".into(), at("2024-05-01"));
    world.step();
    assert_eq!(world.run_state(&run), DagRunState::Success);
}

#[rstest]
#[case::followed(SkipDecision::Followed(vec!["b".into()]))]
#[case::skipped(SkipDecision::Skipped(vec!["c".into()]))]
fn a_branch_skips_what_it_did_not_choose(#[case] decision: SkipDecision) {
    let edges = "branch > b c; b > join; c > join; join";
    let (mut world, run) = World::with_run(dag("d", edges, |task| {
        if task.task_id.as_str() == "join" {
            task.trigger_rule = TriggerRule::NoneFailedMinOneSuccess;
        }
    }));
    world.decide(&run, "branch", decision);
    world.finish(&run, "branch", State::Success);
    assert_eq!(
        world.states(&run),
        "b=queued branch=success c=skipped join=None"
    );
    world.finish(&run, "b", State::Success);
    assert_eq!(world.state(&run, "join"), State::Queued);
}

#[test]
fn a_cleared_branch_may_decide_anew() {
    let (mut world, run) = World::with_run(dag("d", "branch > b c; b; c", |_| ()));
    world.decide(&run, "branch", SkipDecision::Followed(vec!["b".into()]));
    world.finish(&run, "branch", State::Success);
    assert_eq!(world.states(&run), "b=queued branch=success c=skipped");
    // A person clears the branch and `c`; the XCom goes when the new try starts.
    world.set(&run, "b", State::Running);
    world.set(&run, "branch", State::NoStatus);
    world.set(&run, "c", State::NoStatus);
    world.runs.get_mut(&run).unwrap().skip_decisions.clear();
    world.step();
    assert_eq!(world.states(&run), "b=running branch=queued c=None");
    world.decide(&run, "branch", SkipDecision::Followed(vec!["c".into()]));
    world.finish(&run, "branch", State::Success);
    assert_eq!(world.states(&run), "b=running branch=success c=queued");
}

#[test]
fn a_branch_that_decides_nothing_the_second_time_skips_nothing() {
    let (mut world, run) = World::with_run(dag("d", "gate > b; b", |_| ()));
    world.decide(&run, "gate", SkipDecision::Skipped(vec!["b".into()]));
    world.set(&run, "gate", State::Running);
    world.set(&run, "gate", State::UpForRetry);
    world.pass(300);
    // The next try drops the XCom when it starts, and passes.
    world.runs.get_mut(&run).unwrap().skip_decisions.clear();
    let plan = crate::planner::plan(&world.snapshot, &world.limits, world.now);
    world.snapshot.settle(&plan);
    world.apply(&plan);
    world.finish(&run, "gate", State::Success);
    assert_eq!(world.states(&run), "b=queued gate=success");
}

#[test]
fn a_setup_that_ends_with_others_ends_all_that_it_guards_at_once() {
    let edges = "a > s other; s > w; other > w; w > x; x";
    let (mut world, run) = World::with_run(dag("d", edges, |task| match task.task_id.as_str() {
        "s" => task.is_setup = true,
        "other" => task.trigger_rule = TriggerRule::AllDone,
        "w" => task.trigger_rule = TriggerRule::OneDone,
        _ => {}
    }));
    let plans = world.finish(&run, "a", State::Failed);
    assert_eq!(plans.len(), 1);
    assert_eq!(
        world.states(&run),
        "a=failed other=queued s=upstream_failed w=None x=upstream_failed"
    );
}

#[test]
fn a_failed_setup_fails_all_that_it_guards() {
    let edges = "s > w t; w > x; x > t; t";
    let set = |task: &mut crate::dag::Task| match task.task_id.as_str() {
        "s" => task.is_setup = true,
        "t" => {
            task.is_teardown = true;
            task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
        }
        "x" => task.trigger_rule = TriggerRule::AllDone,
        _ => {}
    };
    let (mut world, run) = World::with_run(dag("d", edges, set));
    world.finish(&run, "s", State::Failed);
    assert_eq!(
        world.states(&run),
        "s=failed t=upstream_failed w=upstream_failed x=upstream_failed"
    );
    assert_eq!(world.run_state(&run), DagRunState::Failed);
}

#[rstest]
#[case::work_failed(&[("s", State::Success), ("w", State::Failed), ("t", State::Success)], DagRunState::Failed)]
#[case::teardown_failed(&[("s", State::Success), ("w", State::Success), ("t", State::Failed)], DagRunState::Success)]
fn a_teardown_runs_but_does_not_count(#[case] ends: &[(&str, State)], #[case] expect: DagRunState) {
    let (mut world, run) = World::with_run(dag("d", "s > w t; w > t; t", |task| {
        match task.task_id.as_str() {
            "s" => task.is_setup = true,
            "t" => {
                task.is_teardown = true;
                task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
            }
            _ => {}
        }
    }));
    for (task, state) in ends {
        assert_eq!(world.run_state(&run), DagRunState::Running);
        world.finish(&run, task, *state);
    }
    assert_eq!(world.run_state(&run), expect);
}

#[test]
fn a_handled_failure_is_a_success() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |task| {
        if task.task_id.as_str() == "b" {
            task.trigger_rule = TriggerRule::OneFailed;
        }
    }));
    world.finish(&run, "a", State::Failed);
    world.finish(&run, "b", State::Success);
    assert_eq!(world.run_state(&run), DagRunState::Success);
}

#[test]
fn a_run_in_which_nothing_can_come_is_deadlocked() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    // The row of the upstream task is gone, so that its trigger rule can never be met.
    world
        .runs
        .get_mut(&run)
        .unwrap()
        .instances
        .retain(|(id, _)| id.as_str() == "b");
    world.reload(&run);
    let plans = world.step();
    assert_eq!(
        finish_of(&plans).unwrap().reason,
        FinishReason::AllTasksDeadlocked
    );
    assert_eq!(world.state(&run, "b"), State::NoStatus);
    assert_eq!(world.run_state(&run), DagRunState::Failed);
}

#[test]
fn waiting_for_a_retry_is_no_deadlock() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |task| task.retry.retries = 1));
    let plans = world.finish(&run, "a", State::UpForRetry);
    assert!(plans.is_empty());
    world.pass(299);
    assert!(world.step().is_empty());
    let wake = world.plan().wake_at.unwrap();
    world.pass(1);
    assert_eq!(wake, world.now);
    world.step();
    assert_eq!(world.state(&run, "a"), State::Queued);
    assert_eq!(world.row(&run, "a").try_number, 2);
    world.finish(&run, "a", State::Failed);
    assert_eq!(world.run_state(&run), DagRunState::Failed);
}

#[test]
fn a_rescheduled_sensor_keeps_its_try() {
    let (mut world, run) = World::with_run(dag("d", "a", |task| task.reschedule = true));
    world.set(&run, "a", State::Running);
    let later = world
        .now
        .saturating_add(jiff::SignedDuration::from_secs(60));
    world.row_mut(&run, "a").reschedule_date = Some(later);
    world.set(&run, "a", State::UpForReschedule);
    assert!(world.step().is_empty());
    world.pass(60);
    world.step();
    assert_eq!(world.state(&run, "a"), State::Queued);
    assert_eq!(world.row(&run, "a").try_number, 1);
}

#[test]
fn an_upstream_failure_ends_a_task_in_its_retry_delay() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    world.finish(&run, "a", State::Success);
    world.finish(&run, "b", State::UpForRetry);
    world.set(&run, "a", State::Failed);
    world.step();
    assert_eq!(world.state(&run, "b"), State::UpstreamFailed);
}

#[test]
fn consecutive_failures_are_to_be_counted() {
    let mut failing = dag("d", "a", |_| ());
    failing.max_consecutive_failed_dag_runs = 3;
    let (mut world, run) = World::with_run(failing);
    let plans = world.finish(&run, "a", State::Failed);
    assert_eq!(finish_of(&plans).unwrap().failures_to_pause, Some(3));
}

#[test]
fn a_run_that_takes_too_long_is_failed() {
    let mut slow = dag("d", "a; b > c; c; d", |_| ());
    slow.dagrun_timeout = Some(jiff::SignedDuration::from_secs(60));
    let mut world = World::new();
    world.set_dag(slow);
    let run = world.trigger(&"d".into(), at("2024-05-01"));
    world.step();
    world.set(&run, "b", State::Running);
    world.finish(&run, "d", State::Success);
    world.pass(59);
    assert!(world.step().is_empty());
    assert_eq!(
        world.plan().wake_at,
        Some(world.now.saturating_add(jiff::SignedDuration::from_secs(1)))
    );
    world.pass(1);
    let plans = world.step();
    assert_eq!(finish_of(&plans).unwrap().reason, FinishReason::TimedOut);
    assert_eq!(world.states(&run), "a=skipped b=skipped c=None d=success");
    assert_eq!(world.row(&run, "b").end_date, None);
    let changes = &plans[0].runs[0].changes;
    assert!(
        changes
            .iter()
            .all(|change| change.change == Change::SkipTimedOut)
    );
}

#[test]
fn mapped_tasks_end_the_run_honestly() {
    let (mut world, run) = World::with_run(dag("d", "a > m; m > z; z; other", |task| {
        task.needs_expansion = task.task_id.as_str() == "m";
    }));
    world.finish(&run, "a", State::Success);
    assert_eq!(world.run_state(&run), DagRunState::Running);
    let plans = world.finish(&run, "other", State::Success);
    let finish = finish_of(&plans).unwrap();
    assert_eq!(finish.reason.as_str(), "unsupported");
    assert_eq!(world.states(&run), "a=success m=None other=success z=None");
}
