//! Taking a queued task instance, so that nobody else runs this try.

use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime};

use super::{
    claim_postgres,
    columns::{DagRunColumns, TaskInstanceColumns, task_instance_columns},
    load::load_run,
    try_key::bind_key,
};
use crate::{Db, Dialects, Engine, Error, Tx, query::Source, value::DbTimestamp};

/// What to claim, and for which process.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub key: &'a TaskInstanceKey,
    pub try_number: i32,
    /// Where the order names one, the task instance must have been queued with it.
    pub external_executor_id: Option<&'a str>,
    pub hostname: &'a str,
    pub unixname: &'a str,
    /// The process that will run it; it waits for the claim.
    pub pid: i32,
    pub tag: &'a str,
    pub supervisor_id: &'a str,
    /// The task's owner, for the audit log.
    pub owner: Option<&'a str>,
    /// The user that the process runs as, where it is not the supervisor's own.
    pub run_as_user: Option<&'a str>,
    pub now: UtcDateTime,
}

/// A claimed try and what its process needs to know.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub job_id: i32,
    pub task_instance: TaskInstanceColumns,
    pub dag_run: DagRunColumns,
    /// `log_template.filename` of the run.
    pub log_template: Option<String>,
}

/// The run of a task instance, which can be read before the claim: while its process is made.
#[derive(Clone, Debug)]
pub struct ClaimRun {
    dag_run: DagRunColumns,
    log_template: Option<String>,
}

pub async fn load_claim_run(db: &Db, key: &TaskInstanceKey) -> Result<Option<ClaimRun>, Error> {
    let loaded = load_run(db, key).await?;
    Ok(loaded.map(|(dag_run, log_template)| ClaimRun {
        dag_run,
        log_template,
    }))
}

/// Claims in a transaction of its own, with as few round trips as the engine allows.
pub async fn claim_now(
    db: &Db,
    order: &Claim<'_>,
    run: &ClaimRun,
) -> Result<Option<Claimed>, Error> {
    if db.engine() == Engine::Postgres {
        let ClaimRun {
            dag_run,
            log_template,
        } = run.clone();
        let taken = claim_postgres::take(db, order, &dag_run).await?;
        return Ok(claimed(taken, dag_run, log_template));
    }
    let mut tx = db.begin().await?;
    let claimed = claim(&mut tx, order).await?;
    match claimed {
        Some(_) => tx.commit().await?,
        None => tx.rollback().await?,
    }
    Ok(claimed)
}

/// Moves the task instance from queued to running. `None`: it is not queued for this try (any
/// more); nothing was written.
pub async fn claim(tx: &mut Tx, claim: &Claim<'_>) -> Result<Option<Claimed>, Error> {
    let Some((dag_run, log_template)) = load_run(&mut *tx, claim.key).await? else {
        return Ok(None);
    };
    if tx.engine() == Engine::Postgres {
        let taken = claim_postgres::take(&mut *tx, claim, &dag_run).await?;
        return Ok(claimed(taken, dag_run, log_template));
    }
    let now = DbTimestamp(claim.now);
    let job_id: i32 = tx
        .query(
            "INSERT INTO job (
                 dag_id, state, job_type, start_date, latest_heartbeat, hostname, unixname)
             VALUES ($1, 'running', 'LocalTaskJob', $2, $2, $3, $4)
             RETURNING id",
        )
        .bind(claim.key.dag_id.as_str())
        .bind(now)
        .bind(claim.hostname)
        .bind(claim.unixname)
        .fetch_scalar()
        .await?;
    let Some(task_instance) = take(tx, claim, job_id).await? else {
        tx.query("DELETE FROM job WHERE id = $1")
            .bind(job_id)
            .execute()
            .await?;
        return Ok(None);
    };
    if task_instance.next_method.is_none() {
        bind_key(
            tx.query(
                "DELETE FROM xcom
                 WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
            ),
            claim.key,
        )
        .execute()
        .await?;
    }
    insert_log(tx, claim, &dag_run).await?;
    insert_try(tx, claim, job_id).await?;
    Ok(Some(Claimed {
        job_id,
        task_instance,
        dag_run,
        log_template,
    }))
}

