//! `pools`.

mod delete;
mod export;
mod get;
mod import;
mod list;
mod set;

use clap::Subcommand;
use updraft_metadata_db::slot_pool::Pool;

use crate::{
    context::Context,
    failure::Failure,
    output::{Record, record},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Delete(delete::Args),
    Export(export::Args),
    Get(get::Args),
    Import(import::Args),
    List(list::Args),
    Set(set::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Delete(arguments) => arguments.run(context).await,
            Self::Export(arguments) => arguments.run(context).await,
            Self::Get(arguments) => arguments.run(context).await,
            Self::Import(arguments) => arguments.run(context).await,
            Self::List(arguments) => arguments.run(context).await,
            Self::Set(arguments) => arguments.run(context).await,
        }
    }
}

fn columns(pool: Pool) -> Record {
    record([
        ("pool", pool.pool.into()),
        ("slots", pool.slots.into()),
        ("description", pool.description.into()),
        ("include_deferred", pool.include_deferred.into()),
    ])
}

fn missing(pool: &str) -> Failure {
    Failure::new(format!("Pool {pool} does not exist"))
}

/// Refuses what Airflow refuses as the name of a pool.
fn require_name(pool: &str) -> Result<(), Failure> {
    const LONGEST: usize = 256;
    if pool.trim().is_empty() {
        return Err(Failure::new("Pool name shouldn't be empty"));
    }
    if pool.chars().count() > LONGEST {
        let message = format!("pool name cannot be more than {LONGEST} characters");
        return Err(Failure::new(message));
    }
    Ok(())
}
