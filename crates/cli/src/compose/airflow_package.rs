//! Where stock Airflow is installed, without importing it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

const FOLDERS: &str = "\
import importlib.util
spec = importlib.util.find_spec('airflow')
for folder in spec.submodule_search_locations if spec else ():
    print(folder)
";

/// What is called `name` in the package that `import airflow` finds.
pub(crate) async fn in_airflow_package(
    python: &Path,
    name: &str,
) -> anyhow::Result<Option<PathBuf>> {
    let output = Command::new(python)
        .args(["-c", FOLDERS])
        .output()
        .await
        .with_context(|| format!("cannot start {}", python.display()))?;
    let folders = String::from_utf8_lossy(&output.stdout);
    let mut paths = folders.lines().map(|folder| Path::new(folder).join(name));
    Ok(paths.find(|path| path.exists()))
}
