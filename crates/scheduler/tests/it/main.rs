//! The scheduler on real databases, with a worker that plays the supervisor's part through the
//! same claims and final writes.

mod dag;
mod worker;
mod world;

mod chains;
mod clearing;
mod interference;
mod limits;
mod restarts;
mod schedules;
mod skips;
