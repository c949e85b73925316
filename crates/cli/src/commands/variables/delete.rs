//! `variables delete`.

use updraft_metadata_db::variable;

use crate::context::Context;

/// Delete a Variable from the metadata database
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft variables delete bucket")]
pub(crate) struct Args {
    /// Key of the Variable
    key: String,
}

impl Args {
    /// One that is not there is no failure, as in Airflow.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        variable::delete(&mut tx, &self.key).await?;
        tx.commit().await?;
        context.print(&format!("Variable {} deleted", self.key))
    }
}
