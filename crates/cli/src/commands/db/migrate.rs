//! `db migrate`.

use updraft_metadata_db::migrate;

use super::seed;
use crate::{commands::version::AIRFLOW_VERSION, context::Context, failure::Failure};

/// Bring the metadata database to this version; an empty one gets all tables
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft db migrate")]
pub(crate) struct Args {
    /// Version of Airflow whose tables shall be there; only 2.10.5 can be asked for
    #[arg(short = 'n', long, value_name = "VERSION")]
    to_version: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let conn = &context.config.database.sql_alchemy_conn;
        context.print(&format!("DB: {conn}"))?;
        if let Some(version) = self.to_version.filter(|version| version != AIRFLOW_VERSION) {
            let message = format!("Updraft has no tables of Airflow {version}");
            let hint = format!("`airflow db migrate` of Airflow {version} has them");
            return Err(Failure::new(message).with_hint(hint).into());
        }
        context.print(&format!(
            "Performing upgrade to the metadata database {conn}"
        ))?;
        let db = context.connect().await?;
        let applied = migrate::migrate(&db, &seed(context)?, context.now()).await?;
        for name in applied.additions {
            tracing::info!("made what Updraft adds: {name}");
        }
        context.print("Database migrating done!")
    }
}
