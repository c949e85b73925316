//! New rows of `task_instance`.

use serde::Serialize;
use updraft_core::{
    MapIndex, UtcDateTime,
    planner::{NewInstance, RunKey},
};

use super::statement::statement;
use crate::{
    Error, Tx, pickle,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

#[derive(Serialize)]
struct Parameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
    task_id: &'a str,
    map_index: MapIndex,
    max_tries: i32,
    pool: &'a str,
    pool_slots: i32,
    priority_weight: i32,
    queue: &'a str,
    executor: Option<&'a str>,
    /// Pickle, in hexadecimal digits.
    executor_config: String,
    operator: &'a str,
    task_display_name: &'a str,
}

/// Inserts all rows in one statement: state none, try 0. Rows that exist stay as they are. Returns
/// how many were inserted. `custom_operator_name` stays NULL: Airflow's scheduler knows it of no
/// task that it makes rows of.
pub async fn create_task_instances(
    tx: &mut Tx,
    instances: &[(&RunKey, &NewInstance)],
    unixname: &str,
    now: UtcDateTime,
) -> Result<u64, Error> {
    const INSERT: Dialects = statement!(
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, max_tries, hostname, unixname,
             pool, pool_slots, priority_weight, queue, executor, executor_config, operator,
             task_display_name, updated_at)
         SELECT
             v.dag_id, v.run_id, v.task_id, v.map_index, NULL, 0, v.max_tries, '', $2,
             v.pool, v.pool_slots, v.priority_weight, v.queue, v.executor, "
        { postgres "decode(v.executor_config, 'hex')" sqlite "unhex(v.executor_config)" }
        ", v.operator, v.task_display_name, $3
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int, max_tries int,
            pool text, pool_slots int, priority_weight int, queue text, executor text,
            executor_config text, operator text, task_display_name text
        }
        " WHERE TRUE
         ON CONFLICT (dag_id, task_id, run_id, map_index) DO NOTHING"
    );
    let parameters: Vec<_> = instances
        .iter()
        .map(|(run, instance)| Parameter {
            dag_id: run.dag_id.as_str(),
            run_id: run.run_id.as_str(),
            task_id: instance.task_id.as_str(),
            map_index: instance.map_index,
            max_tries: instance.max_tries,
            pool: &instance.pool,
            pool_slots: instance.pool_slots,
            priority_weight: instance.priority_weight,
            queue: &instance.queue,
            executor: instance.executor.as_deref(),
            executor_config: executor_config_pickle(instance.executor_config.as_deref()),
            operator: &instance.operator,
            task_display_name: &instance.task_display_name,
        })
        .collect();
    if parameters.is_empty() {
        return Ok(0);
    }
    tx.query(INSERT)
        .bind(json_parameter(&parameters)?)
        .bind(unixname)
        .bind(DbTimestamp(now))
        .execute()
        .await
}

/// The pickle of an executor configuration in hexadecimal digits.
pub(crate) fn executor_config_pickle(json: Option<&str>) -> String {
    hex(&pickled(json))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .collect()
}

/// The pickle of an executor configuration, whose JSON text has Airflow's wrappers around dicts,
/// tuples and sets. Other wrappers (a pod) stay: Airflow pickles them in this form, too.
fn pickled(json: Option<&str>) -> Vec<u8> {
    let value = json.and_then(|text| serde_json::from_str(text).ok());
    value.map_or_else(
        || pickle::EMPTY_DICT.to_vec(),
        |value| pickle::write(&unwrapped(value)),
    )
}

fn unwrapped(value: serde_json::Value) -> pickle::Value {
    use serde_json::Value as Json;
    match value {
        Json::Object(mut fields) => {
            let content = match fields.get("__type").and_then(Json::as_str) {
                Some("dict") => return fields.remove("__var").map_or(empty(), unwrapped),
                Some("tuple" | "set") => fields.remove("__var"),
                _ => None,
            };
            let is_tuple = fields.get("__type").and_then(Json::as_str) == Some("tuple");
            match content {
                Some(Json::Array(items)) if is_tuple => pickle::Value::Tuple(all(items)),
                Some(Json::Array(items)) => pickle::Value::Set(all(items)),
                _ => pickle::Value::Dict(
                    fields
                        .into_iter()
                        .map(|(key, value)| (pickle::Value::Str(key), unwrapped(value)))
                        .collect(),
                ),
            }
        }
        Json::Array(items) => pickle::Value::List(all(items)),
        plain => pickle::Value::from(plain),
    }
}

fn all(items: Vec<serde_json::Value>) -> Vec<pickle::Value> {
    items.into_iter().map(unwrapped).collect()
}

fn empty() -> pickle::Value {
    pickle::Value::Dict(Vec::new())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(None, "80057d942e")]
    #[case::unreadable(Some("{"), "80057d942e")]
    #[case::wrapped(
        Some(r#"{"__type": "dict", "__var": {"k": "v", "n": {"__type": "dict", "__var": {"a": 1}}}}"#),
        "8005951a000000000000007d94288c016b948c0176948c016e947d948c0161944b0173752e"
    )]
    fn executor_configurations_are_pickled_as_airflow_does(
        #[case] json: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(hex(&pickled(json)), expected);
    }
}
