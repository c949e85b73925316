//! Starts the zygote: the Python process from which all others are forked.

use std::{
    collections::VecDeque,
    ffi::OsString,
    os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{UnixStream, unix::pipe},
    process::Command,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Lines of the zygote's output that are kept to explain why it does not start.
const KEPT_LINES: usize = 20;

#[derive(Clone, Debug)]
pub(crate) struct ZygoteOptions {
    pub(crate) python: PathBuf,
    /// Holds the package `updraft_runtime`.
    pub(crate) runtime_dir: PathBuf,
    /// On top of this process's environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// `apache`, `bundled`, `none`, or `auto` for whether `apache-airflow` is installed.
    pub(crate) sdk: &'static str,
    /// Modules to import besides those of the SDK.
    pub(crate) preload: Vec<String>,
    /// Whether tasks will run here, for which much more is prepared.
    pub(crate) runs_tasks: bool,
    /// After which it is taken for hung.
    pub(crate) start_timeout: Duration,
}

/// A zygote that has just been started.
pub(crate) struct Started {
    /// Its control socket.
    pub(crate) stream: UnixStream,
    pub(crate) printed: LastLines,
    /// Kills the process.
    pub(crate) kill: CancellationToken,
}

/// The last lines that a process printed.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn spawn(options: &ZygoteOptions, tasks: &TaskTracker) -> std::io::Result<Started> {
    let (ours, control) = StdUnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let (output, child_output) = std::io::pipe()?;
    let mut process = Command::new(&options.python)
        .arg(options.runtime_dir.join("updraft_runtime/__main__.py"))
        .envs(options.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::from(OwnedFd::from(control)))
        .stdout(Stdio::from(child_output.try_clone()?))
        .stderr(Stdio::from(child_output))
        .spawn()?;
    let kill = CancellationToken::new();
    let killed = kill.clone();
    tasks.spawn(async move {
        let status = tokio::select! {
            status = process.wait() => status,
            () = killed.cancelled() => match process.start_kill() {
                Ok(()) => process.wait().await,
                Err(error) => Err(error),
            },
        };
        match status {
            Ok(status) => tracing::debug!(%status, "the zygote ended"),
            Err(error) => tracing::warn!(%error, "cannot wait for the zygote"),
        }
    });
    Ok(Started {
        stream: UnixStream::from_std(ours)?,
        printed: follow(output.into(), "zygote", tasks)?,
        kill,
    })
}

/// Reads what a fork server prints, so that it never blocks.
pub(crate) fn follow(
    output: OwnedFd,
    name: &'static str,
    tasks: &TaskTracker,
) -> std::io::Result<LastLines> {
    let lines = LastLines::default();
    let kept = lines.clone();
    let mut reader = BufReader::new(pipe::Receiver::from_owned_fd(output)?);
    tasks.spawn(async move {
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            tracing::debug!(process = name, "{text}");
            kept.push(text);
            line.clear();
        }
    });
    Ok(lines)
}
