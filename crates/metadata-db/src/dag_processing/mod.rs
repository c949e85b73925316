//! Queries of the DAG processor. Results of files are written whole in a transaction, set-based:
//! [`lock_dags`], [`schedule_facts`], then the writers of this module.

mod cleanup;
mod dag_code;
mod dag_columns;
mod dag_row;
mod datasets;
mod import_error;
mod labels;
mod permissions;
mod rows;
mod serialized_dag;
mod stored_dag;
mod warning;

pub use cleanup::{
    Gone, Listed, ParsedUntil, deactivate_missing_files, deactivate_stale_dags,
    has_parsing_requests, record_heartbeats, take_parsing_requests,
};
pub use dag_code::{DagCode, StoredCode, stored_codes, write_dag_codes};
pub use dag_columns::{DagColumns, NextRunColumns};
pub use dag_row::{DagWrite, write_dags};
pub use datasets::{DatasetRow, OutletReference, References, ScheduleReference, write_references};
pub use import_error::{
    Failing, ImportError, import_error_names, known_import_errors, stored_import_errors,
    write_import_errors,
};
pub use labels::{OwnerLink, Tag, write_owner_links, write_tags};
pub use permissions::{Grant, Permission, write_grants, write_permissions};
pub use serialized_dag::{
    SerializedDagWrite, StoredSerialized, delete_serialized_dags, move_serialized_dags,
    serialized_dags, write_serialized_dags,
};
pub use stored_dag::{
    LatestRun, ScheduleFacts, StoredDag, active_dag_files, lock_dags, schedule_facts, stored_dags,
};
pub use warning::{PoolWarning, pool_names, write_pool_warnings};
