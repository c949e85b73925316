//! Which Python runs DAG files and tasks.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use updraft_config::Config;

use crate::failure::Failure;

/// `[updraft] python`, else the `python3` beside the program, else that of `$VIRTUAL_ENV`, else the
/// first one of `PATH`.
pub(crate) fn interpreter(
    config: &Config,
    environment: &BTreeMap<String, String>,
    program: Option<&Path>,
) -> Result<PathBuf, Failure> {
    if let Some(python) = &config.updraft.python {
        if is_program(python) {
            return Ok(python.clone());
        }
        return Err(Failure::new(format!(
            "[updraft] python is {}, which is no program",
            python.display()
        ))
        .with_hint("name the python3 of the environment that has apache-airflow installed"));
    }
    let beside = program.and_then(Path::parent).map(Path::to_path_buf);
    let virtual_env = environment
        .get("VIRTUAL_ENV")
        .map(|folder| Path::new(folder).join("bin"));
    let path = environment
        .get("PATH")
        .map(String::as_str)
        .unwrap_or_default();
    beside
        .into_iter()
        .chain(virtual_env)
        .chain(std::env::split_paths(path))
        .flat_map(|folder| [folder.join("python3"), folder.join("python")])
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| {
            Failure::new("no Python interpreter was found").with_hint(
                "activate the environment that has apache-airflow installed, or set [updraft] python",
            )
        })
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
