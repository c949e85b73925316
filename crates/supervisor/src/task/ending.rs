//! From what a process said, or how it died, to how its try has ended.

use updraft_core::{
    UtcDateTime,
    failure::{FailureCause, FailureFacts, on_failure},
    state::TaskInstanceState,
};
use updraft_metadata_db::supervision::{Claimed, ProcessEnd};

use crate::{
    command::TaskRequest,
    process::Exit,
    protocol::{Outcome, Reported},
};

/// How a try ended, decided.
pub(super) struct Decision {
    pub(super) state: TaskInstanceState,
    pub(super) end_date: UtcDateTime,
    pub(super) reason: Option<String>,
    /// It is a failure of which the process does not know: callbacks have not run.
    pub(super) owes_callbacks: bool,
    /// It is nobody's failure: the try counts as lost.
    pub(super) is_lost: bool,
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
        is_lost: false,
    }
}

pub(super) fn is_failure(state: TaskInstanceState) -> bool {
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
        is_lost: false,
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
        is_lost: false,
    }
}
