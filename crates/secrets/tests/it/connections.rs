//! Connections as Airflow 2.10.5 was recorded to read and print them.

use serde_json::{Value, json};
use updraft_secrets::Connection;

fn fields(connection: &Connection) -> Value {
    json!({
        "conn_type": connection.conn_type,
        "host": connection.host,
        "schema": connection.schema,
        "login": connection.login,
        "password": connection.password,
        "port": connection.port,
        "extra": connection.extra,
        "get_uri": connection.get_uri(),
    })
}

fn check(text: &str, expected: &Value, differences: &mut Vec<String>) {
    match Connection::parse(text) {
        Ok(_) if expected.get("error").is_some() => {
            differences.push(format!("{text} is not refused"));
        }
        Ok(connection) => {
            for (field, value) in fields(&connection).as_object().unwrap() {
                if expected[field] != *value {
                    let expected = &expected[field];
                    differences.push(format!("{text}: {field} is {value}, not {expected}"));
                }
            }
        }
        Err(error) if expected.get("error").is_none() => {
            differences.push(format!("{text}: {error}"));
        }
        Err(_) => {}
    }
}

#[test]
fn reads_and_prints_as_airflow_does() {
    let usual: Value =
        serde_json::from_str(include_str!("../vectors/connection-vectors.json")).unwrap();
    let unusual: Vec<(String, Value)> =
        serde_json::from_str(include_str!("../vectors/connections.json")).unwrap();
    let mut differences = Vec::new();
    for (kind, key) in [("from_uri", "uri"), ("from_json", "json")] {
        for row in usual[kind].as_array().unwrap() {
            check(row[key].as_str().unwrap(), row, &mut differences);
        }
    }
    for (text, row) in &unusual {
        check(text, row, &mut differences);
    }
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn the_error_for_a_port_is_that_of_airflow() {
    let error = Connection::parse(r#"{"conn_type":"http","port":"x"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Expected integer value for `port`, but got 'x' instead."
    );
}
