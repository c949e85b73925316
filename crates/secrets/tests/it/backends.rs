//! The order of the sources.

use std::{collections::BTreeMap, convert::Infallible, fs, sync::Arc};

use serde_json::json;
use tempfile::TempDir;
use updraft_secrets::{BackendError, Backends, Connection};

const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

fn environment() -> Arc<BTreeMap<String, String>> {
    let variables = [
        ("AIRFLOW_VAR_BOTH", "environment"),
        ("AIRFLOW_VAR_ENV_ONLY", ""),
        ("AIRFLOW_CONN_BOTH", "x://environment"),
        ("AIRFLOW_CONN_BROKEN", "{nonsense"),
        ("AIRFLOW_CONN_EMPTY", ""),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Arc::new(BTreeMap::from(variables))
}

fn with_files(variables: &str, connections: &str) -> (TempDir, Backends) {
    let folder = TempDir::new().unwrap();
    let variables_file_path = folder.path().join("v.env");
    let connections_file_path = folder.path().join("c.json");
    fs::write(&variables_file_path, variables).unwrap();
    fs::write(&connections_file_path, connections).unwrap();
    let kwargs = json!({
        "variables_file_path": variables_file_path,
        "connections_file_path": connections_file_path,
    });
    let backends = Backends::new(LOCAL_FILES, &kwargs.to_string(), environment()).unwrap();
    (folder, backends)
}

async fn variable(backends: &Backends, key: &str) -> String {
    let metastore = async || Ok::<_, Infallible>(Some("metastore".to_owned()));
    backends.variable(key, metastore).await.unwrap().unwrap()
}

async fn host(backends: &Backends, conn_id: &str) -> String {
    let metastore =
        async || Ok::<_, Infallible>(Some(Connection::from_uri("x://metastore").unwrap()));
    let connection = backends.connection(conn_id, metastore).await.unwrap();
    connection.unwrap().host.unwrap()
}

#[tokio::test]
async fn files_then_environment_then_metastore() {
    let (_folder, backends) = with_files(
        "# comment\n\nboth=files\nfile_only=a=b\n",
        r#"{"both": "x://files", "map": {"conn_type": "x-y", "host": "h", "extra_dejson": {"a": 1}}}"#,
    );
    assert_eq!(variable(&backends, "both").await, "files");
    assert_eq!(variable(&backends, "file_only").await, "a=b");
    assert_eq!(variable(&backends, "env_only").await, "");
    assert_eq!(variable(&backends, "none").await, "metastore");
    assert_eq!(host(&backends, "both").await, "files");
    assert_eq!(host(&backends, "map").await, "h");
    assert_eq!(host(&backends, "none").await, "metastore");
}

#[tokio::test]
async fn a_source_that_fails_is_passed_over() {
    let (_folder, backends) = with_files("nonsense", "nonsense");
    assert_eq!(variable(&backends, "both").await, "environment");
    assert_eq!(host(&backends, "both").await, "environment");
    assert_eq!(host(&backends, "broken").await, "metastore");
    assert_eq!(host(&backends, "empty").await, "metastore");
}

#[test]
fn an_unknown_backend_is_refused() {
    let error = Backends::new("my.Backend", "", environment()).unwrap_err();
    assert!(matches!(error, BackendError::UnknownBackend(_)));
}

#[tokio::test]
async fn files_of_yaml() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let variables = "place: Seoul\nsize: 010\nlist: [1]\nmap: {on: off}\nday: 2024-01-31\n";
    let kwargs = json!({
        "variables_file_path": file("v.yaml", variables),
        "connections_file_path": file("c.YML", "files: x://files\nmap:\n  conn_type: x\n  host: h\n  port: 5432\n"),
    });
    let backends = Backends::new(LOCAL_FILES, &kwargs.to_string(), environment()).unwrap();
    assert_eq!(variable(&backends, "place").await, "Seoul");
    assert_eq!(variable(&backends, "size").await, "8");
    assert_eq!(variable(&backends, "list").await, "1");
    assert_eq!(variable(&backends, "map").await, "{\"true\": false}");
    assert_eq!(variable(&backends, "day").await, "2024-01-31");
    assert_eq!(host(&backends, "files").await, "files");
    assert_eq!(host(&backends, "map").await, "h");

    let broken = file("b.yaml", "a: x://h\nb: [1\n");
    let error = updraft_secrets::LocalFiles::read_connections(&broken).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("{}:", broken.display())),
        "{text}"
    );
    assert!(
        matches!(error, BackendError::Syntax { line: 2..=3, .. }),
        "{text}"
    );
}
