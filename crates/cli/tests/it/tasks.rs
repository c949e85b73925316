//! `tasks`.

use rstest::rstest;
use updraft_test_support::Engine;

use crate::program::Program;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lists(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["tasks", "list", "alpha"]),
        "first\nsecond\nthird\n"
    );
    assert_eq!(
        program.succeeds(&["tasks", "list", "alpha", "--tree"]),
        "<Task(BashOperator): first>\n    <Task(EmptyOperator): second>\n    \
         <Task(BashOperator): third>\n"
    );
    let error = program.fails(&["tasks", "list", "nope"], 1);
    assert!(
        error.starts_with(
            "error: Dag 'nope' could not be found; either it does not exist or it failed to parse."
        ),
        "{error}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn states_of_a_run(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let states = |name: &str, form: &str| {
        program.succeeds(&["tasks", "states-for-dag-run", "alpha", name, "-o", form])
    };
    let table = "\
dag_id | execution_date            | task_id | state   | start_date                       | end_date                        
=======+===========================+=========+=========+==================================+=================================
alpha  | 2024-02-01T00:00:00+00:00 | first   | success | 2024-02-01T00:00:06.500000+00:00 | 2024-02-01T00:00:06.750000+00:00
alpha  | 2024-02-01T00:00:00+00:00 | second  | running | 2024-02-01T00:00:07+00:00        |                                 
alpha  | 2024-02-01T00:00:00+00:00 | third   | None    |                                  |                                 
                                                                                                                            
";
    assert_eq!(states("run1", "table"), table);
    assert_eq!(states("2024-02-01", "table"), table);
    assert_eq!(
        states("2024-02-28T00:00:00+00:00", "plain"),
        "\
dag_id    execution_date             task_id    state            start_date                 end_date                   map_index
alpha     2024-02-28T00:00:00+00:00  first      failed           2024-02-29T00:00:01+00:00  2024-02-29T00:00:03+00:00  0
alpha     2024-02-28T00:00:00+00:00  first      success          2024-02-29T00:00:02+00:00  2024-02-29T00:00:03+00:00  1
alpha     2024-02-28T00:00:00+00:00  second     upstream_failed
"
    );
    let error = program.fails(&["tasks", "states-for-dag-run", "alpha", "nope"], 1);
    assert!(
        error.contains("Error parsing the supplied execution_date"),
        "{error}"
    );
    let error = program.fails(&["tasks", "states-for-dag-run", "alpha", "2020-01-01"], 1);
    assert!(
        error.contains("DagRun for alpha with run_id or execution_date of '2020-01-01' not found"),
        "{error}"
    );
}
