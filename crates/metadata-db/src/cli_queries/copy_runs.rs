//! What runs of another database have come to.

use serde::Serialize;

use super::RunRow;
use crate::{
    DbTimestamp, Dialects, Error, JsonText, Source, Tx, json_parameter,
    scheduling::statement::statement, task_instance::Found,
};

#[derive(Serialize)]
struct RunParameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
    run_type: &'a str,
    state: Option<&'a str>,
    execution_date: DbTimestamp,
    interval_start: Option<DbTimestamp>,
    interval_end: Option<DbTimestamp>,
    start_date: Option<DbTimestamp>,
    end_date: Option<DbTimestamp>,
    external_trigger: bool,
}

/// Inserts runs, and task instances of them with nothing but their states, where they are not there yet.
pub async fn copy_runs(tx: &mut Tx, runs: &[RunRow], instances: &[Found]) -> Result<(), Error> {
    const RUNS: Dialects = statement!(
        "INSERT INTO dag_run (
             dag_id, run_id, run_type, state, execution_date, data_interval_start,
             data_interval_end, start_date, end_date, external_trigger, clear_number)
         SELECT
             v.dag_id, v.run_id, v.run_type, v.state, v.execution_date, v.interval_start,
             v.interval_end, v.start_date, v.end_date, v.external_trigger, 0
         FROM "
        {
            rows "$1" dag_id text, run_id text, run_type text, state text,
            execution_date timestamptz, interval_start timestamptz, interval_end timestamptz,
            start_date timestamptz, end_date timestamptz, external_trigger boolean
        }
        " WHERE TRUE
         ON CONFLICT DO NOTHING"
    );
    const INSTANCES: Dialects = statement!(
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, operator, try_number, pool, pool_slots)
         SELECT
             v.dag_id, v.run_id, v.task_id, v.map_index, v.state, v.operator, 1, 'default_pool', 1
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int, state text,
            operator text
        }
        " JOIN dag_run r ON r.dag_id = v.dag_id AND r.run_id = v.run_id
         ON CONFLICT DO NOTHING"
    );
    let runs: Vec<_> = runs.iter().map(parameter).collect();
    for (statement, rows) in [
        (RUNS, json_parameter(&runs)?),
        (INSTANCES, json_parameter(instances)?),
    ] {
        let JsonText(rows) = rows;
        tx.query(statement).bind(JsonText(rows)).execute().await?;
    }
    Ok(())
}

fn parameter(run: &RunRow) -> RunParameter<'_> {
    RunParameter {
        dag_id: &run.dag_id,
        run_id: &run.run_id,
        run_type: &run.run_type,
        state: run.state.as_deref(),
        execution_date: run.execution_date,
        interval_start: run.data_interval_start,
        interval_end: run.data_interval_end,
        start_date: run.start_date,
        end_date: run.end_date,
        external_trigger: run.external_trigger.unwrap_or_default(),
    }
}
