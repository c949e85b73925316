//! One pass over Airflow's example DAGs, compared with what Airflow's own processor writes.

use std::collections::BTreeMap;

use regex::Regex;
use rstest::rstest;
use serde_json::Value;
use updraft_dag_processor::{Event, parse_once};
use updraft_metadata_db::{Db, Source};
use updraft_test_support::{Engine, TestDatabase};

use crate::support::{Site, clock};

/// Everything but instants of the parse itself and sets' orders. The next runs of schedules of
/// minutes without catch-up depend on the minute of the parse.
const ROWS: [(&str, &str); 11] = [
    (
        "ab_permission_view",
        "SELECT p.name || '|' || m.name FROM ab_permission_view e
         JOIN ab_permission p ON p.id = e.permission_id
         JOIN ab_view_menu m ON m.id = e.view_menu_id ORDER BY m.name, p.name",
    ),
    (
        "import_error",
        "SELECT filename || '|' || stacktrace FROM import_error ORDER BY filename",
    ),
    (
        "dag",
        "SELECT d.dag_id || '|' || COALESCE(d.root_dag_id, '-') || '|' || d.fileloc || '|'
             || COALESCE(d.dag_display_name, '-') || '|' || COALESCE(d.description, '-') || '|'
             || d.default_view || '|' || d.schedule_interval || '|' || d.timetable_description
             || '|' || CAST(d.max_active_tasks AS text) || '|' || CAST(d.max_active_runs AS text)
             || '|' || CAST(d.max_consecutive_failed_dag_runs AS text)
             || '|' || CAST(d.has_task_concurrency_limits AS text)
             || '|' || CAST(d.is_paused AS text) || CAST(d.is_subdag AS text)
             || CAST(d.is_active AS text) || CAST(d.has_import_errors AS text)
         FROM dag d ORDER BY d.dag_id",
    ),
    (
        "next runs",
        "SELECT dag_id || '|' || COALESCE(CAST(next_dagrun AS text), '-')
             || '|' || COALESCE(CAST(next_dagrun_data_interval_start AS text), '-')
             || '|' || COALESCE(CAST(next_dagrun_data_interval_end AS text), '-')
             || '|' || COALESCE(CAST(next_dagrun_create_after AS text), '-')
         FROM dag
         WHERE schedule_interval NOT LIKE '_*/%'
         ORDER BY dag_id",
    ),
    (
        "dag_tag",
        "SELECT dag_id || '|' || name FROM dag_tag ORDER BY dag_id, name",
    ),
    (
        "dag_owner_attributes",
        "SELECT dag_id || '|' || owner || '|' || link FROM dag_owner_attributes
         ORDER BY dag_id, owner",
    ),
    (
        "dag_code",
        "SELECT CAST(fileloc_hash AS text) || '|' || fileloc || '|' || source_code FROM dag_code
         ORDER BY fileloc",
    ),
    (
        "dataset",
        "SELECT uri || '|' || CAST(extra AS text) || '|' || CAST(is_orphaned AS text)
         FROM dataset ORDER BY uri",
    ),
    (
        "dag_schedule_dataset_reference",
        "SELECT r.dag_id || '|' || d.uri FROM dag_schedule_dataset_reference r
         JOIN dataset d ON d.id = r.dataset_id ORDER BY r.dag_id, d.uri",
    ),
    (
        "dag_schedule_dataset_alias_reference",
        "SELECT r.dag_id || '|' || a.name FROM dag_schedule_dataset_alias_reference r
         JOIN dataset_alias a ON a.id = r.alias_id ORDER BY r.dag_id, a.name",
    ),
    (
        "task_outlet_dataset_reference",
        "SELECT r.dag_id || '|' || r.task_id || '|' || d.uri
         FROM task_outlet_dataset_reference r
         JOIN dataset d ON d.id = r.dataset_id ORDER BY r.dag_id, r.task_id, d.uri",
    ),
];

async fn texts(db: &Db, sql: &'static str) -> Vec<String> {
    db.query(sql).fetch_scalars().await.unwrap()
}

/// By DAG id: hash and decoded form.
async fn forms(db: &Db) -> BTreeMap<String, (String, String)> {
    let rows: Vec<(String, String, String)> = db
        .query("SELECT dag_id, dag_hash, CAST(data AS text) FROM serialized_dag")
        .fetch_all()
        .await
        .unwrap();
    rows.into_iter()
        .map(|(dag_id, hash, data)| (dag_id, (hash, data)))
        .collect()
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn example_dags_give_airflows_rows(#[case] engine: Engine) {
    let site = Site::of_examples(engine).await;
    let stock = TestDatabase::new(engine).await;
    let mut parsed = 0;
    let mut others = Vec::new();
    let ours = parse_once(
        site.options(),
        site.db().clone(),
        site.supervisor.clone(),
        clock(),
        |event| match event {
            Event::Listed { .. } => {}
            Event::Parsed { .. } => parsed += 1,
            other => others.push(other.clone()),
        },
    );
    let report = ours.await;
    assert_eq!(others, []);
    assert_eq!(parsed, report.files);
    site.run_stock(&stock).await;

    for (table, sql) in ROWS {
        let (ours, theirs) = (texts(site.db(), sql).await, texts(&stock.db, sql).await);
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let missing = one.iter().filter(|row| !other.contains(row));
            missing.cloned().collect()
        };
        let differences = (only(&ours, &theirs), only(&theirs, &ours));
        assert_eq!(differences, (vec![], vec![]), "{table}: ours, stock's");
        assert_eq!(ours.len(), theirs.len(), "{table}");
    }
    let owners = "SELECT owners FROM dag ORDER BY dag_id";
    let sorted = |owners: Vec<String>| -> Vec<Vec<String>> {
        let each = owners.iter().map(|one| {
            let mut names: Vec<String> = one.split(", ").map(str::to_owned).collect();
            names.sort();
            names
        });
        each.collect()
    };
    assert_eq!(
        sorted(texts(site.db(), owners).await),
        sorted(texts(&stock.db, owners).await)
    );
    compare_forms(&forms(site.db()).await, &forms(&stock.db).await);
}

/// Hashes are equal but for DAGs that hold the address of an object.
fn compare_forms(
    ours: &BTreeMap<String, (String, String)>,
    stock: &BTreeMap<String, (String, String)>,
) {
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        stock.keys().collect::<Vec<_>>()
    );
    let address = Regex::new(" at 0x[0-9a-f]+").unwrap();
    let decode = |text: &str| -> Value {
        serde_json::from_str(&address.replace_all(text, " at 0x")).unwrap()
    };
    let mut different = Vec::new();
    for (dag_id, (hash, data)) in ours {
        let (stock_hash, stock_data) = &stock[dag_id];
        assert_eq!(decode(data), decode(stock_data), "{dag_id}");
        if hash != stock_hash {
            assert!(address.is_match(data), "{dag_id}");
            different.push(dag_id);
        }
    }
    assert!(different.len() < 5, "{different:?}");
}
