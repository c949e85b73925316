//! Runs that a task starts.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Map, Value, json};
use updraft_core::UtcDateTime;
use updraft_metadata_db::{Retry, questions::was_created_since};

use super::{Found, Sources, Unanswered, asked::TriggerDagRun};
use crate::SupervisorHandle;

/// A run that a task wants.
#[derive(Clone, Debug)]
pub struct TriggerRequest {
    pub dag_id: String,
    pub run_id: String,
    pub logical_date: UtcDateTime,
    pub conf: Map<String, Value>,
    /// A run of that id or date that is there begins anew.
    pub reset_dag_run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Triggered {
    Created,
    /// A run of that id or date is there.
    Exists,
    /// It was there, and was cleared.
    Reset {
        run_id: String,
        logical_date: UtcDateTime,
    },
}

type Outcome = Pin<Box<dyn Future<Output = Result<Triggered, Unanswered>> + Send>>;

/// Creates runs: what a run begins with is a matter of scheduling, of which nothing is known here. With
/// the handle it can have Python asked; there is none when the supervisor ends.
#[derive(Clone)]
pub struct Trigger(Arc<Create>);

type Create = dyn Fn(TriggerRequest, Option<SupervisorHandle>) -> Outcome + Send + Sync;

impl Trigger {
    pub fn new<F>(
        create: impl Fn(TriggerRequest, Option<SupervisorHandle>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Triggered, Unanswered>> + Send + 'static,
    {
        Self(Arc::new(move |request, supervisor| {
            Box::pin(create(request, supervisor))
        }))
    }
}

impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trigger")
    }
}

/// What the attempts at one question have in common.
pub(super) struct Attempts {
    /// When it was asked.
    begun: UtcDateTime,
    /// A connection broke before: what was written then may be there.
    is_doubtful: AtomicBool,
}

impl Attempts {
    pub(super) fn begin(now: UtcDateTime) -> Self {
        Self {
            begun: now,
            is_doubtful: AtomicBool::new(false),
        }
    }
}

impl Sources {
    /// The bytes of the question are the configuration, a JSON object.
    pub(super) async fn trigger_dag_run(
        &self,
        request: &TriggerDagRun,
        conf: &[u8],
        attempts: &Attempts,
    ) -> Result<Found, Unanswered> {
        let refused = |reason: String| Err(Unanswered::Refused(reason));
        let Some(Trigger(create)) = &self.trigger else {
            return refused("runs cannot be created here".to_owned());
        };
        let conf = match serde_json::from_slice(conf) {
            Ok(conf) => conf,
            Err(error) => return refused(format!("the conf is not a JSON object: {error}")),
        };
        let wanted = TriggerRequest {
            dag_id: request.dag_id.clone(),
            run_id: request.run_id.clone(),
            logical_date: request.logical_date,
            conf,
            reset_dag_run: request.reset_dag_run,
        };
        let is_there = attempts.is_doubtful.load(Ordering::Relaxed)
            && was_created_since(
                self.db()?,
                (&wanted.dag_id, &wanted.run_id),
                wanted.logical_date,
                attempts.begun,
            )
            .await?;
        let triggered = if is_there {
            // By an attempt whose answer was lost: another one would find it in its way, or clear it.
            Triggered::Created
        } else {
            let created = create(wanted, self.supervisor.clone()).await;
            if let Err(Unanswered::Database(error)) = &created
                && error.retry() == Retry::Connection
            {
                attempts.is_doubtful.store(true, Ordering::Relaxed);
            }
            created?
        };
        let is_created = triggered == Triggered::Created;
        let (run_id, logical_date) = match triggered {
            Triggered::Created | Triggered::Exists => {
                (request.run_id.clone(), request.logical_date)
            }
            Triggered::Reset {
                run_id,
                logical_date,
            } => (run_id, logical_date),
        };
        let reply = json!({
            "run_id": run_id,
            "logical_date": logical_date.isoformat(),
            "created": is_created,
        });
        Ok((reply, Vec::new()))
    }
}
