//! What a task, or a DAG file while it is imported, asks of its supervisor.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::{
    ConnectOptions, Db, Source as _,
    connection::{self, Connection},
    variable::{self, Variable},
};
use updraft_secrets::{Backends, Fernet};
use updraft_supervisor::{
    ParseEnding, SecretSources, Trigger, TriggerRequest, Triggered, Unanswered,
};
use updraft_test_support::{Engine, SilentProxy, TestDatabase};

use crate::support::Harness;

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/// A supervisor with the Variable `secret` and the Connection `db` encrypted in its database, and the
/// Variables `env` and `broken` of the environment and the database.
async fn harness(engine: Engine) -> Harness {
    let database = TestDatabase::new(engine).await;
    let fernet = Fernet::from_keys(KEY).unwrap();
    let other = Fernet::from_keys(&Fernet::generate_key()).unwrap();
    let mut tx = database.db.begin().await.unwrap();
    for (key, stored) in [
        ("secret", fernet.encrypt("päss")),
        ("env", fernet.encrypt("of the database")),
        ("broken", other.encrypt("x")),
    ] {
        let variable = Variable {
            key: key.to_owned(),
            val: Some(stored.text),
            description: None,
            is_encrypted: true,
        };
        variable::set(&mut tx, &variable).await.unwrap();
    }
    let row = Connection {
        conn_id: "db".to_owned(),
        conn_type: "postgres".to_owned(),
        description: None,
        host: Some("h".to_owned()),
        schema: None,
        login: Some("l".to_owned()),
        password: Some(fernet.encrypt("word").text),
        port: Some(5432),
        is_encrypted: true,
        is_extra_encrypted: false,
        extra: Some(r#"{"a": 1}"#.to_owned()),
    };
    connection::set(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let environment = BTreeMap::from([
        (
            "AIRFLOW_VAR_ENV".to_owned(),
            "of the environment".to_owned(),
        ),
        (
            "AIRFLOW_CONN_HTTP".to_owned(),
            "http://user:pw@site:80/x".to_owned(),
        ),
    ]);
    let metastore = database.db.clone();
    Harness::start_on(database, move |options| {
        options.secrets = SecretSources {
            backends: Backends::new("", "", Arc::new(environment)).unwrap(),
            fernet,
            metastore: Some(metastore),
        };
        options.trigger = Some(Trigger::new(
            async |request: TriggerRequest, _| match request.dag_id.as_str() {
                "unknown" => Err(Unanswered::Refused("there is no DAG unknown".to_owned())),
                _ if request.reset_dag_run => Ok(Triggered::Reset {
                    run_id: "old".to_owned(),
                    logical_date: request.logical_date,
                }),
                _ if request.run_id == "again" => Ok(Triggered::Exists),
                _ => Ok(Triggered::Created),
            },
        ));
    })
    .await
}

const ASK: &str = r#"
from updraft_runtime.frames import Refused

def ask(kind, blob=b"", **fields):
    return channel.request({"type": kind, **fields}, blob)

def refused(kind, blob=b"", **fields):
    try:
        ask(kind, blob, **fields)
    except Refused as error:
        return str(error)
    raise AssertionError("it was answered")
"#;

async fn succeeds(mut harness: Harness, script: &str) {
    let request = harness
        .queue("t", &format!("{ASK}{script}\nsucceed()"))
        .await;
    let finished = harness.run_to_end(request).await;
    harness.drain().await;
    assert_eq!(finished.state, Some(State::Success), "{}", harness.log("t"));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn variables_and_connections(#[case] engine: Engine) {
    let script = r#"
found = ask("get_variable", key="secret")
assert (found["found"], found.blob.decode()) == (True, "päss"), found
assert ask("get_variable", key="env").blob == b"of the environment"
assert ask("get_variable", key="none")["found"] is False
error = refused("get_variable", key="broken")
assert "broken" in error and "fernet_key" in error, error
ask("set_variable", "neu".encode(), key="new", description="d")
assert ask("get_variable", key="new").blob == b"neu"
assert ask("delete_variable", key="new")["count"] == 1
assert ask("delete_variable", key="new")["count"] == 0
connection = ask("get_connection", conn_id="db")["connection"]
assert connection == {"conn_id": "db", "conn_type": "postgres", "description": None, "host": "h",
    "schema": None, "login": "l", "password": "word", "port": 5432, "extra": '{"a": 1}'}, connection
connection = ask("get_connection", conn_id="http")["connection"]
assert (connection["host"], connection["password"]) == ("site", "pw"), connection
assert ask("get_connection", conn_id="none")["found"] is False
"#;
    succeeds(harness(engine).await, script).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn states_and_xcoms_of_runs(#[case] engine: Engine) {
    let script = r#"
own = {"dag_id": message["dag_id"], "run_id": message["run_id"]}
date = message["dag_run"]["execution_date"]
for key, value in (("a", b"1"), ("b", b"22")):
    ask("xcom_set", value, key=key, task_id="t", map_index=-1, **own)
found = ask("get_xcoms", key="b", task_ids=["t"], map_indexes=[-1], **own)
assert [v["length"] for v in found["values"]] == [2] and found.blob == b"22", found
assert len(ask("get_xcoms", **own)["values"]) == 2
assert len(ask("get_xcoms", limit=1, **own)["values"]) == 1
assert ask("get_xcoms", key="a", task_ids=["other"], **own)["values"] == []
assert ask("get_xcoms", key="a", map_indexes=[0], **own)["values"] == []
counted = ask("count_task_instances", dag_id="d", logical_dates=[date], states=["running"])
assert (counted["count"], counted["total"]) == (1, 1), counted
counted = ask("count_task_instances", dag_id="d", run_ids=[message["run_id"]], task_ids=["t"],
    states=["success", "failed"])
assert (counted["count"], counted["total"]) == (0, 1), counted
assert "either" in refused("count_task_instances", dag_id="d", states=[])
assert ask("count_dag_runs", dag_id="d", logical_dates=[date], states=["running"])["count"] == 1
assert ask("count_dag_runs", dag_id="d", logical_dates=[], states=["running"])["count"] == 0
rows = ask("get_task_instances", task_ids=["t"], **own)["task_instances"]
assert [(row["task_id"], row["state"]) for row in rows] == [("t", "running")], rows
assert ask("get_task_instance_state")["state"] == "running"
assert ask("get_first_reschedule", try_number=1)["start_date"] is None
assert ask("get_dag_run_state", **own)["state"] == "running"
assert ask("get_dag_run_state", dag_id="d", run_id="none")["state"] is None
assert ask("get_previous_dag_run", **own)["dag_run"] is None
assert ask("get_dag", dag_id="unknown")["dag"] is None
assert ask("get_dataset_events", uri="s3://none")["events"] == []
assert ask("get_dataset_events", alias="none")["events"] == []
assert "alias" in refused("get_dataset_events")
"#;
    succeeds(harness(engine).await, script).await;
}

#[tokio::test]
async fn a_run_is_triggered() {
    let script = r#"
wanted = {"dag_id": "d", "run_id": "new", "logical_date": "2024-01-01T00:00:00+00:00"}
assert ask("trigger_dag_run", b'{"a": 1}', **wanted)["created"] is True
assert ask("trigger_dag_run", b"{}", **{**wanted, "run_id": "again"})["created"] is False
reset = ask("trigger_dag_run", b"{}", **{**wanted, "run_id": "again"}, reset_dag_run=True)
assert (reset["created"], reset["run_id"], reset["logical_date"]) == (False, "old", wanted["logical_date"])
assert "no DAG" in refused("trigger_dag_run", b"{}", **{**wanted, "dag_id": "unknown"})
assert "JSON object" in refused("trigger_dag_run", b"[]", **wanted)
"#;
    succeeds(harness(Engine::Sqlite).await, script).await;
}

#[tokio::test]
async fn a_dag_file_reads_variables_while_it_is_imported() {
    let harness = harness(Engine::Sqlite).await;
    let script = r#"
assert ask("get_variable", key="secret").blob.decode() == "päss"
assert "only a task" in refused("get_task_instance_state")
channel.send({"type": "parsed"})"#;
    let path = harness.script("dag.py", &format!("{ASK}{script}"));
    let report = harness.supervisor.parse(harness.parse_request(&path)).await;
    assert_eq!(report.ending, ParseEnding::Parsed, "{report:?}");
    assert_eq!(
        report.messages.len(),
        1,
        "questions are no part of the report"
    );
}

/// The run is there, and whoever asked for it has heard nothing.
#[tokio::test]
async fn a_run_whose_creation_was_not_heard_of_is_created() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let proxy = Arc::new(SilentProxy::start(&database.url).await.unwrap());
    let options = ConnectOptions {
        answer_timeout: Some(Duration::from_millis(300)),
        ..ConnectOptions::default()
    };
    let through = Db::connect(&proxy.url, &options).await.unwrap();
    let harness = Harness::start_on(database, move |options| {
        options.trigger = Some(Trigger::new(move |request: TriggerRequest, _| {
            let (db, proxy) = (through.clone(), Arc::clone(&proxy));
            async move {
                let mut tx = db.begin().await?;
                let found: Option<(i32,)> = tx
                    .query("SELECT id FROM dag_run WHERE run_id = $1")
                    .bind(request.run_id.clone())
                    .fetch_optional()
                    .await?;
                if found.is_some() {
                    return Ok(Triggered::Exists);
                }
                tx.query(
                    "INSERT INTO dag_run (dag_id, run_id, run_type, execution_date, queued_at, state,
                         log_template_id, clear_number)
                     VALUES ($1, $2, 'manual', CAST($3 AS timestamptz), '2100-01-01', 'queued', 1, 0)",
                )
                .bind(request.dag_id)
                .bind(request.run_id)
                .bind(request.logical_date.isoformat())
                .execute()
                .await?;
                let ((), committed) = tokio::join!(proxy.hide_next_commit(), tx.commit());
                committed?;
                Ok(Triggered::Created)
            }
        }));
    })
    .await;
    let script = r#"
wanted = {"dag_id": "other", "run_id": "one", "logical_date": "2024-01-02T00:00:00+00:00"}
assert ask("trigger_dag_run", b"{}", **wanted, reset_dag_run=False)["created"] is True
assert ask("trigger_dag_run", b"{}", **wanted, reset_dag_run=False)["created"] is False
"#;
    succeeds(harness, script).await;
}
