//! What cannot be tried out, and what is said of it.

use std::fs;

use crate::desk::{BROKEN, BUNDLED, Desk, ETL, ends};

#[test]
fn what_cannot_be_run_is_said() {
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL), ("broken.py", BROKEN)]);
    for (arguments, expected) in [
        (
            &["dags", "test", "broken", "-S", "dags"][..],
            "hint: `updraft check ",
        ),
        (
            &["dags", "test", "etl", "-S", "dags", "-c", "[1"],
            "is not valid JSON",
        ),
        (
            &["dags", "test", "etl", "--save-dagrun", "x.png"],
            "tasks list etl --tree",
        ),
        (
            &["tasks", "test", "etl", "nope", "-S", "dags"],
            "the tasks of etl are: extract, load",
        ),
        (
            &["tasks", "render", "etl", "laod", "2024-01-31", "-S", "dags"],
            "error: Task laod not found\nhint: did you mean load? the tasks of etl are: extract, load\n",
        ),
        (
            &["tasks", "test", "etl", "load", "-m"],
            "--post-mortem is not supported",
        ),
    ] {
        let output = desk.command(arguments).output().unwrap();
        ends(&output, 1);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
}

/// A run without tasks would be a success in which nothing ran.
#[test]
fn a_date_at_which_nothing_runs_is_refused() {
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL)]);
    let run = |date: &str| {
        let arguments = ["dags", "test", "etl", date, "-S", "dags"];
        desk.command(&arguments).output().unwrap()
    };
    let output = run("2023-12-31");
    ends(&output, 1);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        errors,
        "error: nothing would run: the date 2023-12-31T00:00:00+00:00 lies before the start_date of every \
         task of etl\nhint: `updraft dags test etl 2024-01-01T00:00:00+00:00` runs it; without a date it is \
         run for now\n"
    );
    ends(&run("2024-01-01"), 0);
    // One task alone is run whatever its dates are, as by stock.
    let early = [
        "tasks",
        "test",
        "etl",
        "extract",
        "2023-12-31",
        "-S",
        "dags",
    ];
    assert!(desk.run(&early, 0).contains("rows of 2023-12-31"));
    let late = ETL.replace(
        "task_id='load',",
        "task_id='load', start_date=datetime(2025, 1, 1),",
    );
    fs::write(desk.folder.path().join("dags/etl.py"), late).unwrap();
    let said = desk.run(&["dags", "test", "etl", "2024-01-31", "-S", "dags"], 0);
    assert!(
        said.contains("  without   load: the date is not between start_date and end_date\n"),
        "{said}"
    );
}

/// What is wrong with files that have nothing to do with the DAG stays out.
#[test]
fn a_dag_that_is_broken_is_told_alone() {
    let other = "from airflow import DAG\nraise KeyError('another matter')\n";
    let desk = Desk::new(
        BUNDLED,
        &[("broken.py", BROKEN), ("other.py", other), ("etl.py", ETL)],
    );
    let told = |dag_id: &str| {
        let arguments = ["dags", "test", dag_id, "-S", "dags"];
        let output = desk.command(&arguments).output().unwrap();
        ends(&output, 1);
        String::from_utf8(output.stderr).unwrap()
    };
    let errors = told("broken");
    assert!(
        errors.contains("retrys") && !errors.contains("another matter"),
        "{errors}"
    );
    assert!(
        errors.contains("Other files that cannot be imported: 1\n"),
        "{errors}"
    );
    let errors = told("elt");
    assert!(
        errors.contains("hint: did you mean etl? `updraft check "),
        "{errors}"
    );
    assert!(!errors.contains("Traceback"), "{errors}");
}
