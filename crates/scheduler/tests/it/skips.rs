//! Branches and what they skip.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

fn branch() -> TestDag {
    TestDag::new("branch")
        .task("choose")
        .task("left")
        .task("right")
        .task("right_too")
        .task_with(
            "join",
            json!({"trigger_rule": "none_failed_min_one_success"}),
        )
        .edge("choose", "left")
        .edge("choose", "right")
        .edge("right", "right_too")
        .edge("left", "join")
        .edge("right_too", "join")
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_skips_the_other_side(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&branch()).await;
    world
        .start(|worker| {
            worker.will("choose", 1, Outcome::Follows(vec!["left"], vec!["right"]));
        })
        .await;
    world.trigger("branch", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states(
            "one",
            &[
                ("choose", "success", 1),
                ("join", "success", 1),
                ("left", "success", 1),
                ("right", "skipped", 0),
                ("right_too", "skipped", 0),
            ],
        )
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_holds_after_its_skipped_task_was_cleared(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&branch()).await;
    world
        .start(|worker| {
            worker.will("choose", 1, Outcome::Follows(vec!["left"], vec!["right"]));
            worker.will("left", 1, Outcome::Hold);
        })
        .await;
    world.trigger("branch", "one").await;
    world.task_starts("left").await;
    let now = updraft_metadata_db::DbTimestamp(world.clock.now());
    world
        .execute(
            "UPDATE task_instance SET state = NULL, updated_at = $1 WHERE task_id = 'right'",
            |query| query.bind(now),
        )
        .await;
    world.advance(1);
    world.task_ends("right").await;
    world.worker().release("left", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    let states = world.states("one").await;
    assert_eq!(states["right"], ("skipped".to_owned(), 0));
}
