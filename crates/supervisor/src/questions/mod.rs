//! What a process with the bundled API asks while it runs. It has no database and no credentials of
//! its own: Variables, Connections, `XComs` and the states of other runs come through its socket.

mod asked;
mod datasets;
mod rows;
mod secrets;
mod trigger;
mod xcoms;

use std::time::Duration;

use serde_json::{Value, json};
use updraft_core::{TaskInstanceKey, time::Clock};
use updraft_metadata_db::{Db, Error};

pub(crate) use asked::Asked;
use asked::Question;
pub use secrets::SecretSources;
use trigger::Attempts;
pub use trigger::{Trigger, TriggerRequest, Triggered};

use crate::{SupervisorHandle, shared::Shared, task::persist};

/// A reply and the bytes that travel with it.
pub(crate) struct Answer {
    pub(crate) envelope: Value,
    pub(crate) blob: Vec<u8>,
}

impl Answer {
    pub(crate) fn done(id: u64) -> Self {
        Self::bare(json!({"type": "reply", "id": id, "ok": true}))
    }

    pub(crate) fn refused(id: impl Into<Value>, reason: impl Into<String>) -> Self {
        let (id, reason) = (id.into(), reason.into());
        Self::bare(json!({"type": "reply", "id": id, "ok": false, "error": reason}))
    }

    /// To a message that cannot be read; who sent it waits, if the message has a number.
    pub(crate) fn to_unreadable(envelope: &[u8], error: &serde_json::Error) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Numbered {
            id: Value,
        }
        let Numbered { id } = serde_json::from_slice(envelope).ok()?;
        let reason = format!("the supervisor cannot read this request: {error}");
        (!id.is_null()).then(|| Self::refused(id, reason))
    }

    fn bare(envelope: Value) -> Self {
        Self {
            envelope,
            blob: Vec::new(),
        }
    }
}

/// The fields of a reply beside `type`, `id` and `ok`, and its bytes.
type Found = (Value, Vec<u8>);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// An outage is waited for.
    #[error(transparent)]
    Database(#[from] Error),
    /// For the person who reads the task's log.
    #[error("{0}")]
    Refused(String),
}

/// Where answers come from.
#[derive(Clone)]
pub(crate) struct Sources {
    db: Option<Db>,
    secrets: SecretSources,
    trigger: Option<Trigger>,
    supervisor: Option<SupervisorHandle>,
    patience: Duration,
    clock: Clock,
    /// The task instance that asks; a parse is none.
    asker: Option<TaskInstanceKey>,
}

impl Sources {
    pub(crate) fn new(shared: &Shared, asker: Option<&TaskInstanceKey>) -> Self {
        let options = &shared.options;
        Self {
            db: options.db.clone(),
            secrets: options.secrets.clone(),
            trigger: options.trigger.clone(),
            supervisor: shared.handle(),
            patience: options.limits.request_patience,
            clock: options.clock.clone(),
            asker: asker.cloned(),
        }
    }

    /// Waits for the database, as every request of a task does.
    pub(crate) async fn answer(self, asked: Asked, blob: Vec<u8>) -> Answer {
        let Asked { id, question } = asked;
        let attempts = Attempts::begin((self.clock)());
        let found = persist("an answer to a task", self.patience, || async {
            match self.find(&question, &blob, &attempts).await {
                Ok(found) => Ok(Ok(found)),
                Err(Unanswered::Refused(reason)) => Ok(Err(reason)),
                Err(Unanswered::Database(error)) => Err(error),
            }
        })
        .await
        .unwrap_or_else(|error| Err(updraft_core::error_chain(&error)));
        match found {
            Ok((mut envelope, blob)) => {
                envelope["type"] = "reply".into();
                envelope["id"] = id.into();
                envelope["ok"] = true.into();
                Answer { envelope, blob }
            }
            Err(error) => Answer::refused(id, error),
        }
    }

    async fn find(
        &self,
        question: &Question,
        blob: &[u8],
        attempts: &Attempts,
    ) -> Result<Found, Unanswered> {
        match question {
            Question::GetVariable { key } => self.variable(key).await,
            Question::SetVariable { key, description } => {
                self.set_variable(key, description.as_deref(), blob).await
            }
            Question::DeleteVariable { key } => self.delete_variable(key).await,
            Question::GetConnection { conn_id } => self.connection(conn_id).await,
            Question::GetXcoms(which) => self.xcoms(which).await,
            Question::CountTaskInstances(which) => self.count_task_instances(which).await,
            Question::CountDagRuns(which) => self.count_dag_runs(which).await,
            Question::GetTaskInstances {
                dag_id,
                run_id,
                task_ids,
            } => {
                self.task_instances(dag_id, run_id, task_ids.as_deref())
                    .await
            }
            Question::GetTaskInstanceState => self.task_instance_state().await,
            Question::GetFirstReschedule { try_number } => self.first_reschedule(*try_number).await,
            Question::GetDagRunState { dag_id, run_id } => self.run_state(dag_id, run_id).await,
            Question::GetPreviousDagRun {
                dag_id,
                run_id,
                state,
            } => self.previous_run(dag_id, run_id, state.as_deref()).await,
            Question::GetDag { dag_id } => self.dag(dag_id).await,
            Question::GetDatasetEvents { uri, alias } => {
                self.dataset_events(uri.as_deref(), alias.as_deref()).await
            }
            Question::TriggerDagRun(request) => self.trigger_dag_run(request, blob, attempts).await,
        }
    }

    fn db(&self) -> Result<&Db, Unanswered> {
        self.db.as_ref().ok_or_else(no_database)
    }

    fn asker(&self) -> Result<&TaskInstanceKey, Unanswered> {
        self.asker
            .as_ref()
            .ok_or_else(|| Unanswered::Refused("only a task can ask that".to_owned()))
    }
}

fn no_database() -> Unanswered {
    Unanswered::Refused("there is no metadata database here".to_owned())
}
