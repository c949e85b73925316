//! What a supervisor does about those before it that died.

use rstest::rstest;
use updraft_core::{failure::OnWorkerLoss, state::TaskInstanceState as State};
use updraft_supervisor::{Event, Supervisor};
use updraft_test_support::Engine;

use crate::{limits::assert_ends, support::Harness};

#[rstest]
#[case::sqlite_rerun(Engine::Sqlite, OnWorkerLoss::Rerun, State::Scheduled)]
#[case::postgres_rerun(Engine::Postgres, OnWorkerLoss::Rerun, State::Scheduled)]
#[case::sqlite_fail(Engine::Sqlite, OnWorkerLoss::Fail, State::Failed)]
#[tokio::test]
async fn lost_tries_end_and_their_processes_with_them(
    #[case] engine: Engine,
    #[case] on_worker_loss: OnWorkerLoss,
    #[case] expected: State,
) {
    let mut harness = Harness::start(engine).await;
    let done = harness.queue("done", "succeed()").await;
    harness.run_to_end(done).await;
    let request = harness
        .queue("lost", "import signal\nwhile True: signal.pause()")
        .await;
    harness.run(request).await;
    harness
        .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
        .await;
    let pid = harness
        .number("SELECT CAST(pid AS BIGINT) FROM task_instance WHERE task_id = 'lost'")
        .await;
    // The supervisor is not dead, but its lease now names a process that is.
    harness
        .execute("UPDATE updraft_supervisor SET pid_start_time = 1")
        .await;

    let mut options = harness.options.clone();
    options.on_worker_loss = on_worker_loss;
    let (second, mut events) = Supervisor::start(options).await.unwrap();
    let lost = loop {
        if let Event::TaskLost { state, key, .. } = events.recv().await.unwrap() {
            break (key.task_id.as_str().to_owned(), state);
        }
    };
    assert_eq!(lost, ("lost".to_owned(), expected));
    assert_ends(i32::try_from(pid).unwrap()).await;
    // The first supervisor sees its process end, and is overruled.
    assert_eq!(harness.finished().await.state, None);
    let tries = harness
        .text("SELECT state FROM updraft_task_try WHERE task_id = 'lost'")
        .await;
    assert_eq!(tries.as_deref(), Some("lost"));
    let row = harness
        .text(
            "SELECT state || ' ' || CAST(try_number AS TEXT) || ' ' || CAST(max_tries AS TEXT)
             FROM task_instance WHERE task_id = 'lost'",
        )
        .await;
    let expected = match expected {
        State::Scheduled => "scheduled 2 1",
        _ => "failed 1 0",
    };
    assert_eq!(row.as_deref(), Some(expected));
    let untouched = harness
        .text("SELECT state FROM task_instance WHERE task_id = 'done'")
        .await;
    assert_eq!(untouched.as_deref(), Some("success"));
    drop(second);
}
