//! The `updraft` binary: Airflow's command line, also when called by the name `airflow`.
//!
//! **Invariant:** the environment, the configuration and the clock are read here once, and passed
//! down.

mod app;
mod commands;
mod compose;
mod context;
mod date;
mod environment;
mod failure;
mod manual_run;
mod output;
mod prompt;
mod standalone;
mod stored_dag;
mod telemetry;
mod trial;
mod zone;

use std::process::ExitCode;

fn main() -> ExitCode {
    app::run(std::env::args_os().collect())
}
