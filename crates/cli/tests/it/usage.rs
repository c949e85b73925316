//! Arguments, help and exit codes.

use std::process::Command;

use tempfile::TempDir;

fn output(program: &std::path::Path, arguments: &[&str]) -> std::process::Output {
    let home = TempDir::new().unwrap();
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("AIRFLOW_HOME", home.path())
        .output()
        .unwrap()
}

fn updraft(arguments: &[&str]) -> std::process::Output {
    output(env!("CARGO_BIN_EXE_updraft").as_ref(), arguments)
}

#[test]
fn wrong_arguments_end_with_code_2() {
    for arguments in [
        &[][..],
        &["nope"],
        &["dags"],
        &["dags", "list", "-o", "xml"],
        &["dags", "list-runs"],
        &["dags", "list-runs", "-d", "a", "--state", "nope"],
    ] {
        assert_eq!(updraft(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_version_is_updrafts_or_airflows() {
    let own = String::from_utf8(updraft(&["version"]).stdout).unwrap();
    assert_eq!(
        own,
        format!("Updraft {} (Airflow 2.10.5)\n", env!("CARGO_PKG_VERSION"))
    );
    let folder = TempDir::new().unwrap();
    let airflow = folder.path().join("airflow");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_updraft"), &airflow).unwrap();
    assert_eq!(output(&airflow, &["version"]).stdout, b"2.10.5\n");
    let help = String::from_utf8(output(&airflow, &["dags", "list", "--help"]).stdout).unwrap();
    assert!(help.contains("Usage: airflow dags list"), "{help}");
}

#[test]
fn options_may_be_shortened() {
    let output = updraft(&["config", "list", "--sec", "operators"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "[operators]\ndefault_owner = airflow\ndefault_deferrable = false\ndefault_cpus = 1\n\
         default_ram = 512\ndefault_disk = 512\ndefault_gpus = 0\ndefault_queue = default\n\
         allow_illegal_arguments = False\n\n"
    );
}

#[test]
fn options_may_be_printed_as_comments() {
    let output = updraft(&[
        "config",
        "list",
        "--section",
        "operators",
        "-c",
        "-p",
        "--color",
        "off",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("[operators]\n# default_owner = airflow\n"),
        "{text}"
    );
}

#[test]
fn values_of_the_configuration() {
    let value = |option: &str| updraft(&["config", "get-value", "core", option]);
    assert_eq!(value("parallelism").stdout, b"32\n");
    let missing = value("nope");
    assert!(missing.status.success() && missing.stdout.is_empty());
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(
        told.contains("section/key [core/nope] not found in config"),
        "{told}"
    );
}

#[test]
fn an_unusable_option_is_told_with_its_place() {
    let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(["config", "get-value", "core", "parallelism"])
        .env_clear()
        .env("AIRFLOW_HOME", "/nonexistent")
        .env("AIRFLOW__CORE__PARALLELISM", "many")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: environment variable AIRFLOW__CORE__PARALLELISM: [core] parallelism: \"many\" \
         cannot be used; accepted: a whole number, 0 or more\n"
    );
}

#[test]
fn the_scheduler_refuses_what_it_cannot_do() {
    for (arguments, expected) in [
        (&["-D", "--pid", "x", "-l", "y"][..], "systemd"),
        (&["-n", "5", "-s"], "--num-runs is not supported"),
        (&["-S", "/elsewhere", "--pid"], "AIRFLOW__CORE__DAGS_FOLDER"),
    ] {
        let output = updraft(&[&["scheduler"], arguments].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn dates_without_a_zone_are_in_that_of_the_system() {
    let run = |zone: &str| {
        let home = TempDir::new().unwrap();
        let date = "2024-07-01";
        let program = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
            command
                .env_clear()
                .env("AIRFLOW_HOME", home.path())
                .env("AIRFLOW__CORE__DEFAULT_TIMEZONE", "system")
                .env("TZ", zone);
            command
        };
        assert!(
            program()
                .args(["db", "migrate"])
                .status()
                .unwrap()
                .success()
        );
        program()
            .args(["dags", "state", "x", date])
            .output()
            .unwrap()
    };
    let error = |zone: &str| String::from_utf8(run(zone).stderr).unwrap();
    assert!(error("Nowhere/City").contains("TZ: \"Nowhere/City\" is not a time zone"));
    assert!(error("Europe/Berlin").contains("does not exist in 'dag' table"));
}
