//! Tries from claim to final state, on both engines.

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_supervisor::{Event, NotClaimed, ParseEnding, TaskFinished};
use updraft_test_support::Engine;

use crate::support::{Harness, key, wait_for_file};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn success_is_written_with_all_that_came_along(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    let request = harness
        .queue(
            "t",
            r#"
import os
assert message["task_instance"]["state"] == "running", message
assert message["dag_run"]["execution_date"] == "2024-01-01T00:00:00+00:00", message
assert message["pid"] == os.getpid()
os.write(log_fd, b"straight into the log\n")
channel.send({"type": "rendered_fields"}, b'{"bash_command": "true"}')
own = {k: message[k] for k in ("dag_id", "task_id", "run_id", "map_index")}
channel.request({"type": "xcom_set", "key": "pushed", **own}, b'"\\ud800"')
end("success", xcoms=[{"key": "a", "length": 2}, {"key": "return_value", "length": 3}],
    blob=b"12NaN", note="a note", rendered_map_index="label",
    task_map={"length": 2, "keys": ["x", "y"]})
"#,
        )
        .await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::Success), "{finished:?}");
    harness.drain().await;

    let log = harness.log("t");
    assert!(log.contains("straight into the log\n"), "{log}");
    assert!(log.contains("Task exited with return code 0"), "{log}");
    let row = harness
        .text(
            "SELECT state || ' ' || hostname || ' ' || rendered_map_index || ' ' ||
                 (CASE WHEN end_date > start_date AND duration > 0 THEN 'lasted' ELSE '?' END)
             FROM task_instance",
        )
        .await;
    assert_eq!(row.as_deref(), Some("success test-host label lasted"));
    for (key, value) in [
        ("a", "12"),
        ("return_value", "NaN"),
        ("pushed", r#""\ud800""#),
    ] {
        let rows: Vec<(Vec<u8>,)> = updraft_metadata_db::Source::query(
            harness.db(),
            "SELECT value FROM xcom WHERE key = $1",
        )
        .bind(key)
        .fetch_all()
        .await
        .unwrap();
        assert_eq!(rows, [(value.as_bytes().to_vec(),)], "{key}");
    }
    let events = harness
        .text("SELECT MIN(event) || ' ' || MAX(event) FROM log WHERE task_id = 't'")
        .await;
    assert_eq!(events.as_deref(), Some("running success"));
    let fields = harness
        .text("SELECT CAST(rendered_fields AS TEXT) FROM rendered_task_instance_fields")
        .await;
    assert_eq!(fields.as_deref(), Some(r#"{"bash_command": "true"}"#));
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM task_map WHERE length = 2")
            .await,
        1
    );
    let note = harness.text("SELECT content FROM task_instance_note").await;
    assert_eq!(note.as_deref(), Some("a note"));
    let job = harness.text("SELECT state FROM job").await;
    assert_eq!(job.as_deref(), Some("success"));
    let tries = harness
        .number(
            "SELECT COUNT(*) FROM updraft_task_try
             WHERE state = 'ended' AND outcome = 'success' AND peak_rss_bytes > 0
               AND cpu_seconds >= 0",
        )
        .await;
    assert_eq!(tries, 1);
}

/// A task may render again, as a mapped one does that knows its values late.
#[rstest]
#[case::with_the_end("succeed()")]
#[case::before_the_end(
    r#"
while not os.path.exists(message["path"] + ".stored"): time.sleep(0.005)
succeed()
"#
)]
#[tokio::test]
async fn the_fields_that_were_rendered_last_stay(#[case] then: &str) {
    const FIELDS: &str = "SELECT CAST(rendered_fields AS TEXT) FROM rendered_task_instance_fields";
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = r#"
import os, time
channel.send({"type": "rendered_fields"}, b'{"a": 1}')
while not os.path.exists(message["path"] + ".seen"): time.sleep(0.005)
channel.send({"type": "rendered_fields"}, b'{"a": 2}')
"#;
    let request = harness.queue("t", &format!("{script}{then}")).await;
    let path = request.path.clone();
    harness.run(request).await;
    let stored = async |fields: &str| {
        while harness.text(FIELDS).await.as_deref() != Some(fields) {
            tokio::task::yield_now().await;
        }
    };
    stored(r#"{"a": 1}"#).await;
    std::fs::write(format!("{path}.seen"), "").unwrap();
    if then != "succeed()" {
        stored(r#"{"a": 2}"#).await;
        std::fs::write(format!("{path}.stored"), "").unwrap();
    }
    harness.finished().await;
    assert_eq!(harness.text(FIELDS).await.as_deref(), Some(r#"{"a": 2}"#));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_try_is_claimed_once(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    let request = harness.queue("once", "succeed()").await;
    harness.run(request.clone()).await;
    harness.run(request.clone()).await;
    let (mut finished, mut refused) = (0, 0);
    while finished + refused < 2 {
        match harness.event().await {
            Event::TaskFinished(_) => finished += 1,
            Event::TaskNotClaimed { reason, .. } => {
                assert_eq!(reason, NotClaimed::NotQueued);
                refused += 1;
            }
            _ => {}
        }
    }
    assert_eq!((finished, refused), (1, 1));
    assert_eq!(harness.number("SELECT COUNT(*) FROM job").await, 1);
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM updraft_task_try")
            .await,
        1
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_dead_process_fails_its_try(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    // The callback child runs the same script.
    let script = r#"
import os
if message["type"] == "run_callback":
    print("callback", message["kind"], message["task_instance"]["state"], message["reason"])
    own = {k: message[k] for k in ("dag_id", "task_id", "run_id", "map_index")}
    channel.request({"type": "xcom_set", "key": "told", **own}, b"1")
    channel.send({"type": "callback_done", "error": None})
else:
    os._exit(4)
"#;
    let request = harness.queue_with("last", script, 0).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::Failed));
    let request = harness.queue_with("again", script, 1).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::UpForRetry));
    harness.drain().await;

    let log = harness.log("last");
    assert!(log.contains("exited with code 4"), "{log}");
    assert!(
        log.contains("callback on_failure failed The process"),
        "{log}"
    );
    let log = harness.log("again");
    assert!(log.contains("callback on_retry up_for_retry"), "{log}");
    assert_eq!(harness.number("SELECT COUNT(*) FROM task_fail").await, 2);
    assert_eq!(harness.number("SELECT COUNT(*) FROM xcom").await, 2);
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM task_instance_history WHERE state = 'failed'")
            .await,
        1
    );
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM updraft_task_try WHERE exit_code = 4")
            .await,
        2
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_sensor_is_rescheduled(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    let request = harness
        .queue(
            "sensor",
            r#"end("up_for_reschedule", reschedule_date="2024-01-01T00:05:00+00:00")"#,
        )
        .await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::UpForReschedule));
    assert_eq!(
        finished.reschedule_date.unwrap().isoformat(),
        "2024-01-01T00:05:00+00:00"
    );
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM task_reschedule WHERE try_number = 1")
            .await,
        1
    );
}

