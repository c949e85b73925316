//! One pass over all files, for `dags reserialize` and the like.

use std::time::Instant;

use tokio::task::JoinSet;
use updraft_core::time::Clock;
use updraft_metadata_db::{Db, Error, dag_processing as queries};
use updraft_supervisor::SupervisorHandle;

use super::DagProcessor;
use crate::{event::Event, options::Options};

/// While results are stored, processes do not wait for files.
const AHEAD: usize = 16;

/// Result of one pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub files: usize,
    /// In order.
    pub dag_ids: Vec<String>,
    /// File and trace.
    pub import_errors: Vec<(String, String)>,
    /// What could not be read, parsed or stored, and why.
    pub failures: Vec<(String, String)>,
    pub seconds: f64,
}

/// Deletes every serialized form, as `airflow dags reserialize --clear-only` does.
pub async fn clear_serialized_dags(db: &Db) -> Result<u64, Error> {
    let mut tx = db.begin().await?;
    let deleted = queries::delete_serialized_dags(&mut tx).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// Parses every file of the folder once and stores the results. `progress` is told of each file.
/// As with Airflow's `dags reserialize`, the rows belong to no processor's folder, and a process may parse
/// several files: here only those that leave nothing behind.
pub async fn parse_once(
    options: Options,
    db: Db,
    supervisor: SupervisorHandle,
    clock: Clock,
    mut progress: impl FnMut(&Event),
) -> Report {
    let started = Instant::now();
    let options = Options {
        shared_processes: true,
        ..options
    };
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let mut processor =
        DagProcessor::with_subdir(options, db, supervisor, clock, None).with_events(sender);
    let mut report = Report::default();
    let mut take = |event: Event| {
        progress(&event);
        match event {
            Event::Listed { files } => report.files = files,
            Event::Parsed {
                file, dags, error, ..
            } => {
                report.dag_ids.extend(dags);
                if let Some(error) = error {
                    let file = file.display().to_string();
                    report.import_errors.push((file, error));
                }
            }
            Event::NotParsed { path, reason } => {
                report.failures.push((path.display().to_string(), reason));
            }
            Event::StoreFailed { file, reason } => {
                let file = file.map(|file| file.display().to_string());
                let reason = format!("cannot be stored: {reason}");
                report.failures.push((file.unwrap_or_default(), reason));
            }
            Event::Deactivated { .. } | Event::Warning { .. } => {}
        }
    };
    processor.ahead = AHEAD;
    processor.list_files().await;
    processor.read_import_errors().await;
    let mut parses = JoinSet::new();
    loop {
        processor.start_parses(&mut parses);
        let Some(done) = parses.join_next_with_id().await else {
            break;
        };
        processor.take_results(done, &mut parses).await;
        while let Ok(event) = events.try_recv() {
            take(event);
        }
    }
    while let Ok(event) = events.try_recv() {
        take(event);
    }
    report.dag_ids.sort();
    report.seconds = started.elapsed().as_secs_f64();
    report
}