fn claimed(
    taken: Option<TaskInstanceColumns>,
    dag_run: DagRunColumns,
    log_template: Option<String>,
) -> Option<Claimed> {
    let task_instance = taken?;
    Some(Claimed {
        job_id: task_instance.job_id?,
        task_instance,
        dag_run,
        log_template,
    })
}

async fn take(
    tx: &mut Tx,
    claim: &Claim<'_>,
    job_id: i32,
) -> Result<Option<TaskInstanceColumns>, Error> {
    // A resumed deferral (next_method) goes on: its start stays.
    const UPDATE: &str = concat!(
        "UPDATE task_instance
         SET state = 'running',
             start_date = CASE
                 WHEN next_method IS NOT NULL AND start_date IS NOT NULL THEN start_date
                 ELSE $7 END,
             end_date = NULL,
             hostname = $8,
             pid = $9,
             job_id = $10,
             updated_at = $7
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
           AND state = 'queued' AND try_number = $5
           AND ($6 IS NULL OR external_executor_id = $6)
         RETURNING ",
        task_instance_columns!()
    );
    bind_key(tx.query(UPDATE), claim.key)
        .bind(claim.try_number)
        .bind(claim.external_executor_id.map(str::to_owned))
        .bind(DbTimestamp(claim.now))
        .bind(claim.hostname)
        .bind(claim.pid)
        .bind(job_id)
        .fetch_optional()
        .await
}

async fn insert_log(tx: &mut Tx, claim: &Claim<'_>, run: &DagRunColumns) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO log (
                 dag_id, run_id, task_id, map_index, dttm, event, execution_date, owner,
                 try_number)
             VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8)",
        ),
        claim.key,
    )
    .bind(DbTimestamp(claim.now))
    .bind(run.execution_date)
    .bind(claim.owner.map(str::to_owned))
    .bind(claim.try_number)
    .execute()
    .await?;
    Ok(())
}

async fn insert_try(tx: &mut Tx, claim: &Claim<'_>, job_id: i32) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO updraft_task_try (
                 dag_id, run_id, task_id, map_index, tag, try_number, job_id, supervisor_id,
                 state, claimed_at, pid, run_as_user)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, $11)",
        ),
        claim.key,
    )
    .bind(claim.tag)
    .bind(claim.try_number)
    .bind(job_id)
    .bind(claim.supervisor_id)
    .bind(DbTimestamp(claim.now))
    .bind(claim.pid)
    .bind(claim.run_as_user.map(str::to_owned))
    .execute()
    .await?;
    Ok(())
}

/// Undoes a claim whose process has not been told to begin: the task instance is queued again
/// under the same number. Does nothing where there is no such claim.
pub async fn release_claim(tx: &mut Tx, key: &TaskInstanceKey, tag: &str) -> Result<(), Error> {
    const LOCK: Dialects = Dialects {
        // The claim may wait for this lock still, though nobody waits for the claim: it comes first.
        postgres: "SELECT 1
            FROM task_instance
            WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
            FOR UPDATE",
        sqlite: "SELECT 1
            FROM task_instance
            WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    };
    bind_key(tx.query(LOCK), key).execute().await?;
    let row: Option<(String, String, String, i32, i32, i32)> = tx
        .query(
            "SELECT dag_id, run_id, task_id, map_index, try_number, COALESCE(job_id, -1)
             FROM updraft_task_try
             WHERE tag = $1 AND ended_at IS NULL",
        )
        .bind(tag.to_owned())
        .fetch_optional()
        .await?;
    let Some((dag_id, run_id, task_id, map_index, try_number, job_id)) = row else {
        return Ok(());
    };
    let key = TaskInstanceKey {
        dag_id: dag_id.into(),
        run_id: run_id.into(),
        task_id: task_id.into(),
        map_index: MapIndex(map_index),
    };
    bind_key(
        tx.query(
            "UPDATE task_instance
             SET state = 'queued', job_id = NULL, pid = NULL
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
               AND state = 'running' AND try_number = $5 AND job_id = $6",
        ),
        &key,
    )
    .bind(try_number)
    .bind(job_id)
    .execute()
    .await?;
    tx.query("DELETE FROM job WHERE id = $1")
        .bind(job_id)
        .execute()
        .await?;
    tx.query("DELETE FROM updraft_task_try WHERE tag = $1")
        .bind(tag.to_owned())
        .execute()
        .await?;
    Ok(())
}