/// The successor may begin as soon as the end of a try is stored.
#[rstest]
#[case::retry(r#"end("up_for_retry")"#)]
#[case::reschedule(r#"end("up_for_reschedule", reschedule_date="2024-01-01T00:00:00+00:00")"#)]
#[tokio::test]
async fn nothing_is_left_of_a_process_when_its_task_may_run_again(#[case] ending: &str) {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let request = harness
        .queue_with("t", &format!("{ending}\n{LINGER}"), 1)
        .await;
    let path = request.path.clone();
    harness.run(request).await;
    ends_with_its_process(&mut harness, &path).await;
}

/// What a process does that has said its last word.
const LINGER: &str = r#"
import os, time
open(message["path"] + ".said", "w").close()
while not os.path.exists(message["path"] + ".go"): time.sleep(0.005)
"#;

async fn ends_with_its_process(harness: &mut Harness, path: &str) -> TaskFinished {
    wait_for_file(format!("{path}.said").as_ref()).await;
    let witness = harness.queue("witness", "succeed()").await;
    assert_eq!(harness.run_to_end(witness).await.key, key("witness"));
    std::fs::write(format!("{path}.go"), "").unwrap();
    let finished = harness.finished().await;
    assert_eq!(finished.key, key("t"));
    finished
}

#[tokio::test]
async fn nothing_is_left_of_a_process_whose_task_was_cleared() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = r#"
import signal
def leave(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, leave)
open(message["path"] + ".ready", "w").close()
try:
    while True: signal.pause()
except KeyboardInterrupt:
    end("success")
