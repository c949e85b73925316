//! Every fault of a message has a name, and none makes a reader panic.

use rstest::rstest;
use serde_json::{Value, json};
use updraft_celery::protocol::Envelope;

use crate::recorded::line;

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut message: Value = serde_json::from_str(&line("messages", "positional").text).unwrap();
    change(&mut message);
    message.to_string()
}

fn without(path: &[&str]) -> String {
    changed(|message| {
        let (last, parents) = path.split_last().unwrap();
        let parent = parents
            .iter()
            .fold(message, |value, name| &mut value[*name]);
        parent.as_object_mut().unwrap().shift_remove(*last).unwrap();
    })
}

fn fault(text: &str) -> String {
    match Envelope::read(text).and_then(|message| message.task()) {
        Ok(task) => panic!("{task:?}"),
        Err(error) => error.to_string(),
    }
}

#[rstest]
#[case("", "the message is not JSON")]
#[case("[1]", "the message is not a JSON object")]
#[case("{}", "the message has no properties")]
#[case(r#"{"properties": 1}"#, "properties is 1, and not an object")]
fn what_is_no_message(#[case] text: &str, #[case] message: &str) {
    assert_eq!(fault(text), message);
}

#[rstest]
#[case(&["properties", "delivery_tag"], "the message has no properties.delivery_tag")]
#[case(&["properties", "delivery_info"], "the message has no properties.delivery_info")]
#[case(&["properties", "delivery_info", "routing_key"], "the message has no properties.delivery_info.routing_key")]
#[case(&["headers", "task"], "the message has no headers.task")]
#[case(&["headers", "id"], "the message has no headers.id")]
#[case(&["body"], "the message has no body")]
fn what_lacks_something(#[case] path: &[&str], #[case] message: &str) {
    assert_eq!(fault(&without(path)), message);
}

#[rstest]
#[case(json!("%%%"), "the body is not base64")]
#[case(json!("/w=="), "the body is not UTF-8")]
#[case(json!("eA=="), "the body is not JSON")]
#[case(json!("e30="), "the body is not [args, kwargs, embed]")]
#[case(json!("W1tdLHt9XQ=="), "the body is not [args, kwargs, embed]")]
#[case(json!(5), "the body is 5, and not text")]
fn a_body_that_cannot_be_read(#[case] body: Value, #[case] message: &str) {
    assert_eq!(fault(&changed(|envelope| envelope["body"] = body)), message);
}

#[test]
fn another_content_type_is_refused() {
    let text = changed(|message| message["content-type"] = json!("application/x-python-serialize"));
    assert!(fault(&text).contains("x-python-serialize"));
}

#[test]
fn a_huge_value_is_shortened_in_the_fault() {
    let text =
        changed(|message| message["properties"]["delivery_tag"] = json!(["x".repeat(100_000)]));
    assert!(fault(&text).len() < 200);
}

#[rstest]
#[case::no_embedded_calls("W1sxLDJdLHt9LG51bGxd", true)]
#[case::plain_text("[[1, 2], {}, {}]", false)]
fn forms_that_python_accepts(#[case] body: &str, #[case] is_base64: bool) {
    let text = changed(|message| {
        message["body"] = json!(body);
        if !is_base64 {
            message["properties"]["body_encoding"] = json!("utf-8");
        }
        message["headers"] = json!({"task": "proj.add", "id": "1", "lang": "other"});
    });
    assert_eq!(
        Envelope::read(&text).unwrap().task().unwrap().args,
        [json!(1), json!(2)]
    );
}
