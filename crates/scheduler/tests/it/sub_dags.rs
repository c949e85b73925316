//! SubDAGs: rows of `dag` whose definition lies in that of their root.

use rstest::rstest;
use serde_json::{Value, json};
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, world::World};

fn parent_of(sub_dag: &TestDag) -> TestDag {
    let stored: Value = serde_json::from_str(&sub_dag.json()).unwrap();
    TestDag::new("parent").task_with(
        "sub",
        json!({"_task_type": "SubDagOperator", "subdag": stored["dag"]}),
    )
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_run_of_a_sub_dag_uses_what_its_parent_holds(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let sub_dag = TestDag::daily("parent.sub").chain(&["a", "b"]);
    world.store(&sub_dag).await;
    world.store(&parent_of(&sub_dag)).await;
    for statement in [
        "DELETE FROM serialized_dag WHERE dag_id = 'parent.sub'",
        "UPDATE dag SET is_subdag = TRUE, root_dag_id = 'parent' WHERE dag_id = 'parent.sub'",
    ] {
        world.execute(statement, |query| query).await;
    }
    world.start(|_| ()).await;
    world.trigger("parent.sub", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    let expected = [("a", "success", 1), ("b", "success", 1)];
    world.assert_states("one", &expected).await;

    // Only the parent is said to have changed.
    world
        .store(&parent_of(&TestDag::new("parent.sub").task("c")))
        .await;
    world.trigger("parent.sub", "two").await;
    world.run_ends("two", DagRunState::Success).await;
    world.assert_states("two", &[("c", "success", 1)]).await;
    let runs = world
        .scalar("SELECT COUNT(*) FROM dag_run WHERE run_id NOT IN ('one', 'two')")
        .await;
    assert_eq!(runs, 0, "a SubDAG has no schedule");
}
