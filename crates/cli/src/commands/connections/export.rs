//! `connections export`.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value as Json, json};
use updraft_core::python::{dumps, dumps_indented};
use updraft_metadata_db::connection;
use updraft_secrets::Connection;

use super::stored;
use crate::{context::Context, failure::Failure, output};

/// Write all connections of the metadata database into a file, with their passwords
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft connections export connections.json\n  \
                  updraft connections export - --file-format env --serialization-format json"
)]
pub(crate) struct Args {
    /// The file, whose name ends with .json, .yaml or .env; `-` is standard output
    file: PathBuf,
    /// Deprecated: use --file-format
    #[arg(long, value_enum, hide = true)]
    format: Option<FileFormat>,
    /// Form of the file, whatever its name
    #[arg(long, value_enum, value_name = "FORM")]
    file_format: Option<FileFormat>,
    /// Form of each connection in an .env file; a URI unless told otherwise
    #[arg(long, value_enum, value_name = "FORM", ignore_case = true)]
    serialization_format: Option<SerializationFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    Json,
    Yaml,
    Env,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SerializationFormat {
    Json,
    Uri,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let format = self.form()?;
        let fernet = context.fernet()?;
        let db = context.database().await?;
        let rows = connection::list(&db).await?;
        let connections = rows
            .into_iter()
            .map(|row| Ok((row.conn_id.clone(), stored::read(&fernet, row)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let serialization = self.serialization_format;
        let text = text(
            &connections,
            format,
            serialization.unwrap_or(SerializationFormat::Uri),
        );
        let count = connections.len();
        if self.is_stdout() {
            context.print(&text)?;
            tracing::warn!("{count} Connections successfully exported.");
            return Ok(());
        }
        let file = self.file.display();
        std::fs::write(&self.file, text).with_context(|| format!("cannot write {file}"))?;
        context.print(&format!(
            "{count} Connections successfully exported to {file}."
        ))
    }

    fn is_stdout(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn form(&self) -> Result<FileFormat, Failure> {
        if self.format.is_some() {
            if self.file_format.is_some() {
                return Err(Failure::new(
                    "Option `--format` is deprecated.  Use `--file-format` instead.",
                ));
            }
            tracing::warn!("`--format` is deprecated; use `--file-format`");
        }
        let extension = self.file.extension().and_then(|text| text.to_str());
        let format = match (self.file_format.or(self.format), extension) {
            (Some(format), _) => format,
            (None, _) if self.is_stdout() => FileFormat::Json,
            (None, Some(text)) if text.eq_ignore_ascii_case("json") => FileFormat::Json,
            (None, Some(text)) if text.eq_ignore_ascii_case("yaml") => FileFormat::Yaml,
            (None, Some(text)) if text.eq_ignore_ascii_case("env") => FileFormat::Env,
            (None, None) if self.file.as_os_str() == ".env" => FileFormat::Env,
            _ => {
                return Err(Failure::new(
                    "Unsupported file format. The file must have the extension .yaml, .json, .env.",
                ));
            }
        };
        if self.serialization_format.is_some() && format != FileFormat::Env {
            return Err(Failure::new(
                "Option `--serialization-format` may only be used with file type `env`.",
            ));
        }
        Ok(format)
    }
}

fn text(
    connections: &[(String, Connection)],
    format: FileFormat,
    serialization: SerializationFormat,
) -> String {
    match format {
        FileFormat::Env => connections
            .iter()
            .map(|(conn_id, connection)| match serialization {
                SerializationFormat::Uri => format!("{conn_id}={}\n", connection.get_uri()),
                SerializationFormat::Json => format!("{conn_id}={}\n", dumps(&fields(connection))),
            })
            .collect(),
        FileFormat::Json => dumps_indented(&object(connections), 2),
        FileFormat::Yaml => output::yaml_document(object(connections)),
    }
}

fn object(connections: &[(String, Connection)]) -> Json {
    let entries: Map<String, Json> = connections
        .iter()
        .map(|(conn_id, connection)| (conn_id.clone(), fields(connection)))
        .collect();
    Json::Object(entries)
}

fn fields(connection: &Connection) -> Json {
    json!({
        "conn_type": connection.conn_type,
        "description": connection.description,
        "login": connection.login,
        "password": connection.password,
        "host": connection.host,
        "port": connection.port,
        "schema": connection.schema,
        "extra": connection.extra,
    })
}
