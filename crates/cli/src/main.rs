//! The `updraft` binary: Airflow's command line, also when called by the name `airflow`.
//!
//! **Invariant:** the environment, the configuration and the clock are read here once, and passed
//! down.

mod app;
mod commands;
mod compose;
mod conf;
mod context;
mod dag_ids;
mod date;
mod elsewhere;
mod environment;
mod failure;
mod graph;
mod headline;
mod manual_run;
mod memory;
mod output;
mod paint;
mod progress;
mod prompt;
mod standalone;
mod stored_dag;
mod suggest;
mod task_definitions;
mod telemetry;
mod trial;
mod zone;

use std::process::ExitCode;

fn main() -> ExitCode {
    app::run(&std::env::args_os().collect::<Vec<_>>())
}
