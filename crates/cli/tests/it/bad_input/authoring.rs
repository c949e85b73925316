//! Mistakes of people who write DAGs: Airflow's exception classes, and what to do.

use std::collections::HashMap;

use nix::sys::signal::Signal;
use rstest::rstest;
use serde_json::Value;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::{Sdk, Site};

struct Mistake {
    file: &'static str,
    /// Parts of its import error; the first one begins with the class of the exception.
    told: [&'static str; 2],
    /// Of the problem that `check` finds, and a part of its hint.
    kind: &'static str,
    hint: &'static str,
}

const VALUES: &str = "one of the values that the message allows";

const MISTAKES: [Mistake; 12] = [
    Mistake {
        file: "unknown_argument.py",
        told: [
            "AirflowException: Invalid arguments were passed",
            "'retrys'",
        ],
        kind: "unknown_argument",
        hint: "did you mean retries?",
    },
    Mistake {
        file: "unknown_argument_of_dag.py",
        told: ["TypeError: ", "unexpected keyword argument 'shedule'"],
        kind: "unknown_argument",
        hint: "did you mean schedule?",
    },
    Mistake {
        file: "missing_argument.py",
        told: [
            "AirflowException: ",
            "missing keyword argument 'bash_command'",
        ],
        kind: "missing_argument",
        hint: "the arguments that the message names",
    },
    Mistake {
        file: "type_of_retries.py",
        told: ["AirflowException: 'retries'", ", not "],
        kind: "invalid_value",
        hint: VALUES,
    },
    Mistake {
        file: "type_of_timeout.py",
        told: ["ValueError: execution_timeout", "timedelta"],
        kind: "invalid_value",
        hint: VALUES,
    },
    Mistake {
        file: "type_of_priority.py",
        told: ["AirflowException: ", "priority_weight"],
        kind: "invalid_value",
        hint: VALUES,
    },
    Mistake {
        file: "trigger_rule.py",
        told: ["AirflowException: ", "'all_done'"],
        kind: "invalid_value",
        hint: VALUES,
    },
    Mistake {
        file: "invalid_param.py",
        told: ["AirflowException: ", "default values"],
        kind: "invalid_param",
        hint: "a valid default for each Param",
    },
    Mistake {
        file: "callable_that_is_none.py",
        told: ["AirflowException: ", "callable"],
        kind: "invalid_value",
        hint: VALUES,
    },
    Mistake {
        file: "bad_schedule.py",
        told: ["AirflowTimetableInvalid: ", "5"],
        kind: "invalid_value",
        hint: "a cron expression of five fields",
    },
    Mistake {
        file: "task_without_start.py",
        told: [
            "ValueError: DAG is missing the start_date parameter",
            "DAG(",
        ],
        kind: "no_start_date",
        hint: "start_date=datetime(...)",
    },
    Mistake {
        file: "task_id_of_two_words.py",
        told: ["AirflowException: ", "'two words'"],
        kind: "invalid_value",
        hint: VALUES,
    },
];

async fn site(sdk: Sdk, engine: Engine) -> Site {
    Site::new(TestDatabase::new(engine).await, &["bad_authoring"]).on(sdk)
}

/// What a command prints, and whether it succeeded.
async fn run(site: &Site, arguments: &[&str]) -> (bool, String) {
    let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
    let output = command.args(arguments).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[rstest]
#[case::apache(Sdk::Apache)]
#[case::bundled(Sdk::Bundled)]
#[tokio::test(flavor = "multi_thread")]
async fn check_says_where_it_is_and_what_to_do(#[case] sdk: Sdk) {
    let site = site(sdk, Engine::Sqlite).await;
    let dags = site.path("dags");
    let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
    let arguments = ["check", dags.to_str().unwrap(), "-o", "json"];
    let output = command.args(arguments).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problems: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |file: &str| -> Vec<&Value> {
        let is_there = |problem: &&Value| problem["path"].as_str().unwrap().ends_with(file);
        problems.iter().filter(is_there).collect()
    };
    for mistake in &MISTAKES {
        let file = format!("/{}", mistake.file);
        let found = of(&file);
        let [problem] = found.as_slice() else {
            panic!("{file}: {found:?}");
        };
        assert_eq!(problem["kind"], mistake.kind, "{problem}");
        assert!(
            problem["hint"].as_str().unwrap().contains(mistake.hint),
            "{problem}"
        );
        // The schedule is looked at when the whole file was read.
        assert_eq!(
            problem["line"].is_null(),
            mistake.file == "bad_schedule.py",
            "{problem}"
        );
    }
    let tasks: Vec<&str> = of("/wrong_tasks.py")
        .into_iter()
        .map(|problem| problem["kind"].as_str().unwrap())
        .collect();
    match sdk {
        Sdk::Apache => assert_eq!(tasks, ["execute", "execute"]),
        Sdk::Bundled => assert_eq!(tasks, ["execute", "execute", "database_session"]),
    }
}

#[rstest]
#[case::apache_sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn import_errors_logs_and_refusals_say_what_is_wrong(
    #[case] sdk: Sdk,
    #[case] engine: Engine,
) {
    let site = site(sdk, engine).await;
    let program = site.start();
    let wanted = i64::try_from(MISTAKES.len()).unwrap();
    site.until_count(&program, "SELECT COUNT(*) FROM import_error", wanted)
        .await;
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state IN ('success', 'failed')",
        4,
    )
    .await;
    let arguments = [
        "dags",
        "trigger",
        "asks_for_a_number",
        "--conf",
        "{\"n\": \"many\"}",
    ];
    let (is_triggered, said) = run(&site, &arguments).await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());

    assert!(!is_triggered, "{said}");
    let refusal = "Invalid input for param n: 'many' is not of type 'integer'";
    assert!(said.contains(refusal), "{said}");
    let (_, listed) = run(&site, &["dags", "list-import-errors", "-o", "json"]).await;
    let listed: Vec<HashMap<String, String>> = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.len(), MISTAKES.len());
    for mistake in &MISTAKES {
        let file = format!("/{}", mistake.file);
        let mut rows = listed.iter().filter(|row| row["filepath"].ends_with(&file));
        let error = &rows.next().unwrap()["error"];
        for part in mistake.told {
            assert!(error.contains(part), "{file}: no {part:?} in {error}");
        }
    }
    check_tasks(&site, sdk).await;
}

async fn check_tasks(site: &Site, sdk: Sdk) {
    let session = match sdk {
        Sdk::Apache => ("success", ["Done. Returned value was", "sqlite"]),
        Sdk::Bundled => (
            "failed",
            [
                "opens Airflow's metadata database, which tasks cannot reach",
                "or the REST API (/api/v1)",
            ],
        ),
    };
    let expected = [
        ("without_context", ("failed", ["TypeError: ", "execute()"])),
        (
            "without_execute",
            ("failed", ["NotImplementedError", "Marking task as FAILED"]),
        ),
        ("opens_session", session),
        (
            "other_arguments",
            ("failed", ["TypeError: ", "takes_one()"]),
        ),
    ];
    for (dag_id, (state, told)) in expected {
        let rows: Vec<(String,)> = site
            .rows(&format!(
                "SELECT state FROM task_instance WHERE dag_id = '{dag_id}'"
            ))
            .await;
        let log = std::fs::read_to_string(site.log(dag_id, "task", 1)).unwrap();
        assert_eq!(rows, [(state.to_owned(),)], "{dag_id}: {log}");
        for part in told {
            assert!(log.contains(part), "{dag_id}: no {part:?} in {log}");
        }
    }
}
