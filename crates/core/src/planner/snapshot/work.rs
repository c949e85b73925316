//! Which runs a plan looks at, and what counts as looked at.

use std::collections::BTreeMap;

use super::{Dirty, Due, RunSlot, Snapshot};
use crate::{UtcDateTime, planner::plan::Plan};

impl Snapshot {
    /// Everything that news or the passing of time asks to be looked at.
    pub(crate) fn work(&self, now: UtcDateTime) -> BTreeMap<RunSlot, Dirty> {
        let mut work: BTreeMap<RunSlot, Dirty> = self
            .dirty_runs
            .iter()
            .filter_map(|&slot| Some((slot, self.active_run(slot)?.dirty.clone())))
            .collect();
        for (_, due) in self.indexes.due.iter().take_while(|(at, _)| *at <= now) {
            match *due {
                Due::Date(slot) => work.entry(slot).or_default().all = true,
                Due::Timeout(slot) => {
                    work.entry(slot).or_default();
                }
                Due::Task(slot, task, _) => {
                    work.entry(slot).or_default().tasks.insert(task);
                }
            }
        }
        work
    }

    /// When time alone makes the next plan differ from this one.
    pub(crate) fn wake_at(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        let is_later = |at: &UtcDateTime| *at > now;
        // Both sets hold what is due until it is settled, which is never much.
        let due = self.indexes.due.iter().map(|(at, _)| *at).find(is_later);
        let dag = self.due_dags.iter().map(|(at, _)| *at).find(is_later);
        [due, dag].into_iter().flatten().min()
    }

    /// Forgets the news that `plan` has answered. To be called once for each plan, before anything
    /// else is observed: what then happens to the plan's entries is news again.
    pub fn settle(&mut self, plan: &Plan) {
        for slot in std::mem::take(&mut self.dirty_runs) {
            if let Some(run) = self.runs.get_mut(slot) {
                run.dirty = Dirty::default();
            }
        }
        self.dirty_dags.clear();
        // What was due has been looked at; if it waits for more than time, that will be news.
        while self
            .indexes
            .due
            .first()
            .is_some_and(|(at, _)| *at <= plan.now)
        {
            self.indexes.due.pop_first();
        }
    }
}
