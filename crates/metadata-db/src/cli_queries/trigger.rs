//! `dags trigger`.

use updraft_core::{
    RunId, UtcDateTime,
    planner::{NewInstance, RunKey},
    timetable::DataInterval,
};

use crate::{DbTimestamp, Error, Source, Tx, changes, scheduling::create_task_instances};

/// A run that a person starts.
#[derive(Clone, Debug)]
pub struct ManualRun<'a> {
    pub dag_id: &'a str,
    pub run_id: &'a RunId,
    pub execution_date: UtcDateTime,
    pub data_interval: DataInterval,
    /// A pickle.
    pub conf: &'a [u8],
    /// Hash of the definition that `instances` come from. Where it is `None`, the scheduler makes
    /// the run's task instances when it looks at the run first.
    pub dag_hash: Option<&'a str>,
    pub instances: &'a [NewInstance],
    pub unixname: &'a str,
}

/// Inserts the run as queued with its task instances, and tells the schedulers; false where a run of
/// the DAG has the id or the date already.
pub async fn trigger(tx: &mut Tx, run: &ManualRun<'_>, now: UtcDateTime) -> Result<bool, Error> {
    let inserted = tx
        .query(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, state, queued_at, execution_date, data_interval_start,
                 data_interval_end, external_trigger, conf, log_template_id, updated_at,
                 clear_number, dag_hash)
             VALUES (
                 $1, $2, 'manual', 'queued', $3, $4, $5, $6, TRUE, $7,
                 (SELECT MAX(id) FROM log_template), $3, 0, $8)
             ON CONFLICT DO NOTHING",
        )
        .bind(run.dag_id)
        .bind(run.run_id.as_str())
        .bind(DbTimestamp(now))
        .bind(DbTimestamp(run.execution_date))
        .bind(DbTimestamp(run.data_interval.start))
        .bind(DbTimestamp(run.data_interval.end))
        .bind(run.conf.to_vec())
        .bind(run.dag_hash.map(str::to_owned))
        .execute()
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    let key = RunKey {
        dag_id: run.dag_id.into(),
        run_id: run.run_id.clone(),
    };
    let instances: Vec<_> = run.instances.iter().map(|new| (&key, new)).collect();
    create_task_instances(tx, &instances, run.unixname, now).await?;
    changes::notify(tx, "dag_runs").await?;
    Ok(true)
}
