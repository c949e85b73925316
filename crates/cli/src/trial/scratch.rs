//! A database, and a folder for logs, for the time of one command.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use anyhow::Context as _;
use tempfile::TempDir;
use updraft_metadata_db::{
    Address, ConnectOptions, Db, Synchronous, connection, migrate, slot_pool, variable,
};

use crate::{commands::db::seed, compose, context::Context};

/// How long a database that is configured and does not answer holds up a command that can do without.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where logs are, below their folder.
pub(super) const LOG_TEMPLATE: &str = "\
    {{ ti.dag_id }}/{{ ti.run_id }}/{{ ti.task_id }}/\
    {% if ti.map_index >= 0 %}{{ ti.map_index }}/{% endif %}{{ try_number }}.log";

/// Goes with all that is in it when it is dropped.
pub(crate) struct Scratch {
    folder: TempDir,
    pub db: Db,
    url: String,
}

impl Scratch {
    /// With copies of the Variables, Connections and pools of the configured database, if there is one.
    pub(crate) async fn new(context: &Context) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("updraft-")
            .tempdir()
            .context("cannot make a folder for temporary files")?;
        let url = format!("sqlite:///{}", folder.path().join("airflow.db").display());
        let options = ConnectOptions {
            max_connections: 8,
            synchronous: Synchronous::Normal,
            ..ConnectOptions::default()
        };
        let db = Db::connect(&url, &options).await?;
        let mut seed = seed(context)?;
        LOG_TEMPLATE.clone_into(&mut seed.log_template.filename);
        migrate::migrate(&db, &seed, context.now()).await?;
        if let Some(configured) = configured(context).await {
            let copied = copy(&configured, &db).await;
            configured.close().await;
            if let Err(error) = copied {
                tracing::warn!(
                    "Variables, Connections and pools of {} are not there: {error}",
                    configured.address()
                );
            }
        }
        Ok(Self { folder, db, url })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What children with stock Airflow find these places by.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        vec![
            (
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN".into(),
                self.url.clone().into(),
            ),
            (
                "AIRFLOW__LOGGING__BASE_LOG_FOLDER".into(),
                self.path("logs").into(),
            ),
        ]
    }
}

/// The configured database, where it is there and is Airflow's. To connect would make the file.
pub(super) async fn configured(context: &Context) -> Option<Db> {
    let conn = &context.config.database.sql_alchemy_conn;
    if let Ok(Address::Sqlite(path)) = Address::parse(conn.expose())
        && !path.is_file()
    {
        return None;
    }
    let options = ConnectOptions {
        acquire_timeout: PATIENCE,
        ..compose::connect_options(&context.config, 1)
    };
    let found = async {
        let db = Db::connect(conn.expose(), &options).await?;
        migrate::check_airflow(&db).await?;
        anyhow::Ok(db)
    };
    found
        .await
        .inspect_err(|error| tracing::debug!("the configured database is left aside: {error:#}"))
        .ok()
}

/// Values stay as they are, encrypted where they were.
async fn copy(from: &Db, to: &Db) -> Result<(), updraft_metadata_db::Error> {
    let variables = variable::list(from).await?;
    let connections = connection::list(from).await?;
    let pools = slot_pool::list(from).await?;
    let mut tx = to.begin().await?;
    for variable in &variables {
        variable::set(&mut tx, variable).await?;
    }
    for connection in &connections {
        connection::set(&mut tx, connection).await?;
    }
    for pool in &pools {
        slot_pool::set(&mut tx, pool).await?;
    }
    tx.commit().await
}
