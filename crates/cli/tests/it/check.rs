//! `check`: mistakes in DAG files.

use rstest::rstest;

use crate::desk::{APACHE, BROKEN, BUNDLED, Desk, ETL, ends};

#[rstest]
#[case::bundled(BUNDLED)]
#[case::apache(APACHE)]
#[test]
fn problems_have_a_place_and_a_hint(#[case] python: &str) {
    let files = [("etl.py", ETL), ("broken.py", BROKEN), ("again.py", ETL)];
    let desk = Desk::new(python, &files);
    assert!(
        desk.run(&["check", "dags/etl.py"], 0)
            .starts_with("1 DAG in 1 file in ")
    );
    let said = desk.run(&["check", "dags"], 1);
    assert!(said.contains("dags/broken.py:8: error: "), "{said}");
    assert!(
        said.contains("    hint: BashOperator has no such argument; did you mean retries?"),
        "{said}"
    );
    assert!(said.contains("the DAG id etl is also used in "), "{said}");
    assert!(said.ends_with(": 2 errors\n"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(&["check", "dags", "-o", "json"], 1)).unwrap();
    assert_eq!(json[0]["kind"], "unknown_argument");
    assert_eq!(json[0]["line"], 8);
    // Neither a home nor a database was made by the bundled API; stock writes its own configuration.
    assert_eq!(
        desk.folder.path().join("airflow").exists(),
        python == APACHE
    );
}

#[test]
fn a_file_that_ends_the_process_is_a_problem() {
    let exits = "import os\nfrom airflow import DAG\nos._exit(3)\n";
    let desk = Desk::new(BUNDLED, &[("exits.py", exits)]);
    let said = desk.run(&["check", "dags"], 1);
    assert!(
        said.contains("dags/exits.py: error: the process that imported the file ended"),
        "{said}"
    );
    let output = desk.command(&["check", "nowhere"]).output().unwrap();
    ends(&output, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: name DAG files or folders"));
}
