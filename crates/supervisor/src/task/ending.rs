//! From what a process said, or how it died, to what is written.

use updraft_core::{
    MapIndex, TaskId, UtcDateTime,
    failure::{FailureCause, FailureFacts, on_failure},
    state::TaskInstanceState,
};
use updraft_metadata_db::{
    Db, Error,
    supervision::{
        Claimed, Finished, ProcessEnd, TaskMapRow, TryCallback, TryEnd, TryKey, XComValue, finish,
        finish_now, is_ended,
    },
};

use super::persist::keep_trying;
use crate::{
    command::TaskRequest,
    process::Exit,
    protocol::{Outcome, Reported},
    shared::Shared,
};

/// How a try ended, decided.
pub(super) struct Decision {
    pub(super) state: TaskInstanceState,
    pub(super) end_date: UtcDateTime,
    pub(super) reason: Option<String>,
    /// It is a failure of which the process does not know: callbacks have not run.
    pub(super) owes_callbacks: bool,
}

/// What the outcome says, or that it cannot be.
pub(super) fn of_outcome(outcome: &Outcome, blob: &[u8], now: UtcDateTime) -> Decision {
    let announced: usize = outcome.xcoms.iter().map(|part| part.length).sum();
    let (state, reason) = match TaskInstanceState::parse(Some(&outcome.state)) {
        _ if announced != blob.len() => (
            TaskInstanceState::Failed,
            Some("the task's process sent XComs that do not fit their lengths".to_owned()),
        ),
        Some(
            state @ (TaskInstanceState::Success
            | TaskInstanceState::Skipped
            | TaskInstanceState::Failed
            | TaskInstanceState::UpForRetry
            | TaskInstanceState::UpForReschedule),
        ) => (state, outcome.exception.clone()),
        _ => (
            TaskInstanceState::Failed,
            Some(format!("a task cannot end as {}", outcome.state)),
        ),
    };
    Decision {
        state,
        end_date: outcome.end_date.unwrap_or(now),
        reason,
        owes_callbacks: is_failure(state)
            && !TaskInstanceState::parse(Some(&outcome.state)).is_some_and(is_failure),
    }
}

fn is_failure(state: TaskInstanceState) -> bool {
    matches!(
        state,
        TaskInstanceState::Failed | TaskInstanceState::UpForRetry
    )
}

/// The rule for a process that died without an outcome.
pub(super) fn of_death(
    request: &TaskRequest,
    claimed: &Claimed,
    reason: String,
    now: UtcDateTime,
) -> Decision {
    Decision {
        state: state_after_failure(request, claimed),
        end_date: now,
        reason: Some(reason),
        owes_callbacks: true,
    }
}

fn state_after_failure(request: &TaskRequest, claimed: &Claimed) -> TaskInstanceState {
    on_failure(FailureFacts {
        cause: FailureCause::Failed,
        retries: request.retries,
        try_number: request.try_number,
        max_tries: claimed.task_instance.max_tries.unwrap_or_default(),
        lost_tries_rerun: 0,
        on_worker_loss: updraft_core::failure::OnWorkerLoss::Fail,
    })
    .state()
}

pub(super) fn process_end(exit: Option<Exit>, used: Option<Reported>) -> ProcessEnd {
    // wait4 does not know more than the process about itself, only later.
    let used = exit.and_then(|exit| exit.used).or(used);
    ProcessEnd {
        exit_code: exit.and_then(|exit| exit.code),
        signal: exit.and_then(|exit| exit.signal),
        cpu_seconds: used.map(|used| used.utime + used.stime),
        peak_rss_bytes: used.map(|used| used.maxrss_kb.saturating_mul(1024)),
    }
}

/// Everything that [`store`] writes.
#[derive(Clone, Copy)]
pub(super) struct Storing<'a> {
    pub(super) request: &'a TaskRequest,
    pub(super) claimed: &'a Claimed,
    pub(super) tag: &'a str,
    pub(super) decision: &'a Decision,
    pub(super) outcome: Option<&'a (Outcome, Vec<u8>)>,
    pub(super) skips: &'a [(TaskId, MapIndex)],
    pub(super) rendered_fields: Option<&'a str>,
    pub(super) process: ProcessEnd,
}

/// Writes the end, for as long as it takes: an outage never turns a finished task into a lost one.
pub(super) async fn store(
    shared: &Shared,
    db: &Db,
    storing: &Storing<'_>,
) -> Result<Finished, Error> {
    let mut end = try_end(shared, storing);
    let first = write(db, &end).await;
    match first {
        Err(error) if end.rendered_fields.is_some() => {
            // Python's JSON may hold what the database does not take (NaN, \u0000).
            tracing::warn!(%error, "cannot store rendered fields");
            end.rendered_fields = None;
            write(db, &end).await
        }
        result => result,
    }
}

