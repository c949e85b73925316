//! Results, events and remote control.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_celery::protocol::{
    Envelope, Event, Failure, Fields, Reply, Request, Status, TaskResult, channel_key,
};

use crate::recorded::{compact, line, lines};

#[test]
fn results_keep_their_fields_and_their_order() {
    for line in lines("results") {
        let result: TaskResult = serde_json::from_str(&line.text).unwrap();
        assert_eq!(
            serde_json::to_string(&result).unwrap(),
            compact(&line.text),
            "{}",
            line.case
        );
        assert_eq!(
            line.key,
            updraft_celery::keys::result(None, result.task_id().unwrap())
        );
    }
}

#[test]
fn results_are_written_as_python_writes_them() {
    let check = |case: &str, make: &dyn Fn(&str, Timestamp, &TaskResult) -> TaskResult| {
        let text = line("results", case).text;
        let recorded: TaskResult = serde_json::from_str(&text).unwrap();
        let done = recorded
            .date_done
            .as_deref()
            .unwrap_or("1970-01-01T00:00:00Z")
            .parse()
            .unwrap();
        let made = make(recorded.task_id().unwrap(), done, &recorded);
        assert_eq!(
            serde_json::to_string(&made).unwrap(),
            compact(&text),
            "{case}"
        );
    };
    check("success", &|id, done, _| {
        TaskResult::success(id, json!(3), done)
    });
    check("terminated", &|id, done, _| {
        TaskResult::revoked(id, "terminated", done)
    });
    check("expired", &|id, done, _| {
        TaskResult::revoked(id, "expired", done)
    });
    check("started", &|id, _, recorded| {
        let pid = recorded.result["pid"].as_u64().unwrap();
        TaskResult::started(id, u32::try_from(pid).unwrap(), "worker1@host1")
    });
    check("failure", &|id, done, recorded| {
        let failure = Failure {
            kind: "ValueError".to_owned(),
            arguments: json!(["boom ✓"]),
            module: "builtins".to_owned(),
        };
        TaskResult::failure(id, &failure, recorded.traceback.clone(), done)
    });
}

#[test]
fn only_an_end_is_final() {
    let finals = ["SUCCESS", "FAILURE", "REVOKED"];
    for name in [
        "PENDING", "RECEIVED", "STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED", "REJECTED",
        "IGNORED",
    ] {
        let status: Status = serde_json::from_value(json!(name)).unwrap();
        assert_eq!(status.is_final(), finals.contains(&name), "{name}");
    }
}

#[test]
fn events_are_written_as_python_writes_them() {
    for line in lines("events") {
        let recorded = Envelope::read(&line.text).unwrap();
        let events = Event::read(&recorded).unwrap();
        let again: Vec<Event> = events.iter().map(rebuilt).collect();
        assert_eq!(
            again
                .iter()
                .map(|event| json!(event.0).to_string())
                .collect::<Vec<_>>(),
            events
                .iter()
                .map(|event| json!(event.0).to_string())
                .collect::<Vec<_>>(),
            "{}",
            line.case
        );
        let sender = recorded.headers["hostname"].as_str().unwrap();
        let tag = &recorded.properties.delivery_tag;
        let is_list = recorded.body().unwrap().is_array();
        let envelope = if is_list {
            Event::batch(&again, sender, tag)
        } else {
            again[0].envelope(sender, tag)
        }
        .unwrap();
        assert_eq!(
            (&envelope.headers, &envelope.properties),
            (&recorded.headers, &recorded.properties)
        );
        let key = if is_list {
            "task.multi".to_owned()
        } else {
            channel_key(again[0].kind().unwrap())
        };
        assert_eq!(line.channel, format!("/0.celeryev/{key}"));
    }
}

/// The event from its own fields.
fn rebuilt(event: &Event) -> Event {
    let mut own = event.0.clone();
    let common = ["hostname", "utcoffset", "pid", "clock", "timestamp", "type"]
        .map(|name| own.shift_remove(name).unwrap());
    let [hostname, utcoffset, pid, clock, timestamp, kind] = common;
    let sender = Fields {
        hostname: hostname.as_str().unwrap().to_owned(),
        pid: u32::try_from(pid.as_u64().unwrap()).unwrap(),
        utcoffset: i32::try_from(utcoffset.as_i64().unwrap()).unwrap(),
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "microseconds of this century fit"
    )]
    let at =
        Timestamp::from_microsecond((timestamp.as_f64().unwrap() * 1e6).round() as i64).unwrap();
    let mut made = Event::new(
        kind.as_str().unwrap(),
        &sender,
        clock.as_u64().unwrap(),
        own,
        at,
    );
    // Python's clock has parts of microseconds.
    assert!((made.0["timestamp"].as_f64().unwrap() - timestamp.as_f64().unwrap()).abs() < 1e-5);
    made.0.insert("timestamp".to_owned(), timestamp);
    made
}

#[test]
fn requests_are_read_and_written() {
    for line in lines("requests") {
        let recorded = Envelope::read(&line.text).unwrap();
        let request = Request::read(&recorded).unwrap();
        let clock = recorded.headers["clock"].as_u64().unwrap();
        let expires = recorded.headers.get("expires").and_then(Value::as_f64);
        let written = request
            .envelope(clock, expires, &recorded.properties.delivery_tag)
            .unwrap();
        assert_eq!(
            written.body().unwrap(),
            recorded.body().unwrap(),
            "{}",
            request.method
        );
        assert_eq!(
            (&written.headers, &written.properties),
            (&recorded.headers, &recorded.properties)
        );
        assert_eq!(line.channel, "/0.celery.pidbox");
    }
}

#[test]
fn replies_are_read_and_written() {
    for line in lines("replies") {
        let recorded = Envelope::read(&line.text).unwrap();
        let replies = Reply::read(&recorded).unwrap();
        let [reply] = replies.as_slice() else {
            panic!("{replies:?}")
        };
        assert_eq!(reply.node, "worker1@host1");
        let to = updraft_celery::protocol::ReplyTo {
            exchange: recorded.properties.exchange.clone(),
            routing_key: recorded.properties.routing_key.clone(),
        };
        let clock = recorded.headers["clock"].as_u64().unwrap();
        let written = reply
            .envelope(&to, clock, &recorded.properties.delivery_tag)
            .unwrap();
        assert_eq!(
            written.body().unwrap(),
            recorded.body().unwrap(),
            "{}",
            line.case
        );
        assert_eq!(
            (&written.headers, &written.properties),
            (&recorded.headers, &recorded.properties)
        );
    }
}
