//! Tries whose supervisor is not heard of.

use updraft_core::state::TaskInstanceState;
use updraft_metadata_db::{
    Error,
    scheduling::{NewLog, Zombie, insert_log, load_zombies},
    supervision::{LostTry, end_lost_try},
};
use updraft_supervisor::{CallbackKind, CallbackRequest};

use crate::{observe::run_of, scheduler::Scheduler};

impl Scheduler {
    /// Ends tries whose job has shown no sign of life for `scheduler_zombie_task_threshold`.
    pub(crate) async fn end_zombies(&mut self) -> Result<(), Error> {
        let now = self.now();
        let threshold = self.settings.intervals.zombie_threshold;
        let cutoff = self.reach.cutoff(now, threshold);
        for zombie in load_zombies(&self.db, self.job_id, cutoff).await? {
            self.end_zombie(&zombie).await?;
        }
        Ok(())
    }

    async fn end_zombie(&mut self, zombie: &Zombie) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let lost = LostTry {
            tag: zombie.tag.clone().unwrap_or_default(),
            key: zombie.key.clone(),
            try_number: zombie.try_number,
            job_id: zombie.job_id,
        };
        let state = end_lost_try(&mut tx, &lost, self.settings.on_worker_loss, now).await?;
        let reason = reason(zombie);
        if state.is_some() {
            let log = NewLog {
                extra: Some(reason.clone()),
                ..NewLog::of_try("heartbeat timeout", &zombie.key, zombie.try_number)
            };
            insert_log(&mut tx, &[log], now).await?;
        }
        tx.commit().await?;
        tracing::warn!(
            dag.id = zombie.key.dag_id.as_str(),
            run.id = zombie.key.run_id.as_str(),
            task.id = zombie.key.task_id.as_str(),
            try_number = zombie.try_number,
            "a running task showed no sign of life; its try is over"
        );
        self.executor
            .revoke(&zombie.key, zombie.try_number, "no sign of life");
        if let Some(kind) = state.and_then(callback_after) {
            self.run_callback(zombie, kind, reason);
        }
        self.agenda.reload_at(run_of(&zombie.key), now);
        Ok(())
    }

    /// The task's own callbacks, where it has them: the process that would have run them is gone.
    fn run_callback(&self, zombie: &Zombie, kind: CallbackKind, reason: String) {
        let Some(dag) = self.definition(&zombie.key.dag_id) else {
            return;
        };
        let Some(index) = dag.tasks.index_of(zombie.key.task_id.as_str()) else {
            return;
        };
        let task = dag.tasks.task(index);
        let has_callback = match kind {
            CallbackKind::OnFailure => task.has_on_failure_callback,
            CallbackKind::OnRetry => task.has_on_retry_callback,
        };
        if has_callback {
            self.executor.run_callback(CallbackRequest {
                id: 0,
                key: zombie.key.clone(),
                try_number: zombie.try_number,
                kind,
                reason,
                path: dag.fileloc.clone(),
                dags_folder: self.settings.dags_folder.clone(),
                run_as_user: task.run_as_user.clone(),
            });
        }
    }
}

/// A try that is run again at once is nobody's failure.
fn callback_after(state: TaskInstanceState) -> Option<CallbackKind> {
    match state {
        TaskInstanceState::Failed => Some(CallbackKind::OnFailure),
        TaskInstanceState::UpForRetry => Some(CallbackKind::OnRetry),
        _ => None,
    }
}

fn reason(zombie: &Zombie) -> String {
    format!(
        "No sign of life from {} since {}.",
        zombie.hostname.as_deref().unwrap_or("the worker"),
        zombie
            .latest_heartbeat
            .map_or_else(|| "its start".to_owned(), |at| at.to_string()),
    )
}
