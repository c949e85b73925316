//! The end of one try: stored, and told.

use std::time::Duration;

use tokio::time::sleep;
use updraft_core::{MapIndex, TaskId, error_chain};
use updraft_metadata_db::{
    Error,
    supervision::{Finished, LostTry, ProcessEnd},
};

use super::{
    attempt::{Attempt, clear_away},
    conversation::Heard,
    ending::{Decision, of_refusal, process_end},
    persist::keep_trying,
    store::{Storing, store, store_refused},
};
use crate::{
    event::{Event, TaskFinished},
    lost,
    process::Child,
    shared::Live,
};

/// Between attempts to store an end that the database refuses whatever it says.
const REFUSED_PAUSE: Duration = Duration::from_secs(2);

impl Attempt<'_> {
    /// Writes the end and tells of it.
    pub(super) async fn conclude(
        &self,
        child: &Child,
        heard: &Heard,
        decision: Decision,
        live: Live<'_>,
    ) -> (Option<Finished>, Decision) {
        if decision.is_lost {
            self.give_up(child).await;
            drop(live);
            // Whoever hears of it reads the row: it has another try by now.
            let process = process_end(heard.exit, heard.usage());
            self.tell_finished(heard, &decision, None, Vec::new(), process);
            return (None, decision);
        }
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
            Ok(finished) => (finished, None),
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
                Ok(finished) => return finished,
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

    /// Ends the try as lost, for as long as it takes. Until then it has no successor.
    async fn give_up(&self, child: &Child) {
        clear_away(child).await;
        let lost = LostTry {
            tag: child.tag.to_string(),
            key: self.request.key.clone(),
            try_number: self.request.try_number,
            job_id: self.claimed.job_id,
            run_as_user: self.request.run_as_user.clone(),
        };
        let options = &self.shared.options;
        let ended = async {
            loop {
                let end = || lost::end(self.db, &lost, options);
                match keep_trying("the end of a lost try", end).await {
                    Ok(state) => return state,
                    Err(error) => {
                        let error = error_chain(&error);
                        tracing::error!(task = %lost.key, error, "cannot end a lost try; it is tried again");
                        sleep(REFUSED_PAUSE).await;
                    }
                }
            }
        };
        let state = tokio::select! {
            state = ended => state,
            // Whoever finds it unfinished ends it.
            () = self.shared.kill.cancelled() => None,
        };
        if let Some(state) = state {
            self.log
                .error(&format!("This try counts as lost. {}.", lost::next(state)));
            self.shared.callbacks_wait.notify_one();
            self.shared.tell(Event::TaskLost {
                key: lost.key,
                try_number: lost.try_number,
                state,
            });
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
}
