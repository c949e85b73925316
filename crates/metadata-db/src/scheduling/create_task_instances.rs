//! New rows of `task_instance`.

use serde::Serialize;
use updraft_core::{
    MapIndex, UtcDateTime,
    planner::{NewInstance, RunKey},
};

use super::statement::statement;
use crate::{
    Error, Tx,
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
    custom_operator_name: &'a str,
    task_display_name: &'a str,
}

/// Inserts all rows in one statement: state none, try 0. Rows that exist stay as they are. Returns
/// how many were inserted. `pickle` turns the JSON text of an executor configuration into a pickle.
pub async fn create_task_instances<'a>(
    tx: &mut Tx,
    instances: impl IntoIterator<Item = (&'a RunKey, &'a NewInstance)>,
    unixname: &str,
    pickle: impl Fn(Option<&str>) -> Vec<u8>,
    now: UtcDateTime,
) -> Result<u64, Error> {
    const INSERT: Dialects = statement!(
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, max_tries, hostname, unixname,
             pool, pool_slots, priority_weight, queue, executor, executor_config, operator,
             custom_operator_name, task_display_name, updated_at)
         SELECT
             v.dag_id, v.run_id, v.task_id, v.map_index, NULL, 0, v.max_tries, '', $2,
             v.pool, v.pool_slots, v.priority_weight, v.queue, v.executor, "
        { postgres "decode(v.executor_config, 'hex')" sqlite "unhex(v.executor_config)" }
        ", v.operator, v.custom_operator_name, v.task_display_name, $3
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int, max_tries int,
            pool text, pool_slots int, priority_weight int, queue text, executor text,
            executor_config text, operator text, custom_operator_name text, task_display_name text
        }
        " WHERE TRUE
         ON CONFLICT (dag_id, task_id, run_id, map_index) DO NOTHING"
    );
    let parameters: Vec<_> = instances
        .into_iter()
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
            executor_config: hex(&pickle(instance.executor_config.as_deref())),
            operator: &instance.operator,
            custom_operator_name: &instance.custom_operator_name,
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
