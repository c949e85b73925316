//! `dags report`.

use std::{collections::BTreeMap, path::PathBuf};

use updraft_dag_processor::Event;

use crate::{
    compose::serialized_dag_defaults,
    context::Context,
    output::{OutputArgs, Record, Value, record},
    progress::Progress,
    stored_dag,
    trial::{Session, SessionOptions, parse},
};

/// Parse the DAG files and show how long each took and what is in it, the slowest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags report -o yaml")]
pub(crate) struct Args {
    /// Only this file, or the files of this folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is told of a file.
struct Line {
    file: String,
    seconds: f64,
    dags: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let session = Session::start(context, &SessionOptions::default()).await?;
        let mut lines = self.lines(context, &session).await?;
        lines.sort_by(|left, right| right.seconds.total_cmp(&left.seconds));
        let tasks = tasks(context, &session, &lines).await?;
        let rows: Vec<Record> = lines.into_iter().map(|line| row(line, &tasks)).collect();
        Box::pin(session.end()).await;
        context.print_rows(self.output.output, &rows)
    }

    /// On a database of its own, so that nothing is changed by it.
    async fn lines(&self, context: &Context, session: &Session) -> anyhow::Result<Vec<Line>> {
        let folder = context.config.core.dags_folder.to_string_lossy();
        let progress = Progress::new();
        let mut lines = Vec::new();
        let report = parse(
            context,
            session,
            self.subdir.as_deref(),
            |event| match event {
                Event::Listed { files } => progress.expect(*files),
                Event::Parsed {
                    file,
                    dags,
                    seconds,
                    ..
                } => {
                    progress.done(file);
                    lines.push(Line {
                        file: file.to_string_lossy().replace(&*folder, ""),
                        seconds: *seconds,
                        dags: dags.clone(),
                    });
                }
                _ => {}
            },
        )
        .await?;
        progress.end();
        for (path, reason) in &report.failures {
            tracing::error!("{path} {reason}");
        }
        if !report.import_errors.is_empty() {
            tracing::warn!(
                "{} files cannot be imported; `{} check` tells why",
                report.import_errors.len(),
                context.program
            );
        }
        Ok(lines)
    }
}

/// How many tasks each DAG has.
async fn tasks(
    context: &Context,
    session: &Session,
    lines: &[Line],
) -> anyhow::Result<BTreeMap<String, usize>> {
    let defaults = serialized_dag_defaults(&context.config);
    let mut tasks = BTreeMap::new();
    for dag_id in lines.iter().flat_map(|line| &line.dags) {
        if let Some(stored) = stored_dag::stored(&session.scratch.db, dag_id).await? {
            tasks.insert(dag_id.clone(), stored.dag(&defaults)?.tasks.iter().count());
        }
    }
    Ok(tasks)
}

fn row(mut line: Line, tasks: &BTreeMap<String, usize>) -> Record {
    line.dags.sort();
    let task_num: usize = line
        .dags
        .iter()
        .filter_map(|dag_id| tasks.get(dag_id))
        .sum();
    record([
        ("file", line.file.into()),
        ("duration", timedelta(line.seconds).into()),
        ("dag_num", count(line.dags.len())),
        ("task_num", count(task_num)),
        (
            "dags",
            Value::List(line.dags.into_iter().map(Value::from).collect()),
        ),
    ])
}

fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Python's text of a `timedelta`.
fn timedelta(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no file takes that long"
    )]
    let micros = (seconds.max(0.0) * 1e6).round() as u64;
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let whole = format!("{hours}:{minutes:02}:{seconds:02}");
    if fraction == 0 {
        whole
    } else {
        format!("{whole}.{fraction:06}")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.0, "0:00:00")]
    #[case(0.012_345, "0:00:00.012345")]
    #[case(3661.5, "1:01:01.500000")]
    fn durations(#[case] seconds: f64, #[case] expected: &str) {
        assert_eq!(timedelta(seconds), expected);
    }
}
