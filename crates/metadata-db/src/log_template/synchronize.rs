//! Keeping the newest row equal to the configuration.

use updraft_config::options;
use updraft_core::UtcDateTime;

use crate::{DbTimestamp, Error, Source, Tx};

/// The two configured templates.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LogTemplate {
    /// `[logging] log_filename_template`
    pub filename: String,
    /// `[elasticsearch] log_id_template`
    pub elasticsearch_id: String,
}

impl Default for LogTemplate {
    /// Of a configuration that says nothing.
    fn default() -> Self {
        let filename = options::find("logging", "log_filename_template");
        Self {
            filename: filename
                .and_then(|option| option.default)
                .unwrap_or_default()
                .to_owned(),
            elasticsearch_id: "{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}".to_owned(),
        }
    }
}

/// Adds a row where the newest one differs from the configuration, and returns the newest id, the
/// value of `dag_run.log_template_id` for new runs. Call it before that id is used: stock's
/// components do so at their start.
pub async fn synchronize(
    tx: &mut Tx,
    configured: &LogTemplate,
    now: UtcDateTime,
) -> Result<i32, Error> {
    let newest: Option<(i32, String, String)> = tx
        .query(
            "SELECT id, filename, elasticsearch_id
             FROM log_template
             ORDER BY id DESC
             LIMIT 1",
        )
        .fetch_optional()
        .await?;
    if let Some((id, filename, elasticsearch_id)) = newest
        && filename == configured.filename
        && elasticsearch_id == configured.elasticsearch_id
    {
        return Ok(id);
    }
    tx.query(
        "INSERT INTO log_template (filename, elasticsearch_id, created_at)
         VALUES ($1, $2, $3)
         RETURNING id",
    )
    .bind(configured.filename.as_str())
    .bind(configured.elasticsearch_id.as_str())
    .bind(DbTimestamp(now))
    .fetch_scalar()
    .await
}
