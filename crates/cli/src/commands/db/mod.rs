//! `db`.

mod check;
mod check_migrations;
mod init;
mod migrate;
mod reset;
mod version;

use clap::Subcommand;
use updraft_metadata_db::{Db, log_template::LogTemplate, migrate::Seed};

use crate::{commands::connections::create_default_connections, context::Context};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    CheckMigrations(check_migrations::Args),
    #[command(hide = true)]
    Init(init::Args),
    Migrate(migrate::Args),
    /// Deprecated: use `db migrate`
    #[command(hide = true)]
    Upgrade(migrate::Args),
    Reset(reset::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Check(arguments) => arguments.run(context).await,
            Self::CheckMigrations(arguments) => arguments.run(context).await,
            Self::Init(arguments) => arguments.run(context).await,
            Self::Migrate(arguments) => arguments.run(context).await,
            Self::Reset(arguments) => arguments.run(context).await,
            Self::Upgrade(arguments) => arguments.run_as_upgrade(context).await,
        }
    }
}

/// Airflow's sample connections, unless the configuration says no. Only `db init` and `db reset` make
/// them, as in Airflow.
async fn default_connections(context: &Context, db: &Db) -> anyhow::Result<()> {
    if context.config.database.load_default_connections {
        create_default_connections(context, db).await?;
    }
    Ok(())
}

/// A database that is made where there was none is worth a word: it may be the wrong place.
async fn connect_or_make(context: &Context) -> anyhow::Result<Db> {
    let made = context.missing_database();
    let db = context.connect_or_make().await?;
    if let Some(file) = made {
        context.print(&format!("Made a new database: {}", file.display()))?;
    }
    Ok(db)
}

/// What the configuration has to say about a new database.
pub(crate) fn seed(context: &Context) -> anyhow::Result<Seed> {
    let config = &context.config;
    let elasticsearch_id = context
        .raw
        .get("elasticsearch", "log_id_template")?
        .map_or_else(
            || LogTemplate::default().elasticsearch_id,
            |value| value.text,
        );
    Ok(Seed {
        default_pool_slots: i32::try_from(config.core.default_pool_task_slot_count)
            .unwrap_or(i32::MAX),
        log_template: LogTemplate {
            filename: config.logging.log_filename_template.clone(),
            elasticsearch_id,
        },
    })
}
