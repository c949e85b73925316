//! `db migrate --show-sql-only`: what a migration would execute, for somebody who runs it by hand.

use super::{
    apply::Seed,
    heads::AIRFLOW_2_10_5,
    schema::Schema,
    steps::{ADDITIONS, BASELINE, RECORD, Step},
};
use crate::{Db, Engine, Error};

/// What [`migrate`](super::migrate()) would execute now; `None` where nothing is to be done.
pub async fn pending_script(db: &Db, seed: &Seed) -> Result<Option<String>, Error> {
    let mut tx = db.begin().await?;
    let schema = Schema::read(&mut tx).await?;
    tx.rollback().await?;
    let engine = db.engine();
    let missing = ADDITIONS
        .iter()
        .filter(|step| !schema.has_addition(step.version));
    if schema.is_empty() {
        let head = format!("INSERT INTO alembic_version (version_num) VALUES ('{AIRFLOW_2_10_5}')");
        let baseline = vec![BASELINE.script(engine).to_owned(), head];
        let rows = seed_rows(seed, engine);
        return Ok(Some(script(engine, baseline, missing, rows)));
    }
    schema.require_airflow_2_10_5()?;
    let missing: Vec<&Step> = missing.collect();
    let is_behind = !missing.is_empty();
    Ok(is_behind.then(|| script(engine, Vec::new(), missing, Vec::new())))
}

/// What makes a database that Airflow 2.10.5 made into one that Updraft uses.
pub fn script_after_airflow(engine: Engine) -> String {
    script(engine, Vec::new(), &ADDITIONS, Vec::new())
}

fn script<'s>(
    engine: Engine,
    before: Vec<String>,
    additions: impl IntoIterator<Item = &'s Step>,
    after: Vec<String>,
) -> String {
    let mut statements = before;
    statements.push(RECORD.script(engine).to_owned());
    for step in additions {
        statements.push(step.script(engine).to_owned());
        statements.push(format!(
            "INSERT INTO updraft_migration (version, name, applied_at)\nVALUES ({}, '{}', {})",
            step.version,
            step.name,
            now(engine)
        ));
    }
    statements.extend(after);
    let mut text = String::from("BEGIN;\n\n");
    for statement in statements {
        text += statement.trim_end().trim_end_matches(';');
        text += ";\n\n";
    }
    text + "COMMIT;"
}

/// The rows that a new database begins with.
fn seed_rows(seed: &Seed, engine: Engine) -> Vec<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    vec![
        format!(
            "INSERT INTO slot_pool (pool, slots, description, include_deferred)\n\
             VALUES ('default_pool', {}, 'Default pool', FALSE)",
            seed.default_pool_slots
        ),
        format!(
            "INSERT INTO log_template (filename, elasticsearch_id, created_at)\n\
             VALUES ({}, {}, {})",
            quoted(&seed.log_template.filename),
            quoted(&seed.log_template.elasticsearch_id),
            now(engine)
        ),
    ]
}

/// The time of execution, in the form of the column.
fn now(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "CURRENT_TIMESTAMP",
        Engine::Sqlite => "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    }
}
