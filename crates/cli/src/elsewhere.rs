//! Commands that stock Airflow has and Updraft has not.

use std::ffi::OsString;

/// What a command is for, by its words. A group stands for all of its commands.
const COMMANDS: [(&str, &str); 24] = [
    ("celery", "the Celery worker and Flower"),
    ("cheat-sheet", "the list of all commands"),
    ("dag-processor", "the DAG processor as a process of its own"),
    ("dags backfill", "backfills"),
    (
        "dags show-dependencies",
        "the graph of DAGs that start each other",
    ),
    ("db clean", "the removal of old rows"),
    ("db downgrade", "the way back to an older schema"),
    ("db drop-archived", "the removal of archived rows"),
    ("db export-archived", "the export of archived rows"),
    ("db shell", "the database's own shell"),
    ("fab-db", "the tables of the web server's users"),
    ("internal-api", "the internal API"),
    ("kerberos", "the renewal of Kerberos tickets"),
    ("kubernetes", "Kubernetes"),
    ("permissions-cleanup", "the permissions of the web server"),
    ("plugins", "the list of plugins"),
    ("providers", "the list of providers"),
    ("roles", "the roles of the web server"),
    ("rotate-fernet-key", "the change of the Fernet key"),
    ("sync-perm", "the permissions of the web server"),
    ("triggerer", "the triggerer of deferred tasks"),
    ("users", "the users of the web server"),
    ("webserver", "the web server"),
    (
        "api-server",
        "the API server, which Airflow has from version 3 on",
    ),
];

/// What to say of a command that is not known here but to stock.
pub(crate) fn explain(arguments: &[OsString], program: &str) -> Option<String> {
    let words: Vec<&str> = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str())
        .filter(|argument| !argument.starts_with('-'))
        .take(2)
        .collect();
    let is_called = |name: &str| {
        let mut given = words.iter();
        name.split(' ').all(|word| given.next() == Some(&word))
    };
    let (name, what) = COMMANDS.iter().find(|(name, _)| is_called(name))?;
    let stock = if *name == "api-server" {
        "there is none for Airflow 2.10; `airflow webserver` has the REST API".to_owned()
    } else if program == "airflow" {
        "that of apache-airflow 2.10.5, called by its full path, works beside it on the same database"
            .to_owned()
    } else {
        format!("`airflow {name}` of apache-airflow 2.10.5 works beside it on the same database")
    };
    Some(format!(
        "error: Updraft has no `{name}` yet ({what})\nhint: {stock}\n"
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&["updraft", "webserver", "-p", "8080"], Some("`webserver` yet (the web server)"))]
    #[case(&["updraft", "-v", "dags", "backfill", "etl"], Some("`airflow dags backfill`"))]
    #[case(&["updraft", "users", "create"], Some("`airflow users`"))]
    #[case(&["updraft", "dags", "lst"], None)]
    #[case(&["updraft", "db"], None)]
    #[case(&["updraft"], None)]
    fn told_by_its_words(#[case] arguments: &[&str], #[case] expected: Option<&str>) {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let told = explain(&arguments, "updraft");
        match expected {
            Some(text) => assert!(told.unwrap().contains(text)),
            None => assert_eq!(told, None),
        }
    }
}
