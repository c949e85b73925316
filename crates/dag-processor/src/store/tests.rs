//! Rows after parses, on both engines.

use jiff::SignedDuration;
use rstest::rstest;
use serde_json::json;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    Db, DbTimestamp, Error, Source, Tx,
    dag_processing::{self as queries, ImportError},
};
use updraft_serialized_dag::Defaults;
use updraft_test_support::{Engine, PrivatePostgres, TestDatabase};

use super::*;
use crate::parsed::{ParsedDag, ParsedFile, tests::dag_message};

const PATH: &str = "/dags/a.py";

fn at(text: &str) -> UtcDateTime {
    text.parse().unwrap()
}

fn now() -> UtcDateTime {
    at("2024-03-10T12:00:00Z")
}

fn options() -> StoreOptions {
    StoreOptions {
        processor_subdir: Some("/dags".to_owned()),
        dags_are_paused_at_creation: true,
        compress_serialized_dags: false,
        defaults: Defaults::default(),
    }
}

/// The form of a daily DAG whose only other content is `text`.
fn form(dag_id: &str, text: &str) -> Vec<u8> {
    let dag = json!({"_dag_id": dag_id, "fileloc": PATH, "timezone": "UTC",
        "schedule_interval": "@daily", "tasks": [], "doc_md": text});
    serde_json::to_vec(&json!({"__version": 1, "dag": dag})).unwrap()
}

fn dag(dag_id: &str) -> ParsedDag {
    let mut dag: ParsedDag = serde_json::from_value(dag_message(dag_id)).unwrap();
    dag.data = form(dag_id, "one");
    dag
}

fn file(dags: Vec<ParsedDag>) -> ParsedFile {
    ParsedFile {
        dags,
        ..ParsedFile::new(PATH.to_owned())
    }
}

fn import_error(filename: &str, stacktrace: &str) -> ImportError {
    ImportError {
        filename: filename.to_owned(),
        stacktrace: stacktrace.to_owned(),
    }
}

async fn write(store: &mut Store, file: &ParsedFile, now: UtcDateTime) -> Result<Written, Error> {
    let mut written = store.write(&[file], now).await?;
    assert_eq!(written.len(), 1);
    Ok(written.remove(0))
}

async fn texts(db: &Db, sql: &'static str) -> Vec<String> {
    db.query(sql).fetch_scalars().await.unwrap()
}

