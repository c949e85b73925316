//! A plan's entries as transactions, and what became of them, told to the snapshot.

mod create_runs;
mod evaluate;
mod next_dagruns;
mod queue;
mod run_plans;
mod start_runs;

use updraft_core::planner::{ExecutorSlots, Limits, Plan, plan};
use updraft_metadata_db::{Error, scheduling::refresh_statistics};

use crate::{error::chain, event::Event, scheduler::Scheduler};

/// A plan may open the way to the next; the loop looks at its news in between.
const MOST_ROUNDS: usize = 20;

/// Whether everything of a part of the plan was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    All,
    /// The refused runs are read again soon; planning before would refuse the same again.
    Partly,
}

/// A deadlock with another component, which the database resolved: what was not written is read and
/// planned anew in a moment, and the rest of the pass goes on.
fn deferred(what: &str, error: &Error) {
    tracing::warn!(error = chain(error), "{what}; they are planned anew");
}

impl Applied {
    fn and(self, other: Self) -> Self {
        if self == Self::All { other } else { self }
    }
}

impl Scheduler {
    /// Plans and applies until nothing is left to do.
    pub(crate) async fn act(&mut self) -> Result<(), Error> {
        for _ in 0..MOST_ROUNDS {
            let plan = plan(&self.snapshot, &self.limits(), self.now());
            self.snapshot.settle(&plan);
            self.agenda.planned(plan.wake_at);
            self.say_notices(&plan);
            for run in &plan.reload {
                self.agenda.reload_at(run.clone(), plan.now);
            }
            let applied = if plan.is_idle() {
                Applied::All
            } else {
                self.apply(&plan).await?
            };
            // After the runs were created: the answer follows from them.
            self.evaluate(&plan.evaluate).await?;
            if plan.is_idle() || applied == Applied::Partly {
                return Ok(());
            }
        }
        // Others wait for the loop; what is left is planned right after them.
        self.agenda.plan_by(self.now());
        Ok(())
    }

    async fn apply(&mut self, plan: &Plan) -> Result<Applied, Error> {
        let mut applied = self.create_runs(&plan.create_runs).await?;
        applied = applied.and(self.write_next_dagruns(&plan.next_dagruns).await?);
        applied = applied.and(self.start_runs(&plan.start_runs).await?);
        let refused = self.apply_run_plans(&plan.runs).await?;
        if !refused.is_empty() {
            applied = Applied::Partly;
        }
        Ok(applied.and(self.queue(&plan.queue, &refused).await?))
    }

    /// After so many new task instances.
    async fn refresh_statistics(&self, inserted: usize) -> Result<(), Error> {
        let inserted = u64::try_from(inserted).unwrap_or(u64::MAX);
        refresh_statistics(&self.db, inserted).await
    }

    fn limits(&self) -> Limits {
        Limits {
            executor_slots: if self.draining {
                ExecutorSlots::default()
            } else {
                self.executor.open_slots()
            },
            max_dagruns_to_create_per_loop: self.settings.max_dagruns_to_create_per_loop,
            use_job_schedule: self.settings.use_job_schedule && !self.draining,
        }
    }

    /// Each once: a plan repeats them as long as they hold.
    fn say_notices(&mut self, plan: &Plan) {
        for notice in &plan.notices {
            if remember(&mut self.noticed, notice) {
                self.tell(Event::Notice(notice.clone()));
            }
        }
    }
}

/// Whether it is new. After very many it is forgotten what was said, which says some of it again.
fn remember<T: Clone + PartialEq>(said: &mut Vec<T>, new: &T) -> bool {
    const MOST: usize = 1000;
    if said.contains(new) {
        return false;
    }
    if said.len() >= MOST {
        said.clear();
    }
    said.push(new.clone());
    true
}
