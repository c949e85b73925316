//! `variables` and `pools`, and what stock Airflow makes of them.

use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    program::Program,
    stock::{ours, stock},
};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn what_one_sets_the_other_reads(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    let said = ours(
        &program,
        &["variables", "set", "a", "wörd", "--description", "d"],
    );
    assert_eq!(said, "Variable a created\n");
    assert_eq!(stock(&program, &["variables", "get", "a"]), "wörd\n");
    stock(&program, &["variables", "set", "b", "[1, {\"x\": null}]"]);
    for arguments in [
        &["variables", "get", "b", "--json"][..],
        &["variables", "get", "b"],
        &["variables", "get", "elsewhere"],
        &["variables", "get", "none", "-d", "x"],
        &["variables", "list", "-o", "json"],
    ] {
        assert_eq!(
            ours(&program, arguments),
            stock(&program, arguments),
            "{arguments:?}"
        );
    }
    let files = [
        program.home().join("ours.json"),
        program.home().join("stock.json"),
    ];
    let paths = files.each_ref().map(|file| file.to_str().unwrap());
    ours(&program, &["variables", "export", paths[0]]);
    stock(&program, &["variables", "export", paths[1]]);
    let texts = files
        .each_ref()
        .map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(texts[0], texts[1]);

    assert_eq!(
        ours(&program, &["variables", "delete", "a"]),
        "Variable a deleted\n"
    );
    let said = ours(&program, &["variables", "import", paths[1], "-a", "skip"]);
    assert_eq!(
        said,
        "1 of 2 variables successfully updated.\nThe variables with these keys: ['b'] were \
         skipped because they already exists\n"
    );
    let error = program.fails(&["variables", "import", paths[1], "-a", "fail"], 1);
    assert!(
        error.contains("Failed. These keys: ['a', 'b'] already exists."),
        "{error}"
    );
    let mut command = program.command();
    command.env("AIRFLOW_VAR_A", "hides it");
    let output = command
        .args(["variables", "set", "a", "x"])
        .output()
        .unwrap();
    let warning = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success());
    assert!(
        warning.contains("tasks do not see the new value"),
        "{warning}"
    );
    let error = program.fails(&["variables", "get", "none"], 1);
    assert_eq!(error, "error: Variable none does not exist\n");
    let error = program.fails(&["variables", "import", "/nonexistent"], 1);
    assert!(
        error.starts_with("error: Missing variables file.\nhint: /nonexistent: "),
        "{error}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn variables_of_yaml(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    let import = |name: &str, text: &str| {
        let file = program.home().join(name);
        std::fs::write(&file, text).unwrap();
        program.run(&["variables", "import", file.to_str().unwrap()])
    };
    let text = "place: Seoul\nmode: 0644\nflags: {deep: yes, list: [1, two]}\nday: 2024-01-31\n";
    let output = import("v.yaml", text);
    assert_eq!(output.stdout, b"4 of 4 variables successfully updated.\n");
    let value = |key: &str| program.succeeds(&["variables", "get", key]);
    assert_eq!(value("place"), "Seoul\n");
    assert_eq!(value("mode"), "420\n");
    assert_eq!(value("day"), "2024-01-31\n");
    let flags: serde_json::Value = serde_json::from_str(&value("flags")).unwrap();
    assert_eq!(flags, serde_json::json!({"deep": true, "list": [1, "two"]}));
    for (name, text, place) in [
        ("v.yml", "a: 1\nb: [\n", "v.yml: line 3: "),
        (
            "v.json",
            "{\"a\": 1,\n}",
            "v.json: trailing comma at line 2",
        ),
        ("w.yaml", "- a\n", "w.yaml: it has no names with values"),
    ] {
        let error = String::from_utf8(import(name, text).stderr).unwrap();
        assert!(
            error.starts_with("error: Invalid variables file.\nhint: "),
            "{error}"
        );
        assert!(error.contains(place), "{error}");
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn pools_are_those_of_stock(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    let said = program.succeeds(&["pools", "set", "p", "3", "three", "--include-deferred"]);
    assert_eq!(said, "Pool p created\n");
    for form in ["json", "table", "plain", "yaml"] {
        let arguments = ["pools", "list", "-o", form];
        assert_eq!(program.succeeds(&arguments), stock(&program, &arguments));
    }
    let files = [
        program.home().join("ours.json"),
        program.home().join("stock.json"),
    ];
    let paths = files.each_ref().map(|file| file.to_str().unwrap());
    program.succeeds(&["pools", "export", paths[0]]);
    stock(&program, &["pools", "export", paths[1]]);
    let texts = files
        .each_ref()
        .map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(texts[0], texts[1]);
    assert_eq!(
        program.succeeds(&["pools", "delete", "p"]),
        "Pool p deleted\n"
    );
    let error = program.fails(&["pools", "get", "p"], 1);
    assert_eq!(error, "error: Pool p does not exist\n");
    let said = program.succeeds(&["pools", "import", paths[1]]);
    assert_eq!(said, "Uploaded 2 pool(s)\n");
    assert!(program.succeeds(&["pools", "get", "p"]).contains("three"));
    let error = program.fails(&["pools", "delete", "default_pool"], 1);
    assert_eq!(error, "error: default_pool cannot be deleted\n");
    let error = program.fails(&["pools", "set", "p", "many", ""], 1);
    assert_eq!(error, "error: Bad value for `slots`: many\n");
}
