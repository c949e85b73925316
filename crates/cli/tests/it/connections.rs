//! `connections`, and what stock Airflow makes of them.

use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    program::Program,
    stock::{KEY, ours, stock},
};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn what_one_adds_the_other_reads(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    let add = |arguments: &[&str]| ours(&program, &[&["connections", "add"], arguments].concat());
    let uri = "postgresql://u:p%40ss@db.example.com:5432/sales?sslmode=require";
    assert_eq!(
        add(&["of_uri", "--conn-uri", uri, "--conn-description", "d"]),
        "Successfully added `conn_id`=of_uri : postgres://u:******@db.example.com:5432/sales\n"
    );
    let json = r#"{"conn_type": "http", "host": "https://h", "port": "80", "extra": {"a": [1]}}"#;
    add(&["of_json", "--conn-json", json]);
    let values = [
        "of_values",
        "--conn-type",
        "smtp",
        "--conn-login",
        "lögin",
        "--conn-password",
    ];
    let said = add(&[
        &values[..],
        &["p w", "--conn-port", "25", "--conn-extra", "{}"],
    ]
    .concat());
    assert_eq!(
        said,
        "Successfully added `conn_id`=of_values : smtp://lögin:******@:25\n"
    );
    let stock_adds = [
        "connections",
        "add",
        "of_stock",
        "--conn-type",
        "ftp",
        "--conn-password",
    ];
    stock(
        &program,
        &[&stock_adds[..], &["x", "--conn-extra", r#"{"k": "v"}"#]].concat(),
    );

    for arguments in [
        &["connections", "list", "-o", "json"][..],
        &["connections", "get", "elsewhere", "-o", "json"],
    ] {
        assert_eq!(
            ours(&program, arguments),
            stock(&program, arguments),
            "{arguments:?}"
        );
    }
    let files = program.home();
    for (name, options) in [("all.json", &[][..]), ("all.yaml", &[]), ("all.env", &[])] {
        let texts = [
            ("ours", ours as fn(&Program, &[&str]) -> String),
            ("stock", stock),
        ]
        .map(|(by, export)| {
            let file = files.join(format!("{by}-{name}"));
            let path = file.to_str().unwrap();
            // The name of stock's own options decides as well.
            export(
                &program,
                &[&["connections", "export", path], options].concat(),
            );
            std::fs::read_to_string(&file).unwrap()
        });
        assert_eq!(texts[0], texts[1], "{name}");
    }

    assert_eq!(
        ours(&program, &["connections", "delete", "of_json"]),
        "Successfully deleted connection with `conn_id`=of_json\n"
    );
    let file = files.join("stock-all.json");
    let import = ["connections", "import", file.to_str().unwrap()];
    let said = ours(&program, &import);
    assert!(said.contains("Imported connection of_json\n"), "{said}");
    let there = "Could not import connection of_uri: connection already exists.\n";
    assert!(said.contains(there), "{said}");
    let said = ours(&program, &[&import[..], &["--overwrite"]].concat());
    assert!(said.contains("Imported connection of_uri\n"), "{said}");
    let before = std::fs::read_to_string(&file).unwrap();
    let after = ours(&program, &["connections", "export", "-"]);
    assert_eq!(after.trim_end(), before);
    let of_json = ["connections", "get", "of_json", "-o", "json"];
    assert_eq!(ours(&program, &of_json), stock(&program, &of_json));
    let form = ["--file-format", "env", "--serialization-format", "JSON"];
    let said = ours(
        &program,
        &[&["connections", "export", "-"][..], &form].concat(),
    );
    let line = "of_json={\"conn_type\": \"http\", \"description\": null, \"login\": null";
    assert!(said.starts_with(line), "{said}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn init_adds_the_connections_that_stock_adds(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    ours(
        &program,
        &["connections", "add", "http_default", "--conn-type", "ftp"],
    );
    ours(&program, &["db", "init"]);
    let export = ["connections", "export", "-"];
    let made = ours(&program, &export);
    assert!(made.contains("\"azure_batch_default\""), "{made}");
    stock(&program, &["connections", "create-default-connections"]);
    assert_eq!(ours(&program, &export), made, "stock found some missing");
    let mut command = program.command();
    let output = command
        .env("AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS", "False")
        .args(["db", "reset", "--yes"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(ours(&program, &export), "{}\n");
    ours(&program, &["connections", "create-default-connections"]);
    stock(&program, &["connections", "delete", "http_default"]);
    stock(&program, &["connections", "create-default-connections"]);
    let of_stock = ["connections", "get", "http_default", "-o", "json"];
    assert_eq!(ours(&program, &of_stock), stock(&program, &of_stock));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    for (arguments, expected) in [
        (
            &["add", "x 5", "--conn-type", "http"][..],
            "Could not create connection. The key 'x 5'",
        ),
        (
            &["add", "x"],
            "Must supply either conn-uri or conn-json if not supplying conn-type",
        ),
        (
            &["add", "x", "--conn-uri", "//a:secret@h"],
            "The URI provided to --conn-uri is invalid",
        ),
        (
            &[
                "add",
                "x",
                "--conn-uri",
                "a://h",
                "--conn-host",
                "h",
                "--conn-port",
                "1",
            ],
            "not compatible with the --conn-uri flag: ['conn_host', 'conn_port']",
        ),
        (
            &["add", "x", "--conn-json", r#"{"host": "h"}"#],
            "must supply conn-type",
        ),
        (
            &["add", "x", "--conn-json", "[1]"],
            "the JSON text is not an object",
        ),
        (
            &["add", "x", "--conn-type", "a", "--conn-port", "abc"],
            "Expected integer value",
        ),
        (&["get", "x"], "Connection not found."),
        (
            &["delete", "x"],
            "Did not find a connection with `conn_id`=x",
        ),
        (&["import", "/nonexistent"], "Missing connections file."),
        (&["export", "x.txt"], "Unsupported file format."),
        (
            &["export", "x.json", "--serialization-format", "uri"],
            "may only be used with file type",
        ),
        (&["test", "x"], "Testing connections is disabled"),
    ] {
        let error = program.fails(&[&["connections"], arguments].concat(), 1);
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    program.succeeds(&["connections", "add", "x", "--conn-type", "http"]);
    let error = program.fails(&["connections", "add", "x", "--conn-type", "http"], 1);
    assert!(
        error.contains("A connection with `conn_id`=x already exists."),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_tests_them() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    let database = program.home().join("some.db");
    let uri = format!("sqlite:///?__extra__=%7B%7D&host={}", database.display());
    ours(
        &program,
        &[
            "connections",
            "add",
            "file",
            "--conn-type",
            "sqlite",
            "--conn-host",
            &uri,
        ],
    );
    ours(
        &program,
        &[
            "connections",
            "add",
            "odd",
            "--conn-type",
            "nobody_has_this",
        ],
    );
    let test = |conn_id: &str| {
        let mut command = program.command();
        let python = std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON").unwrap();
        let output = command
            .env("AIRFLOW__CORE__FERNET_KEY", KEY)
            .env("AIRFLOW__CORE__TEST_CONNECTION", "Enabled")
            .env("AIRFLOW__UPDRAFT__PYTHON", python)
            .args(["connections", "test", conn_id])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let said = test("odd");
    assert!(
        said.contains("Retrieving connection: 'odd'\n\nTesting...\n\nConnection failed!\n"),
        "{said}"
    );
    assert!(said.contains("Unknown hook type"), "{said}");
}

/// The same file, read by both.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn yaml_is_imported_as_by_stock(#[case] engine: Engine) {
    const TEXT: &str = "warehouse:\n  conn_type: postgres\n  host: db.example.com\n  login: 'no'\n  port: 5432\n  \
                        password: 'p#1'\n  extra_dejson:\n    sslmode: require\n    keepalives: on\n    \
                        timeout: 1_0\nuri: http://u:p%40ss@h:80/?a=b\n";
    let mut exported = Vec::new();
    for import in [ours, stock] {
        let program = Program::on(TestDatabase::new(engine).await);
        let file = program.home().join("c.yaml");
        std::fs::write(&file, TEXT).unwrap();
        let said = import(&program, &["connections", "import", file.to_str().unwrap()]);
        assert_eq!(
            said,
            "Imported connection warehouse\nImported connection uri\n"
        );
        exported.push(ours(
            &program,
            &["connections", "export", "-", "--file-format", "json"],
        ));
    }
    assert_eq!(exported[0], exported[1]);
    assert!(exported[0].contains("keepalives"), "{}", exported[0]);

    let program = Program::on(TestDatabase::new(engine).await);
    let file = program.home().join("broken.yml");
    std::fs::write(&file, "a: x://h\nb:\n  host: [\n").unwrap();
    let error = program.fails(&["connections", "import", file.to_str().unwrap()], 1);
    assert!(error.contains("broken.yml:4: "), "{error}");
}
