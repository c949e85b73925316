//! `db check` and `db check-migrations`.

use super::schema::Schema;
use crate::{Db, Error};

/// The database answers.
pub async fn check(db: &Db) -> Result<(), Error> {
    use crate::Source;
    db.query("SELECT 1").fetch_scalar::<i32>().await.map(drop)
}

/// The schema is Airflow 2.10.5's and Updraft's additions are there.
pub async fn check_migrations(db: &Db) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let schema = Schema::read(&mut tx).await?;
    tx.rollback().await?;
    schema.require_airflow_2_10_5()?;
    schema.require_additions()?;
    Ok(())
}