"#;
    let request = harness.queue("t", &format!("{script}{LINGER}")).await;
    let path = request.path.clone();
    harness.run(request).await;
    wait_for_file(format!("{path}.ready").as_ref()).await;
    harness
        .execute("UPDATE task_instance SET state = 'restarting'")
        .await;
    let finished = ends_with_its_process(&mut harness, &path).await;
    assert_eq!(finished.state, Some(State::UpForRetry));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn skips_leave_running_and_finished_tasks_alone(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    harness.queue("waiting", "").await;
    harness.queue("done", "").await;
    harness
        .execute("UPDATE task_instance SET state = 'success' WHERE task_id = 'done'")
        .await;
    let request = harness
        .queue(
            "branch",
            r#"
own = {k: message[k] for k in ("dag_id", "task_id", "run_id", "map_index")}
channel.request({"type": "xcom_set", "key": "skipmixin_key", **own}, b'{"followed": ["x"]}')
channel.request({"type": "skip_tasks", "tasks": [["waiting", -1], ["done", -1]]})
succeed()
"#,
        )
        .await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(
        finished.skip_decision.as_deref(),
        Some(r#"{"followed": ["x"]}"#)
    );
    assert_eq!(finished.skipped.len(), 2);
    let state = harness
        .text("SELECT state FROM task_instance WHERE task_id = 'waiting'")
        .await;
    assert_eq!(state.as_deref(), Some("skipped"));
    let state = harness
        .text("SELECT state FROM task_instance WHERE task_id = 'done'")
        .await;
    assert_eq!(state.as_deref(), Some("success"));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_task_cleared_while_it_runs_gets_another_try(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    let request = harness
        .queue("cleared", "import signal\nsignal.pause()")
        .await;
    harness.run(request).await;
    harness
        .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
        .await;
    harness
        .execute("UPDATE task_instance SET state = 'restarting'")
        .await;
    let finished = harness.finished().await;
    assert_eq!(finished.state, Some(State::UpForRetry));
    assert_eq!(finished.key, key("cleared"));
    // Whoever cleared it has written the history.
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM task_instance_history")
            .await,
        0
    );
}

/// The process thinks that it has succeeded, so it is not the one that runs its callbacks.
#[rstest]
#[case::refused_by_the_database(
    r#"end("success", xcoms=[{"key": "a\0b", "length": 1}], blob=b"1")"#,
    "could not be stored"
)]
#[case::not_what_it_announced(
    r#"end("success", xcoms=[{"key": "a", "length": 2}], blob=b"1")"#,
    "callback on_failure failed the task's process sent XComs"
)]
#[tokio::test]
async fn what_cannot_be_stored_fails_the_try(#[case] ending: &str, #[case] told: &str) {
    let mut harness = Harness::start(Engine::Postgres).await;
    let script = r#"
if message["type"] == "run_callback":
    print("callback", message["kind"], message["task_instance"]["state"], message["reason"])
    channel.send({"type": "callback_done", "error": None})
else:
    "#;
    let request = harness.queue("t", &format!("{script}{ending}")).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::Failed), "{finished:?}");
    harness.drain().await;
    let row = "SELECT state || ' ' || (SELECT COUNT(*) FROM xcom) FROM task_instance";
    assert_eq!(harness.text(row).await.as_deref(), Some("failed 0"));
    let log = harness.log("t");
    assert!(log.contains(told), "{log}");
    assert_eq!(
        log.matches("callback on_failure failed").count(),
        1,
        "{log}"
    );
}

/// A lost end would have the task run again, although it is over.
#[tokio::test]
async fn an_end_that_is_refused_whatever_it_says_is_tried_again() {
    let mut harness = Harness::start(Engine::Postgres).await;
    // What the task came to is refused, and once the failure that takes its place.
    for sql in [
        "CREATE SEQUENCE refusals",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('refusals') <= 2 THEN
                 RAISE EXCEPTION 'refused';
             END IF;
             RETURN NEW;
         END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON task_instance FOR EACH ROW
         WHEN (OLD.state = 'running' AND NEW.state <> 'running') EXECUTE FUNCTION refuse()",
    ] {
        harness.execute(sql).await;
    }
    let request = harness.queue("t", "succeed()").await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::Failed));
    let state = harness.text("SELECT state FROM task_instance").await;
    assert_eq!(state.as_deref(), Some("failed"));
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_by_what_is_wrong() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = r#"
from updraft_runtime.frames import Refused

def refused(envelope):
    try:
        channel.request(envelope)
    except Refused as error:
        return str(error)
    raise AssertionError("it was answered")

for envelope, reason in (
    ({"type": "skip_tasks", "tasks": 7}, "expected a sequence"),
    ({"type": "xcom_set", "key": "k"}, "dag_id"),
    ({"type": "get_variable"}, "key"),
    ({"type": "get_weather"}, "get_weather"),
):
    error = refused(envelope)
    # While a file is parsed, there is no task to skip or to set an XCom of.
    assert reason in error or message["type"] == "parse" and envelope["type"] in error, error
if message["type"] == "run_callback":
    channel.send({"type": "callback_done", "error": None})
elif message["type"] == "parse":
    channel.send({"type": "parsed"})
else:
    import os
    os._exit(4)
"#;
    let request = harness.queue("t", script).await;
    let path = request.path.clone();
    harness.run_to_end(request).await;
    harness
        .wait(|event| match event {
            Event::CallbackFinished { error, .. } => {
                assert_eq!(error, None);
                Some(())
            }
            _ => None,
        })
        .await;
    let report = harness.supervisor.parse(harness.parse_request(&path)).await;
    assert_eq!(report.ending, ParseEnding::Parsed, "{report:?}");
    let log = harness.log("t");
    assert!(log.contains("exited with code 4"), "{log}");
}
