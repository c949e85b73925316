//! What there is to tell, section by section, with Airflow's names.

use std::path::Path;

use serde::Deserialize;
use tokio::process::Command;

use super::Anonymize;
use crate::{compose, context::Context};

const SCRIPT: &str = include_str!("ask_python.py");

const NOT_AVAILABLE: &str = "NOT AVAILABLE";

/// Where Updraft's task logs go, by the name of Airflow's handler for it.
const HANDLER: &str = "airflow.utils.log.file_task_handler.FileTaskHandler";

/// Tools and how each is asked for its version; with a word that the line has to have.
const TOOLS: [(&str, &[&str], Option<&str>); 8] = [
    ("git", &["git", "--version"], None),
    ("ssh", &["ssh", "-V"], None),
    (
        "kubectl",
        &["kubectl", "version", "--short=True", "--client=True"],
        None,
    ),
    ("gcloud", &["gcloud", "version"], Some("Google Cloud SDK")),
    ("cloud_sql_proxy", &["cloud_sql_proxy", "--version"], None),
    ("mysql", &["mysql", "--version"], None),
    ("sqlite3", &["sqlite3", "--version"], None),
    ("psql", &["psql", "--version"], None),
];

pub(super) struct Section {
    pub title: &'static str,
    pub values: Vec<(String, String)>,
}

impl Section {
    fn new<const N: usize>(title: &'static str, values: [(&str, String); N]) -> Self {
        let values = values.map(|(key, value)| (key.to_owned(), value));
        Self {
            title,
            values: values.to_vec(),
        }
    }
}

/// What the interpreter says of itself.
#[derive(Debug, Deserialize)]
struct Python {
    uname: String,
    locale: String,
    version: String,
    executable: String,
    path: Vec<String>,
    providers: Vec<(String, String)>,
}

/// A part that cannot be found out says so and hinders no other.
pub(super) async fn all(context: &Context, anonymize: Option<&Anonymize>) -> Vec<Section> {
    let python = ask(context)
        .await
        .inspect_err(|error| tracing::warn!("Python cannot be asked: {error:#}"))
        .ok();
    let path = |path: &str| match anonymize {
        Some(anonymize) => anonymize.path(path),
        None => path.to_owned(),
    };
    let providers = python.as_ref().map(|python| python.providers.clone());
    vec![
        airflow(context, anonymize),
        system(python.as_ref(), path),
        tools().await,
        paths(context, python.as_ref(), path),
        Section {
            title: "Providers info",
            values: providers.unwrap_or_default(),
        },
    ]
}

async fn ask(context: &Context) -> anyhow::Result<Python> {
    let python = compose::interpreter(context)?;
    let output = Command::new(&python).args(["-c", SCRIPT]).output().await?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn airflow(context: &Context, anonymize: Option<&Anonymize>) -> Section {
    let option = |section: &str, key: &str| {
        let value = context.raw.get(section, key).ok().flatten();
        value.map_or_else(|| NOT_AVAILABLE.to_owned(), |value| value.text)
    };
    let path = |section: &str, key: &str| match anonymize {
        Some(anonymize) => anonymize.path(&option(section, key)),
        None => option(section, key),
    };
    // Without its password.
    let conn = context.config.database.sql_alchemy_conn.to_string();
    let conn = anonymize.map_or(conn.clone(), |anonymize| anonymize.address(&conn));
    Section::new(
        "Apache Airflow",
        [
            ("version", "2.10.5".to_owned()),
            ("executor", option("core", "executor")),
            ("task_logging_handler", HANDLER.to_owned()),
            ("sql_alchemy_conn", conn),
            ("dags_folder", path("core", "dags_folder")),
            ("plugins_folder", path("core", "plugins_folder")),
            ("base_log_folder", path("logging", "base_log_folder")),
            (
                "remote_base_log_folder",
                path("logging", "remote_base_log_folder"),
            ),
            ("updraft_version", env!("CARGO_PKG_VERSION").to_owned()),
        ],
    )
}

fn system(python: Option<&Python>, path: impl Fn(&str) -> String) -> Section {
    let of_python = |value: fn(&Python) -> &String| {
        python.map_or_else(|| NOT_AVAILABLE.to_owned(), |python| value(python).clone())
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x86_64",
        "x86" => "x86",
        "arm" | "aarch64" => "arm",
        name if name.starts_with("powerpc") => "ppc",
        _ => "unknown",
    };
    Section::new(
        "System info",
        [
            ("OS", "Linux".to_owned()),
            ("architecture", architecture.to_owned()),
            ("uname", of_python(|python| &python.uname)),
            ("locale", of_python(|python| &python.locale)),
            ("python_version", of_python(|python| &python.version)),
            (
                "python_location",
                path(&of_python(|python| &python.executable)),
            ),
        ],
    )
}

async fn tools() -> Section {
    let mut values = Vec::new();
    for (name, command, word) in TOOLS {
        values.push((name.to_owned(), version(command, word).await));
    }
    Section {
        title: "Tools info",
        values,
    }
}

/// The one line that the tool prints.
async fn version(command: &[&str], word: Option<&str>) -> String {
    let [program, arguments @ ..] = command else {
        return NOT_AVAILABLE.to_owned();
    };
    let Ok(output) = Command::new(program).args(arguments).output().await else {
        return NOT_AVAILABLE.to_owned();
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let mut lines = said
        .lines()
        .filter(|line| !line.is_empty() && word.is_none_or(|word| line.contains(word)));
    match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_owned(),
        _ => NOT_AVAILABLE.to_owned(),
    }
}

fn paths(context: &Context, python: Option<&Python>, path: impl Fn(&str) -> String) -> Section {
    let system = context.environment.get("PATH");
    let system = system.map(String::as_str).unwrap_or_default();
    let on_path = system
        .split(':')
        .any(|folder| Path::new(folder).join("airflow").exists());
    let python_path = python.map_or_else(
        || NOT_AVAILABLE.to_owned(),
        |python| path(&python.path.join(":")),
    );
    let on_path = if on_path { "True" } else { "False" };
    Section::new(
        "Paths info",
        [
            (
                "airflow_home",
                path(&context.config.home.home.to_string_lossy()),
            ),
            ("system_path", path(system)),
            ("python_path", python_path),
            ("airflow_on_path", on_path.to_owned()),
        ],
    )
}
