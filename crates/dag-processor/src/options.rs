//! What the processor is told at its start.

use std::{path::PathBuf, time::Duration};

use updraft_serialized_dag::Defaults;

use crate::discovery::{IgnoreSyntax, SafeMode};

/// `[scheduler] file_parsing_sort_mode`: the order in which due files are parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortMode {
    /// Newest first; a file changed since its last parse is due at once.
    #[default]
    ModifiedTime,
    Alphabetical,
    /// A fixed order per host, so that several processors begin at different files.
    RandomSeededByHost,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Absolute, without a slash at its end: it is stored as `processor_subdir` and compared there.
    /// May be a single file.
    pub dag_folder: PathBuf,
    /// Folder of Airflow's example DAGs, under `[core] load_examples`.
    pub examples_folder: Option<PathBuf>,
    pub ignore_syntax: IgnoreSyntax,
    pub safe_mode: SafeMode,
    /// `[scheduler] parsing_processes`
    pub parsing_processes: usize,
    /// A process goes on with the next file where nothing of the last one can be seen in it.
    pub shared_processes: bool,
    /// `[core] dagbag_import_timeout`
    pub import_timeout: Duration,
    /// `[core] dag_file_processor_timeout`
    pub file_timeout: Duration,
    /// `[scheduler] min_file_process_interval`
    pub min_file_process_interval: Duration,
    /// `[scheduler] dag_dir_list_interval`
    pub dag_dir_list_interval: Duration,
    /// `[scheduler] stale_dag_threshold`
    pub stale_dag_threshold: Duration,
    /// `[scheduler] parsing_cleanup_interval`
    pub parsing_cleanup_interval: Duration,
    pub sort_mode: SortMode,
    pub hostname: String,
    /// `[core] dags_are_paused_at_creation`
    pub dags_are_paused_at_creation: bool,
    /// `[core] compress_serialized_dags`
    pub compress_serialized_dags: bool,
    /// What is absent in serialized forms.
    pub defaults: Defaults,
    /// Watch the folder for changes; without, only the intervals find them.
    pub watch: bool,
}

impl Options {
    /// Airflow's defaults for the folder `dag_folder`.
    pub fn new(dag_folder: PathBuf) -> Self {
        Self {
            dag_folder,
            examples_folder: None,
            ignore_syntax: IgnoreSyntax::default(),
            safe_mode: SafeMode::default(),
            parsing_processes: 2,
            shared_processes: false,
            import_timeout: Duration::from_secs(30),
            file_timeout: Duration::from_secs(50),
            min_file_process_interval: Duration::from_secs(30),
            dag_dir_list_interval: Duration::from_mins(5),
            stale_dag_threshold: Duration::from_secs(50),
            parsing_cleanup_interval: Duration::from_mins(1),
            sort_mode: SortMode::default(),
            hostname: String::new(),
            dags_are_paused_at_creation: true,
            compress_serialized_dags: false,
            defaults: Defaults::default(),
            watch: true,
        }
    }
}
