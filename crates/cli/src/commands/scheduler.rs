//! `scheduler`.

use std::path::PathBuf;

use crate::{
    context::Context,
    failure::Failure,
    standalone::{self, ExecutorKind, Mode},
};

/// Run the scheduler with its local workers, and the DAG processor unless it runs by itself
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft scheduler")]
pub(crate) struct Args {
    /// A process that goes into the background by itself cannot be supervised, so this is refused
    #[arg(short = 'D', long, hide = true)]
    daemon: bool,
    #[arg(short = 'p', long, hide = true)]
    do_pickle: bool,
    #[arg(short = 'n', long, hide = true, default_value_t = -1, allow_negative_numbers = true)]
    num_runs: i64,
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<PathBuf>,
    #[command(flatten)]
    accepted: Accepted,
}

/// Options that say something of `--daemon` alone, as in stock, or of a log server, of which there is
/// none here.
#[derive(Debug, clap::Args)]
struct Accepted {
    #[arg(short, long, hide = true)]
    log_file: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pid: Option<String>,
    #[arg(long, hide = true)]
    stderr: Option<String>,
    #[arg(long, hide = true)]
    stdout: Option<String>,
    #[arg(short, long, hide = true)]
    skip_serve_logs: bool,
}

impl Args {
    /// Refuses what would have to change something and cannot.
    fn check(&self, context: &Context) -> Result<(), Failure> {
        let refused = |option: &str, hint: &str| {
            Err(Failure::new(format!("{option} is not supported")).with_hint(hint))
        };
        if self.daemon {
            return refused(
                "--daemon",
                "a systemd unit with `ExecStart=updraft scheduler` runs it in the background, restarts \
                 it and keeps its output",
            );
        }
        if self.num_runs >= 0 {
            return refused(
                "--num-runs",
                "the scheduler works on events, not in rounds; leave it away, or end the process by SIGTERM",
            );
        }
        let dags_folder = &context.config.core.dags_folder;
        if self
            .subdir
            .as_ref()
            .is_some_and(|subdir| subdir != dags_folder)
        {
            return refused(
                "--subdir",
                "AIRFLOW__CORE__DAGS_FOLDER names another folder",
            );
        }
        if self.do_pickle {
            tracing::warn!("--do-pickle changes nothing: tasks run from their DAG files");
        }
        Ok(())
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        self.check(context)?;
        let mode = Mode {
            migrate: false,
            narrate: true,
            executor: executor(&context.config.core.executor)?,
        };
        Box::pin(standalone::run(context, mode)).await
    }
}

/// The executor that `[core] executor` names, by alias or import path.
fn executor(configured: &[String]) -> Result<ExecutorKind, Failure> {
    let [name] = configured else {
        return Err(
            Failure::new("[core] executor names several executors").with_hint(
                "Updraft runs one executor a scheduler: LocalExecutor or SequentialExecutor",
            ),
        );
    };
    match name.rsplit(['.', ':']).next().unwrap_or(name) {
        "LocalExecutor" => Ok(ExecutorKind::Local),
        "SequentialExecutor" => Ok(ExecutorKind::Sequential),
        _ => Err(
            Failure::new(format!("[core] executor {name} is not supported"))
                .with_hint("use LocalExecutor or SequentialExecutor"),
        ),
    }
}
