//! A server that a test may take away.

use std::{
    fs,
    path::PathBuf,
    process::Child,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::sync::Mutex;

use super::{error::ServerError, server::Postgres};
use crate::database::TestDatabase;

/// A server of one test alone; ends with the test's process.
#[derive(Debug)]
pub struct PrivatePostgres {
    server: Postgres,
    folder: PathBuf,
    keeper: Mutex<Child>,
}

/// How a server goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Transactions in progress are rolled back.
    Fast,
    /// As after a crash: what was in progress is found out at the next start.
    Immediate,
}

impl PrivatePostgres {
    pub async fn start() -> Result<Self, ServerError> {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let own = std::process::id();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("updraft-test-private-{own}-{serial}"));
        let (server, keeper) = Postgres::start_in(&folder, own).await?;
        // Otherwise commits would be lost with the server, not only connections.
        let statement = "ALTER ROLE airflow SET synchronous_commit = on".to_owned();
        server.administer("prepare", statement).await?;
        server.make_template().await?;
        Ok(Self {
            server,
            folder,
            keeper: Mutex::new(keeper),
        })
    }

    /// A migrated database.
    ///
    /// # Panics
    /// With the reason, when there is none to be had.
    pub async fn database(&self) -> TestDatabase {
        TestDatabase::on(self.server.clone(), true).await
    }

    /// From the next connections on, the server writes each message with statements into its log.
    pub async fn log_statements(&self) -> Result<(), ServerError> {
        let statement = "ALTER ROLE airflow SET log_statement = 'all'".to_owned();
        self.server.administer("prepare", statement).await
    }

    /// The messages so far, in the order in which they came: the statements of each.
    pub fn logged_statements(&self) -> Result<Vec<String>, ServerError> {
        let path = self.folder.join("server.log");
        let log =
            fs::read_to_string(&path).map_err(|source| ServerError::Folder { path, source })?;
        Ok(statements(&log))
    }

    /// Returns when the server's process is gone.
    pub async fn stop(&self, shutdown: Shutdown) -> Result<(), ServerError> {
        let unusable = |path: PathBuf| {
            move |source| ServerError::Folder {
                path: path.clone(),
                source,
            }
        };
        let path = self.folder.join("data/postmaster.pid");
        let text = fs::read_to_string(&path).map_err(unusable(path))?;
        let path = self.folder.join("stopped");
        fs::write(&path, "").map_err(unusable(path))?;
        let signal = match shutdown {
            Shutdown::Fast => Signal::SIGINT,
            Shutdown::Immediate => Signal::SIGQUIT,
        };
        let pid = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        // A server that is gone already is noticed below.
        if let Some(pid) = pid {
            let _ = kill(Pid::from_raw(pid), signal);
        }
        while !self.folder.join("ended").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Returns when the server takes connections.
    pub async fn resume(&self) -> Result<(), ServerError> {
        let path = self.folder.join("resume");
        fs::write(&path, "").map_err(|source| ServerError::Folder { path, source })?;
        let mut keeper = self.keeper.lock().await;
        self.server
            .wait_until_ready(&mut keeper, &self.folder)
            .await
    }
}

/// An entry begins with its time; the lines after its first one are indented.
fn statements(log: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_statement = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let Some(statement) = found.last_mut().filter(|_| is_statement) {
                *statement = format!("{statement}\n{more}");
            }
            continue;
        }
        let entry = line.split_once("LOG:  ").map(|(_, entry)| entry);
        let statement = entry.and_then(|entry| {
            let prepared = || entry.strip_prefix("execute ")?.split_once(": ");
            let simple = entry.strip_prefix("statement: ");
            simple.or_else(|| prepared().map(|(_, statement)| statement))
        });
        is_statement = statement.is_some();
        found.extend(statement.map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_from_the_rest_of_the_log() {
        let log = "2024-01-01 00:00:00.000 UTC [1] LOG:  database system is ready\n\
             2024-01-01 00:00:00.001 UTC [2] LOG:  statement: BEGIN\n\
             2024-01-01 00:00:00.002 UTC [2] LOG:  execute sqlx_s_1: SELECT a\n\
             \tFROM b\n\
             2024-01-01 00:00:00.002 UTC [2] DETAIL:  parameters: $1 = 'a\n\
             \tb'\n\
             2024-01-01 00:00:00.003 UTC [2] LOG:  execute <unnamed>: SELECT ': '\n";
        let expected = ["BEGIN", "SELECT a\nFROM b", "SELECT ': '"];
        assert_eq!(statements(log), expected);
    }
}
