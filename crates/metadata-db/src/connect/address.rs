//! The `SQLAlchemy` form of a database address.

use std::{fmt, path::PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::postgres::PgConnectOptions;
use updraft_config::{DatabaseTarget, PostgresTarget, SqlAlchemyConn, SqlAlchemyConnError};

/// Where the metadata database is.
#[derive(Clone)]
pub enum Address {
    Postgres(Box<PgConnectOptions>),
    Sqlite(PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error(transparent)]
    Form(#[from] SqlAlchemyConnError),
    #[error("malformed PostgreSQL address")]
    Postgres(#[source] sqlx::Error),
}

impl Address {
    /// Understands what [`SqlAlchemyConn`] does.
    pub fn parse(sql_alchemy_conn: &str) -> Result<Self, AddressError> {
        let conn = SqlAlchemyConn::parse(sql_alchemy_conn.trim())?;
        match conn.target() {
            DatabaseTarget::Postgres(target) => postgres(target)
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(AddressError::Postgres),
            DatabaseTarget::Sqlite(path) => Ok(Self::Sqlite(path.clone())),
        }
    }
}

/// What is absent is left to the environment variables of libpq and its defaults, which the driver
/// knows. Parameters (`sslmode`, `host`, …) go over the parts of the address.
fn postgres(target: &PostgresTarget) -> Result<PgConnectOptions, sqlx::Error> {
    let mut url = String::from("postgres://");
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    if let Some(username) = &target.username {
        url += &encode(username);
        if let Some(password) = &target.password {
            url.push(':');
            url += &encode(password.expose());
        }
        url.push('@');
    }
    let host = target.host.as_deref().unwrap_or("localhost");
    if host.contains(':') {
        url += &["[", host, "]"].concat();
    } else {
        url += host;
    }
    if let Some(port) = target.port {
        url.push(':');
        url += &port.to_string();
    }
    url.push('/');
    url += &encode(target.database.as_deref().unwrap_or_default());
    for (index, (name, value)) in target.parameters.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url += &[&encode(name), "=", &encode(value)].concat();
    }
    let options: PgConnectOptions = url.parse()?;
    let is_named = |(name, _): &(String, String)| ["host", "hostaddr"].contains(&name.as_str());
    if target.host.is_some() || target.parameters.iter().any(is_named) {
        return Ok(options);
    }
    let host = PgConnectOptions::new_without_pgpass().get_host().to_owned();
    Ok(options.host(&host))
}

impl fmt::Display for Address {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(options) => write!(
                f,
                "postgresql://{}:{}/{}",
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
            Self::Sqlite(path) => write!(f, "sqlite:///{}", path.display()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "postgresql+psycopg2://airflow:p%40ss@db:5433/air?sslmode=disable",
        "postgresql://db:5433/air"
    )]
    #[case(
        "postgres://airflow@10.0.0.1/airflow",
        "postgresql://10.0.0.1:5432/airflow"
    )]
    #[case(
        "sqlite:////opt/airflow/airflow.db",
        "sqlite:////opt/airflow/airflow.db"
    )]
    #[case("sqlite:////a/airflow.db?timeout=30", "sqlite:////a/airflow.db")]
    fn parses(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(Address::parse(text).unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("mysql+mysqldb://u:secret@h/d")]
    #[case("sqlite://")]
    #[case("sqlite:///airflow.db")]
    #[case("u:secret@host")]
    fn refuses_without_showing_the_password(#[case] text: &str) {
        let error = Address::parse(text).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    fn postgres(text: &str) -> PgConnectOptions {
        match Address::parse(text).unwrap() {
            Address::Postgres(options) => *options,
            Address::Sqlite(path) => panic!("SQLite at {}", path.display()),
        }
    }

    #[test]
    fn what_sqlalchemy_takes_and_a_url_does_not() {
        let options = postgres("postgresql://u:a/b@db.example.com/air%20flow");
        assert_eq!(options.get_host(), "db.example.com");
        assert_eq!(options.get_database(), Some("air%20flow"));
        assert_eq!(options.get_username(), "u");
        assert_eq!(postgres("postgresql://u@[::1]:5433/d").get_port(), 5433);
    }

    #[test]
    fn socket_directory_in_the_query() {
        let options = postgres("postgresql://u@/airflow?host=/var/run/postgresql");
        assert_eq!(
            options.get_socket(),
            Some(&PathBuf::from("/var/run/postgresql"))
        );
    }
}
