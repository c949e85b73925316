//! The life of one try, from the order to the event that it has ended.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use updraft_core::{MapIndex, TaskId, UtcDateTime, error_chain};
use updraft_metadata_db::{
    Db, Error,
    supervision::{Callback, CallbackKind, Claimed, Finished, ProcessEnd},
};

use super::{
    begin::{Begun, begin},
    conversation::{Conversation, Heard},
    death::{MemoryKills, explain},
    ending::{
        Decision, Storing, of_death, of_outcome, of_refusal, process_end, store, store_refused,
    },
    stop::{Escalation, Stop},
};
use crate::{
    command::TaskRequest,
    event::{Event, NotClaimed, TaskFinished},
    output::Capture,
    pending_callbacks::run_owned,
    process::{Child, Exit, kill_group, kill_tagged},
    shared::{Live, Shared},
    task_log::TaskLog,
};

/// Between attempts to store an end that the database refuses whatever it says.
const REFUSED_PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn run(shared: Arc<Shared>, request: TaskRequest) {
    let begun = match shared.options.db.clone() {
        _ if shared.kill.is_cancelled() => Err(NotClaimed::Draining),
        None => Err(NotClaimed::Unable("no metadata database".to_owned())),
        Some(db) => begin(&shared, &db, &request).await.map(|begun| (db, begun)),
    };
    match begun {
        Ok((db, begun)) => attend(&shared, &db, request, begun).await,
        Err(reason) => shared.tell(Event::TaskNotClaimed {
            key: request.key,
            try_number: request.try_number,
            external_executor_id: request.external_executor_id,
            reason,
        }),
    }
}

/// A claimed try.
struct Attempt<'a> {
    shared: &'a Arc<Shared>,
    db: &'a Db,
    request: TaskRequest,
    claimed: Claimed,
    log: TaskLog,
    start_date: UtcDateTime,
}

async fn attend(shared: &Arc<Shared>, db: &Db, request: TaskRequest, begun: Begun) {
    let Begun {
        mut child,
        claimed,
        log,
    } = begun;
    let start_date = claimed.task_instance.start_date;
    let attempt = Attempt {
        shared,
        db,
        request,
        claimed,
        log,
        start_date: start_date.map_or_else(|| shared.now(), UtcDateTime::from),
    };
    let output = child.output.take();
    let capture = output.map(|output| Capture::into_log(output, attempt.log.clone()));
    let mut live = shared.live.add(
        attempt.claimed.job_id,
        attempt.request.key.clone(),
        attempt.request.try_number,
    );
    let (mut heard, decision) = attempt.listen(&mut child, &mut live.stops).await;
    let (finished, decision) = attempt.store(&child, &heard, decision, live).await;

    if heard.exit.is_none() {
        heard.exit = Some(attempt.await_exit(&mut child).await);
    }
    if let Some(capture) = capture
        && let Err(error) = capture.finish(&shared.kill).await
    {
        tracing::warn!(task = %attempt.request.key, %error, "cannot write a task's output to its log");
    }
    attempt.close_log(heard.exit.unwrap_or_default());
    let tag = child.tag.to_string();
    attempt.run_callbacks(tag, &decision, finished).await;
}

