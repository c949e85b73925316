//! `db migrate` and `db reset`.

use updraft_core::UtcDateTime;

use super::{
    error::MigrateError,
    heads::AIRFLOW_2_10_5,
    schema::Schema,
    steps::{ADDITIONS, BASELINE, RECORD, Step, baseline_tables},
};
use crate::{
    Db, DbTimestamp, Engine, Error, Source, Tx,
    log_template::{self, LogTemplate},
};

/// Configuration that ends up in rows of a new database.
#[derive(Clone, Debug)]
pub struct Seed {
    /// `[core] default_pool_task_slot_count`
    pub default_pool_slots: i32,
    pub log_template: LogTemplate,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            default_pool_slots: 128,
            log_template: LogTemplate::default(),
        }
    }
}

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Airflow's tables were made: the database was empty.
    pub created: bool,
    /// The files of Updraft's own that were run.
    pub additions: Vec<&'static str>,
}

/// Brings the database to the schema of this binary, in one transaction: an interrupted migration
/// leaves nothing behind. Running it again does nothing.
pub async fn migrate(db: &Db, seed: &Seed, now: UtcDateTime) -> Result<Applied, Error> {
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    let applied = migrate_within(&mut tx, db.has_schema(), seed, now).await?;
    tx.commit().await?;
    Ok(applied)
}

/// Adds Updraft's own tables to those of Airflow 2.10.5, which stay as they are. Returns the files
/// that were run.
pub async fn add_own_tables(db: &Db, now: UtcDateTime) -> Result<Vec<&'static str>, Error> {
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    let schema = Schema::read(&mut tx).await?;
    schema.require_airflow_2_10_5()?;
    let additions = add_missing(&mut tx, &schema, now).await?;
    tx.commit().await?;
    Ok(additions)
}

/// Drops every table of Airflow's and Updraft's, with all data, and makes them anew.
pub async fn reset(db: &Db, seed: &Seed, now: UtcDateTime) -> Result<Applied, Error> {
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    drop_tables_within(&mut tx).await?;
    let applied = migrate_within(&mut tx, db.has_schema(), seed, now).await?;
    tx.commit().await?;
    Ok(applied)
}

/// Drops every table of Airflow's and Updraft's, with all data.
pub async fn drop_tables(db: &Db) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    drop_tables_within(&mut tx).await?;
    tx.commit().await
}

async fn drop_tables_within(tx: &mut Tx) -> Result<(), Error> {
    let schema = Schema::read(tx).await?;
    for table in tables_to_drop(&schema) {
        drop_table(tx, &table).await?;
    }
    Ok(())
}

fn tables_to_drop(schema: &Schema) -> Vec<String> {
    // What `airflow db clean` and upgrades moved away goes as well, as with stock.
    let own = schema
        .tables
        .iter()
        .filter(|table| table.starts_with("updraft_") || table.starts_with("_airflow_"))
        .cloned();
    // Last made, first dropped: SQLite checks foreign keys when a table goes.
    let airflow = baseline_tables()
        .rev()
        .filter(|table| schema.tables.contains(*table))
        .map(str::to_owned);
    own.chain(airflow).collect()
}

async fn drop_table(tx: &mut Tx, table: &str) -> Result<(), Error> {
    let cascade = match tx.engine() {
        Engine::Postgres => " CASCADE",
        Engine::Sqlite => "",
    };
    tx.query(format!("DROP TABLE \"{table}\"{cascade}"))
        .execute()
        .await
        .map(drop)
}

/// Stock's `db migrate` and `db reset` hold the same lock for their session; ours ends with the
/// transaction. `SQLite`'s write lock is held already.
async fn lock(tx: &mut Tx) -> Result<(), Error> {
    if tx.engine() == Engine::Postgres {
        tx.query("SELECT pg_advisory_xact_lock(1)::text")
            .execute()
            .await?;
    }
    Ok(())
}

async fn migrate_within(
    tx: &mut Tx,
    has_schema: bool,
    seed: &Seed,
    now: UtcDateTime,
) -> Result<Applied, Error> {
    let schema = Schema::read(tx).await?;
    let mut applied = Applied {
        created: schema.is_empty(),
        additions: Vec::new(),
    };
    if applied.created {
        run(tx, &BASELINE).await?;
        if has_schema {
            move_to_default_schema(tx).await?;
        }
        tx.query("INSERT INTO alembic_version (version_num) VALUES ($1)")
            .bind(AIRFLOW_2_10_5)
            .execute()
            .await?;
    } else {
        schema.require_airflow_2_10_5()?;
    }
    applied.additions = add_missing(tx, &schema, now).await?;
    add_default_pool(tx, seed.default_pool_slots).await?;
    log_template::synchronize(tx, &seed.log_template, now).await?;
    Ok(applied)
}

/// Stock looks for these two tables where the search path leads by default, and for all others in
/// `[database] sql_alchemy_schema`.
async fn move_to_default_schema(tx: &mut Tx) -> Result<(), Error> {
    let default: Option<String> = tx
        .query("SELECT quote_ident((current_schemas(FALSE))[2])")
        .fetch_scalar()
        .await?;
    let Some(default) = default else {
        return Ok(());
    };
    for table in ["alembic_version", "session"] {
        tx.query(format!("ALTER TABLE {table} SET SCHEMA {default}"))
            .execute()
            .await?;
    }
    Ok(())
}

async fn add_missing(
    tx: &mut Tx,
    schema: &Schema,
    now: UtcDateTime,
) -> Result<Vec<&'static str>, Error> {
    let mut added = Vec::new();
    // A user who may make no tables works on a complete database.
    if schema.has_additions() {
        return Ok(added);
    }
    run(tx, &RECORD).await?;
    for step in &ADDITIONS {
        if !schema.has_addition(step.version) {
            run(tx, step).await?;
            record(tx, step, now).await?;
            added.push(step.name);
        }
    }
    Ok(added)
}

async fn run(tx: &mut Tx, step: &Step) -> Result<(), Error> {
    let script = step.script(tx.engine());
    tx.run_script(script).await.map_err(|source| {
        Error::from(MigrateError::Statement {
            step: step.name,
            source,
        })
    })
}

async fn record(tx: &mut Tx, step: &Step, now: UtcDateTime) -> Result<(), Error> {
    tx.query(
        "INSERT INTO updraft_migration (version, name, applied_at)
         VALUES ($1, $2, $3)",
    )
    .bind(step.version)
    .bind(step.name)
    .bind(DbTimestamp(now))
    .execute()
    .await
    .map(drop)
}

async fn add_default_pool(tx: &mut Tx, slots: i32) -> Result<(), Error> {
    tx.query(
        "INSERT INTO slot_pool (pool, slots, description, include_deferred)
         VALUES ('default_pool', $1, 'Default pool', FALSE)
         ON CONFLICT (pool) DO NOTHING",
    )
    .bind(slots)
    .execute()
    .await
    .map(drop)
}
