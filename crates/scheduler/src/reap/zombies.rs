//! Tries whose supervisor is not heard of.

use updraft_core::{TaskInstanceKey, state::TaskInstanceState};
use updraft_metadata_db::{
    Error, Tx,
    scheduling::{NewLog, Zombie, insert_log, load_zombies},
    supervision::{Callback, CallbackKind, LostTry, dag_file, end_lost_try, store_callback},
};

use crate::{observe::run_of, scheduler::Scheduler};

impl Scheduler {
    /// Ends tries whose job has shown no sign of life for `scheduler_zombie_task_threshold`. The
    /// processes of our own executor's tries may live, whatever keeps their signs of life from the
    /// database: their supervisor ends them, and writes their ends when nothing of them is left.
    pub(crate) async fn end_zombies(&mut self) -> Result<(), Error> {
        let now = self.now();
        let threshold = self.settings.intervals.zombie_threshold;
        let cutoff = self.reach.cutoff(now, threshold);
        for zombie in load_zombies(&self.db, self.job_id, cutoff).await? {
            if self.executor.holds_try(&zombie.key, zombie.try_number) {
                tell(
                    &zombie,
                    "a running task showed no sign of life; it is ended",
                );
                self.executor
                    .terminate(&zombie.key, zombie.try_number, "no sign of life");
            } else {
                self.end_zombie(&zombie).await?;
            }
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
            run_as_user: self.run_as_user(&zombie.key),
        };
        let state = end_lost_try(&mut tx, &lost, self.settings.on_worker_loss, now).await?;
        if let Some(state) = state {
            let reason = reason(zombie);
            let log = NewLog {
                extra: Some(reason.clone()),
                ..NewLog::of_try("heartbeat timeout", &zombie.key, zombie.try_number)
            };
            insert_log(&mut tx, &[log], now).await?;
            if let Some(callback) = self.callback(&mut tx, lost, state, reason).await? {
                store_callback(&mut tx, &callback, None, now).await?;
            }
        }
        tx.commit().await?;
        tell(
            zombie,
            "a running task showed no sign of life; its try is over",
        );
        self.executor.run_callbacks();
        self.agenda.reload_at(run_of(&zombie.key), now);
        Ok(())
    }

    /// What the try owes its DAG (callbacks, e-mail, listeners): the process is gone that would have
    /// seen to it. A try that is run again at once owes nothing.
    async fn callback(
        &self,
        tx: &mut Tx,
        lost: LostTry,
        state: TaskInstanceState,
        reason: String,
    ) -> Result<Option<Callback>, Error> {
        let Some(kind) = CallbackKind::after(state) else {
            return Ok(None);
        };
        let (path, dags_folder) = match self.definition(&lost.key.dag_id) {
            Some(dag) => (dag.fileloc.clone(), self.settings.dags_folder.clone()),
            None => match dag_file(tx, &lost.key.dag_id).await? {
                Some(file) => file,
                None => return Ok(None),
            },
        };
        Ok(Some(Callback {
            id: lost.id(),
            key: lost.key,
            try_number: lost.try_number,
            kind,
            reason,
            path,
            dags_folder,
            run_as_user: lost.run_as_user,
        }))
    }

    /// As for a try of the task.
    fn run_as_user(&self, key: &TaskInstanceKey) -> Option<String> {
        let task = self.definition(&key.dag_id).and_then(|dag| {
            let index = dag.tasks.index_of(key.task_id.as_str())?;
            Some(dag.tasks.task(index))
        });
        self.settings.serialized_dag.run_as_user(task)
    }
}

fn tell(zombie: &Zombie, what: &str) {
    tracing::warn!(
        dag.id = zombie.key.dag_id.as_str(),
        run.id = zombie.key.run_id.as_str(),
        task.id = zombie.key.task_id.as_str(),
        try_number = zombie.try_number,
        "{what}"
    );
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
