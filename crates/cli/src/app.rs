//! From the arguments to a command that runs.

use std::{ffi::OsString, io::Write as _, path::Path, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, error::ErrorKind};
use updraft_config::LogLevel;

use crate::{
    commands, context::Context, elsewhere, environment, failure, memory, standalone, telemetry,
};

/// Apache Airflow's scheduler, workers and command line, in Rust
#[derive(Debug, Parser)]
#[command(
    disable_version_flag = true,
    infer_long_args = true,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Example:\n  updraft standalone"
)]
pub(crate) struct App {
    /// Tell more
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: commands::Command,
}

/// Runs the command that `arguments` name; the first of them is the name of the program.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let program = program_name(arguments.first());
    // Help texts speak of the program by the name that it was called by.
    let command = App::command().name(program).bin_name(program);
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| App::from_arg_matches(&matches));
    let app = match parsed {
        Ok(app) => app,
        Err(error) => return refuse(&error, arguments, program),
    };
    match execute(app, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

/// Tells what is wrong with the arguments, or shows the help that they ask for.
fn refuse(error: &clap::Error, arguments: &[OsString], program: &str) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    let elsewhere = match error.kind() {
        ErrorKind::InvalidSubcommand => elsewhere::explain(arguments, program),
        _ => None,
    };
    // Nothing is left to be told where the output is closed.
    let _ = match elsewhere {
        Some(text) => std::io::stderr().write_all(text.as_bytes()),
        None => error.print(),
    };
    ExitCode::from(code)
}

fn execute(app: App, program: &'static str) -> anyhow::Result<()> {
    let environment = environment::variables();
    let made = match app.command {
        commands::Command::Standalone(_) => standalone::prepare_home(&environment)?,
        _ => None,
    };
    let context = Context::load(&environment, program)?;
    let level = if app.verbose {
        LogLevel::Debug
    } else {
        app.command.log_level(context.config.logging.logging_level)
    };
    let directives = environment.get("UPDRAFT_LOG").map(String::as_str);
    telemetry::start(level, directives, context.clock.clone());
    for warning in &context.config.warnings {
        tracing::warn!("{warning}");
    }
    if let Some(file) = made {
        context.print(&format!("made {} with its defaults", file.display()))?;
    }
    memory::bound();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(app.command.run(&context))
}

/// `airflow` for a symbolic link of that name, otherwise `updraft`.
fn program_name(first: Option<&OsString>) -> &'static str {
    let name = first
        .and_then(|path| Path::new(path).file_name())
        .and_then(|name| name.to_str());
    match name {
        Some("airflow") => "airflow",
        _ => "updraft",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_shows_an_example() {
        let mut pending = vec![App::command()];
        let mut missing = Vec::new();
        while let Some(command) = pending.pop() {
            let help = command.get_after_help().map(ToString::to_string);
            let is_leaf = command.get_subcommands().next().is_none();
            if is_leaf && !help.is_some_and(|help| help.contains("Example")) {
                missing.push(command.get_name().to_owned());
            }
            pending.extend(command.get_subcommands().cloned());
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn the_tree_is_consistent() {
        App::command().debug_assert();
    }
}
