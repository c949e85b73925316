//! Airflow's words: one file a command.

mod check;
mod completion;
mod config;
pub(crate) mod connections;
mod dags;
pub(crate) mod db;
mod info;
mod jobs;
mod pools;
mod scheduler;
mod sdk;
mod standalone;
mod subcommands;
mod tasks;
mod variables;
mod version;

use clap::{CommandFactory as _, Subcommand};
use updraft_config::LogLevel;

use crate::{app::App, context::Context};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    Completion(completion::Args),
    /// View the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Manage connections
    #[command(subcommand)]
    Connections(connections::Command),
    /// Manage DAGs
    #[command(subcommand)]
    Dags(dags::Command),
    /// Manage the metadata database
    #[command(subcommand)]
    Db(db::Command),
    Info(info::Args),
    /// Look after jobs
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Manage pools
    #[command(subcommand)]
    Pools(pools::Command),
    Scheduler(scheduler::Args),
    /// Use the bundled authoring API in a Python environment of your own
    #[command(subcommand)]
    Sdk(sdk::Command),
    Standalone(standalone::Args),
    /// Manage tasks
    #[command(subcommand)]
    Tasks(tasks::Command),
    /// Manage Variables
    #[command(subcommand)]
    Variables(variables::Command),
    /// Show the version
    Version(version::Args),
}

impl Command {
    /// Warnings and more: results are printed, and what happens is told by the narrator.
    #[expect(
        clippy::unused_self,
        reason = "which lines are worth reading is the command's to say"
    )]
    pub(crate) fn log_level(&self, configured: LogLevel) -> LogLevel {
        configured.max(LogLevel::Warning)
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Check(arguments) => arguments.run(context).await,
            Self::Completion(arguments) => arguments.run(context, App::command()),
            Self::Config(command) => command.run(context).await,
            Self::Connections(command) => command.run(context).await,
            Self::Dags(command) => command.run(context).await,
            Self::Db(command) => command.run(context).await,
            Self::Info(arguments) => arguments.run(context).await,
            Self::Jobs(command) => command.run(context).await,
            Self::Pools(command) => command.run(context).await,
            Self::Scheduler(arguments) => arguments.run(context).await,
            Self::Sdk(command) => command.run(context).await,
            Self::Standalone(arguments) => arguments.run(context).await,
            Self::Tasks(command) => command.run(context).await,
            Self::Variables(command) => command.run(context).await,
            Self::Version(arguments) => arguments.run(context),
        }
    }
}
