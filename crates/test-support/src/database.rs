//! A database for one test.

use tempfile::TempDir;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    ConnectOptions, Db, Dialects, Engine, Source as _, Synchronous, migrate,
};

use crate::postgres::Postgres;

/// A database of its own, removed with this value.
#[derive(Debug)]
pub struct TestDatabase {
    pub db: Db,
    /// `sql_alchemy_conn`; stock Airflow understands it too.
    pub url: String,
    _removed_with_it: Removed,
}

/// Removes the database when dropped.
#[derive(Debug, Default)]
struct Removed {
    _server_database: Option<PostgresDatabase>,
    _folder: Option<TempDir>,
}

#[derive(Debug)]
struct PostgresDatabase {
    server: Postgres,
    name: String,
}

impl TestDatabase {
    /// With the schema of `updraft db migrate`.
    ///
    /// # Panics
    /// With the reason, where the machine cannot run the engine.
    pub async fn new(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => Self::postgres(true).await,
            Engine::Sqlite => {
                let database = Self::sqlite().await;
                let seed = migrate::Seed::default();
                if let Err(error) =
                    migrate::migrate(&database.db, &seed, UtcDateTime::UNIX_EPOCH).await
                {
                    panic!("cannot migrate {}: {error:?}", database.url);
                }
                database
            }
        }
    }

    /// With Airflow's tables alone, as stock's `airflow db migrate` leaves a database.
    ///
    /// # Panics
    /// With the reason, where the machine cannot run the engine.
    pub async fn of_stock(engine: Engine) -> Self {
        let database = Self::new(engine).await;
        if let Err(error) = drop_own_tables(&database.db).await {
            panic!(
                "cannot drop Updraft's tables of {}: {error:?}",
                database.url
            );
        }
        database
    }

    /// Without tables.
    ///
    /// # Panics
    /// With the reason, where the machine cannot run the engine.
    pub async fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => Self::postgres(false).await,
            Engine::Sqlite => Self::sqlite().await,
        }
    }

    async fn postgres(migrated: bool) -> Self {
        match Postgres::start().await {
            Ok(server) => Self::on(server, migrated).await,
            Err(error) => panic!(
                "no PostgreSQL to test with: {}",
                updraft_core::error_chain(&error)
            ),
        }
    }

    pub(crate) async fn on(server: Postgres, migrated: bool) -> Self {
        let made = async {
            let name = if migrated {
                server.migrated_database().await?
            } else {
                server.empty_database().await?
            };
            Ok::<_, crate::ServerError>(PostgresDatabase { server, name })
        };
        match made.await {
            Ok(place) => {
                let url = place.server.url(&place.name);
                Self {
                    db: connect(&url).await,
                    url,
                    _removed_with_it: Removed {
                        _server_database: Some(place),
                        ..Removed::default()
                    },
                }
            }
            Err(error) => panic!(
                "no PostgreSQL to test with: {}",
                updraft_core::error_chain(&error)
            ),
        }
    }

    async fn sqlite() -> Self {
        let folder = match TempDir::new() {
            Ok(folder) => folder,
            Err(error) => panic!("no temporary folder: {error}"),
        };
        let url = format!("sqlite:///{}", folder.path().join("airflow.db").display());
        Self {
            db: connect(&url).await,
            url,
            _removed_with_it: Removed {
                _folder: Some(folder),
                ..Removed::default()
            },
        }
    }
}

async fn connect(url: &str) -> Db {
    let options = ConnectOptions {
        // Nobody pulls the plug on a test's database.
        synchronous: Synchronous::Normal,
        ..ConnectOptions::default()
    };
    match Db::connect(url, &options).await {
        Ok(db) => db,
        Err(error) => panic!(
            "cannot connect to {url}: {}",
            updraft_core::error_chain(&error)
        ),
    }
}

impl Drop for PostgresDatabase {
    /// Many databases of a run would fill the disk. The test's own runtime may be gone or busy
    /// here, hence a thread with a runtime of its own.
    fn drop(&mut self) {
        let server = self.server.clone();
        let name = std::mem::take(&mut self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                // The run's end removes what a failure leaves.
                let _ = runtime.block_on(server.drop_database(&name));
            }
        });
        let _ = dropped.join();
    }
}

async fn drop_own_tables(db: &Db) -> Result<(), updraft_metadata_db::Error> {
    let mut tx = db.begin().await?;
    let tables: Vec<String> = tx
        .query(Dialects {
            postgres: "SELECT tablename::text
                 FROM pg_catalog.pg_tables
                 WHERE tablename LIKE 'updraft%'",
            sqlite: "SELECT name
                 FROM sqlite_master
                 WHERE type = 'table' AND name LIKE 'updraft%'",
        })
        .fetch_scalars()
        .await?;
    for table in tables {
        tx.query(format!("DROP TABLE {table}")).execute().await?;
    }
    tx.commit().await
}
