//! Why a database cannot be migrated or used.

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("migration step {step} failed")]
    Statement {
        step: String,
        #[source]
        source: sqlx::Error,
    },
}
