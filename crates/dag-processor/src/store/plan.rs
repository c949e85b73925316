//! What becomes of one DAG's row.

use updraft_metadata_db::dag_processing::{DagColumns, NextRunColumns, StoredDag};

use super::{Store, StoreOptions};
use crate::parsed::ParsedDag;

pub(super) struct Planned<'a> {
    pub(super) dag: &'a ParsedDag,
    pub(super) stored: Option<&'a StoredDag>,
    pub(super) next_run: NextRunColumns,
    /// The DAG was found, but its file has an error all the same.
    pub(super) has_import_errors: bool,
}

impl Planned<'_> {
    /// Whether everything is already as it shall be, apart from `last_parsed_time`.
    pub(super) fn is_stored(&self, options: &StoreOptions, store: &Store) -> bool {
        let has_form = |row| self.form_is_stored(row, options, store);
        self.row_is_stored(options) && self.stored.is_some_and(has_form)
    }

    /// The same of the row of `dag` alone.
    pub(super) fn row_is_stored(&self, options: &StoreOptions) -> bool {
        self.stored.is_some_and(|row| {
            row.is_active
                && row.has_import_errors == self.has_import_errors
                && row.processor_subdir == options.processor_subdir
                && row.next_run == self.next_run
                && same_columns(&row.columns, &self.dag.columns)
        })
    }

    fn form_is_stored(&self, row: &StoredDag, options: &StoreOptions, store: &Store) -> bool {
        let Some(hash) = &self.dag.dag_hash else {
            return true;
        };
        let known_equal = || {
            let equal = store.equal_forms.get(&self.dag.columns.dag_id);
            equal.is_some_and(|(parsed, stored)| {
                parsed == hash && Some(stored) == row.serialized_hash.as_ref()
            })
        };
        row.serialized_subdir == options.processor_subdir
            && (row.serialized_hash.as_ref() == Some(hash) || known_equal())
    }
}

/// JSON of another writer may be spaced differently.
fn same_columns(stored: &DagColumns, new: &DagColumns) -> bool {
    let decoded = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    stored == new
        || decoded(&stored.dataset_expression) == decoded(&new.dataset_expression)
            && DagColumns {
                dataset_expression: new.dataset_expression.clone(),
                ..stored.clone()
            } == *new
}
