//! `config list` and `info`, beside stock's.

use tempfile::TempDir;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    program::{Program, airflow_python},
    stock::stock,
};

/// Our program with stock's Python and its environment.
fn ours(program: &Program, arguments: &[&str]) -> String {
    let mut command = program.command();
    let output = command
        .env_remove("AIRFLOW__WEBSERVER__SECRET_KEY")
        .env("AIRFLOW__UPDRAFT__PYTHON", airflow_python())
        .env("AIRFLOW__CORE__FERNET_KEY", crate::stock::KEY)
        .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn options_are_listed_as_by_stock() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    // The first start of stock makes its configuration, with keys of its own.
    for (section, options) in [
        ("operators", &["-d", "-e", "-V"][..]),
        ("core", &["-c"]),
        ("scheduler", &["-a"]),
    ] {
        let arguments = [
            &["config", "list", "--section", section, "--color", "off"],
            options,
        ];
        let arguments = arguments.concat();
        let wanted = stock(&program, &arguments);
        assert_eq!(ours(&program, &arguments), wanted, "{arguments:?}");
    }
}

#[test]
fn own_options_are_described_without_airflow() {
    let home = TempDir::new().unwrap();
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(["config", "list", "--section", "updraft", "-d"])
        .env_clear()
        .env("AIRFLOW_HOME", home.path())
        .env("AIRFLOW__UPDRAFT__PYTHON", crate::bundled::bundled_python())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("# Such processes that are kept at a time.\nwarm_dag_processes = 8\n"),
        "{text}"
    );
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("come with apache-airflow"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_have_airflows_words() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    std::fs::write(
        program.home().join("airflow.cfg"),
        "[core]\nparallelism = 3\nfernet_key_cmd = echo x\n",
    )
    .unwrap();
    let mut command = program.command();
    let output = command
        .args(["config", "list", "-s", "--section", "core"])
        .env("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "#\n# Source: airflow.cfg (line 2)\nparallelism = 3\n\n",
        "#\n# Source: env var (AIRFLOW__CORE__EXECUTOR)\nexecutor = LocalExecutor\n\n",
        "#\n# Source: default\nmax_active_tasks_per_dag = 16\n\n",
        "#\n# Source: cmd (",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

/// All that both know of the same machine.
#[tokio::test(flavor = "multi_thread")]
async fn info_is_stocks() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    for form in ["json", "table"] {
        let (ours, stock) = (
            ours(&program, &["info", "-o", form]),
            stock(&program, &["info", "-o", form]),
        );
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| {
                    // Ours alone, and what differs because of how the process was started.
                    ![
                        "updraft_version",
                        "python_path",
                        "system_path",
                        "git  ",
                        "te-packages",
                    ]
                    .iter()
                    .any(|word| line.contains(word))
                })
                // The rest of a path that takes several lines.
                .filter(|line| !line.starts_with("     "))
                .map(|line| line.trim_end().to_owned())
                .collect()
        };
        if form == "table" {
            assert_eq!(lines(&ours), lines(&stock));
            continue;
        }
        let parse = |text: &str| -> Vec<serde_json::Map<String, serde_json::Value>> {
            serde_json::from_str(text).unwrap()
        };
        let keys = |text: &str| -> Vec<String> {
            let sections = parse(text);
            let all = sections.iter().flat_map(|section| {
                let (name, values) = section.iter().next().unwrap();
                let values = values.as_object().unwrap().keys();
                values.map(move |key| format!("{name}.{key}"))
            });
            all.filter(|key| key != "apache_airflow.updraft_version")
                .collect()
        };
        assert_eq!(keys(&ours), keys(&stock));
    }
    let text = ours(&program, &["info", "--anonymize", "-o", "plain"]);
    assert!(text.contains("\nPaths info\nkey "), "{text}");
    let told = program.fails(&["info", "--file-io"], 1);
    assert!(told.contains("--file-io is not supported"), "{told}");
}
