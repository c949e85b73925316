//! `check`.

mod files;
mod parse;
mod print;
mod problem;

use std::{path::PathBuf, time::Instant};

use updraft_config::PythonSdk;

use self::{files::files, parse::Parses, print::Form, problem::Problem};
use crate::{context::Context, failure::Failure};

/// Look for mistakes in DAG files, without a scheduler or a database
///
/// Each file is imported as the DAG processor would import it, in a process of its own, and its DAGs
/// are serialized. Ends with 1 where a file or a DAG cannot be used; warnings are no failure.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft check\n  updraft check dags/etl.py dags/reports --python-sdk bundled -o json"
)]
pub(crate) struct Args {
    /// Files, and folders to look for DAG files in; by default the DAG folder
    #[arg(value_name = "FILES")]
    paths: Vec<PathBuf>,
    /// What `import airflow` means in the files; by default what [updraft] `python_sdk` says
    #[arg(long, value_name = "SDK")]
    python_sdk: Option<Sdk>,
    /// Form of the output
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Form,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sdk {
    /// apache-airflow where it is installed, otherwise what Updraft brings
    Auto,
    Apache,
    Bundled,
}

impl From<Sdk> for PythonSdk {
    fn from(sdk: Sdk) -> Self {
        match sdk {
            Sdk::Auto => Self::Auto,
            Sdk::Apache => Self::Apache,
            Sdk::Bundled => Self::Bundled,
        }
    }
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let started = Instant::now();
        let core = &context.config.core;
        let asked = if self.paths.is_empty() {
            vec![core.dags_folder.clone()]
        } else {
            self.paths
        };
        let files = files(core, &asked)?;
        let sdk = self
            .python_sdk
            .map_or(context.config.updraft.python_sdk, PythonSdk::from);
        let mut checked = Parses::start(context, sdk).await?.all(files).await?;
        checked.problems.extend(problem::same_ids(&checked.dags));
        checked.problems.sort_by(Problem::in_order);
        let text = match self.output {
            Form::Json => print::json(&checked.problems)?,
            Form::Text => print::text(&checked, started.elapsed()),
        };
        context.print(text.trim_end())?;
        if checked.problems.iter().any(Problem::is_error) {
            return Err(Failure::silent(1).into());
        }
        Ok(())
    }
}
