//! `db check` and `db check-migrations`.

use super::{error::MigrateError, schema::Schema};
use crate::{Db, Error};

/// The database answers.
pub async fn check(db: &Db) -> Result<(), Error> {
    use crate::Source;
    db.query("SELECT 1").fetch_scalar::<i32>().await.map(drop)
}

/// Whether Updraft's additions are there, beside Airflow's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnTables {
    Complete,
    Behind,
}

/// The schema is Airflow 2.10.5's: enough for whatever reads and writes Airflow's tables only.
pub async fn check_airflow(db: &Db) -> Result<OwnTables, Error> {
    let mut tx = db.begin().await?;
    let schema = Schema::read(&mut tx).await?;
    tx.rollback().await?;
    schema.require_airflow_2_10_5()?;
    Ok(if schema.has_additions() {
        OwnTables::Complete
    } else {
        OwnTables::Behind
    })
}

/// The schema is Airflow 2.10.5's and Updraft's additions are there.
pub async fn check_migrations(db: &Db) -> Result<(), Error> {
    match check_airflow(db).await? {
        OwnTables::Complete => Ok(()),
        OwnTables::Behind => Err(MigrateError::OwnTablesBehind.into()),
    }
}
