//! `version`.

use crate::context::Context;

/// The Airflow whose behaviour and schema Updraft has.
pub(crate) const AIRFLOW_VERSION: &str = "2.10.5";

/// Show the version
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft version")]
pub(crate) struct Args {}

impl Args {
    /// By the name `airflow`, only Airflow's version: scripts compare it.
    #[expect(clippy::unused_self, reason = "all commands have one signature")]
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        if context.program == "airflow" {
            context.print(AIRFLOW_VERSION)
        } else {
            let version = env!("CARGO_PKG_VERSION");
            context.print(&format!("Updraft {version} (Airflow {AIRFLOW_VERSION})"))
        }
    }
}