impl Attempt<'_> {
    /// Until it is known how the try ended.
    async fn listen(
        &self,
        child: &mut Child,
        stops: &mut mpsc::UnboundedReceiver<Stop>,
    ) -> (Heard, Decision) {
        let memory = MemoryKills::watch();
        self.shared.tell(Event::TaskStarted {
            key: self.request.key.clone(),
            try_number: self.request.try_number,
            job_id: self.claimed.job_id,
            start_date: self.start_date,
        });
        let mut escalation = Escalation::new(child.pid, self.shared.options.limits);
        let conversation = Conversation::new(
            self.shared,
            self.db,
            &self.request.key,
            &self.claimed,
            &self.log,
        );
        let mut heard = conversation.hold(child, &mut escalation, stops).await;
        // Whoever cleared a task that runs has it run again.
        let is_followed = heard.is_followed() || escalation.reason.is_some();
        if heard.exit.is_none() && (heard.usage().is_none() || is_followed) {
            // What the process used may be known only once it has ended. And nothing of it (a thread, a
            // log handler) is there any more when the task instance runs again.
            heard.exit = Some(self.await_exit(child).await);
        }
        let decision = if let Some((outcome, blob)) = &heard.outcome {
            of_outcome(outcome, blob, self.shared.now())
        } else {
            let exit = heard.exit.unwrap_or_default();
            let stopped = escalation.reason.as_ref();
            let reason = explain(exit, stopped, escalation.killed, &memory);
            self.log.error(&reason);
            clear_away(child).await;
            of_death(&self.request, &self.claimed, reason, self.shared.now())
        };
        (heard, decision)
    }

    /// Writes the end and tells of it.
    async fn store(
        &self,
        child: &Child,
        heard: &Heard,
        decision: Decision,
        live: Live<'_>,
    ) -> (Option<Finished>, Decision) {
        let skips = heard.outcome_skips();
        let tag = child.tag.to_string();
        let storing = Storing {
            request: &self.request,
            claimed: &self.claimed,
            tag: &tag,
            decision: &decision,
            outcome: heard.outcome.as_ref(),
            skips: &skips,
            rendered_fields: heard.rendered_fields.as_deref(),
            process: process_end(heard.exit, heard.usage()),
        };
        let (finished, refused) = match store(self.shared, self.db, &storing).await {
            Ok(finished) => (Some(finished), None),
            Err(error) => {
                let decision = self.refuse(&decision, &error);
                let storing = Storing {
                    decision: &decision,
                    ..storing
                };
                (self.store_refused(&storing).await, Some(decision))
            }
        };
        drop(live);
        let process = storing.process;
        let skips = if refused.is_none() { skips } else { Vec::new() };
        let decision = refused.unwrap_or(decision);
        self.tell_finished(heard, &decision, finished, skips, process);
        (finished, decision)
    }

    /// The failure that takes the place of what the database does not take.
    fn refuse(&self, decision: &Decision, error: &Error) -> Decision {
        let error = error_chain(error);
        tracing::error!(task = %self.request.key, error, "cannot store the end of a try");
        let reason = format!("What this try left behind could not be stored: {error}");
        self.log.error(&reason);
        of_refusal(&self.request, &self.claimed, decision, reason)
    }

    /// For as long as it takes: without an end the try would run again as lost. `None`: everything is
    /// to end at once.
    async fn store_refused(&self, storing: &Storing<'_>) -> Option<Finished> {
        loop {
            match store_refused(self.shared, self.db, storing).await {
                Ok(finished) => return Some(finished),
                Err(error) => {
                    let error = error_chain(&error);
                    tracing::error!(
                        task = %self.request.key,
                        error,
                        "cannot store the failure of a try; it is tried again"
                    );
                }
            }
            tokio::select! {
                () = sleep(REFUSED_PAUSE) => {}
                () = self.shared.kill.cancelled() => return None,
            }
        }
    }

    fn tell_finished(
        &self,
        heard: &Heard,
        decision: &Decision,
        finished: Option<Finished>,
        skips: Vec<(TaskId, MapIndex)>,
        process: ProcessEnd,
    ) {
        let state = match finished {
            Some(Finished::Written(state)) => Some(state),
            Some(Finished::Overruled) | None => None,
        };
        let outcome = heard.outcome.as_ref().map(|(outcome, _)| outcome);
        let mut skipped = heard.skipped.clone();
        skipped.extend(skips);
        self.shared.tell(Event::TaskFinished(Box::new(TaskFinished {
            key: self.request.key.clone(),
            try_number: self.request.try_number,
            external_executor_id: self.request.external_executor_id.clone(),
            job_id: self.claimed.job_id,
            state,
            start_date: self.start_date,
            end_date: decision.end_date,
            reschedule_date: outcome.and_then(|outcome| outcome.reschedule_date),
            skip_decision: heard.skip_decision.clone(),
            skipped,
            reason: decision.reason.clone(),
            cpu_seconds: process.cpu_seconds,
            peak_rss_bytes: process.peak_rss_bytes,
        })));
    }

    /// After its last message a process has nothing more to do.
    async fn await_exit(&self, child: &mut Child) -> Exit {
        let limit = self.shared.options.limits.exit_timeout;
        if let Ok(exit) = timeout(limit, &mut child.exited).await {
            return exit.unwrap_or_default();
        }
        self.log
            .error("The process does not exit after its last message. Sending SIGKILL.");
        kill_group(child.pid);
        (&mut child.exited).await.unwrap_or_default()
    }

    fn close_log(&self, exit: Exit) {
        match exit.return_code() {
            Some(code) => self
                .log
                .info(&format!("Task exited with return code {code}")),
            None => self.log.info("Task exited with an unknown return code"),
        }
        self.log.info("::endgroup::");
    }

    /// What the process cannot have run; it is stored with the end of the try.
    async fn run_callbacks(&self, tag: String, decision: &Decision, finished: Option<Finished>) {
        let Some(Finished::Written(state)) = finished else {
            return;
        };
        let Some(kind) = CallbackKind::after(state).filter(|_| decision.owes_callbacks) else {
            return;
        };
        let mut claimed = self.claimed.clone();
        claimed.task_instance.state = state.as_db().map(str::to_owned);
        claimed.task_instance.end_date = Some(decision.end_date.into());
        let callback = Callback {
            id: tag,
            key: self.request.key.clone(),
            try_number: self.request.try_number,
            kind,
            reason: decision.reason.clone().unwrap_or_default(),
            path: self.request.path.clone(),
            dags_folder: self.request.dags_folder.clone(),
            run_as_user: self.request.run_as_user.clone(),
        };
        run_owned(self.shared, self.db, &callback, &claimed, &self.log).await;
    }
}

impl Heard {
    fn usage(&self) -> Option<crate::protocol::Reported> {
        self.outcome.as_ref().and_then(|(outcome, _)| outcome.usage)
    }

    /// The task instance may run again as soon as the end of this try is stored.
    fn is_followed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|(outcome, _)| {
            matches!(outcome.state.as_str(), "up_for_retry" | "up_for_reschedule")
        })
    }

    fn outcome_skips(&self) -> Vec<(TaskId, MapIndex)> {
        self.outcome
            .iter()
            .flat_map(|(outcome, _)| &outcome.skip_tasks)
            .map(|(task_id, map_index)| (task_id.as_str().into(), MapIndex(*map_index)))
            .collect()
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
