//! What every command works with.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use updraft_config::{Config, DatabaseTarget, RawConfig};
use updraft_core::{UtcDateTime, time::Clock};
use updraft_metadata_db::{ConnectOptions, Db, migrate};
use updraft_secrets::{Backends, Fernet};

use crate::{
    compose, environment,
    failure::Failure,
    output::{OutputFormat, Record, by_property, fits, table_without_header},
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

    /// The metadata database, whatever its tables are. One that is not there is not made.
    pub(crate) async fn connect(&self) -> anyhow::Result<Db> {
        if let Some(file) = self.missing_database() {
            let message = format!("there is no metadata database {}", file.display());
            return Err(Failure::new(message).with_hint(self.where_home_is()).into());
        }
        self.connect_or_make().await
    }

    /// The file of the metadata database, where it is SQLite's and not there.
    pub(crate) fn missing_database(&self) -> Option<&Path> {
        match self.config.database.sql_alchemy_conn.target() {
            DatabaseTarget::Sqlite(file) if !file.exists() => Some(file),
            _ => None,
        }
    }

    /// For those who look for the database at another place.
    fn where_home_is(&self) -> String {
        let home = &self.config.home.home;
        let shown = home.display();
        let is_there = if home.is_dir() {
            ""
        } else {
            ", which does not exist"
        };
        let home = match self.environment.get("AIRFLOW_HOME") {
            Some(_) => format!("AIRFLOW_HOME is {shown}{is_there}"),
            None => format!("AIRFLOW_HOME is not set, which means {shown}{is_there}"),
        };
        format!(
            "{home}; `{0} standalone` or `{0} db migrate` makes the database",
            self.program
        )
    }

    /// As [`Self::connect`]; the file of a database that is not there is made, without tables.
    pub(crate) async fn connect_or_make(&self) -> anyhow::Result<Db> {
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

    /// One row; where a terminal is too narrow for it, a line for each of its columns.
    pub(crate) fn print_record(&self, format: OutputFormat, row: Record) -> anyhow::Result<()> {
        let terminal = terminal_size::terminal_size_of(&self.out);
        let rows = match terminal {
            Some((width, _))
                if format == OutputFormat::Table && !fits(&row, usize::from(width.0)) =>
            {
                by_property(row)
            }
            _ => vec![row],
        };
        self.print_rows(format, &rows)
    }

    /// The rows; as a table, as wide as the terminal, or 200 columns as in Airflow's pipes.
    pub(crate) fn print_rows(&self, format: OutputFormat, rows: &[Record]) -> anyhow::Result<()> {
        let text = format.render(rows, self.width());
        Ok(self.out.lock().write_all(text.as_bytes())?)
    }

    /// As [`Self::print_rows`], where a table needs no names for its columns.
    pub(crate) fn print_rows_without_header(
        &self,
        format: OutputFormat,
        rows: &[Record],
    ) -> anyhow::Result<()> {
        let text = match format {
            OutputFormat::Table => table_without_header(rows, self.width()),
            format => format.render(rows, self.width()),
        };
        Ok(self.out.lock().write_all(text.as_bytes())?)
    }

    fn width(&self) -> usize {
        const WIDTH_OF_A_PIPE: usize = 200;
        terminal_size::terminal_size_of(&self.out)
            .map_or(WIDTH_OF_A_PIPE, |(width, _)| usize::from(width.0))
    }
}
