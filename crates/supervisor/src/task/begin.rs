//! From an order to a process that runs the try: fork, claim, hand over.
//!
//! The fork comes first: its process waits, and the row of the claim holds its pid from the start.

use std::os::fd::AsFd as _;

use updraft_core::TaskInstanceKey;
use updraft_metadata_db::{
    Db, Error, Retry,
    supervision::{Claim, ClaimRun, Claimed, claim_now, load_claim_run, release_claim},
};

use super::{
    persist::{keep_trying, unless_killed},
    run_task::{DagFile, run_task_message},
};
use crate::{
    command::TaskRequest,
    event::NotClaimed,
    process::{Child, ForkSpec, Role},
    shared::Shared,
    task_log::{TaskLog, TaskLogs},
};

/// A claimed try whose process knows what to run.
pub(super) struct Begun {
    pub(super) child: Child,
    pub(super) claimed: Claimed,
    pub(super) log: TaskLog,
}

pub(super) async fn begin(
    shared: &Shared,
    db: &Db,
    request: &TaskRequest,
) -> Result<Begun, NotClaimed> {
    let spec = ForkSpec {
        role: Role::Task,
        run_as_user: request.run_as_user.clone(),
        dag_file: Some((request.path.clone(), request.dags_folder.clone())),
    };
    let prepared =
        async { tokio::join!(shared.nursery.fork(spec), load_claim_run(db, &request.key)) };
    let (child, run) = tokio::select! {
        prepared = prepared => prepared,
        () = shared.kill.cancelled() => return Err(NotClaimed::Draining),
    };
    // Dropping the child, here and below, ends it: it has nothing to do.
    let mut child = child.map_err(|error| NotClaimed::Unable(error.to_string()))?;
    let run = run
        .map_err(|error| NotClaimed::Unable(error.to_string()))?
        .ok_or(NotClaimed::NotQueued)?;
    let claimed = Box::pin(take(shared, db, request, &child, &run))
        .await?
        .ok_or(NotClaimed::NotQueued)?;
    let log = open_log(&shared.logs, &claimed);
    let file = DagFile {
        path: &request.path,
        dags_folder: &request.dags_folder,
    };
    let message = run_task_message(
        "run_task",
        &request.key,
        &claimed,
        &file,
        request.mark_success,
        child.pid,
    );
    let conf = claimed.dag_run.conf.as_deref().unwrap_or_default();
    let descriptor = log.file.as_ref().map(|file| file.as_fd());
    if let Err(error) = child.channel.send_with(&message, conf, descriptor).await {
        // Its end, with the reason, is noticed by whoever waits for its outcome.
        tracing::debug!(%error, "a task's process did not take its order");
    }
    Ok(Begun {
        child,
        claimed,
        log,
    })
}

async fn take(
    shared: &Shared,
    db: &Db,
    request: &TaskRequest,
    child: &Child,
    run: &ClaimRun,
) -> Result<Option<Claimed>, NotClaimed> {
    let tag = child.tag.to_string();
    let order = Claim {
        key: &request.key,
        try_number: request.try_number,
        external_executor_id: request.external_executor_id.as_deref(),
        hostname: &shared.options.host.hostname,
        unixname: &shared.options.host.unixname,
        pid: child.pid.as_raw(),
        tag: &tag,
        supervisor_id: &shared.lease.id,
        owner: request.owner.as_deref(),
        run_as_user: request.run_as_user.as_deref(),
        now: shared.now(),
    };
    let claim = Box::pin(db.transaction_retry().run(|| claim_now(db, &order, run)));
    let grace = shared.options.limits.last_write;
    let result: Option<Result<_, Error>> = unless_killed(&shared.kill, grace, claim).await;
    let (reason, is_doubtful) = match result {
        Some(Ok(claimed)) => return Ok(claimed),
        Some(Err(error)) => {
            tracing::warn!(%error, task = %request.key, "cannot claim a task instance");
            let is_doubtful = error.retry() == Retry::Connection;
            (NotClaimed::Unable(error.to_string()), is_doubtful)
        }
        None => (NotClaimed::Draining, true),
    };
    if is_doubtful {
        give_back(shared, db, &request.key, &tag).await;
    }
    Err(reason)
}

/// The connection broke, so the claim may be stored. User code has not begun: the task instance
/// goes back to the queue under the same number.
async fn give_back(shared: &Shared, db: &Db, key: &TaskInstanceKey, tag: &str) {
    let release = keep_trying("the release of a claim", || async {
        let mut tx = db.begin().await?;
        release_claim(&mut tx, key, tag).await?;
        tx.commit().await
    });
    match unless_killed(&shared.kill, shared.options.limits.last_write, release).await {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::error!(%error, "cannot release a claim"),
        // As after our death.
        None => tracing::warn!(task = %key, "a claim may be left to our successor"),
    }
}

/// A task whose log cannot be opened still runs.
fn open_log(logs: &TaskLogs, claimed: &Claimed) -> TaskLog {
    logs.open(claimed).unwrap_or_else(|error| {
        tracing::error!(%error, "cannot open a task's log; its lines go to our standard error");
        logs.standard_error()
    })
}
