//! The life of one try, from the order to the event that it has ended.

use std::{collections::HashSet, sync::Arc};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use updraft_core::{MapIndex, TaskId, state::TaskInstanceState};
use updraft_metadata_db::{Db, supervision::Finished};

use super::{
    begin::{Begun, begin},
    conversation::{Conversation, Heard},
    death::{MemoryKills, explain},
    ending::{Decision, Storing, of_death, of_outcome, process_end, store},
    stop::Escalation,
};
use crate::{
    callback,
    command::{CallbackKind, TaskRequest},
    event::{Event, NotClaimed, TaskFinished},
    output::capture_into_log,
    process::{Child, Exit, kill_group, kill_tagged},
    shared::Shared,
    task_log::TaskLog,
};

pub(crate) async fn run(shared: Arc<Shared>, request: TaskRequest) {
    let Some(db) = shared.options.db.clone() else {
        return not_claimed(&shared, &request, no_database());
    };
    if shared.kill.is_cancelled() {
        return not_claimed(&shared, &request, NotClaimed::Draining);
    }
    match begin(&shared, &db, &request).await {
        Ok(begun) => attend(&shared, &db, &request, begun).await,
        Err(reason) => not_claimed(&shared, &request, reason),
    }
}

fn no_database() -> NotClaimed {
    NotClaimed::Unable("no metadata database".to_owned())
}

fn not_claimed(shared: &Shared, request: &TaskRequest, reason: NotClaimed) {
    shared.tell(Event::TaskNotClaimed {
        key: request.key.clone(),
        try_number: request.try_number,
        reason,
    });
}

async fn attend(shared: &Arc<Shared>, db: &Db, request: &TaskRequest, begun: Begun) {
    let Begun {
        mut child,
        claimed,
        log,
    } = begun;
    let memory = MemoryKills::watch();
    let mut stops = shared
        .live
        .add(claimed.job_id, request.key.clone(), request.try_number);
    let start_date = claimed
        .task_instance
        .start_date
        .map_or_else(|| shared.now(), |at| at.0);
    shared.tell(Event::TaskStarted {
        key: request.key.clone(),
        try_number: request.try_number,
        job_id: claimed.job_id,
        start_date,
    });
    let drained = CancellationToken::new();
    let output = std::mem::replace(&mut child.output, None);
    let capture = output.map(|output| {
        tokio::spawn(capture_into_log(output, log.clone(), drained.clone()))
    });
    let mut escalation = Escalation::new(child.pid, shared.options.limits);
    let mut heard = Conversation::new(shared, db, &request.key, &claimed, &log)
        .hold(&mut child, &mut escalation, &mut stops)
        .await;

    // A process that reports its usage need not be waited for.
    let reported = heard.outcome.as_ref().and_then(|(outcome, _)| outcome.usage);
    let exit_is_needed = heard.outcome.is_none() || reported.is_none();
    if exit_is_needed && heard.exit.is_none() {
        heard.exit = Some(await_exit(shared, &mut child, &log).await);
    }
    let decision = match &heard.outcome {
        Some((outcome, blob)) => of_outcome(outcome, blob, shared.now()),
        None => {
            let exit = heard.exit.unwrap_or_default();
            let reason = explain(exit, escalation.reason.as_ref(), escalation.killed, &memory);
            log.error(&reason);
            clear_away(&child).await;
            of_death(request, &claimed, reason, shared.now())
        }
    };
    let skips = skips_of(&heard);
    let tag = child.tag.to_string();
    let storing = Storing {
        request,
        claimed: &claimed,
        tag: &tag,
        decision: &decision,
        outcome: heard.outcome.as_ref(),
        skips: &skips,
        rendered_fields: heard.rendered_fields.as_deref(),
        process: process_end(heard.exit, reported),
    };
    let stored = store(shared, db, &storing).await;
    shared.live.remove(claimed.job_id);
    let finished = match stored {
        Ok(finished) => finished,
        Err(error) => {
            tracing::error!(task = %request.key, error = chain(&error), "cannot store the end of a try");
            log.error(&format!("The end of this try could not be stored: {}", chain(&error)));
            Finished::Overruled
        }
    };
    shared.tell(finished_event(
        request, &claimed, &decision, &heard, finished, start_date, &storing.process,
    ));

    if heard.exit.is_none() {
        heard.exit = Some(await_exit(shared, &mut child, &log).await);
    }
    drained.cancel();
    if let Some(capture) = capture
        && let Ok(Err(error)) = capture.await
    {
        tracing::warn!(task = %request.key, %error, "cannot write a task's output to its log");
    }
    end_log(&log, heard.exit.unwrap_or_default());
    run_callbacks(shared, request, claimed, &decision, finished, &log).await;
}

