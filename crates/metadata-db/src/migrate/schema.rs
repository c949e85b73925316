//! What a database holds now.

use std::collections::HashSet;

use super::{
    error::MigrateError,
    heads::{AIRFLOW_2_10_5, version_of},
    steps::ADDITIONS,
};
use crate::{Dialects, Error, Source, Tx};

/// The tables and the two version records of a database.
pub(crate) struct Schema {
    pub(crate) tables: HashSet<String>,
    heads: Vec<String>,
    additions: Vec<i32>,
}

impl Schema {
    pub(crate) async fn read(tx: &mut Tx) -> Result<Self, Error> {
        let tables: HashSet<String> = tx
            .query(Dialects {
                postgres: "SELECT tablename::text
                     FROM pg_catalog.pg_tables
                     WHERE schemaname = current_schema()
                        -- Stock makes these without [database] sql_alchemy_schema.
                        OR (schemaname = ANY(current_schemas(FALSE))
                            AND tablename IN ('alembic_version', 'session'))",
                sqlite: "SELECT name
                     FROM sqlite_master
                     WHERE type = 'table'",
            })
            .fetch_scalars()
            .await?
            .into_iter()
            .collect();
        let heads = if tables.contains("alembic_version") {
            tx.query("SELECT version_num FROM alembic_version")
                .fetch_scalars()
                .await?
        } else {
            Vec::new()
        };
        let additions = if tables.contains("updraft_migration") {
            tx.query("SELECT version FROM updraft_migration")
                .fetch_scalars()
                .await?
        } else {
            Vec::new()
        };
        Ok(Self {
            tables,
            heads,
            additions,
        })
    }

    /// Nothing of Airflow's is here. Celery's result tables may be.
    pub(crate) fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.airflow_table().is_none()
    }

    fn airflow_table(&self) -> Option<&'static str> {
        ["dag", "dag_run", "task_instance", "job"]
            .into_iter()
            .find(|table| self.tables.contains(*table))
    }

    /// Refuses any other schema than Airflow 2.10.5's.
    pub(crate) fn require_airflow_2_10_5(&self) -> Result<(), MigrateError> {
        match self.heads.as_slice() {
            [head] if head == AIRFLOW_2_10_5 => match self.airflow_table() {
                Some(_) => Ok(()),
                None => Err(MigrateError::HeadAlone),
            },
            [] => Err(self.airflow_table().map_or(MigrateError::Empty, |table| {
                MigrateError::NoHead {
                    table: table.to_owned(),
                }
            })),
            heads => {
                let head = heads.join(", ");
                Err(match version_of(&head) {
                    Some(version) => MigrateError::OtherAirflow { head, version },
                    None => MigrateError::UnknownHead { head },
                })
            }
        }
    }

    pub(crate) fn has_addition(&self, version: i32) -> bool {
        self.additions.contains(&version)
    }

    pub(crate) fn has_additions(&self) -> bool {
        ADDITIONS.iter().all(|step| self.has_addition(step.version))
    }
}
