//! The schema is stock Airflow's, as recorded in `tests/stock`.

use std::fmt::Write as _;

use rstest::rstest;
use updraft_metadata_db::{Engine, Source};
use updraft_test_support::TestDatabase;

#[rstest]
#[case::sqlite(
    Engine::Sqlite,
    include_str!("../stock/sqlite.sql"),
    include_str!("../stock/sqlite.txt")
)]
#[case::postgres(
    Engine::Postgres,
    include_str!("../stock/postgres.sql"),
    include_str!("../stock/postgres.txt")
)]
#[tokio::test]
async fn is_the_same_as_stock_makes(
    #[case] engine: Engine,
    #[case] describe: &'static str,
    #[case] stock: &str,
) {
    let database = TestDatabase::new(engine).await;
    let described: Vec<String> = database.db.query(describe).fetch_scalars().await.unwrap();
    let mut ours: Vec<String> = described.iter().map(|line| one_spaced(line)).collect();
    let mut theirs: Vec<String> = stock.lines().map(one_spaced).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    let mut differences = String::new();
    for line in theirs.iter().filter(|line| !ours.contains(line)) {
        let _ = writeln!(differences, "- {line}");
    }
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        let _ = writeln!(differences, "+ {line}");
    }
    assert_eq!(differences, "");
    assert_eq!(ours.len(), theirs.len());
}

/// `SQLite` keeps the text of CREATE statements, with whatever spaces and quotes they had.
fn one_spaced(line: &str) -> String {
    line.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("( ", "(")
        .replace(" )", ")")
}
