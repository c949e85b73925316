//! Cron expressions with the dialect and the answers of croniter 6, which Airflow uses.
//!
//! Five fields (minute, hour, day of month, month, day of week), a sixth for **seconds** and a
//! seventh for years; names, ranges (also backwards), steps, `L`, `L5`, `MON#2`, `?`. With both a
//! day of month and a day of week, either is enough. Hashed and random fields (`H`, `R`) are
//! refused: the same DAG must mean the same instants everywhere.
//!
//! Where croniter contradicts itself, the consistent answer is given:
//! `tests/vectors/cron-self-contradictions.json` lists the cases that were found.

mod expression;
mod field;
mod parse;
mod schedule;
mod search;
#[cfg(test)]
mod tests;

pub use expression::CronExpression;
pub use parse::CronError;
pub use schedule::{CronSchedule, CronScheduleError};
