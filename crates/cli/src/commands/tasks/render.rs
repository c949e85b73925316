//! `tasks render`.

use crate::{
    context::Context,
    trial::{Session, SessionOptions, Wanted, begin, find, print_fields, render},
};

/// Show the fields of a task after their templates are filled in
///
/// The DAG is read from its file. A run of that id or date need not be there; where one is, its
/// configuration counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks render etl load 2024-01-31")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The task
    task_id: String,
    /// The logical date or the id of the run
    execution_date_or_run_id: String,
    /// File or folder to look for the DAG in; by default the DAG folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    /// Which instance of a mapped task
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    map_index: i32,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let name = Some(self.execution_date_or_run_id.as_str());
        let wanted = Wanted::named(context, &self.dag_id, name).await?;
        let session = Session::start(context, &SessionOptions::default()).await?;
        let found = find(context, &session, &self.dag_id, self.subdir.as_deref()).await?;
        let begun = begin(
            context,
            &session,
            (&self.dag_id, Some(&self.task_id)),
            wanted,
        )
        .await?;
        let task = (self.task_id.as_str(), self.map_index);
        let fields = render(context, &session, &found, &begun, task).await?;
        print_fields(context, &fields)?;
        Box::pin(session.end()).await;
        Ok(())
    }
}
