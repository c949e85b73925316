//! Tasks end while the database is away, and then the program is killed: what they did is not done
//! again.

use std::time::Duration;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_metadata_db::{ConnectOptions, Db};
use updraft_test_support::{Engine, PrivatePostgres, Shutdown, TestDatabase};

use super::{
    site::{Sdk, Site},
    standalone::PATIENCE,
    trace::{self, Word},
};

/// That wait until the test lets them end; each has a successor.
const TASKS: usize = 3;

#[rstest]
#[case::sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::postgres(Sdk::Apache, Engine::Postgres)]
#[case::bundled(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn what_ended_in_an_outage_does_not_run_again(#[case] sdk: Sdk, #[case] engine: Engine) {
    let server = match engine {
        Engine::Postgres => Some(PrivatePostgres::start().await.unwrap()),
        Engine::Sqlite => None,
    };
    let database = match &server {
        Some(server) => server.database().await,
        None => TestDatabase::new(engine).await,
    };
    let site = Site::new(database, &["witness.py", "stopping.py"])
        .on(sdk)
        .with("UPDRAFT_TEST_STOPPING", "drain");
    let program = site.start();
    trace::until(&site, &program, "three tasks run", |entries| {
        trace::count(entries, Word::Begin) == TASKS
    })
    .await;
    let mut lock = None;
    if let Some(server) = &server {
        server.stop(Shutdown::Fast).await.unwrap();
    } else {
        // Whoever holds the lock of the file keeps everybody from writing.
        let options = ConnectOptions::default();
        let other = Db::connect(&site.database.url, &options).await.unwrap();
        lock = Some(other.begin().await.unwrap());
    }
    std::fs::write(site.path("trace/go"), "").unwrap();
    let spooled = async {
        while spooled(&site) < TASKS {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, spooled).await;
    assert!(waited.is_ok(), "never: three ends; {}", program.told());
    program.kill().await;
    if let Some(server) = &server {
        server.resume().await.unwrap();
    }
    drop(lock);

    let program = site.start();
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state = 'success'",
        1,
    )
    .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let entries = trace::read(&site);
    assert_eq!(
        trace::count(&entries, Word::Begin),
        2 * TASKS,
        "{entries:?}"
    );
    assert_eq!(trace::count(&entries, Word::End), 2 * TASKS, "{entries:?}");
    let first = site
        .count("SELECT COUNT(*) FROM task_instance WHERE state = 'success' AND try_number = 1")
        .await;
    assert_eq!(first, 6);
    let values: Vec<(Vec<u8>,)> = site
        .rows("SELECT value FROM xcom WHERE task_id LIKE 'wait%' AND key = 'return_value'")
        .await;
    let waited = (b"\"waited\"".to_vec(),);
    assert_eq!(values, [waited.clone(), waited.clone(), waited]);
    assert_eq!(spooled_files(&site).len(), 0);
}

fn spooled(site: &Site) -> usize {
    spooled_files(site)
        .iter()
        .filter(|path| path.extension().is_none())
        .count()
}

fn spooled_files(site: &Site) -> Vec<std::path::PathBuf> {
    let leases = std::fs::read_dir(site.path("updraft/runtime/spool"));
    leases
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|lease| std::fs::read_dir(lease.path()).ok())
        .flatten()
        .flatten()
        .map(|file| file.path())
        .collect()
}
