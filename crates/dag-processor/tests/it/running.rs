//! The loop: bad files, changes, vanished files.

use std::{collections::HashSet, fs, os::unix::fs::symlink, time::Duration};

use rstest::rstest;
use updraft_dag_processor::{Event, SortMode};
use updraft_metadata_db::Source;
use updraft_test_support::Engine;

use crate::support::{PATIENCE, Site};

fn dag(dag_id: &str, body: &str) -> String {
    format!(
        "import datetime\n\
         from airflow import DAG\n\
         from airflow.operators.empty import EmptyOperator\n\
         {body}\n\
         with DAG('{dag_id}', start_date=datetime.datetime(2024, 1, 1), schedule=None, tags=['x']):\n    \
             EmptyOperator(task_id='t')\n"
    )
}

/// By DAG: an argument that Python takes, and what the import error says of it.
const NO_COLUMN_HOLDS: [(&str, &str, &str); 3] = [
    (
        "many",
        "max_active_runs=3_000_000_000",
        "The DAG many cannot be stored: its max_active_runs is 3000000000, not a whole number",
    ),
    (
        "none",
        "max_active_tasks=None",
        "The DAG none cannot be stored: its max_active_tasks is null, not a whole number",
    ),
    (
        "half",
        "max_active_tasks=1.5",
        // Airflow itself looks at the kinds of arguments, though not at None.
        "'max_active_tasks' has an invalid type",
    ),
];

