//! Calls of tasks: written as Python's, and read again.

use rstest::rstest;
use serde_json::{Map, Value, json};
use updraft_celery::{
    keys::Keys,
    protocol::{Call, Envelope},
};
use uuid::Uuid;

use crate::recorded::{compact, line, lines};

/// The call that `case` was recorded from, with the identifiers that were chosen there.
fn call(case: &str, recorded: &Envelope, args: Vec<Value>, kwargs: Map<String, Value>) -> Call {
    let uuid = |value: &Value| -> Uuid { value.as_str().unwrap().parse().unwrap() };
    let others = &recorded.properties.others;
    let time = |name: &str| {
        recorded.headers[name]
            .as_str()
            .map(|text| text.parse().unwrap())
    };
    let origin = recorded.headers["origin"].as_str().unwrap();
    Call {
        id: uuid(&recorded.headers["id"]),
        kwargs,
        priority: if case == "priority" { 5 } else { 0 },
        eta: time("eta"),
        expires: time("expires"),
        reply_to: uuid(&others["reply_to"]),
        delivery_tag: uuid(&others["delivery_tag"]),
        ..Call::new("proj.add", args, "default", origin, Uuid::nil)
    }
}

#[rstest]
#[case("positional", json!([1, 2]), json!({}))]
#[case("keywords", json!([]), json!({"x": "it's", "y": null}))]
#[case("priority", json!([5, 6]), json!({}))]
#[case("unicode", json!(["grün ✓ 😀", "a\nb"]), json!({}))]
fn a_call_is_written_as_python_writes_it(
    #[case] case: &str,
    #[case] args: Value,
    #[case] kwargs: Value,
) {
    let text = line("messages", case).text;
    let recorded = Envelope::read(&text).unwrap();
    let (Value::Array(args), Value::Object(kwargs)) = (args, kwargs) else {
        unreachable!()
    };
    let written = call(case, &recorded, args, kwargs).envelope().unwrap();
    assert_eq!(written.body().unwrap(), recorded.body().unwrap());
    let mut written_text: Value = serde_json::from_str(&written.to_string()).unwrap();
    // JSON has no tuple, in which these calls gave their arguments.
    let list = written.headers["argsrepr"].as_str().unwrap();
    written_text["headers"]["argsrepr"] = json!(format!("({})", &list[1..list.len() - 1]));
    // The body is the same JSON with other spaces.
    written_text["body"] = json!(recorded.body);
    assert_eq!(
        written_text.to_string(),
        compact(&text),
        "{case}: fields and their order"
    );
}

#[test]
fn calls_of_python_are_read() {
    let task = Envelope::read(&line("messages", "keywords").text)
        .unwrap()
        .task()
        .unwrap();
    assert_eq!((task.name.as_str(), task.args.len()), ("proj.add", 0));
    assert_eq!(Value::Object(task.kwargs), json!({"x": "it's", "y": null}));
    let later = Envelope::read(&line("messages", "eta and expires").text)
        .unwrap()
        .task()
        .unwrap();
    assert!(later.eta < later.expires && later.eta.is_some());
    let long = Envelope::read(&line("messages", "long arguments").text)
        .unwrap()
        .task()
        .unwrap();
    assert!(long.args_repr.unwrap().chars().count() <= 1100);
}

#[test]
fn a_priority_goes_to_the_list_that_python_pushed_to() {
    for line in lines("messages")
        .iter()
        .filter(|line| line.case != "unacked")
    {
        let priority = if line.case == "priority" { 5 } else { 0 };
        assert_eq!(Keys::default().queue("default", priority), line.key);
    }
}

#[test]
fn what_is_put_back_is_marked() {
    let message = Envelope::read(&line("messages", "positional").text).unwrap();
    assert!(!message.is_redelivered());
    let again = message.redelivered();
    assert!(Envelope::read(&again.to_string()).unwrap().is_redelivered());
    assert_eq!(
        again.properties.others["delivery_info"]["redelivered"],
        json!(true)
    );
}

#[test]
fn an_unacknowledged_message_lies_beside_its_address() {
    let entry: Value = serde_json::from_str(&line("messages", "unacked").text).unwrap();
    let message = Envelope::read(&entry[0].to_string()).unwrap();
    assert_eq!(
        (&entry[1], &entry[2]),
        (
            &json!(message.properties.exchange),
            &json!(message.properties.routing_key)
        )
    );
    assert_eq!(message.task().unwrap().name, "proj.nap");
}
