//! `connections add`.

use updraft_metadata_db::connection;
use updraft_secrets::Connection;

use super::{check_id, stored};
use crate::{context::Context, failure::Failure};

/// Add a connection to the metadata database
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft connections add warehouse --conn-uri 'postgres://etl:secret@db.example.com:5432/sales'\n  \
                  updraft connections add warehouse --conn-type postgres --conn-host db.example.com --conn-login etl\n  \
                  updraft connections add warehouse --conn-json '{\"conn_type\": \"postgres\", \"extra\": {\"sslmode\": \"require\"}}'"
)]
#[expect(clippy::struct_field_names, reason = "the options are Airflow's")]
pub(crate) struct Args {
    /// Its id
    conn_id: String,
    /// All of it as a URI
    #[arg(long, value_name = "URI")]
    conn_uri: Option<String>,
    /// All of it as a JSON object
    #[arg(long, value_name = "JSON")]
    conn_json: Option<String>,
    /// What else there is to know, as a JSON object
    #[arg(long, value_name = "JSON")]
    conn_extra: Option<String>,
    /// Type, such as postgres or http
    #[arg(long, value_name = "TYPE")]
    conn_type: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    conn_description: Option<String>,
    /// Host
    #[arg(long, value_name = "HOST")]
    conn_host: Option<String>,
    /// User name
    #[arg(long, value_name = "NAME")]
    conn_login: Option<String>,
    /// Password
    #[arg(long, value_name = "PASSWORD")]
    conn_password: Option<String>,
    /// Database or schema
    #[arg(long, value_name = "NAME")]
    conn_schema: Option<String>,
    /// Port
    #[arg(long, value_name = "NUMBER")]
    conn_port: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let conn_id = self.conn_id.clone();
        check_id(&conn_id)
            .map_err(|why| Failure::new(format!("Could not create connection. {why}")))?;
        let connection = self.connection()?;
        let shown = shown(&connection);
        let row = stored::row(&context.fernet()?, &conn_id, connection)?;
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        let added = connection::add(&mut tx, &[row]).await?;
        tx.commit().await?;
        if added == 0 {
            let message = format!("A connection with `conn_id`={conn_id} already exists.");
            let hint = format!("`updraft connections delete {conn_id}` makes room for it");
            return Err(Failure::new(message).with_hint(hint).into());
        }
        context.print(&format!("Successfully added `conn_id`={conn_id} : {shown}"))
    }

    fn connection(self) -> anyhow::Result<Connection> {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let (has_uri, has_json) = (given(&self.conn_uri), given(&self.conn_json));
        if !has_uri && !has_json && !given(&self.conn_type) {
            return Err(Failure::new(
                "Must supply either conn-uri or conn-json if not supplying conn-type",
            )
            .into());
        }
        if has_uri && has_json {
            return Err(Failure::new("Cannot supply both conn-uri and conn-json").into());
        }
        if has_uri || has_json {
            self.refuse_values(if has_uri { "uri" } else { "json" })?;
        }
        let extra = self.conn_extra.clone();
        let connection = if let (true, Some(uri)) = (has_uri, &self.conn_uri) {
            Connection {
                description: self.conn_description.clone(),
                ..from_uri(uri)?
            }
        } else if let (true, Some(json)) = (has_json, &self.conn_json) {
            let connection = Connection::from_json(json)?;
            if connection.conn_type.is_none() {
                let message = "conn-json is invalid; must supply conn-type";
                return Err(Failure::new(message).into());
            }
            connection
        } else {
            self.of_values()?
        };
        Ok(Connection {
            extra: extra.or(connection.extra),
            ..connection
        })
    }

    /// The type is stored as it is given: which types have a hook is known to Python alone.
    fn of_values(self) -> Result<Connection, Failure> {
        let port = self.conn_port.as_deref().map(|text| {
            text.parse().map_err(|_| {
                Failure::new(format!(
                    "Expected integer value for `--conn-port`, but got '{text}' instead."
                ))
            })
        });
        Ok(Connection {
            port: port.transpose()?,
            conn_type: self.conn_type,
            description: self.conn_description,
            host: self.conn_host,
            schema: self.conn_schema,
            login: self.conn_login,
            password: self.conn_password.filter(|password| !password.is_empty()),
            extra: None,
        })
    }

    fn refuse_values(&self, form: &str) -> Result<(), Failure> {
        let values = [
            ("conn_type", &self.conn_type),
            ("conn_host", &self.conn_host),
            ("conn_login", &self.conn_login),
            ("conn_password", &self.conn_password),
            ("conn_schema", &self.conn_schema),
            ("conn_port", &self.conn_port),
        ];
        let mut names: Vec<String> = values
            .iter()
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        if form == "json"
            && self
                .conn_extra
                .as_ref()
                .is_some_and(|extra| !extra.is_empty())
        {
            names.push("'--conn-extra'".to_owned());
        }
        if names.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "The following args are not compatible with the --conn-{form} flag: [{}]",
            names.join(", ")
        )))
    }
}

fn from_uri(uri: &str) -> anyhow::Result<Connection> {
    let connection = Connection::from_uri(uri)?;
    if connection.conn_type.as_ref().is_none_or(String::is_empty) {
        // A URI may hold a password, so it is not repeated.
        return Err(
            Failure::new("The URI provided to --conn-uri is invalid: it has no scheme")
                .with_hint(
                    "it begins with the type of the connection, as in postgres://host/schema",
                )
                .into(),
        );
    }
    Ok(connection)
}

/// The connection without its secrets. Airflow repeats a URI as it was given; output ends up in
/// logs, so that the password is left out here in all forms.
fn shown(connection: &Connection) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let password = if connection.password.is_some() {
        "******"
    } else {
        ""
    };
    let port = connection.port.map(|port| port.to_string());
    let schema = text(&connection.schema);
    let slash = if schema.is_empty() { "" } else { "/" };
    format!(
        "{}://{}:{password}@{}:{}{slash}{schema}",
        text(&connection.conn_type),
        text(&connection.login),
        text(&connection.host),
        text(&port)
    )
}
