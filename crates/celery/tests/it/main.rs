//! What this crate reads and writes, beside what Celery wrote (`tests/record`).

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail them as a test itself does"
)]

mod malformed;
mod messages;
mod producer;
mod python;
mod recorded;
mod reports;
