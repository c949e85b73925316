//! Queries of the scheduler.
