//! `dag.next_dagrun` and its companions.

use std::collections::HashSet;

use updraft_core::{DagId, planner::NextDagRunUpdate};
use updraft_metadata_db::{
    Error,
    scheduling::{WriteNextDagRun, write_next_dagruns},
};

use super::Applied;
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
        let mut tx = self.db.begin_relaxed().await?;
        let written: HashSet<DagId> = write_next_dagruns(&mut tx, &writes)
            .await?
            .into_iter()
            .collect();
        tx.commit().await?;
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
}
