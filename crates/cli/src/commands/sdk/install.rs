//! `sdk install`.

use std::path::PathBuf;

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    distribution,
    environment::{Environment, Installed},
};
use crate::{context::Context, failure::Failure};

/// Write the bundled authoring API into a Python environment
///
/// Editors complete from it there, tests of DAG files import it, and pip takes the requirement of provider
/// packages on apache-airflow for met. An older copy is replaced.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  updraft sdk install --into ~/venv\n  ~/venv/bin/pip install jinja2 pendulum"
)]
pub(crate) struct Args {
    /// The environment, or its Python interpreter
    #[arg(long, value_name = "ENV")]
    into: PathBuf,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let environment = Environment::of(&self.into).await?;
        let site_packages = &environment.site_packages;
        match &environment.installed {
            Installed::Airflow(version) => {
                let message = format!(
                    "apache-airflow {version} is installed in {}",
                    self.into.display()
                );
                let hint = "that one is complete; with `pip uninstall apache-airflow` it gives way to the bundled API";
                return Err(Failure::new(message).with_hint(hint).into());
            }
            Installed::Bundled => {
                distribution::remove(site_packages).with_context(|| {
                    format!(
                        "cannot replace the older copy in {}",
                        site_packages.display()
                    )
                })?;
            }
            Installed::Nothing => {}
        }
        let count = distribution::write(site_packages)
            .with_context(|| format!("cannot write into {}", site_packages.display()))?;
        // Only for the speed of the first import.
        let compiled = Command::new(&environment.python)
            .args(["-I", "-m", "compileall", "-q"])
            .arg(site_packages.join("airflow"))
            .output()
            .await;
        if let Err(error) = compiled {
            tracing::debug!(%error, "the bundled API is not compiled in advance");
        }
        context.print(&format!(
            "wrote the authoring API of Airflow 2.10 ({count} files) into {}",
            site_packages.display()
        ))
    }
}
