//! Why a database cannot be migrated or used.

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("migration step {step} failed")]
    Statement {
        step: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database is empty; run `updraft db migrate`")]
    Empty,
    #[error(
        "the database has the tables of Airflow {version} (alembic head {head}); Updraft needs \
         those of Airflow 2.10.3 to 2.10.5: make a backup, then run `airflow db migrate` of \
         Airflow 2.10.5"
    )]
    OtherAirflow { head: String, version: &'static str },
    #[error(
        "the database has an alembic head that no Airflow up to 2.10.5 has made ({head}); Updraft \
         needs that of Airflow 2.10.3 to 2.10.5: a newer Airflow can step back with `airflow db \
         downgrade --to-version 2.10.5`"
    )]
    UnknownHead { head: String },
    #[error(
        "the database has a table {table} but no alembic_version row, so it is not known which \
         Airflow made it; point sql_alchemy_conn at an empty database, or run `airflow db migrate` \
         of Airflow 2.10.5"
    )]
    NoHead { table: String },
    #[error(
        "the database's alembic_version is Airflow 2.10.5's, but its tables are not there; \
         [database] sql_alchemy_schema says in which schema they are"
    )]
    HeadAlone,
    #[error("the tables of Updraft itself are not up to date; run `updraft db migrate`")]
    OwnTablesBehind,
}
