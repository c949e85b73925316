//! Writes the end of a try, for as long as it takes: an outage never turns a finished task into a
//! lost one.

use updraft_core::{MapIndex, TaskId};
use updraft_metadata_db::{
    Db, Error,
    supervision::{
        Claimed, Finished, ProcessEnd, TaskMapRow, TryCallback, TryEnd, TryKey, finish, finish_now,
        is_ended,
    },
};

use super::{
    ending::{Decision, of_refusal},
    persist::keep_trying,
    spooling::unless_spooled,
};
use crate::{
    command::TaskRequest,
    protocol::{Outcome, split},
    shared::Shared,
    spool::{Instead, SpooledCallback},
};

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

/// Writes the end. `None`: everything is to end at once, and the end lies on disk for a successor.
pub(super) async fn store(
    shared: &Shared,
    db: &Db,
    storing: &Storing<'_>,
) -> Result<Option<Finished>, Error> {
    let mut end = try_end(shared, storing);
    let instead = || instead(shared, storing);
    let first = write(shared, db, &end, instead).await;
    match first {
        Err(error) if end.rendered_fields.is_some() => {
            // Python's JSON may hold what the database does not take (NaN, \u0000).
            tracing::warn!(%error, "cannot store rendered fields");
            end.rendered_fields = None;
            write(shared, db, &end, instead).await
        }
        result => result,
    }
}

/// Writes a failure without anything that the task left. Without an end it would run again as lost.
pub(super) async fn store_refused(
    shared: &Shared,
    db: &Db,
    storing: &Storing<'_>,
) -> Result<Option<Finished>, Error> {
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
    write(shared, db, &end, || instead(shared, storing)).await
}

async fn write(
    shared: &Shared,
    db: &Db,
    end: &TryEnd<'_>,
    instead: impl FnOnce() -> Instead,
) -> Result<Option<Finished>, Error> {
    let mut first = true;
    let written = keep_trying("the end of a try", || {
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
    });
    unless_spooled(shared, end, instead, written).await
}

/// For whoever finds the end on disk, and a database that refuses it.
fn instead(shared: &Shared, storing: &Storing<'_>) -> Instead {
    let Storing {
        request,
        claimed,
        decision,
        ..
    } = storing;
    let reason = "What this try left behind could not be stored".to_owned();
    let refusal = of_refusal(request, claimed, decision, reason);
    Instead {
        state: refusal.state,
        callback: callback(shared, request, &refusal)
            .as_ref()
            .map(SpooledCallback::of),
    }
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
        xcoms: storing
            .outcome
            .map(|(outcome, blob)| split(&outcome.xcoms, blob))
            .unwrap_or_default(),
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
        callback: callback(shared, request, decision),
        process: storing.process,
        now,
    }
}

fn callback<'a>(
    shared: &'a Shared,
    request: &'a TaskRequest,
    decision: &'a Decision,
) -> Option<TryCallback<'a>> {
    decision.owes_callbacks.then(|| TryCallback {
        reason: decision.reason.as_deref().unwrap_or_default(),
        path: &request.path,
        dags_folder: &request.dags_folder,
        run_as_user: request.run_as_user.as_deref(),
        owner: Some(&shared.lease.id),
    })
}
