//! What every command works with.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use updraft_config::{Config, RawConfig};
use updraft_core::{UtcDateTime, time::Clock};
use updraft_metadata_db::{ConnectOptions, Db, migrate};
use updraft_secrets::{Backends, Fernet};

use crate::{
    compose, environment,
    output::{OutputFormat, Record},
    zone,
};

/// What is said first of a database with other tables.
pub(crate) const UNUSABLE: &str = "the metadata database cannot be used";

/// The configuration, the clock and the output, made once.
pub(crate) struct Context {
    pub raw: RawConfig,
    pub config: Config,
    pub clock: Clock,
    /// The process's variables.
    pub environment: BTreeMap<String, String>,
    /// The name that the program was called by: `updraft` or `airflow`.
    pub program: &'static str,
    out: io::Stdout,
}

impl Context {
    pub(crate) fn load(
        environment: &BTreeMap<String, String>,
        program: &'static str,
    ) -> anyhow::Result<Self> {
        let raw = RawConfig::load(environment)?;
        let config = Config::from_raw(&raw)?;
        Ok(Self {
            raw,
            config,
            clock: environment::system_clock(),
            environment: environment.clone(),
            program,
            out: io::stdout(),
        })
    }

    /// The zone of dates that name none.
    pub(crate) fn default_timezone(&self) -> anyhow::Result<TimeZone> {
        zone::of_option(&self.config.core.default_timezone, &self.environment)
    }

    pub(crate) fn now(&self) -> UtcDateTime {
        (self.clock)()
    }

    /// The metadata database, whatever its tables are.
    pub(crate) async fn connect(&self) -> anyhow::Result<Db> {
        let options = ConnectOptions {
            // A person waits; a server that starts gets a moment.
            acquire_timeout: Duration::from_secs(5),
            ..compose::connect_options(&self.config, 2)
        };
        let conn = &self.config.database.sql_alchemy_conn;
        Ok(Db::connect(conn.expose(), &options).await?)
    }

    /// The metadata database, after a look at Airflow's tables: most commands need no others, so they
    /// work on a database that Updraft has added nothing to.
    pub(crate) async fn database(&self) -> anyhow::Result<Db> {
        let db = self.connect().await?;
        migrate::check_airflow(&db).await.context(UNUSABLE)?;
        Ok(db)
    }

    /// The metadata database, after a look at Updraft's own tables too.
    pub(crate) async fn database_with_own_tables(&self) -> anyhow::Result<Db> {
        let db = self.connect().await?;
        migrate::check_migrations(&db).await.context(UNUSABLE)?;
        Ok(db)
    }

    /// What encrypts values of the metadata database.
    pub(crate) fn fernet(&self) -> anyhow::Result<Fernet> {
        Ok(Fernet::from_keys(self.config.core.fernet_key.expose())?)
    }

    /// The sources that have Variables and Connections beside the metadata database.
    pub(crate) fn secrets_backends(&self) -> anyhow::Result<Backends> {
        let secrets = &self.config.secrets;
        let kwargs = secrets.backend_kwargs.expose();
        let environment = Arc::new(self.environment.clone());
        Ok(Backends::new(&secrets.backend, kwargs, environment)?)
    }

    pub(crate) fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut out = self.out.lock();
        writeln!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }

    /// The rows; as a table, as wide as the terminal, or 200 columns as in Airflow's pipes.
    pub(crate) fn print_rows(&self, format: OutputFormat, rows: &[Record]) -> anyhow::Result<()> {
        const WIDTH_OF_A_PIPE: usize = 200;
        let width = terminal_size::terminal_size_of(&self.out)
            .map_or(WIDTH_OF_A_PIPE, |(width, _)| usize::from(width.0));
        format.print(rows, width, &mut self.out.lock())?;
        Ok(())
    }
}
