//! The life of one try, from the order to the event that it has ended.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
};

use tokio::{sync::mpsc, time::timeout};
use updraft_core::{MapIndex, TaskId, UtcDateTime};
use updraft_metadata_db::{
    Db,
    supervision::{Callback, CallbackKind, Claimed, Finished},
};

use super::{
    begin::{Begun, begin},
    conversation::{Conversation, Heard},
    death::{MemoryKills, explain},
    ending::{Decision, is_failure, of_death, of_outcome},
    stop::{Escalation, Stop},
};
use crate::{
    command::TaskRequest,
    event::{Event, NotClaimed},
    output::Capture,
    pending_callbacks::run_owned,
    process::{Child, Exit, kill_group, kill_tagged},
    shared::Shared,
    task_log::TaskLog,
};

pub(crate) async fn run(shared: Arc<Shared>, request: TaskRequest) {
    let begun = match shared.options.db.clone() {
        _ if shared.kill.is_cancelled() => Err(NotClaimed::Draining),
        _ if shared.is_silent.load(Ordering::Relaxed) => Err(NotClaimed::Unable(
            "the database does not take this supervisor's signs of life".to_owned(),
        )),
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
pub(super) struct Attempt<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) db: &'a Db,
    pub(super) request: TaskRequest,
    pub(super) claimed: Claimed,
    pub(super) log: TaskLog,
    pub(super) start_date: UtcDateTime,
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
    let concluded = Box::pin(attempt.conclude(&child, &heard, decision, live));
    let (finished, decision) = concluded.await;

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
        let mut escalation = Escalation::new(child.pid, &self.shared.options.limits);
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
            heard.exit = Some(self.await_exit_unless_silent(child, stops).await);
        }
        let mut decision = if let Some((outcome, blob)) = &heard.outcome {
            of_outcome(outcome, blob, self.shared.now())
        } else {
            let exit = heard.exit.unwrap_or_default();
            let stopped = escalation.reason.as_ref();
            let reason = explain(exit, stopped, escalation.killed, &memory);
            self.log.error(&reason);
            clear_away(child).await;
            of_death(&self.request, &self.claimed, reason, self.shared.now())
        };
        // It failed because we ended it, and that is not the task's fault.
        decision.is_lost = escalation.reason == Some(Stop::Silent) && is_failure(decision.state);
        (heard, decision)
    }

    /// As [`Self::await_exit`], while others may yet take the try for lost.
    async fn await_exit_unless_silent(
        &self,
        child: &mut Child,
        stops: &mut mpsc::UnboundedReceiver<Stop>,
    ) -> Exit {
        let pid = child.pid;
        let silent = async {
            while let Some(stop) = stops.recv().await {
                if stop == Stop::Silent {
                    return;
                }
            }
            std::future::pending::<()>().await;
        };
        let exit = tokio::select! {
            exit = self.await_exit(child) => return exit,
            () = silent => {
                self.log.error("Others may take this try for lost. Sending SIGKILL.");
                kill_group(pid);
                &mut child.exited
            }
        };
        exit.await.unwrap_or_default()
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
    pub(super) fn usage(&self) -> Option<crate::protocol::Reported> {
        self.outcome.as_ref().and_then(|(outcome, _)| outcome.usage)
    }

    /// The task instance may run again as soon as the end of this try is stored.
    fn is_followed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|(outcome, _)| {
            matches!(outcome.state.as_str(), "up_for_retry" | "up_for_reschedule")
        })
    }

    pub(super) fn outcome_skips(&self) -> Vec<(TaskId, MapIndex)> {
        self.outcome
            .iter()
            .flat_map(|(outcome, _)| &outcome.skip_tasks)
            .map(|(task_id, map_index)| (task_id.as_str().into(), MapIndex(*map_index)))
            .collect()
    }
}

/// Nothing of a try that died may live on when its successor starts.
pub(super) async fn clear_away(child: &Child) {
    kill_group(child.pid);
    let tags = HashSet::from([child.tag.to_string()]);
    if let Err(error) = tokio::task::spawn_blocking(move || kill_tagged(&tags)).await {
        tracing::warn!(%error, "cannot look for processes of a dead task");
    }
}
