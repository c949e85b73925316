//! Makes Airflow's home directory where there is none, so that `updraft standalone` needs nothing.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use updraft_config::AirflowHome;
use updraft_secrets::Fernet;

const TEMPLATE: &str = include_str!("airflow.cfg");

/// Writes `airflow.cfg` and makes the DAG folder beside it, unless the file is there; the file, where
/// it was written.
///
/// A file that somebody wrote is left alone, and so is a home directory that `AIRFLOW_CONFIG` says
/// has its configuration elsewhere.
pub(crate) fn prepare_home(
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<Option<PathBuf>> {
    let AirflowHome { home, config_file } = AirflowHome::from_environment(environment);
    if environment.contains_key("AIRFLOW_CONFIG") || config_file.exists() {
        return Ok(None);
    }
    let text = TEMPLATE
        .replace("{AIRFLOW_HOME}", &home.to_string_lossy())
        .replace("{FERNET_KEY}", &Fernet::generate_key())
        .replace("{SECRET_KEY}", &Fernet::generate_key());
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(home.join("dags"))
        .and_then(|()| write_new(&config_file, &text))
        .with_context(|| unusable(&home))
        .map(|written| written.then_some(config_file))
}

fn unusable(home: &Path) -> String {
    let verb = if home.is_dir() { "written to" } else { "made" };
    format!(
        "the home directory {} (AIRFLOW_HOME) cannot be {verb}",
        home.display()
    )
}

/// For its owner alone, since it holds keys. False where another process was quicker.
fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    let draft = path.with_extension(format!("cfg.{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?
        .write_all(text.as_bytes())?;
    // A link, unlike a rename, never replaces what another process has written meanwhile.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use updraft_config::Config;

    use super::*;

    fn environment(home: &Path) -> BTreeMap<String, String> {
        BTreeMap::from([(
            "AIRFLOW_HOME".to_owned(),
            home.to_string_lossy().into_owned(),
        )])
    }

    #[test]
    fn the_file_is_a_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("airflow");
        let environment = environment(&home);
        let written = prepare_home(&environment).unwrap().unwrap();
        assert_eq!(written, home.join("airflow.cfg"));
        let mode = fs::metadata(&written).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let config = Config::load(&environment).unwrap();
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert_eq!(config.core.dags_folder, home.join("dags"));
        assert!(config.core.dags_folder.is_dir());
        assert!(
            Fernet::from_keys(config.core.fernet_key.expose())
                .unwrap()
                .has_key()
        );
    }

    #[test]
    fn every_option_is_one_that_exists() {
        let mut section = "";
        for line in TEMPLATE.lines() {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                section = name;
                continue;
            }
            let line = line.trim_start_matches("# ");
            let Some((key, _)) = line.split_once(" =") else {
                continue;
            };
            if key.contains(' ') {
                continue;
            }
            assert!(
                updraft_config::options::find(section, key).is_some(),
                "[{section}] {key}"
            );
        }
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("airflow.cfg");
        fs::write(&file, "[core]\nparallelism = 3\n").unwrap();
        assert_eq!(prepare_home(&environment(folder.path())).unwrap(), None);
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "[core]\nparallelism = 3\n"
        );
    }

    #[test]
    fn a_quicker_process_wins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("airflow.cfg");
        assert!(write_new(&file, "first").unwrap());
        assert!(!write_new(&file, "second").unwrap());
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
