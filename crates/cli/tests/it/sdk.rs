//! The bundled API in an environment of the user's.

use std::{path::Path, process::Command};

use tempfile::TempDir;

use crate::bundled::bundled_python;
use crate::faults::site::airflow_python;

struct Outcome {
    success: bool,
    text: String,
}

fn run(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    Outcome {
        success: output.status.success(),
        text: String::from_utf8(both).unwrap(),
    }
}

fn updraft(arguments: &[&str], environment: &Path) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
    command.env_clear().args(arguments).arg(environment);
    run(&mut command)
}

/// A new environment that sees the packages of the one that the tests have, jinja2 among them.
fn environment(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("env");
    let mut make = Command::new(bundled_python());
    let outcome = run(make.args(["-m", "venv", "--without-pip"]).arg(&path));
    assert!(outcome.success, "{}", outcome.text);
    path
}

fn python(environment: &Path, script: &str) -> Outcome {
    let mut command = Command::new(environment.join("bin/python3"));
    run(command.env_clear().args(["-c", script]))
}

#[test]
fn installed_and_removed() {
    let folder = TempDir::new().unwrap();
    let environment = environment(&folder);
    let site = |environment: &Path| {
        let asked = python(
            environment,
            "import sysconfig; print(sysconfig.get_path('purelib'))",
        );
        std::path::PathBuf::from(asked.text.trim())
    };
    let site = site(&environment);
    // A provider package of the user's shares the package's folder.
    std::fs::create_dir_all(site.join("airflow/providers/mine")).unwrap();
    std::fs::write(site.join("airflow/providers/mine/__init__.py"), "").unwrap();

    for _ in 0..2 {
        let installed = updraft(&["sdk", "install", "--into"], &environment);
        assert!(installed.success, "{}", installed.text);
    }
    let used = python(
        &environment,
        "import importlib.metadata, airflow.providers.mine
from airflow.exceptions import AirflowException
print(importlib.metadata.version('apache-airflow'), AirflowException.__module__)
files = importlib.metadata.files('apache-airflow')
print(all(file.locate().is_file() for file in files))",
    );
    assert_eq!(used.text, "2.10.5 airflow.exceptions\nTrue\n");

    let removed = updraft(&["sdk", "remove", "--from"], &environment);
    assert!(removed.success, "{}", removed.text);
    let left: Vec<_> = std::fs::read_dir(site.join("airflow"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["providers"], "what is not ours stays");
    let again = updraft(&["sdk", "remove", "--from"], &environment);
    assert!(
        !again.success && again.text.contains("not installed"),
        "{}",
        again.text
    );
}

#[test]
fn the_real_one_stays() {
    let python = airflow_python();
    let environment = python.parent().unwrap().parent().unwrap();
    for words in [["sdk", "install", "--into"], ["sdk", "remove", "--from"]] {
        let refused = updraft(&words, environment);
        assert!(!refused.success, "{}", refused.text);
        assert!(
            refused.text.contains("apache-airflow 2.10.5"),
            "{}",
            refused.text
        );
    }
}

#[test]
fn what_is_no_environment_is_said() {
    let refused = updraft(&["sdk", "install", "--into"], Path::new("/nonexistent"));
    assert!(
        refused.text.contains("neither a Python environment nor"),
        "{}",
        refused.text
    );
}
