//! `db migrate`.

use anyhow::Context as _;
use updraft_metadata_db::{ConnectOptions, Db, Engine, migrate};

use super::{
    seed,
    version::{require_revision, require_version},
};
use crate::{context::Context, failure::Failure};

/// Bring the metadata database to this version; an empty one gets all tables
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft db migrate\n  updraft db migrate --show-sql-only > migrate.sql"
)]
pub(crate) struct Args {
    /// Version of Airflow whose tables shall be there; 2.10.3 to 2.10.5 have the same
    #[arg(short = 'n', long, value_name = "VERSION")]
    to_version: Option<String>,
    /// As --to-version, by the revision of Alembic
    #[arg(short = 'r', long, value_name = "REVISION")]
    to_revision: Option<String>,
    /// With --show-sql-only: the version of Airflow that made the tables, instead of a look at them
    #[arg(long, value_name = "VERSION")]
    from_version: Option<String>,
    /// As --from-version, by the revision of Alembic
    #[arg(long, value_name = "REVISION")]
    from_revision: Option<String>,
    /// Print what would be executed, and execute nothing
    #[arg(short, long)]
    show_sql_only: bool,
    /// Accepted for compatibility; the tables are the same either way
    #[arg(short = 'm', long, hide = true)]
    use_migration_files: bool,
    /// Accepted for compatibility; DAGs are stored when they are parsed
    #[arg(long, hide = true)]
    no_reserialize_dags: bool,
}

impl Args {
    /// `airflow db upgrade` still has the same options.
    pub(crate) async fn run_as_upgrade(self, context: &Context) -> anyhow::Result<()> {
        tracing::warn!("`db upgrade` is deprecated; use `db migrate`");
        self.run(context).await
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let conn = &context.config.database.sql_alchemy_conn;
        if self.show_sql_only {
            // What is printed can be given to a database as it is.
            context.print(&format!("-- DB: {conn}"))?;
            self.check()?;
            return self.show(context).await;
        }
        context.print(&format!("DB: {conn}"))?;
        self.check()?;
        context.print(&format!(
            "Performing upgrade to the metadata database {conn}"
        ))?;
        let db = super::connect_or_make(context).await?;
        let applied = migrate::migrate(&db, &seed(context)?, context.now()).await?;
        for name in applied.additions {
            tracing::info!("made what Updraft adds: {name}");
        }
        context.print("Database migrating done!")
    }

    fn check(&self) -> Result<(), Failure> {
        if self.to_revision.is_some() && self.to_version.is_some() {
            return Err(Failure::new(
                "Cannot supply both `--to-revision` and `--to-version`.",
            ));
        }
        if self.from_revision.is_some() && self.from_version.is_some() {
            return Err(Failure::new(
                "Cannot supply both `--from-revision` and `--from-version`",
            ));
        }
        if self.has_start() && !self.show_sql_only {
            return Err(Failure::new(
                "Args `--from-revision` and `--from-version` may only be used with `--show-sql-only`",
            ));
        }
        if let Some(version) = &self.from_version {
            require_version(version, "--from-version")?;
        }
        if let Some(version) = &self.to_version {
            require_version(version, "--to-version")?;
        }
        for revision in [&self.from_revision, &self.to_revision] {
            revision.as_deref().map_or(Ok(()), require_revision)?;
        }
        Ok(())
    }

    fn has_start(&self) -> bool {
        self.from_revision.is_some() || self.from_version.is_some()
    }

    /// The start is known, or the database is looked at.
    async fn show(&self, context: &Context) -> anyhow::Result<()> {
        context
            .print("-- Generating sql for upgrade -- upgrade commands will *not* be submitted.")?;
        if self.has_start() {
            let engine = match context.config.database.sql_alchemy_conn.target() {
                updraft_config::DatabaseTarget::Postgres(_) => Engine::Postgres,
                updraft_config::DatabaseTarget::Sqlite(_) => Engine::Sqlite,
            };
            return context.print(&migrate::script_after_airflow(engine));
        }
        // In place of one that is not there, an empty one is looked at.
        let nowhere = tempfile::tempdir().context("cannot make a folder for temporary files")?;
        let db = match context.missing_database() {
            Some(_) => {
                let url = format!("sqlite:///{}", nowhere.path().join("empty.db").display());
                Db::connect(&url, &ConnectOptions::default()).await?
            }
            None => context.connect().await?,
        };
        match migrate::pending_script(&db, &seed(context)?).await? {
            Some(script) => context.print(&script),
            None => context.print("-- No migrations to apply; nothing to do."),
        }
    }
}
