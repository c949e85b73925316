//! `variables`.

mod delete;
mod export;
mod get;
mod import;
mod list;
mod set;

use serde_json::Value as Json;
use updraft_core::python::dumps_indented;
use updraft_metadata_db::variable::Variable;
use updraft_secrets::Fernet;

use super::subcommands::subcommands;

subcommands! {
    Delete(delete),
    Export(export),
    Get(get),
    Import(import),
    List(list),
    Set(set),
}

/// The row for a value, encrypted if there is a key.
fn row(fernet: &Fernet, key: &str, value: &str, description: Option<String>) -> Variable {
    let stored = fernet.encrypt(value);
    Variable {
        key: key.to_owned(),
        val: Some(stored.text),
        description,
        is_encrypted: stored.is_encrypted,
    }
}

/// The value of a row; none where no key decrypts it, which is logged, as in Airflow.
fn value(fernet: &Fernet, variable: Variable) -> Option<String> {
    let Variable {
        key,
        val,
        is_encrypted,
        ..
    } = variable;
    fernet
        .decrypt(&val?, is_encrypted)
        .inspect_err(|error| tracing::error!("the variable {key} cannot be read: {error}"))
        .ok()
}

/// The text of a value in the form in which Airflow stores JSON.
fn serialized(value: &Json) -> String {
    dumps_indented(value, 2)
}
