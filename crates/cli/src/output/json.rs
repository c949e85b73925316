//! `-o json`: one line, as Python's `json.dumps` writes it.

use updraft_core::python::dumps;

use super::{Record, Value};

pub(super) fn render(rows: &[Record]) -> String {
    let rows = rows
        .iter()
        .map(|row| Value::Map(row.clone()).normalized())
        .collect();
    dumps(&Value::List(rows).into()) + "\n"
}
