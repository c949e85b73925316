//! Which Python runs DAG files and tasks, and whether it can.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use tokio::process::Command;
use updraft_config::PythonSdk;

use super::Host;
use crate::{context::Context, failure::Failure};

/// Looks for packages without importing them.
const PROBE: &str = include_str!("probe.py");

/// The oldest Python that the runtime and the bundled API run on.
const OLDEST: (u32, u32) = (3, 9);

/// What the interpreter says of itself.
#[derive(Debug, Deserialize)]
struct Probed {
    version: (u32, u32),
    /// Packages that both SDKs need.
    missing: Vec<String>,
    has_airflow: bool,
    is_virtual_environment: bool,
}

/// `[updraft] python`, else the `python3` beside the program, else that of `$VIRTUAL_ENV`, else the
/// first one of `PATH`.
pub(crate) fn interpreter(context: &Context) -> Result<PathBuf, Failure> {
    if let Some(python) = &context.config.updraft.python {
        if is_program(python) {
            return Ok(python.clone());
        }
        return Err(Failure::new(format!(
            "[updraft] python is {}, which is no program",
            python.display()
        ))
        .with_hint("name the python3 of the environment that your DAG files run in"));
    }
    let environment = &context.environment;
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent);
    let virtual_env = environment
        .get("VIRTUAL_ENV")
        .map(|folder| Path::new(folder).join("bin"));
    let path = environment
        .get("PATH")
        .map(String::as_str)
        .unwrap_or_default();
    beside
        .map(Path::to_path_buf)
        .into_iter()
        .chain(virtual_env)
        .chain(std::env::split_paths(path))
        .flat_map(|folder| [folder.join("python3"), folder.join("python")])
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| {
            Failure::new("no Python interpreter was found").with_hint(
                "activate the environment that your DAG files run in, or set [updraft] python",
            )
        })
}

/// An interpreter that was asked whether it can run DAG files.
pub(crate) async fn python(context: &Context, sdk: PythonSdk) -> anyhow::Result<PathBuf> {
    let python = interpreter(context)?;
    probe(&python, sdk).await?;
    Ok(python)
}

/// As [`python`], and what it says of this machine; it is asked for both at the same time.
pub(crate) async fn python_and_host(context: &Context) -> anyhow::Result<(PathBuf, Host)> {
    let config = &context.config;
    let python = interpreter(context)?;
    let (probed, host) = tokio::join!(
        probe(&python, config.updraft.python_sdk),
        Host::ask(&python, &config.core.hostname_callable)
    );
    probed?;
    Ok((python, host?))
}

async fn probe(python: &Path, sdk: PythonSdk) -> anyhow::Result<()> {
    let output = Command::new(python)
        .args(["-c", PROBE])
        .output()
        .await
        .with_context(|| format!("cannot start {}", python.display()))?;
    let probed: Probed = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().lines().last().unwrap_or("it said nothing");
        Failure::new(format!("{} does not work: {said}", python.display()))
            .with_hint("[updraft] python (AIRFLOW__UPDRAFT__PYTHON) names another interpreter")
    })?;
    Ok(judge(python, sdk, &probed)?)
}

/// Without these, every DAG file would look as though it was wrong.
fn judge(python: &Path, sdk: PythonSdk, probed: &Probed) -> Result<(), Failure> {
    let shown = python.display();
    let (major, minor) = probed.version;
    let other = "[updraft] python (AIRFLOW__UPDRAFT__PYTHON) names another interpreter";
    if probed.version < OLDEST {
        let message = format!("{shown} is Python {major}.{minor}; 3.9 or newer is needed");
        return Err(Failure::new(message).with_hint(other));
    }
    if sdk == PythonSdk::Apache && !probed.has_airflow {
        let message = format!(
            "{shown} (Python {major}.{minor}) has no apache-airflow, which [updraft] python_sdk = apache asks for"
        );
        let hint = format!("`{shown} -m pip install apache-airflow==2.10.5` installs it; {other}");
        return Err(Failure::new(message).with_hint(hint));
    }
    if probed.missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{shown} (Python {major}.{minor}) has no {}, without which no DAG file can be read",
        probed.missing.join(" and no ")
    );
    let packages = probed.missing.join(" ");
    let install = if probed.is_virtual_environment {
        format!("`{shown} -m pip install {packages}` installs what is missing")
    } else {
        // A system's Python often refuses to be changed by pip.
        format!(
            "`{shown} -m venv ~/updraft && ~/updraft/bin/pip install {packages}` makes an environment \
             that has it"
        )
    };
    Err(Failure::new(message).with_hint(format!("{install}; {other}")))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::all((3, 11), &[], None)]
    #[case::newer((3, 14), &[], None)]
    #[case::old((3, 8), &[], Some("/opt/python3 is Python 3.8; 3.9 or newer is needed"))]
    #[case::two((3, 9), &["jinja2", "pendulum"], Some(
        "/opt/python3 (Python 3.9) has no jinja2 and no pendulum, without which no DAG file can be read"
    ))]
    fn bundled(#[case] version: (u32, u32), #[case] missing: &[&str], #[case] why: Option<&str>) {
        let probed = Probed {
            version,
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
            has_airflow: false,
            is_virtual_environment: true,
        };
        let judged = judge(Path::new("/opt/python3"), PythonSdk::Auto, &probed);
        assert_eq!(judged.err().map(|error| error.to_string()).as_deref(), why);
        let apache = judge(Path::new("/opt/python3"), PythonSdk::Apache, &probed);
        assert!(apache.is_err());
    }
}
