//! Options of the DAG processor.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use updraft_config::{Config, Core, DagIgnoreFileSyntax, FileParsingSortMode};
use updraft_dag_processor::{
    Options, SortMode,
    discovery::{IgnoreSyntax, SafeMode},
};

use super::{Host, in_airflow_package, serialized_dag_defaults};

/// Airflow's default of `[core] might_contain_dag_callable`.
const MIGHT_CONTAIN_DAG: &str = "airflow.utils.file.might_contain_dag_via_default_heuristic";

pub(crate) async fn dag_processor_options(
    config: &Config,
    python: &Path,
    host: &Host,
) -> anyhow::Result<Options> {
    let (core, scheduler) = (&config.core, &config.scheduler);
    let mut options = Options::new(absolute(&core.dags_folder)?);
    if core.load_examples {
        options.examples_folder = in_airflow_package(python, "example_dags").await?;
    }
    (options.ignore_syntax, options.safe_mode) = discovery(core);
    options.parsing_processes = usize::try_from(scheduler.parsing_processes)
        .unwrap_or(1)
        .max(1);
    if let Some(timeout) = core.dagbag_import_timeout {
        options.import_timeout = timeout;
    }
    options.file_timeout = core.dag_file_processor_timeout;
    options.min_file_process_interval = scheduler.min_file_process_interval;
    options.dag_dir_list_interval = scheduler.dag_dir_list_interval;
    options.stale_dag_threshold = scheduler.stale_dag_threshold;
    options.parsing_cleanup_interval = scheduler.parsing_cleanup_interval;
    options.sort_mode = match scheduler.file_parsing_sort_mode {
        FileParsingSortMode::ModifiedTime => SortMode::ModifiedTime,
        FileParsingSortMode::RandomSeededByHost => SortMode::RandomSeededByHost,
        FileParsingSortMode::Alphabetical => SortMode::Alphabetical,
    };
    options.hostname.clone_from(&host.hostname);
    options.dags_are_paused_at_creation = core.dags_are_paused_at_creation;
    options.compress_serialized_dags = core.compress_serialized_dags;
    options.defaults = serialized_dag_defaults(config);
    Ok(options)
}

/// How DAG files are told from others.
pub(crate) fn discovery(core: &Core) -> (IgnoreSyntax, SafeMode) {
    let syntax = match core.dag_ignore_file_syntax {
        DagIgnoreFileSyntax::Regexp => IgnoreSyntax::Regexp,
        DagIgnoreFileSyntax::Glob => IgnoreSyntax::Glob,
    };
    let safe_mode = match core.dag_discovery_safe_mode {
        false => SafeMode::Off,
        true if core.might_contain_dag_callable == MIGHT_CONTAIN_DAG => SafeMode::Words,
        true => SafeMode::Python,
    };
    (syntax, safe_mode)
}

/// Stored as `processor_subdir` and compared as text: absolute, without a slash at its end.
fn absolute(folder: &Path) -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(folder)
        .with_context(|| format!("[core] dags_folder {} is no path", folder.display()))?;
    Ok(folder.components().collect())
}
