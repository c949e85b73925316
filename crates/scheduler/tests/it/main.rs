//! The scheduler on real databases, with a worker that plays the supervisor's part through the
//! same claims and final writes.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail them as a test itself does"
)]

mod dag;
mod worker;
mod world;

mod chains;
mod chaos;
mod clearing;
mod interference;
mod limits;
mod lost_tries;
mod outages;
mod restarts;
mod schedules;
mod skips;
mod sub_dags;
mod two_schedulers;
