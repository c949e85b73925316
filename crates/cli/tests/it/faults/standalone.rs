//! A running `updraft standalone`.

use std::{process::ExitStatus, sync::Arc, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::watch,
};

/// Nothing that a test waits for takes this long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What the program has printed, line by line.
pub(crate) type Lines = Arc<Vec<String>>;

pub(crate) struct Standalone {
    child: Child,
    lines: watch::Receiver<Lines>,
    errors: std::path::PathBuf,
}

impl Standalone {
    /// Standard error is appended to the file `errors`.
    pub(crate) fn start(mut command: Command, errors: std::path::PathBuf) -> Self {
        let file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&errors)
            .unwrap();
        let mut child = command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = watch::channel(Lines::default());
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                sender.send_modify(|lines| Arc::make_mut(lines).push(line));
            }
        });
        Self {
            child,
            lines,
            errors,
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        let pid = self.child.id().expect("the program was waited for");
        Pid::from_raw(i32::try_from(pid).unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// `kill -9`; its process is gone when this returns.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn exited(mut self) -> ExitStatus {
        let Ok(status) = tokio::time::timeout(PATIENCE, self.child.wait()).await else {
            panic!("the program does not end; {}", self.told());
        };
        status.unwrap()
    }

    /// Waits until the lines are as wanted.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&[String]) -> bool) {
        let found = tokio::time::timeout(PATIENCE, self.lines.wait_for(|lines| wanted(lines)));
        let Ok(found) = found.await.map(|found| found.is_ok()) else {
            panic!("never: {what}; {}", self.told());
        };
        assert!(found, "the program ended before {what}; {}", self.told());
    }

    pub(crate) async fn until_line(&mut self, text: &str) {
        self.until(&format!("a line with {text:?}"), |lines| {
            lines.iter().any(|line| line.contains(text))
        })
        .await;
    }

    /// For messages of failed tests.
    pub(crate) fn told(&self) -> String {
        let lines = self.lines.borrow().join("\n");
        let errors = std::fs::read_to_string(&self.errors).unwrap_or_default();
        let from = errors.floor_char_boundary(errors.len().saturating_sub(4000));
        format!("its output:\n{lines}\nits errors:\n{}", &errors[from..])
    }
}