/// What becomes of a decision whose traces the database refuses for good (a zero character, a value
/// over its limits).
pub(super) fn of_refusal(
    request: &TaskRequest,
    claimed: &Claimed,
    decision: &Decision,
    reason: String,
) -> Decision {
    // A process that knows of its failure has run the callbacks.
    let is_news = !is_failure(decision.state);
    Decision {
        state: if is_news {
            state_after_failure(request, claimed)
        } else {
            decision.state
        },
        end_date: decision.end_date,
        reason: Some(reason),
        owes_callbacks: is_news || decision.owes_callbacks,
    }
}

/// Writes a failure without anything that the task left. Without an end it would run again as lost.
pub(super) async fn store_refused(
    shared: &Shared,
    db: &Db,
    storing: &Storing<'_>,
) -> Result<Finished, Error> {
    let Storing { request, .. } = storing;
    let end = TryEnd {
        reschedule_date: None,
        owner: request.owner.as_deref(),
        rendered_map_index: None,
        note: None,
        xcoms: Vec::new(),
        task_map: None,
        skips: &[],
        rendered_fields: None,
        ..try_end(shared, storing)
    };
    write(db, &end).await
}

async fn write(db: &Db, end: &TryEnd<'_>) -> Result<Finished, Error> {
    let mut first = true;
    keep_trying("the end of a try", || {
        let again = !std::mem::take(&mut first);
        async move {
            if !again {
                return finish_now(db, end).await;
            }
            let mut tx = db.begin().await?;
            // A commit whose answer was lost may have been applied.
            if let Some(finished) = is_ended(&mut tx, end.tag).await? {
                return Ok(finished);
            }
            let finished = finish(&mut tx, end).await?;
            tx.commit().await?;
            Ok(finished)
        }
    })
    .await
}

fn try_end<'a>(shared: &'a Shared, storing: &Storing<'a>) -> TryEnd<'a> {
    let Storing {
        request,
        claimed,
        decision,
        ..
    } = storing;
    let outcome = storing.outcome.map(|(outcome, _)| outcome);
    let now = shared.now();
    let execution_date = claimed.dag_run.execution_date.0;
    let keep = shared.options.limits.max_num_rendered_ti_fields_per_task;
    TryEnd {
        by: TryKey {
            key: &request.key,
            try_number: request.try_number,
            job_id: claimed.job_id,
        },
        tag: storing.tag,
        state: decision.state,
        max_tries: None,
        start_date: claimed.task_instance.start_date.map_or(now, |at| at.0),
        end_date: decision.end_date,
        reschedule_date: outcome.and_then(|outcome| outcome.reschedule_date),
        execution_date,
        owner: outcome
            .and_then(|outcome| outcome.owner.as_deref())
            .or(request.owner.as_deref()),
        rendered_map_index: outcome.and_then(|outcome| outcome.rendered_map_index.as_deref()),
        note: outcome.and_then(|outcome| outcome.note.as_deref()),
        xcoms: storing.outcome.map(xcoms).unwrap_or_default(),
        task_map: outcome
            .and_then(|outcome| outcome.task_map.as_ref())
            .map(|map| TaskMapRow {
                length: map.length,
                keys: map
                    .keys
                    .as_ref()
                    .map_or_else(|| "null".to_owned(), ToString::to_string),
            }),
        skips: storing.skips,
        rendered_fields: storing.rendered_fields.map(|fields| (fields, keep)),
        callback: decision.owes_callbacks.then(|| TryCallback {
            reason: decision.reason.as_deref().unwrap_or_default(),
            path: &request.path,
            dags_folder: &request.dags_folder,
            run_as_user: request.run_as_user.as_deref(),
            owner: &shared.lease.id,
        }),
        process: storing.process,
        now,
    }
}

/// The parts of the blob. Lengths that do not fit were found before.
fn xcoms((outcome, blob): &(Outcome, Vec<u8>)) -> Vec<XComValue<'_>> {
    let mut rest = blob.as_slice();
    outcome
        .xcoms
        .iter()
        .map_while(|part| {
            let (value, after) = rest.split_at_checked(part.length)?;
            rest = after;
            Some(XComValue {
                key: &part.key,
                value,
            })
        })
        .collect()
}
