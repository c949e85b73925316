//! One pass over files whose processes may be shared: what files do to each other.

use std::collections::BTreeMap;

use updraft_dag_processor::{Options, Report, SortMode, parse_once};
use updraft_test_support::Engine;

use crate::support::{Site, clock};

/// A DAG that says in which process it was parsed, and whether it met what another file left.
fn file(site: &Site, name: &str, more: &str) {
    let text = format!(
        "import os
from datetime import datetime
from airflow import DAG
from airflow.operators import bash

met = [name for name in ('LEFT',) if name in os.environ] + list(vars(bash).get('left', ()))
with DAG('{name}', start_date=datetime(2024, 1, 1), schedule=None, tags=[f'pid {{os.getpid()}}', *met]):
    bash.BashOperator(task_id='t', bash_command='true')
{more}"
    );
    site.write(&format!("{name}.py"), &text);
}

async fn parse(site: &Site) -> (Report, BTreeMap<String, Vec<String>>) {
    let options = Options {
        parsing_processes: 1,
        sort_mode: SortMode::Alphabetical,
        ..site.options()
    };
    let (db, supervisor) = (site.db().clone(), site.supervisor.clone());
    let report = parse_once(options, db, supervisor, clock(), |_| {}).await;
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in site
        .texts("SELECT dag_id || '|' || name FROM dag_tag ORDER BY dag_id, name")
        .await
    {
        let (dag_id, tag) = text.split_once('|').unwrap();
        tags.entry(dag_id.to_owned())
            .or_default()
            .push(tag.to_owned());
    }
    (report, tags)
}

#[tokio::test]
async fn files_that_leave_nothing_behind_share_a_process() {
    let site = Site::new(Engine::Sqlite).await;
    for name in ["a", "b", "c"] {
        file(&site, name, "");
    }
    let (report, tags) = parse(&site).await;
    assert_eq!(report.dag_ids, ["a", "b", "c"]);
    assert_eq!(tags["a"], tags["b"]);
    assert_eq!(tags["b"], tags["c"]);
}

#[tokio::test]
async fn no_file_meets_what_another_left() {
    let site = Site::new(Engine::Sqlite).await;
    let leaving = [
        "os.environ['LEFT'] = '1'",
        "bash.left = ['LEFT']",
        "import sys; sys.path.append('LEFT')",
        "import logging; logging.disable()",
    ];
    for (number, more) in leaving.iter().enumerate() {
        file(&site, &format!("f{number}_leaves"), more);
        file(&site, &format!("f{number}_meets"), "");
    }
    let (report, tags) = parse(&site).await;
    assert_eq!(report.import_errors, []);
    for number in 0..leaving.len() {
        let left = &tags[&format!("f{number}_leaves")];
        let met = &tags[&format!("f{number}_meets")];
        assert_eq!(met.len(), 1, "{met:?}");
        assert_ne!(left, met, "{}", leaving[number]);
    }
}

#[tokio::test]
async fn a_file_that_goes_wrong_is_blamed_alone() {
    let site = Site::new(Engine::Sqlite).await;
    for name in ["a", "c", "e"] {
        file(&site, name, "");
    }
    file(&site, "b", "os._exit(3)");
    file(&site, "d", "1 / 0");
    let (report, tags) = parse(&site).await;
    assert_eq!(report.dag_ids, ["a", "c", "e"]);
    assert_eq!(tags.len(), 3);
    let [(exits, ended), (divides, trace)] = report.import_errors.as_slice() else {
        panic!("{:?}", report.import_errors);
    };
    assert!(exits.ends_with("b.py") && ended.contains("ended before the import did"));
    assert!(divides.ends_with("d.py") && trace.contains("ZeroDivisionError"));
}