/// Name, text, and what the import error says.
fn bad_files() -> [(&'static str, String, &'static str); 7] {
    let cycle = "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\
         with DAG('cycle') as dag:\n    a = EmptyOperator(task_id='a')\n    \
         b = EmptyOperator(task_id='b')\n    a >> b >> a\n";
    let twice = "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\
         with DAG('twice') as dag:\n    EmptyOperator(task_id='a')\n    \
         EmptyOperator(task_id='a')\n";
    [
        (
            "syntax.py",
            "import airflow\ndag = (".to_owned(),
            "SyntaxError",
        ),
        ("cycle.py", cycle.to_owned(), "AirflowDagCycleException"),
        ("twice.py", twice.to_owned(), "DuplicateTaskIdFound"),
        (
            "loop.py",
            dag("loop", "while True: pass"),
            "AirflowTaskTimeout",
        ),
        (
            "stubborn.py",
            dag(
                "stubborn",
                "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
            ),
            "dag_file_processor_timeout",
        ),
        (
            "gone.py",
            dag("gone", "import os\nprint('bye', flush=True)\nos._exit(7)"),
            "bye",
        ),
        (
            "exits.py",
            dag("exits", "import sys\nsys.exit(3)"),
            "SystemExit",
        ),
    ]
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn bad_files_get_import_errors_and_hurt_no_other(#[case] engine: Engine) {
    let site = Site::new(engine).await;
    let files = bad_files();
    for (name, text, _) in &files {
        site.write(name, text);
    }
    for (name, argument, _) in NO_COLUMN_HOLDS {
        let bad = dag(name, "").replace("schedule=None", &format!("schedule=None, {argument}"));
        site.write(&format!("{name}.py"), &bad);
    }
    site.write("good.py", &dag("good", ""));
    let mut options = site.options();
    options.file_timeout = Duration::from_secs(5);
    let mut running = site.start(options);

    // A file may be parsed again before the last one was.
    let mut parsed = HashSet::new();
    while parsed.len() < files.len() + NO_COLUMN_HOLDS.len() + 1 {
        let file = running
            .until(|event| match event {
                Event::Parsed { file, .. } => Some(file.clone()),
                _ => None,
            })
            .await;
        parsed.insert(file);
    }
    running.stop().await;

    let errors = site
        .texts("SELECT filename || ' ' || stacktrace FROM import_error ORDER BY filename")
        .await;
    let told = files
        .iter()
        .map(|(name, _, text)| ((*name).to_owned(), *text));
    let refused = NO_COLUMN_HOLDS.map(|(name, _, text)| (format!("{name}.py"), text));
    let expected: Vec<_> = told.chain(refused).collect();
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (name, text) in expected {
        let error = errors
            .iter()
            .find(|error| error.starts_with(&format!("{} ", site.dags.join(&name).display())));
        let error = error.unwrap_or_else(|| panic!("{name} has no import error: {errors:#?}"));
        assert!(error.contains(text), "{name}: {error}");
    }
    assert_eq!(site.texts("SELECT dag_id FROM dag").await, ["good"]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn changes_are_parsed_at_once(#[case] engine: Engine) {
    let site = Site::new(engine).await;
    site.write("names.py", "NAME = 'first'\n");
    site.write("data.yaml", "first\n");
    let body = "from names import NAME\nimport os\n\
        open(os.path.join(os.path.dirname(__file__), 'data.yaml')).read()";
    site.write("a.py", &dag("a", body));
    let mut options = site.options();
    // The clock must not be what finds the change.
    options.min_file_process_interval = PATIENCE * 10;
    options.dag_dir_list_interval = PATIENCE * 10;
    let mut running = site.start(options);
    let first = running.parsed("a.py").await;
    assert_eq!(
        (first.dags, first.error, first.changed),
        (vec!["a".to_owned()], None, true)
    );
    assert_eq!(running.news.recv().await.unwrap().dag_ids, ["a"]);

    for (file, text) in [("names.py", "NAME = 'second'\n"), ("data.yaml", "second\n")] {
        site.write(file, text);
        let again = running.parsed("a.py").await;
        assert!(!again.changed, "{file}");
    }
    site.write("a.py", "from airflow import DAG\nraise ValueError('no')\n");
    let broken = running.parsed("a.py").await;
    assert!(broken.error.unwrap().contains("ValueError: no"));
    site.write("a.py", &dag("a", ""));
    let repaired = running.parsed("a.py").await;
    assert_eq!(repaired.error, None);
    assert!(
        site.texts("SELECT filename FROM import_error")
            .await
            .is_empty()
    );

    site.write("new.py", &dag("new", ""));
    assert_eq!(running.parsed("new.py").await.dags, ["new"]);
    fs::remove_file(site.dags.join("new.py")).unwrap();
    let gone = running
        .until(|event| match event {
            Event::Deactivated { dag_ids } => Some(dag_ids.clone()),
            _ => None,
        })
        .await;
    assert_eq!(gone, ["new"]);
    assert_eq!(site.texts("SELECT dag_id FROM serialized_dag").await, ["a"]);
    running.stop().await;
}

#[tokio::test]
async fn a_dag_id_belongs_to_one_file_at_a_time() {
    let site = Site::new(Engine::Sqlite).await;
    site.write("a.py", &dag("same", ""));
    let mut running = site.start(site.options());
    assert_eq!(running.parsed("a.py").await.dags, ["same"]);

    site.write("b.py", &dag("same", ""));
    let refused = running.parsed("b.py").await;
    assert!(refused.dags.is_empty());
    assert!(refused.error.unwrap().contains("a.py"));

    site.write("a.py", &dag("other", ""));
    assert_eq!(running.parsed("a.py").await.dags, ["other"]);
    let taken = running.parsed("b.py").await;
    assert_eq!((taken.dags, taken.error), (vec!["same".to_owned()], None));
    running.stop().await;
}

#[tokio::test]
async fn an_archive_is_parsed() {
    let site = Site::new(Engine::Sqlite).await;
    let archive = include_bytes!("recorded/packaged.zip");
    fs::write(site.dags.join("packaged.zip"), archive).unwrap();
    let mut running = site.start(site.options());
    let parsed = running.parsed("packaged.zip").await;
    assert_eq!(
        (parsed.dags, parsed.error),
        (vec!["packaged".to_owned()], None)
    );
    running.stop().await;
    let place = site.dags.join("packaged.zip/packaged_dag.py");
    let place = place.display().to_string();
    let place = [place];
    assert_eq!(site.texts("SELECT fileloc FROM dag").await, place);
    assert_eq!(site.texts("SELECT fileloc FROM dag_code").await, place);
    let code = site.texts("SELECT source_code FROM dag_code").await;
    assert!(
        code[0].contains("from packaged_names import NAME"),
        "{code:?}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_dag_that_left_its_file_is_deactivated(#[case] engine: Engine) {
    let site = Site::new(engine).await;
    site.write("a.py", &dag("a", ""));
    let mut options = site.options();
    options.stale_dag_threshold = Duration::ZERO;
    options.parsing_cleanup_interval = Duration::from_secs(1);
    let mut running = site.start(options);
    running.parsed("a.py").await;

    site.write("a.py", &dag("b", ""));
    running.parsed("a.py").await;
    let gone = running
        .until(|event| match event {
            Event::Deactivated { dag_ids } => Some(dag_ids.clone()),
            _ => None,
        })
        .await;
    running.stop().await;
    assert_eq!(gone, ["a"]);
    assert_eq!(
        site.texts("SELECT dag_id FROM dag WHERE is_active").await,
        ["b"]
    );
    assert_eq!(site.texts("SELECT dag_id FROM serialized_dag").await, ["b"]);
}

/// The slow files wait for somebody who opens a pipe to write: one of them at a time.
#[tokio::test]
async fn a_changed_file_does_not_wait_for_those_that_were_due_before() {
    const SLOW: usize = 8;
    let site = Site::new(Engine::Sqlite).await;
    // Not below the DAG folder: what is written there is a change itself.
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut options = site.options();
    options.parsing_processes = 1;
    options.min_file_process_interval = PATIENCE * 10;
    options.import_timeout = PATIENCE;
    options.file_timeout = PATIENCE;
    options.sort_mode = SortMode::Alphabetical;
    site.write("a.py", &dag("a", ""));
    for number in 0..SLOW {
        let wait = format!("with open({pipe:?}) as pipe: pipe.read()");
        let name = format!("slow_{number}");
        site.write(&format!("{name}.py"), &dag(&name, &wait));
    }
    let mut running = site.start(options);
    running.parsed("a.py").await;

    site.write("a.py", &dag("changed", ""));
    let (release, released) = std::sync::mpsc::channel();
    // By itself: nobody opens the pipe to read after the last of them.
    std::thread::spawn(move || {
        while released.recv().is_ok() {
            fs::File::create(&pipe).unwrap();
        }
    });
    let mut slow = 0;
    release.send(()).unwrap();
    loop {
        let is_slow = running
            .until(|event| match event {
                Event::Parsed { file, .. } => Some(!file.ends_with("a.py")),
                _ => None,
            })
            .await;
        if !is_slow {
            break;
        }
        slow += 1;
        release.send(()).unwrap();
    }
    running.stop().await;
    assert!(slow < SLOW, "it came last");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_requested_file_is_parsed_at_once(#[case] engine: Engine) {
    let site = Site::new(engine).await;
    let path = site.write("a.py", &dag("a", ""));
    let mut options = site.options();
    options.min_file_process_interval = PATIENCE * 10;
    let mut running = site.start(options);
    running.parsed("a.py").await;

    let mut tx = site.db().begin().await.unwrap();
    tx.query("INSERT INTO dag_priority_parsing_request (id, fileloc) VALUES ('1', $1)")
        .bind(path.display().to_string())
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    running.parsed("a.py").await;
    running.stop().await;
}

/// The form of this DAG holds the address of an object, so its hash changes with the process.
#[tokio::test]
async fn a_restart_leaves_forms_alone() {
    let mut site = Site::new(Engine::Sqlite).await;
    let body =
        "from airflow.decorators import task\n\n@task.bash\ndef shell():\n    return 'true'\n";
    let text = format!("{}    shell()\n", dag("a", body));
    site.write("a.py", &text);
    let mut running = site.start(site.options());
    assert!(running.parsed("a.py").await.changed);
    running.stop().await;
    let form = "SELECT dag_hash || ' ' || last_updated FROM serialized_dag";
    let before = site.texts(form).await;

    site.restart_python().await;
    let mut running = site.start(site.options());
    let again = running.parsed("a.py").await;
    running.stop().await;
    assert_eq!((again.error, again.changed), (None, false));
    assert_eq!(site.texts(form).await, before);
}

/// A link to itself cannot be followed by anybody, root included. It comes in one step.
fn make_unreadable(path: &std::path::Path) {
    let draft = path.with_extension("draft");
    symlink(path, &draft).unwrap();
    fs::rename(draft, path).unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_cannot_be_read_for_a_moment_keeps_its_dags(#[case] engine: Engine) {
    let site = Site::new(engine).await;
    fs::create_dir(site.dags.join("mount")).unwrap();
    let away = site.write("mount/away.py", &dag("away", ""));
    site.write("mount/gone.py", &dag("gone", ""));
    let mut options = site.options();
    options.dag_dir_list_interval = PATIENCE * 10;
    options.stale_dag_threshold = Duration::ZERO;
    options.parsing_cleanup_interval = Duration::from_secs(1);
    let mut running = site.start(options);
    for _ in 0..2 {
        running
            .until(|event| matches!(event, Event::Parsed { .. }).then_some(()))
            .await;
    }

    make_unreadable(&away);
    fs::remove_file(site.dags.join("mount/gone.py")).unwrap();
    let gone = running
        .until(|event| match event {
            Event::Deactivated { dag_ids } => Some(dag_ids.clone()),
            _ => None,
        })
        .await;
    assert_eq!(gone, ["gone"]);

    site.write("mount/away.py", &dag("away", ""));
    let back = running.parsed("away.py").await;
    assert_eq!(
        (back.dags, back.error, back.changed),
        (vec!["away".to_owned()], None, false)
    );

    let mount = site.dags.join("mount");
    make_unreadable(&mount.join(".airflowignore"));
    running
        .until(|event| {
            let is_mount = |path| path == &mount;
            matches!(event, Event::NotParsed { path, .. } if is_mount(path)).then_some(())
        })
        .await;
    fs::remove_file(&away).unwrap();
    site.write("after.py", &dag("after", ""));
    assert_eq!(running.parsed("after.py").await.dags, ["after"]);
    running.stop().await;
    let active = "SELECT dag_id FROM dag WHERE is_active ORDER BY dag_id";
    assert_eq!(site.texts(active).await, ["after", "away"]);
}
