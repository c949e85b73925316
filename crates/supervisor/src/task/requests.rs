//! What a task's process asks to be written while it runs.

use std::{pin::Pin, time::Duration};

use updraft_core::{MapIndex, TaskId, TaskInstanceKey, UtcDateTime, error_chain};
use updraft_metadata_db::{
    Db, Error,
    supervision::{TryKey, XComValue, set_xcom, skip_tasks, store_rendered_fields},
};

use super::{conversation::Conversation, persist::persist};
use crate::questions::Answer;

const NOT_OURS: &str = "task instance is no longer this try's";

/// Work that a child waits for, with its reply.
pub(super) type Request = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Conversation<'_> {
    fn identity(&self) -> Identity {
        Identity {
            db: self.db.clone(),
            key: self.key.clone(),
            try_number: self.claimed.task_instance.try_number.unwrap_or_default(),
            job_id: self.claimed.job_id,
            now: self.shared.now(),
            patience: self.shared.options.limits.request_patience,
        }
    }

    pub(super) fn set_xcom(
        &self,
        id: u64,
        of: TaskInstanceKey,
        key: String,
        value: Vec<u8>,
    ) -> Request {
        let by = self.identity();
        Box::pin(async move {
            let stored = persist("an XCom", by.patience, || async {
                let mut tx = by.db.begin().await?;
                let xcom = XComValue {
                    key: &key,
                    value: &value,
                };
                let stored = set_xcom(&mut tx, by.try_key(), &of, xcom, by.now).await?;
                tx.commit().await?;
                Ok(stored)
            })
            .await;
            reply(id, stored)
        })
    }

    pub(super) fn skip_tasks(&self, id: u64, tasks: Vec<(TaskId, MapIndex)>) -> Request {
        let by = self.identity();
        Box::pin(async move {
            let skipped = persist("skips", by.patience, || async {
                let mut tx = by.db.begin().await?;
                let skipped = skip_tasks(&mut tx, by.try_key(), &tasks, by.now).await?;
                tx.commit().await?;
                Ok(skipped.is_some())
            })
            .await;
            reply(id, skipped)
        })
    }

    pub(super) fn store_rendered_fields(&mut self) {
        self.rendered_due = None;
        let Some(fields) = self.heard.rendered_fields.clone() else {
            return;
        };
        let by = self.identity();
        let keep = self
            .shared
            .options
            .limits
            .max_num_rendered_ti_fields_per_task;
        // One after the other: the last one stays.
        let before = self.storing.take();
        self.storing_last = true;
        self.storing = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            let mut tx = by.db.begin().await?;
            store_rendered_fields(&mut tx, by.try_key(), &fields, keep).await?;
            tx.commit().await
        }));
    }
}

struct Identity {
    db: Db,
    key: TaskInstanceKey,
    try_number: i32,
    job_id: i32,
    now: UtcDateTime,
    patience: Duration,
}

impl Identity {
    fn try_key(&self) -> TryKey<'_> {
        TryKey {
            key: &self.key,
            try_number: self.try_number,
            job_id: self.job_id,
        }
    }
}

fn reply(id: u64, done: Result<bool, Error>) -> Answer {
    match done {
        Ok(true) => Answer::done(id),
        Ok(false) => Answer::refused(id, NOT_OURS),
        Err(error) => Answer::refused(id, error_chain(&error)),
    }
}
