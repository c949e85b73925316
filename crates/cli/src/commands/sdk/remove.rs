//! `sdk remove`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{
    distribution,
    environment::{Environment, Installed},
};
use crate::{context::Context, failure::Failure};

/// Remove from a Python environment what `sdk install` wrote
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft sdk remove --from ~/venv")]
pub(crate) struct Args {
    /// The environment, or its Python interpreter
    #[arg(long, value_name = "ENV")]
    from: PathBuf,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let environment = Environment::of(&self.from).await?;
        let place = self.from.display();
        match environment.installed {
            Installed::Bundled => {}
            Installed::Airflow(version) => {
                let message =
                    format!("{place} holds apache-airflow {version}, which is not ours to remove");
                return Err(Failure::new(message)
                    .with_hint("`pip uninstall apache-airflow` removes it")
                    .into());
            }
            Installed::Nothing => {
                return Err(
                    Failure::new(format!("the bundled API is not installed in {place}")).into(),
                );
            }
        }
        let count = distribution::remove(&environment.site_packages)
            .with_context(|| format!("cannot remove the bundled API from {place}"))?;
        context.print(&format!("removed {count} files from {place}"))
    }
}
