//! Against a real zygote, real databases and what Airflow itself was seen to do.

#![expect(
    clippy::unwrap_used,
    reason = "outside of test functions too, a failure of the set-up fails the test"
)]

mod discovery;
mod reserialize;
mod running;
mod shared_processes;
mod support;
