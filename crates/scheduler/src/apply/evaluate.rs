//! Questions that need the user's Python.

use updraft_core::planner::Evaluate;
use updraft_metadata_db::{Error, scheduling::request_parsing};

use super::remember;
use crate::scheduler::Scheduler;

impl Scheduler {
    /// Has the files of custom timetables parsed, which answers what their next runs are. The DAG
    /// processor looks for such requests once a second, so no file is parsed more often for them.
    pub(super) async fn evaluate(&mut self, questions: &[Evaluate]) -> Result<(), Error> {
        let mut filelocs = Vec::new();
        for question in questions {
            match question {
                Evaluate::NextDagRun { dag_id, .. } => {
                    let row = self.known.dags.get(dag_id);
                    filelocs.extend(row.and_then(|row| row.fileloc.as_deref()));
                }
                Evaluate::PriorityWeights { .. } | Evaluate::Dependencies { .. } => {
                    if remember(&mut self.unanswered, question) {
                        tracing::warn!(
                            ?question,
                            "only Python could answer this, and Updraft does not ask it yet; the DAG waits"
                        );
                    }
                }
            }
        }
        if filelocs.is_empty() {
            return Ok(());
        }
        filelocs.sort_unstable();
        filelocs.dedup();
        let mut tx = self.db.begin().await?;
        request_parsing(&mut tx, &filelocs).await?;
        tx.commit().await
    }
}
