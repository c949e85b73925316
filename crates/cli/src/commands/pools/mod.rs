//! `pools`.

mod delete;
mod export;
mod get;
mod import;
mod list;
mod set;

use updraft_metadata_db::slot_pool::Pool;

use super::subcommands::subcommands;
use crate::{
    failure::Failure,
    output::{Record, record},
};

subcommands! {
    Delete(delete),
    Export(export),
    Get(get),
    Import(import),
    List(list),
    Set(set),
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
