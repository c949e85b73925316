//! Options of `tasks run` that belong to the way in which stock runs tasks.

use crate::failure::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum DependsOnPast {
    Check,
    Ignore,
    Wait,
}

/// What changes nothing here is accepted: a supervised child is what every try gets. What would have
/// to change something is refused.
#[derive(Debug, clap::Args)]
pub(super) struct Stock {
    #[arg(short, long, hide = true)]
    local: bool,
    #[arg(short, long, hide = true)]
    raw: bool,
    #[arg(short, long, hide = true, value_name = "ID")]
    job_id: Option<String>,
    #[arg(short = 'N', long, hide = true)]
    interactive: bool,
    #[arg(short, long, hide = true, value_name = "ID")]
    pickle: Option<String>,
    #[arg(long, hide = true)]
    ship_dag: bool,
    #[arg(long, hide = true, value_name = "PATH")]
    cfg_path: Option<String>,
    #[arg(long, hide = true)]
    read_from_db: bool,
    #[arg(long, hide = true)]
    no_shut_down_logging: bool,
}

impl Stock {
    /// `is_told_to_ignore` tells whether one of the options is there that stock does not take
    /// together with `--raw`.
    pub(super) fn check(&self, is_told_to_ignore: bool) -> Result<(), Failure> {
        if self.local && self.raw {
            return Err(Failure::new(
                "Option --raw and --local are mutually exclusive. Please remove one option to \
                 execute the command.",
            ));
        }
        if self.raw && is_told_to_ignore {
            return Err(Failure::new(
                "Option --raw does not work with --ignore-all-dependencies, \
                 --ignore-depends-on-past, --ignore-dependencies and --force",
            ));
        }
        if self.raw {
            return Err(unsupported(
                "--raw",
                "it runs a task without a supervisor, which only Airflow's own parts ask for; leave \
                 it away",
            ));
        }
        if self.interactive {
            return Err(unsupported(
                "--interactive",
                "a task's output goes into its log; `airflow tasks test` is for the debugger",
            ));
        }
        if self.pickle.is_some() {
            return Err(unsupported(
                "--pickle",
                "DAGs are imported from their files; --subdir names one",
            ));
        }
        if self.cfg_path.is_some() {
            return Err(unsupported(
                "--cfg-path",
                "AIRFLOW_CONFIG names another airflow.cfg, AIRFLOW__SECTION__KEY sets an option",
            ));
        }
        if self.ship_dag {
            tracing::warn!("--ship-dag changes nothing: the task runs here, from its DAG file");
        }
        if self.read_from_db {
            tracing::warn!(
                "--read-from-db changes nothing: the task is imported from its DAG file"
            );
        }
        Ok(())
    }
}

fn unsupported(option: &str, hint: &str) -> Failure {
    Failure::new(format!("{option} is not supported")).with_hint(hint)
}
