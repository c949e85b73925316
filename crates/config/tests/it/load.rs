//! The typed sections, from files and variables.

use std::{collections::BTreeMap, fs, time::Duration};

use rstest::rstest;
use tempfile::TempDir;
use updraft_config::{Config, ConfigError, DatabaseTarget, Warning};

fn environment(home: &TempDir, variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let home = ("AIRFLOW_HOME", home.path().to_str().unwrap());
    variables
        .iter()
        .chain([&home])
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("airflow.cfg"), file).unwrap();
    Config::load(&environment(&home, variables))
}

#[test]
fn defaults_apply_without_a_file_and_none_is_written() {
    let home = TempDir::new().unwrap();
    let config = Config::load(&environment(&home, &[])).unwrap();
    assert_eq!(config.core.dags_folder, home.path().join("dags"));
    assert_eq!(config.core.executor, ["SequentialExecutor"]);
    assert_eq!(
        config.core.dagbag_import_timeout,
        Some(Duration::from_secs(30))
    );
    assert_eq!(
        *config.database.sql_alchemy_conn.target(),
        DatabaseTarget::Sqlite(home.path().join("airflow.db"))
    );
    assert_eq!(
        config.logging.log_filename_template,
        "dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/\
         {% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}\
         attempt={{ try_number }}.log"
    );
    assert_eq!(config.scheduler.task_queued_timeout.as_secs(), 600);
    assert_eq!(config.updraft.warm_dag_seconds.as_secs(), 30);
    assert!(config.warnings.is_empty());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn variables_win_over_the_file() {
    let config = load(
        "[core]\nparallelism = 3\ndefault_task_retries = 2",
        &[("AIRFLOW__CORE__PARALLELISM", "5")],
    )
    .unwrap();
    assert_eq!(config.core.parallelism, 5);
    assert_eq!(config.core.default_task_retries, 2);
}

#[rstest]
#[case::file_line(
    "[core]\n\nparallelism = many",
    &[],
    "airflow.cfg:3: [core] parallelism: \"many\" cannot be used; accepted: a whole number, 0 or more"
)]
#[case::variable(
    "",
    &[("AIRFLOW__CORE__LOAD_EXAMPLES", "yes")],
    "environment variable AIRFLOW__CORE__LOAD_EXAMPLES: [core] load_examples: \"yes\" cannot be \
     used; accepted: true, t, 1, false, f or 0"
)]
#[case::names(
    "[scheduler]\nfile_parsing_sort_mode = newest",
    &[],
    "accepted: one of modified_time, random_seeded_by_host, alphabetical"
)]
#[case::sensitive_value_is_hidden(
    "[database]\nsql_alchemy_conn = mysql://u:letmein@h/d",
    &[],
    "airflow.cfg:2: [database] sql_alchemy_conn: the value (hidden) cannot be used"
)]
#[case::percent(
    "[core]\ndags_folder = /a%b",
    &[],
    "airflow.cfg:2: [core] dags_folder: a `%` must be written as `%%`"
)]
#[case::command(
    "[core]\nfernet_key_cmd = false",
    &[],
    "airflow.cfg:2: [core] fernet_key: the command \"false\" failed"
)]
#[case::secrets_backend(
    "[secrets]\nbackend = my.Backend\n[core]\nfernet_key_secret = x",
    &[],
    "airflow.cfg:4: [core] fernet_key asks the secrets backend my.Backend"
)]
#[case::syntax("[core]\nhello", &[], "airflow.cfg:2: \"hello\" is neither")]
fn an_unusable_value_names_its_place(
    #[case] file: &str,
    #[case] variables: &[(&str, &str)],
    #[case] expected: &str,
) {
    let message = load(file, variables).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
    assert!(!message.contains("letmein"));
}

#[test]
fn old_names_are_read_and_warned_of() {
    let config = load(
        "[core]\nsql_alchemy_conn = postgres://u:letmein@h/d\nhostname_callable = socket:getfqdn\n\
         [celery]\nstalled_task_timeout = 900",
        &[],
    )
    .unwrap();
    assert!(matches!(
        config.database.sql_alchemy_conn.target(),
        DatabaseTarget::Postgres(_)
    ));
    assert_eq!(config.core.hostname_callable, "socket.getfqdn");
    assert_eq!(config.scheduler.task_queued_timeout.as_secs(), 900);
    let text: Vec<String> = config.warnings.iter().map(Warning::to_string).collect();
    assert_eq!(text.len(), 4, "{text:?}");
    assert!(text[0].ends_with(
        "airflow.cfg:2: [core] sql_alchemy_conn is now called [database] sql_alchemy_conn; \
         please rename it"
    ));
    assert!(!text.concat().contains("letmein"));
}

#[test]
fn a_name_in_capitals_has_no_effect_and_is_warned_of() {
    let config = load("[core]\nParallelism = 4", &[]).unwrap();
    assert_eq!(config.core.parallelism, 32);
    assert!(matches!(
        config.warnings.as_slice(),
        [Warning::IgnoredCase { .. }]
    ));
}

#[test]
fn sensitive_values_are_known_to_be_masked() {
    let config = load(
        "[database]\nsql_alchemy_conn = postgresql://u:p%%40ss@h/d\n[smtp]\nsmtp_password = mail\n\
         [celery]\nbroker_url_cmd = false\n[core]\nfernet_key_cmd = echo key",
        &[],
    )
    .unwrap();
    let values = config.sensitive_values();
    let values: Vec<&str> = values.iter().map(|value| value.expose().trim()).collect();
    for value in ["postgresql://u:p%40ss@h/d", "p@ss", "mail", "key"] {
        assert!(values.contains(&value), "{value}");
    }
    assert!(!values.contains(&""));
}