/// After its outcome, or its exit, a process has nothing more to do.
async fn await_exit(shared: &Shared, child: &mut Child, log: &TaskLog) -> Exit {
    match timeout(shared.options.limits.exit_timeout, &mut child.exited).await {
        Ok(exit) => exit.unwrap_or_default(),
        Err(_) => {
            log.error("The process does not exit after its last message. Sending SIGKILL.");
            kill_group(child.pid);
            (&mut child.exited).await.unwrap_or_default()
        }
    }
}

/// Nothing of a try that died may live on when its successor starts.
async fn clear_away(child: &Child) {
    kill_group(child.pid);
    let tags = HashSet::from([child.tag.to_string()]);
    if let Err(error) = tokio::task::spawn_blocking(move || kill_tagged(&tags)).await {
        tracing::warn!(%error, "cannot look for processes of a dead task");
    }
}

fn skips_of(heard: &Heard) -> Vec<(TaskId, MapIndex)> {
    heard
        .outcome
        .iter()
        .flat_map(|(outcome, _)| &outcome.skip_tasks)
        .map(|(task_id, map_index)| (TaskId::from(task_id.as_str()), MapIndex(*map_index)))
        .collect()
}

fn finished_event(
    request: &TaskRequest,
    claimed: &updraft_metadata_db::supervision::Claimed,
    decision: &Decision,
    heard: &Heard,
    finished: Finished,
    start_date: updraft_core::UtcDateTime,
    process: &updraft_metadata_db::supervision::ProcessEnd,
) -> Event {
    let mut skipped = heard.skipped.clone();
    skipped.extend(skips_of(heard));
    Event::TaskFinished(Box::new(TaskFinished {
        key: request.key.clone(),
        try_number: request.try_number,
        job_id: claimed.job_id,
        state: match finished {
            Finished::Written(state) => Some(state),
            Finished::Overruled => None,
        },
        start_date,
        end_date: decision.end_date,
        reschedule_date: heard
            .outcome
            .as_ref()
            .and_then(|(outcome, _)| outcome.reschedule_date),
        skip_decision: heard.skip_decision.clone(),
        skipped,
        reason: decision.reason.clone(),
        cpu_seconds: process.cpu_seconds,
        peak_rss_bytes: process.peak_rss_bytes,
    }))
}

fn end_log(log: &TaskLog, exit: Exit) {
    match exit.return_code() {
        Some(code) => log.info(&format!("Task exited with return code {code}")),
        None => log.info("Task exited with an unknown return code"),
    }
    log.info("::endgroup::");
}

async fn run_callbacks(
    shared: &Arc<Shared>,
    request: &TaskRequest,
    mut claimed: updraft_metadata_db::supervision::Claimed,
    decision: &Decision,
    finished: Finished,
    log: &TaskLog,
) {
    let kind = match finished {
        Finished::Written(TaskInstanceState::Failed) if decision.died => CallbackKind::OnFailure,
        Finished::Written(TaskInstanceState::UpForRetry) if decision.died => CallbackKind::OnRetry,
        _ => return,
    };
    claimed.task_instance.state = match kind {
        CallbackKind::OnFailure => Some("failed".to_owned()),
        CallbackKind::OnRetry => Some("up_for_retry".to_owned()),
    };
    let order = callback::Order {
        key: &request.key,
        path: &request.path,
        dags_folder: &request.dags_folder,
        run_as_user: request.run_as_user.clone(),
        kind,
        reason: decision.reason.as_deref().unwrap_or_default(),
    };
    if let Err(error) = callback::run(shared, &order, &claimed, log).await {
        tracing::warn!(task = %request.key, %error, "cannot run the callbacks of a task");
        log.error(&format!("The task's callbacks could not be run: {error}"));
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
