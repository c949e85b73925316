//! Parses that run, and those that have ended.

use std::{path::PathBuf, sync::Arc};

use tokio::task::{Id, JoinError, JoinSet};

use super::{DagProcessor, Done};

/// The most results that are stored together.
const TOGETHER: usize = 64;

type Ended = Result<(Id, Done), JoinError>;

impl DagProcessor {
    pub(super) fn start_parses(&mut self, running: &mut JoinSet<Done>) {
        let now = self.now();
        while running.len() < self.options.parsing_processes.max(1) + self.ahead
            && let Some(path) = self.queue.take(now)
        {
            let parser = Arc::clone(&self.parser);
            let known = self.known(&path);
            let db = self.store.db().clone();
            let own_path = path.clone();
            let task = running.spawn(async move {
                let result = parser.parse(&own_path, &db, known).await;
                Done {
                    path: own_path,
                    result,
                }
            });
            self.tasks.insert(task.id(), path);
        }
    }

    /// Stores the result, and those that are there as well. Returns the DAGs that changed.
    pub(super) async fn take_results(
        &mut self,
        first: Ended,
        running: &mut JoinSet<Done>,
    ) -> Vec<String> {
        let mut results: Vec<Done> = self.take(first).into_iter().collect();
        while results.len() < TOGETHER
            && let Some(ended) = running.try_join_next_with_id()
        {
            results.extend(self.take(ended));
        }
        self.start_parses(running);
        self.store_results(results).await
    }

    fn take(&mut self, ended: Ended) -> Option<Done> {
        match ended {
            Ok((id, done)) => {
                self.tasks.remove(&id);
                Some(done)
            }
            Err(error) => {
                // A panic of ours: the file must not stay unparsed for ever.
                let path: PathBuf = self.tasks.remove(&error.id())?;
                self.not_parsed(&path, format!("cannot be parsed: {error}"));
                self.postpone(&path);
                None
            }
        }
    }
}
