//! Calls that are sent, and results, with Redis and a worker of Python.

use redis::AsyncCommands;
use serde_json::{Value, json};
use updraft_celery::{
    keys::Keys,
    protocol::{Call, Envelope, Status, TaskResult},
    redis::{Address, Producer, ResultBackend, Stored},
};
use updraft_test_support::RedisServer;
use uuid::Uuid;

use crate::python::{Worker, connection, until_ended};

fn call(task: &str, args: Vec<Value>) -> Call {
    Call::new(task, args, "default", "gen1@host1", Uuid::new_v4)
}

fn address(url: &str) -> Address {
    Address::parse(url).unwrap().0
}

#[tokio::test]
async fn a_worker_of_python_runs_what_is_sent() {
    let server = RedisServer::start().unwrap();
    let url = server.url(0);
    let _worker = Worker::start(&url).await;
    let producer = Producer::connect(&address(&url), Keys::default())
        .await
        .unwrap();
    let calls = [
        call("proj.add", vec![json!(40), json!(2)]),
        call("proj.fail", vec![json!("boom ✓")]),
        call("no.such.task", vec![]),
    ];
    producer.send(&calls).await.unwrap();
    let ids = calls.each_ref().map(|call| call.id.to_string());
    for id in &ids {
        until_ended(&url, id).await;
    }
    let backend = ResultBackend::connect(&address(&url), None).await.unwrap();
    let stored = backend
        .read(&ids.each_ref().map(String::as_str))
        .await
        .unwrap();
    let [
        Stored::Result(sum),
        Stored::Result(failure),
        Stored::Result(unknown),
    ] = stored.as_slice()
    else {
        panic!("{stored:?}")
    };
    assert_eq!((sum.status, &sum.result), (Status::Success, &json!(42)));
    assert_eq!(
        (failure.status, &failure.result["exc_message"]),
        (Status::Failure, &json!(["boom ✓"]))
    );
    assert_eq!(
        (unknown.status, &unknown.result["exc_type"]),
        (Status::Failure, &json!("NotRegistered"))
    );
}

#[tokio::test]
async fn calls_go_to_the_list_of_their_queue_and_priority_in_their_order() {
    let server = RedisServer::start().unwrap();
    let keys = Keys {
        prefix: "pfx_".to_owned(),
        ..Keys::default()
    };
    let producer = Producer::connect(&address(&server.url(3)), keys.clone())
        .await
        .unwrap();
    let mut calls = vec![call("a", vec![]), call("b", vec![]), call("c", vec![])];
    calls[1].priority = 7;
    producer.send(&calls).await.unwrap();
    producer.send(&[call("d", vec![])]).await.unwrap();
    let mut own = connection(&server.url(3)).await;
    // Consumers take from the right.
    let normal: Vec<String> = own.lrange("pfx_default", 0, -1).await.unwrap();
    let names = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .rev()
            .map(|text| Envelope::read(text).unwrap().task().unwrap().name)
            .collect()
    };
    assert_eq!(names(&normal), ["a", "c", "d"]);
    let urgent: Vec<String> = own.lrange("pfx_default\u{6}\u{16}6", 0, -1).await.unwrap();
    assert_eq!(names(&urgent), ["b"]);
    let bindings: Vec<String> = own.smembers("pfx__kombu.binding.default").await.unwrap();
    assert_eq!(bindings, ["default\u{6}\u{16}\u{6}\u{16}default"]);
    assert_eq!(producer.waiting("default").await.unwrap(), 4);
}

#[tokio::test]
async fn a_success_is_never_overwritten() {
    let server = RedisServer::start().unwrap();
    let url = server.url(2);
    let backend = ResultBackend::connect(&address(&url), None).await.unwrap();
    let now = "2026-11-24T10:00:00Z".parse().unwrap();
    let started = TaskResult::started("1", 7, "worker1@host1");
    let success = TaskResult::success("1", json!(3), now);
    let revoked = TaskResult::revoked("1", "terminated", now);
    assert!(backend.store("1", &started).await.unwrap());
    assert!(backend.store("1", &success).await.unwrap());
    assert!(!backend.store("1", &revoked).await.unwrap());
    let mut own = connection(&url).await;
    let time_to_live: i64 = own.ttl("celery-task-meta-1").await.unwrap();
    assert!((86_300..=86_400).contains(&time_to_live), "{time_to_live}");
    let () = own.set("celery-task-meta-2", "no JSON").await.unwrap();
    let stored = backend.read(&["1", "2", "3"]).await.unwrap();
    let [
        Stored::Result(result),
        Stored::Unreadable(_),
        Stored::Nothing,
    ] = stored.as_slice()
    else {
        panic!("{stored:?}")
    };
    assert_eq!(**result, success);
    // What cannot be read does not stand in the way.
    assert!(backend.store("2", &success).await.unwrap());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let address = Address::parse("redis://:secret@127.0.0.1:1/0").unwrap().0;
    let Err(error) = ResultBackend::connect(&address, None).await else {
        panic!("nothing listens there")
    };
    assert_eq!(
        error.to_string(),
        "cannot connect to Redis at 127.0.0.1:1/0"
    );
    assert!(error.is_temporary());
}
