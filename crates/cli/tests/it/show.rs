//! `dags show` and `dags report`.

use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::program::{Program, airflow_python};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_drawn(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let text = program.succeeds(&["dags", "show", "alpha"]);
    assert!(
        text.starts_with("digraph alpha {\n\tgraph [label=alpha"),
        "{text}"
    );
    assert!(
        text.ends_with("\tfirst -> second\n\tfirst -> third\n}\n\n"),
        "{text}"
    );

    let file = program.home().join("alpha.dot");
    let file = file.to_str().unwrap();
    let said = program.succeeds(&["dags", "show", "alpha", "--save", file]);
    assert_eq!(said, format!("File {file} saved\n"));
    assert_eq!(std::fs::read_to_string(file).unwrap() + "\n", text);

    // No PATH, no Graphviz.
    let told = program.fails(&["dags", "show", "alpha", "-s", "alpha.png"], 1);
    assert!(told.contains("is made by `dot` of Graphviz"), "{told}");
    assert!(told.contains("or save the text: alpha.dot"), "{told}");
    let told = program.fails(&["dags", "show", "alpha", "--imgcat"], 1);
    assert!(
        told.starts_with("error: --imgcat is not supported\n"),
        "{told}"
    );
    let told = program.fails(&["dags", "show", "alpha", "--imgcat", "-s", "x.png"], 1);
    assert!(told.contains("mutually exclusive"), "{told}");
}

/// A stand-in for Graphviz shows what it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_made_by_graphviz() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::filled(Engine::Sqlite).await;
    let bin = program.home().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let dot = bin.join("dot");
    std::fs::write(
        &dot,
        "#!/bin/sh\nread -r line\necho \"$1 $line\" > \"$3\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&dot, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = program.home().join("alpha.svg");
    let mut command = program.command();
    let command = command
        .env("PATH", &bin)
        .args(["dags", "show", "alpha", "-s"]);
    let output = command.arg(&file).output().unwrap();
    assert!(output.status.success());
    let made = std::fs::read_to_string(&file).unwrap();
    assert_eq!(made, "-Tsvg digraph alpha {\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_reported_as_by_stock() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    let dags = program.home().join("dags");
    std::fs::create_dir(&dags).unwrap();
    let slow = "import time\nfrom airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\
                time.sleep(0.3)\nfor name in ('b', 'a'):\n    with DAG(name, schedule=None):\n        \
                EmptyOperator(task_id='x') >> EmptyOperator(task_id='y')\n";
    std::fs::write(dags.join("slow.py"), slow).unwrap();
    std::fs::write(dags.join("broken.py"), "from airflow import DAG\n1/0\n").unwrap();
    let mut command = program.command();
    let output = command
        .env("AIRFLOW__UPDRAFT__PYTHON", airflow_python())
        .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        .args(["dags", "report", "-o", "json"])
        .output()
        .unwrap();
    let mut ours: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let stock = crate::stock::stock(&program, &["dags", "report", "-o", "json"]);
    let mut stock: Vec<serde_json::Value> = serde_json::from_str(&stock).unwrap();
    for row in ours.iter_mut().chain(&mut stock) {
        let duration = row["duration"].as_str().unwrap();
        assert!(duration.starts_with("0:00:0"), "{duration}");
        row["duration"] = "".into();
    }
    assert_eq!(ours, stock);
    assert_eq!(ours[0]["file"], "/slow.py");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("1 files cannot be imported"), "{errors}");
}
