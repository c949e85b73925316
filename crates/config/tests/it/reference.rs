//! docs/configuration.md says what the doc comments and the table of options say.

use std::{fmt::Write as _, fs, path::Path};

use updraft_config::options;

const INTRODUCTION: &str = "\
# Configuration

Updraft reads Airflow's `airflow.cfg`, `AIRFLOW__SECTION__KEY` variables, `_cmd` and `_secret`, with the names and \
defaults of Airflow 2.10.5. `updraft config list` shows what holds.

`AIRFLOW_HOME` may be relative: it then counts from the folder in which a command is called. The address of a \
SQLite database is absolute, as with stock. Only `standalone`, `db migrate`, `db init` and `db reset` make a \
database. A running `standalone` or `scheduler` holds `updraft/running.pid` in its home; a second `standalone` \
on a SQLite database is refused, and any other second one is told of the first.

## `[updraft]`

What Airflow does not have. Airflow's own parts leave the section alone.

| option | default | |
| --- | --- | --- |
";

const DATABASE: &str = "
## `[database]`: what is used how

| option | |
| --- | --- |
| `sql_alchemy_schema` | PostgreSQL's schema of Airflow's tables, and of Updraft's. It must be there. `alembic_version` \
and `session` stay where the search path leads by default, as with stock. It is set as the connection's \
`search_path`, which a pooler must let through (PgBouncer: `ignore_startup_parameters` must not name `options`; \
`ALTER ROLE … SET search_path` does instead). |
| `sql_alchemy_pool_size`, `sql_alchemy_max_overflow` | Together they bound the connections of one process, which are \
at most 8 for `scheduler` and `standalone`, and 2 for other commands. Less than 2 counts as 2; 0 for the size, -1 for \
the overflow, and `sql_alchemy_pool_enabled = False` set no bound. |
| `max_db_retries` | How often a transaction is begun that the database breaks off because of others. |
| `check_migrations` | The tables are looked at whatever it says; `scheduler` says so. |
| `load_default_connections` | As in Airflow: `db init` and `db reset` make the example connections. |
| `sql_alchemy_engine_args`, `sql_alchemy_connect_args`, `sql_alchemy_pool_recycle`, `sql_alchemy_pool_pre_ping` | \
For the connections of Python code. Updraft's own are tested when they were idle. |

`[scheduler] local_task_job_heartbeat_sec`: as in Airflow the silence after which a task is ended by its own \
supervisor, here counted while the database is up alone; by default `scheduler_zombie_task_threshold`, and at \
least 30 seconds unless that is shorter ([decision 2](decisions/0002-dead-supervisors.md)).

`[scheduler] orphaned_tasks_check_interval`: dead schedulers are looked for every 10 seconds; a shorter interval is \
kept to.
";

/// The fields of the section, with their doc comments on one line.
fn documented(source: &str) -> Vec<(String, String)> {
    let (_, fields) = source.split_once("section! {").unwrap();
    let mut found = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for line in fields.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            told.push(text.trim());
        } else if line.ends_with('{') {
            told.clear();
        } else if let Some((name, _)) = line.split_once(": ")
            && !told.is_empty()
        {
            found.push((name.to_owned(), told.join(" ")));
            told.clear();
        }
    }
    found
}

fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (name, told) in documented(include_str!("../../src/sections/updraft.rs")) {
        let declared = options::find("updraft", &name).unwrap();
        let default = declared.default.filter(|default| !default.is_empty());
        let default = default.map_or("none".to_owned(), |default| format!("`{default}`"));
        writeln!(text, "| `{name}` | {default} | {told} |").unwrap();
    }
    text + DATABASE
}

#[test]
fn every_option_is_in_the_reference() {
    let declared: Vec<&str> = options::all()
        .iter()
        .filter(|option| option.section == "updraft")
        .map(|option| option.key)
        .collect();
    let documented = documented(include_str!("../../src/sections/updraft.rs"));
    let documented: Vec<&str> = documented.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(documented, declared);
}

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let expected = reference();
    if fs::read_to_string(&path).unwrap_or_default() != expected {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration.md");
        fs::write(&new, expected).unwrap();
        panic!("cp {} {}", new.display(), path.display());
    }
}
