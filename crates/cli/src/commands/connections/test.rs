//! `connections test`.

use std::{io::Write as _, process::Stdio};

use anyhow::Context as _;
use serde_json::json;
use updraft_secrets::Connection;

use super::find;
use crate::{compose, context::Context, failure::Failure};

/// The hook is the provider's, so Python asks it.
const SCRIPT: &str = include_str!("test_connection.py");

/// Try a connection with its provider's hook
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  AIRFLOW__CORE__TEST_CONNECTION=Enabled updraft connections test warehouse"
)]
pub(crate) struct Args {
    /// The connection
    conn_id: String,
}

impl Args {
    /// A test that fails is told, and is no failure, as in Airflow.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let allowed = context.raw.get("core", "test_connection")?;
        if !allowed.is_some_and(|value| value.text.trim().eq_ignore_ascii_case("enabled")) {
            return Err(Failure::new(
                "Testing connections is disabled in Airflow configuration. Contact your deployment \
                 admin to enable it.",
            )
            .with_hint("[core] test_connection = Enabled allows it")
            .into());
        }
        let conn_id = &self.conn_id;
        context.print(&format!(
            "Retrieving connection: {}",
            updraft_core::python::repr(&conn_id.as_str().into())
        ))?;
        let Some((connection, _)) = find(context, conn_id).await? else {
            return Err(Failure::new("Connection not found.").into());
        };
        context.print("\nTesting...")?;
        let (success, message) = ask_hook(context, conn_id, &connection)?;
        if success {
            context.print("\nConnection success!\n")
        } else {
            context.print(&format!("\nConnection failed!\n{message}\n"))
        }
    }
}

fn ask_hook(
    context: &Context,
    conn_id: &str,
    connection: &Connection,
) -> anyhow::Result<(bool, String)> {
    let python = compose::interpreter(context)?;
    let mut child = std::process::Command::new(&python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", python.display()))?;
    // The connection goes through a pipe: arguments and environments can be seen by others.
    let fields = json!({
        "conn_id": conn_id,
        "conn_type": connection.conn_type,
        "description": connection.description,
        "host": connection.host,
        "login": connection.login,
        "password": connection.password,
        "schema": connection.schema,
        "port": connection.port,
        "extra": connection.extra,
    });
    if let Some(mut input) = child.stdin.take() {
        // A child that ended early says so by its code.
        let _ = input.write_all(fields.to_string().as_bytes());
    }
    let output = child
        .wait_with_output()
        .context("Python cannot be waited for")?;
    let failed = || Failure::new("Python could not test the connection; its output is above");
    if !output.status.success() {
        return Err(failed().into());
    }
    serde_json::from_slice(&output.stdout).map_err(|_| failed().into())
}
