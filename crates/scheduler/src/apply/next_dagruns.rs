//! `dag.next_dagrun` and its companions.

use std::collections::HashSet;

use updraft_core::{DagId, planner::NextDagRunUpdate};
use updraft_metadata_db::{
    Error, Retry,
    scheduling::{WriteNextDagRun, write_next_dagruns},
};

use super::{Applied, deferred};
use crate::scheduler::Scheduler;

impl Scheduler {
    pub(super) async fn write_next_dagruns(
        &mut self,
        updates: &[NextDagRunUpdate],
    ) -> Result<Applied, Error> {
        if updates.is_empty() {
            return Ok(Applied::All);
        }
        let writes: Vec<_> = updates
            .iter()
            .map(|update| WriteNextDagRun {
                dag_id: &update.dag_id,
                seen: update.seen,
                change: update.change,
            })
            .collect();
        let written: HashSet<DagId> = match self.try_next_dagruns(&writes).await {
            Err(error) if error.retry() == Retry::Transaction => {
                deferred("schedules were not moved on", &error);
                HashSet::new()
            }
            result => result?.into_iter().collect(),
        };
        let mut applied = Applied::All;
        for update in updates {
            if written.contains(&update.dag_id) {
                // What was read before is not what the row says now.
                self.known.dags.remove(&update.dag_id);
                self.snapshot
                    .apply_next_dagrun(&update.dag_id, update.change);
            } else {
                // Somebody else moved the schedule on.
                self.read_dag_again(&update.dag_id);
                applied = Applied::Partly;
            }
        }
        Ok(applied)
    }

    async fn try_next_dagruns(&self, writes: &[WriteNextDagRun<'_>]) -> Result<Vec<DagId>, Error> {
        let mut tx = self.db.begin_relaxed().await?;
        let written = write_next_dagruns(&mut tx, writes).await?;
        tx.commit().await?;
        Ok(written)
    }
}
