//! The server of this test run, and databases on it.

use std::{
    fs::{self, File},
    os::unix::process::parent_id,
    path::{Path, PathBuf},
    process::Child,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use nix::unistd::Uid;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection, PgConnection, postgres::PgConnectOptions,
};
use updraft_core::UtcDateTime;
use updraft_metadata_db::{ConnectOptions, Db, migrate};

use super::{error::ServerError, keeper};

const TEMPLATE: &str = "updraft_template";

/// The server of this test run; started by the first test that needs one.
#[derive(Clone, Debug)]
pub struct Postgres {
    port: u16,
}

impl Postgres {
    /// The run's server. nextest runs every test in a process of its own, so the server is shared
    /// between processes: it belongs to the nextest run and ends with it. Without nextest it
    /// belongs to this process.
    pub async fn start() -> Result<Self, ServerError> {
        let (run, watched) = test_run();
        let base = std::env::temp_dir();
        // One lock for all runs of a user, so that runs leave no locks behind.
        let lock_path = base.join(format!("updraft-test-{}.lock", Uid::current()));
        let unusable = |source| ServerError::Folder {
            path: lock_path.clone(),
            source,
        };
        let lock = File::create(&lock_path).map_err(unusable)?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(unusable)?;
        let folder = base.join(format!("updraft-test-{run}"));
        let ready = folder.join("port");
        let server = if let Some(port) = read_port(&ready) {
            Self { port }
        } else {
            let (server, _) = Self::start_in(&folder, watched).await?;
            server.make_template().await?;
            fs::write(&ready, server.port.to_string()).map_err(unusable)?;
            server
        };
        drop(lock);
        Ok(server)
    }

    pub(super) async fn start_in(
        folder: &Path,
        watched: u32,
    ) -> Result<(Self, Child), ServerError> {
        let (mut keeper, port) = keeper::start(folder, watched)?;
        let server = Self { port };
        server.wait_until_ready(&mut keeper, folder).await?;
        Ok((server, keeper))
    }

    pub(super) async fn wait_until_ready(
        &self,
        keeper: &mut Child,
        folder: &Path,
    ) -> Result<(), ServerError> {
        loop {
            match self.administrator().await {
                Ok(connection) => {
                    let _ = connection.close().await;
                    return Ok(());
                }
                Err(_) if is_running(keeper) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(_) => {
                    return Err(ServerError::NotReady {
                        output: output(folder),
                    });
                }
            }
        }
    }

    /// `sql_alchemy_conn` of a database.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgresql+psycopg2://airflow@127.0.0.1:{}/{database}",
            self.port
        )
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new database with the schema of `updraft db migrate`; its name.
    pub async fn migrated_database(&self) -> Result<String, ServerError> {
        self.create(&format!(" TEMPLATE {TEMPLATE}")).await
    }

    /// A new database without tables; its name.
    pub async fn empty_database(&self) -> Result<String, ServerError> {
        self.create("").await
    }

    pub async fn drop_database(&self, name: &str) -> Result<(), ServerError> {
        self.administer(
            "drop",
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await
    }

    async fn create(&self, options: &str) -> Result<String, ServerError> {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{serial}", std::process::id());
        self.administer("create", format!("CREATE DATABASE {name}{options}"))
            .await?;
        Ok(name)
    }

    pub(super) async fn make_template(&self) -> Result<(), ServerError> {
        self.administer("create", format!("CREATE DATABASE {TEMPLATE}"))
            .await?;
        let db = Db::connect(&self.url(TEMPLATE), &ConnectOptions::default())
            .await
            .map_err(ServerError::Template)?;
        migrate::migrate(&db, &migrate::Seed::default(), UtcDateTime::UNIX_EPOCH)
            .await
            .map_err(ServerError::Template)?;
        db.close().await;
        Ok(())
    }

    pub(super) async fn administer(
        &self,
        action: &'static str,
        statement: String,
    ) -> Result<(), ServerError> {
        let failed = |source| ServerError::Database { action, source };
        let mut connection = self.administrator().await.map_err(failed)?;
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        connection.close().await.map_err(failed)
    }

    async fn administrator(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("airflow")
            .database("postgres")
            .connect()
            .await
    }
}

/// The name of this run, and the process that it ends with.
fn test_run() -> (String, u32) {
    #[expect(
        clippy::disallowed_methods,
        reason = "nextest tells its tests about the run in the environment only"
    )]
    let run = std::env::var("NEXTEST_RUN_ID");
    if let Ok(run) = run {
        (run, parent_id())
    } else {
        let own = std::process::id();
        (own.to_string(), own)
    }
}

fn read_port(path: &PathBuf) -> Option<u16> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn is_running(keeper: &mut Child) -> bool {
    matches!(keeper.try_wait(), Ok(None))
}

fn output(folder: &Path) -> String {
    ["keeper.log", "initdb.log", "server.log"]
        .iter()
        .filter_map(|name| fs::read_to_string(folder.join(name)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[tokio::test]
    async fn ends_with_the_watched_process() {
        let folder =
            std::env::temp_dir().join(format!("updraft-test-ending-{}", std::process::id()));
        let mut watched = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let (mut keeper, port) = keeper::start(&folder, watched.id()).unwrap();
        let server = Postgres { port };
        server.wait_until_ready(&mut keeper, &folder).await.unwrap();

        watched.kill().unwrap();
        watched.wait().unwrap();
        let ended = tokio::task::spawn_blocking(move || keeper.wait());
        assert!(ended.await.unwrap().unwrap().success());
        assert!(!folder.exists());
        assert!(server.administrator().await.is_err());
    }
}
