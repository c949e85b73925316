//! What callbacks and logs of a try need to know.

use updraft_core::TaskInstanceKey;

use super::{
    claim::Claimed,
    columns::{DagRunColumns, TaskInstanceColumns, task_instance_columns},
    try_key::bind_key,
};
use crate::{Db, Error, query::Source};

/// A try that has ended, for its log and its callbacks: from the history where the task instance has
/// gone on. A try that neither of them names has the columns of the present one.
pub async fn load_try(
    db: &Db,
    key: &TaskInstanceKey,
    try_number: i32,
) -> Result<Option<Claimed>, Error> {
    const PRESENT: &str = concat!(
        "SELECT ",
        task_instance_columns!(),
        " FROM task_instance
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4"
    );
    const FORMER: &str = concat!(
        "SELECT ",
        task_instance_columns!(),
        " FROM task_instance_history
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
           AND try_number = $5"
    );
    let Some((dag_run, log_template)) = load_run(db, key).await? else {
        return Ok(None);
    };
    let present: Option<TaskInstanceColumns> =
        bind_key(db.query(PRESENT), key).fetch_optional().await?;
    let Some(mut task_instance) = present else {
        return Ok(None);
    };
    if task_instance.try_number != Some(try_number) {
        let former: Option<TaskInstanceColumns> = bind_key(db.query(FORMER), key)
            .bind(try_number)
            .fetch_optional()
            .await?;
        task_instance = former.unwrap_or(task_instance);
        task_instance.try_number = Some(try_number);
    }
    Ok(Some(Claimed {
        job_id: task_instance.job_id.unwrap_or_default(),
        task_instance,
        dag_run,
        log_template,
    }))
}

/// A run, and the path template of its logs.
pub(super) async fn load_run<'c>(
    source: impl Source<'c>,
    key: &TaskInstanceKey,
) -> Result<Option<(DagRunColumns, Option<String>)>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        run: DagRunColumns,
        filename: Option<String>,
    }
    let row: Option<Row> = source
        .query(
            "SELECT r.id, r.dag_id, r.queued_at, r.execution_date, r.start_date, r.end_date,
                 r.state, r.run_id, r.creating_job_id, r.external_trigger, r.run_type, r.conf,
                 r.data_interval_start, r.data_interval_end, r.last_scheduling_decision,
                 r.dag_hash, r.log_template_id, r.updated_at, r.clear_number, t.filename
             FROM dag_run r
             LEFT JOIN log_template t ON t.id = r.log_template_id
             WHERE r.dag_id = $1 AND r.run_id = $2",
        )
        .bind(key.dag_id.as_str())
        .bind(key.run_id.as_str())
        .fetch_optional()
        .await?;
    Ok(row.map(|row| (row.run, row.filename)))
}
