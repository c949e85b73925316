//! The migration files, in order.

use crate::Engine;

/// A file of `migrations/`, for both engines.
pub(crate) struct Step {
    pub(crate) version: i32,
    pub(crate) name: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
}

impl Step {
    pub(crate) fn script(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Postgres => self.postgres,
            Engine::Sqlite => self.sqlite,
        }
    }
}

macro_rules! step {
    ($version:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
        }
    };
}

/// Airflow's own schema; run only on an empty database.
pub(crate) const BASELINE: Step = step!(0, "0000_airflow_2_10_5");

/// What is added to it.
pub(crate) const ADDITIONS: [Step; 4] = [
    step!(1, "0001_supervision"),
    step!(2, "0002_scheduler"),
    step!(3, "0003_callbacks"),
    step!(4, "0004_unused_columns"),
];

/// The record of applied [`ADDITIONS`].
pub(crate) const RECORD: Step = Step {
    version: -1,
    name: "updraft_migration",
    postgres: "CREATE TABLE IF NOT EXISTS updraft_migration (
        version integer NOT NULL PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamp with time zone NOT NULL
    )",
    sqlite: "CREATE TABLE IF NOT EXISTS updraft_migration (
        version INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        applied_at TIMESTAMP NOT NULL
    )",
};

/// Names of the tables that [`BASELINE`] makes, in order of creation.
pub(crate) fn baseline_tables() -> impl DoubleEndedIterator<Item = &'static str> {
    BASELINE.sqlite.lines().filter_map(|line| {
        let rest = line.strip_prefix("CREATE TABLE ")?;
        Some(rest.trim_end_matches(" (").trim_matches('"'))
    })
}
