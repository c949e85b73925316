//! Options whose value a command prints (`_cmd`, `_CMD`).

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use super::shell_words;

/// The standard output of `command`, or a message that says why there is none.
///
/// The command runs without a shell, with the environment that the configuration was read from.
pub(crate) fn output_of(
    command: &str,
    environment: &BTreeMap<String, String>,
) -> Result<String, String> {
    let words = shell_words::split(command).map_err(str::to_owned)?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err("it is empty".to_owned());
    };
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", output.status, stderr.trim()))
    }
}