async fn change(db: &Db, sql: &'static str) {
    let mut tx: Tx = db.begin().await.unwrap();
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_new_dag_gets_all_its_rows(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let mut paused = dag("b");
    paused.is_paused_upon_creation = Some(false);
    paused.pools = vec!["nope".to_owned()];

    let written = write(&mut store, &file(vec![dag("a"), paused]), now())
        .await
        .unwrap();

    assert_eq!(written.changed, ["a", "b"]);
    let stored = queries::stored_dags(db, &["a"]).await.unwrap();
    let [row] = stored.as_slice() else {
        panic!("{stored:?}")
    };
    assert_eq!(row.columns, dag("a").columns);
    assert!(row.is_active && !row.has_import_errors);
    assert_eq!(row.processor_subdir.as_deref(), Some("/dags"));
    assert_eq!(row.last_parsed_time, Some(DbTimestamp(now())));
    assert_eq!(row.serialized_hash.as_deref(), Some("h1"));
    let next = |day: &str| Some(DbTimestamp(at(&format!("2024-03-{day}T00:00:00Z"))));
    assert_eq!(row.next_run.next_dagrun, next("01"));
    assert_eq!(row.next_run.next_dagrun_create_after, next("02"));
    let flags = "SELECT CAST(is_paused AS text) FROM dag ORDER BY dag_id";
    let flags = texts(db, flags).await;
    assert!(matches!(flags[0].as_str(), "true" | "1"), "{flags:?}");
    assert!(matches!(flags[1].as_str(), "false" | "0"), "{flags:?}");
    let tags = "SELECT name FROM dag_tag WHERE dag_id = 'a' ORDER BY name";
    assert_eq!(texts(db, tags).await, ["t1", "t2"]);
    let links = "SELECT link FROM dag_owner_attributes WHERE dag_id = 'a'";
    assert_eq!(texts(db, links).await, ["mailto:a@example.org"]);
    assert_eq!(
        texts(db, "SELECT message FROM dag_warning").await,
        ["Dag 'b' references non-existent pools: ['nope']"]
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn an_equal_result_only_beats(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let parsed = file(vec![dag("a")]);
    write(&mut store, &parsed, now()).await.unwrap();

    let later = at("2024-03-10T12:00:30Z");
    assert_eq!(
        write(&mut store, &parsed, later).await.unwrap(),
        Written::default()
    );
    store.flush_heartbeats().await.unwrap();

    let stored = queries::stored_dags(db, &["a"]).await.unwrap();
    assert_eq!(stored[0].last_parsed_time, Some(DbTimestamp(later)));
    let updated: DbTimestamp = db
        .query("SELECT last_updated FROM serialized_dag")
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(updated, DbTimestamp(now()));

    // What somebody else changed is put right all the same.
    change(db, "UPDATE dag SET is_active = FALSE").await;
    let written = write(&mut store, &parsed, later).await.unwrap();
    assert_eq!(written.changed, ["a"]);
    assert!(queries::stored_dags(db, &["a"]).await.unwrap()[0].is_active);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_form_is_replaced_only_by_a_different_dag(
    #[case] engine: Engine,
    #[values(false, true)] compress: bool,
) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let options = StoreOptions {
        compress_serialized_dags: compress,
        ..options()
    };
    let mut store = Store::new(db.clone(), options);
    let with = |hash: &str, text: &str| {
        let mut dag = dag("a");
        dag.dag_hash = Some(hash.to_owned());
        dag.data = form("a", text);
        file(vec![dag])
    };
    let hashes = "SELECT dag_hash FROM serialized_dag";
    write(&mut store, &with("h1", "x at 0x1f"), now())
        .await
        .unwrap();

    let same = write(&mut store, &with("h2", "x at 0x2e"), now())
        .await
        .unwrap();
    assert_eq!(texts(db, hashes).await, ["h1"]);
    assert_eq!(same, Written::default());

    let different = write(&mut store, &with("h3", "y"), now()).await.unwrap();
    assert_eq!(texts(db, hashes).await, ["h3"]);
    assert_eq!(different.changed, ["a"]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn import_errors_come_and_go(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    write(&mut store, &file(vec![dag("a")]), now())
        .await
        .unwrap();
    let errors = "SELECT stacktrace FROM import_error ORDER BY filename";

    let broken = |text: &str| ParsedFile::failed(PATH.to_owned(), text.to_owned());
    let written = write(&mut store, &broken("first"), now()).await.unwrap();
    assert_eq!(written.changed, ["a"]);
    assert_eq!(texts(db, errors).await, ["first"]);
    assert!(queries::stored_dags(db, &["a"]).await.unwrap()[0].has_import_errors);

    let mut archive = ParsedFile::new("/dags/x.zip".to_owned());
    archive.import_errors = vec![import_error("/dags/x.zip/m.py", "member")];
    write(&mut store, &archive, now()).await.unwrap();
    write(&mut store, &broken("second"), now()).await.unwrap();
    assert_eq!(texts(db, errors).await, ["second", "member"]);
    assert_eq!(
        queries::known_import_errors(db, "/dags/x.zip")
            .await
            .unwrap(),
        ["/dags/x.zip/m.py"]
    );

    archive.import_errors.clear();
    write(&mut store, &archive, now()).await.unwrap();
    let written = write(&mut store, &file(vec![dag("a")]), now())
        .await
        .unwrap();
    assert_eq!(written.changed, ["a"]);
    assert!(texts(db, errors).await.is_empty());
    assert!(!queries::stored_dags(db, &["a"]).await.unwrap()[0].has_import_errors);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn import_errors_that_somebody_changed_are_put_right(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let errors = "SELECT stacktrace FROM import_error";
    let broken = ParsedFile::failed(PATH.to_owned(), "first".to_owned());
    write(&mut store, &broken, now()).await.unwrap();
    for sql in [
        "DELETE FROM import_error",
        "UPDATE import_error SET stacktrace = 'other'",
    ] {
        change(db, sql).await;
        write(&mut store, &broken, now()).await.unwrap();
        assert_eq!(texts(db, errors).await, ["first"], "{sql}");
    }

    for parsed in [ParsedFile::new(PATH.to_owned()), file(vec![dag("a")])] {
        write(&mut store, &parsed, now()).await.unwrap();
        change(
            db,
            "INSERT INTO import_error (filename, stacktrace) VALUES ('/dags/a.py', 'stale')",
        )
        .await;
        write(&mut store, &parsed, now()).await.unwrap();
        assert!(texts(db, errors).await.is_empty());
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn the_next_run_follows_the_newest_automated_one(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let parsed = file(vec![dag("a")]);
    write(&mut store, &parsed, now()).await.unwrap();
    change(
        db,
        "INSERT INTO dag_run (dag_id, run_id, run_type, state, execution_date,
             data_interval_start, data_interval_end, clear_number)
         VALUES ('a', 'r', 'scheduled', 'running', '2024-03-05 00:00:00.000000',
             '2024-03-05 00:00:00.000000', '2024-03-06 00:00:00.000000', 0)",
    )
    .await;

    // max_active_runs is 1.
    write(&mut store, &parsed, now()).await.unwrap();
    let row = queries::stored_dags(db, &["a"]).await.unwrap().remove(0);
    assert_eq!(row.next_run.next_dagrun_create_after, None);
    assert!(row.next_run.next_dagrun.is_some());

    change(db, "UPDATE dag_run SET state = 'success'").await;
    write(&mut store, &parsed, now()).await.unwrap();
    let row = queries::stored_dags(db, &["a"]).await.unwrap().remove(0);
    let day = |text: &str| Some(DbTimestamp(at(text)));
    assert_eq!(row.next_run.next_dagrun, day("2024-03-06T00:00:00Z"));
    assert_eq!(
        row.next_run.next_dagrun_create_after,
        day("2024-03-07T00:00:00Z")
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn labels_and_references_follow_the_file(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let mut first = dag("a");
    let dataset = |uri: &str| crate::parsed::Dataset {
        uri: uri.to_owned(),
        extra: "{}".to_owned(),
    };
    first.schedule_datasets = vec![dataset("s3://one"), dataset("s3://two")];
    first.schedule_dataset_aliases = vec!["alias".to_owned()];
    first.outlet_datasets = vec![crate::parsed::Outlet {
        task_id: "t".to_owned(),
        dataset: dataset("s3://out"),
    }];
    write(&mut store, &file(vec![first.clone()]), now())
        .await
        .unwrap();
    let schedule = "SELECT d.uri FROM dag_schedule_dataset_reference r
         JOIN dataset d ON d.id = r.dataset_id ORDER BY d.uri";
    let outlets = "SELECT d.uri FROM task_outlet_dataset_reference r
         JOIN dataset d ON d.id = r.dataset_id";
    let aliases = "SELECT a.name FROM dag_schedule_dataset_alias_reference r
         JOIN dataset_alias a ON a.id = r.alias_id";
    assert_eq!(texts(db, schedule).await, ["s3://one", "s3://two"]);
    assert_eq!(texts(db, outlets).await, ["s3://out"]);
    assert_eq!(texts(db, aliases).await, ["alias"]);

    change(db, "UPDATE dataset SET is_orphaned = TRUE").await;
    first.schedule_datasets.remove(0);
    first.schedule_dataset_aliases.clear();
    first.outlet_datasets.clear();
    first.tags = vec!["t2".to_owned(), "t3".to_owned()];
    first.owner_links.clear();
    write(&mut store, &file(vec![first]), now()).await.unwrap();
    assert_eq!(texts(db, schedule).await, ["s3://two"]);
    assert!(texts(db, outlets).await.is_empty());
    assert!(texts(db, aliases).await.is_empty());
    let in_use = "SELECT uri FROM dataset WHERE NOT is_orphaned";
    assert_eq!(texts(db, in_use).await, ["s3://two"]);
    let tags = "SELECT name FROM dag_tag ORDER BY name";
    assert_eq!(texts(db, tags).await, ["t2", "t3"]);
    assert!(
        texts(db, "SELECT link FROM dag_owner_attributes")
            .await
            .is_empty()
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_is_gone_is_cleared_away(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    let mut other = dag("b");
    other.columns.fileloc = "/dags/b.py".to_owned();
    let mut second = ParsedFile::new("/dags/b.py".to_owned());
    second.dags = vec![other];
    write(&mut store, &file(vec![dag("a")]), now())
        .await
        .unwrap();
    write(&mut store, &second, now()).await.unwrap();
    let broken = ParsedFile::failed("/dags/c.py".to_owned(), "e".to_owned());
    write(&mut store, &broken, now()).await.unwrap();
    let forms = "SELECT dag_id FROM serialized_dag ORDER BY dag_id";

    let mut tx = db.begin().await.unwrap();
    let away = queries::Listed {
        files: &[PATH],
        filelocs: &[PATH],
        unknown: &["/dags/b.py", "/dags/c.py"],
    };
    let gone = queries::deactivate_missing_files(&mut tx, away, "/dags")
        .await
        .unwrap();
    assert_eq!(gone, queries::Gone::default());
    let below = queries::Listed {
        unknown: &["/dags"],
        ..queries::Listed::default()
    };
    let gone = queries::deactivate_missing_files(&mut tx, below, "/dags")
        .await
        .unwrap();
    assert_eq!(gone, queries::Gone::default());
    tx.commit().await.unwrap();
    assert_eq!(texts(db, forms).await, ["a", "b"]);
    let mut tx = db.begin().await.unwrap();
    let known = queries::Listed {
        unknown: &["/dags/b", "/dags/c.p"],
        ..away
    };
    let gone = queries::deactivate_missing_files(&mut tx, known, "/dags")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(gone.deactivated, ["b"]);
    assert_eq!(gone.import_errors, 1);
    assert_eq!(texts(db, forms).await, ["a"]);

    let mut tx = db.begin().await.unwrap();
    let until = |second: i64| queries::ParsedUntil {
        fileloc: PATH,
        stale_before: DbTimestamp(now().saturating_add(SignedDuration::from_secs(second))),
    };
    let fresh = queries::deactivate_stale_dags(&mut tx, &[until(0)], "/dags")
        .await
        .unwrap();
    assert!(fresh.is_empty());
    let stale = queries::deactivate_stale_dags(&mut tx, &[until(1)], "/dags")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stale, ["a"]);
    assert!(texts(db, forms).await.is_empty());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn parsing_requests_are_taken_once(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    change(
        db,
        "INSERT INTO dag_priority_parsing_request (id, fileloc)
         VALUES ('1', '/dags/a.py'), ('2', '/dagsother/a.py')",
    )
    .await;
    assert!(queries::has_parsing_requests(db, "/dags").await.unwrap());
    let mut tx = db.begin().await.unwrap();
    let taken = queries::take_parsing_requests(&mut tx, "/dags")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(taken, ["/dags/a.py"]);
    assert!(!queries::has_parsing_requests(db, "/dags").await.unwrap());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn grants_follow_access_control(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut store = Store::new(db.clone(), options());
    change(
        db,
        "INSERT INTO ab_role (name) VALUES ('Admin'), ('one'), ('two')",
    )
    .await;
    let with = |hash: &str, access: serde_json::Value| {
        let mut dag = dag("a");
        dag.dag_hash = Some(hash.to_owned());
        dag.data = form("a", hash);
        dag.access_control = serde_json::from_value(access).unwrap();
        file(vec![dag])
    };
    let granted = "SELECT r.name || ' ' || p.name || ' ' || m.name
         FROM ab_permission_view_role g
         JOIN ab_role r ON r.id = g.role_id
         JOIN ab_permission_view e ON e.id = g.permission_view_id
         JOIN ab_permission p ON p.id = e.permission_id
         JOIN ab_view_menu m ON m.id = e.view_menu_id
         ORDER BY r.name, p.name";
    let access = json!({"one": {"DAGs": ["can_read", "nonsense"]},
        "two": {"DAG Runs": ["can_create"]}, "nobody": {"DAGs": ["can_read"]}});
    write(&mut store, &with("h1", access), now()).await.unwrap();
    assert_eq!(
        texts(db, granted).await,
        ["one can_read DAG:a", "two can_create DAG Run:a"]
    );
    let permissions = "SELECT m.name FROM ab_permission_view e
         JOIN ab_view_menu m ON m.id = e.view_menu_id";
    assert_eq!(texts(db, permissions).await.len(), 7);

    // What an administrator grants stays until the DAG says something.
    change(
        db,
        "INSERT INTO ab_permission_view_role (permission_view_id, role_id)
         SELECT e.id, r.id FROM ab_permission_view e, ab_role r
         WHERE r.name = 'Admin' AND e.id = (SELECT MIN(id) FROM ab_permission_view)",
    )
    .await;
    write(&mut store, &with("h2", json!(null)), now())
        .await
        .unwrap();
    assert_eq!(texts(db, granted).await.len(), 3);
    write(&mut store, &with("h3", json!({})), now())
        .await
        .unwrap();
    let left = texts(db, granted).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("Admin "));
}

/// The statements of a first and of a second write of so many files with a DAG each, every other one
/// with an error as well.
async fn statements(server: &PrivatePostgres, files: usize) -> [usize; 2] {
    let database = server.database().await;
    let mut store = Store::new(database.db.clone(), options());
    let parsed: Vec<ParsedFile> = (0..files)
        .map(|number| {
            let path = format!("/dags/{number}.py");
            let mut dag = dag(&format!("d{number}"));
            dag.columns.fileloc.clone_from(&path);
            let mut file = ParsedFile::new(path.clone());
            if number % 2 == 0 {
                file.import_errors = vec![import_error(&path, "broken")];
            }
            file.dags = vec![dag];
            file
        })
        .collect();
    let parsed: Vec<&ParsedFile> = parsed.iter().collect();
    // What is read once in a while.
    store.write(&[], now()).await.unwrap();
    let mut counts = [0; 2];
    for (count, changed) in counts.iter_mut().zip([true, false]) {
        let before = server.logged_statements().unwrap().len();
        let written = store.write(&parsed, now()).await.unwrap();
        assert_eq!(written.len(), files);
        assert!(written.iter().all(|one| one.changed.is_empty() != changed));
        *count = server.logged_statements().unwrap().len() - before;
    }
    counts
}

#[tokio::test]
async fn many_files_take_as_many_statements_as_one() {
    let server = PrivatePostgres::start().await.unwrap();
    server.log_statements().await.unwrap();
    let one = statements(&server, 1).await;
    assert!(one.iter().all(|count| *count > 0), "{one:?}");
    assert_eq!(statements(&server, 20).await, one);
}
