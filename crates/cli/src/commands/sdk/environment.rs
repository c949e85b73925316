//! A Python environment, and which `apache-airflow` is in it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use tokio::process::Command;

use super::distribution::INSTALLER;
use crate::failure::Failure;

/// Prints where packages go, and who installed `apache-airflow`, without importing it.
const ASK: &str = "\
import importlib.metadata, json, sys, sysconfig
try:
    found = importlib.metadata.distribution('apache-airflow')
    version, installer = found.version, (found.read_text('INSTALLER') or '').strip()
except importlib.metadata.PackageNotFoundError:
    version = installer = None
print(json.dumps({
    'site_packages': sysconfig.get_path('purelib'),
    'python': list(sys.version_info[:2]),
    'version': version,
    'installer': installer,
}))
";

/// Versions of Python that the bundled API is made for.
const OLDEST: (u32, u32) = (3, 9);

#[derive(Debug, Deserialize)]
struct Answer {
    site_packages: PathBuf,
    python: (u32, u32),
    version: Option<String>,
    installer: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Installed {
    Nothing,
    /// What `sdk install` wrote.
    Bundled,
    /// Airflow itself, in this version.
    Airflow(String),
}

pub(super) struct Environment {
    pub(super) python: PathBuf,
    pub(super) site_packages: PathBuf,
    pub(super) installed: Installed,
}

impl Environment {
    /// `path` is the folder of an environment, or a Python interpreter.
    pub(super) async fn of(path: &Path) -> anyhow::Result<Self> {
        let candidates = [
            path.join("bin/python3"),
            path.join("bin/python"),
            path.to_owned(),
        ];
        let Some(python) = candidates.into_iter().find(|candidate| candidate.is_file()) else {
            let message = format!(
                "{} is neither a Python environment nor an interpreter",
                path.display()
            );
            let hint = "`python3 -m venv ENV` makes an environment";
            return Err(Failure::new(message).with_hint(hint).into());
        };
        let output = Command::new(&python)
            .args(["-I", "-c", ASK])
            .output()
            .await
            .with_context(|| format!("cannot start {}", python.display()))?;
        if !output.status.success() {
            let trace = String::from_utf8_lossy(&output.stderr);
            let last = trace.trim().lines().last().unwrap_or("it printed nothing");
            anyhow::bail!("{} does not answer: {last}", python.display());
        }
        let answer: Answer = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{} does not answer as Python does", python.display()))?;
        if answer.python < OLDEST {
            let (major, minor) = answer.python;
            let message = format!("{} is Python {major}.{minor}", python.display());
            let hint = "the bundled API needs Python 3.9 or newer";
            return Err(Failure::new(message).with_hint(hint).into());
        }
        Ok(Self {
            python,
            site_packages: answer.site_packages,
            installed: match (answer.version, answer.installer.as_deref()) {
                (None, _) => Installed::Nothing,
                (Some(_), Some(INSTALLER)) => Installed::Bundled,
                (Some(version), _) => Installed::Airflow(version),
            },
        })
    }
}
