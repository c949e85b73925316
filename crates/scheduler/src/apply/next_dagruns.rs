//! `dag.next_dagrun` and its companions.

use updraft_core::{
    DagId,
    planner::{NextDagRunChange, NextDagRunUpdate},
};
use updraft_metadata_db::{
    Error, Tx,
    scheduling::{hold_back_next_dagrun, set_next_dagrun},
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
        let mut tx = self.db.begin_relaxed().await?;
        for update in updates {
            write_next_dagrun(&mut tx, &update.dag_id, update.change).await?;
        }
        tx.commit().await?;
        for update in updates {
            // What was read before is not what the row says now.
            self.known.dags.remove(&update.dag_id);
            self.snapshot.apply_next_dagrun(update);
        }
        Ok(Applied::All)
    }
}

pub(super) async fn write_next_dagrun(
    tx: &mut Tx,
    dag_id: &DagId,
    change: NextDagRunChange,
) -> Result<(), Error> {
    match change {
        NextDagRunChange::Keep => Ok(()),
        NextDagRunChange::HoldBack => hold_back_next_dagrun(tx, dag_id).await,
        NextDagRunChange::Set(next) => set_next_dagrun(tx, dag_id, Some(next)).await,
        NextDagRunChange::Clear => set_next_dagrun(tx, dag_id, None).await,
    }
}
