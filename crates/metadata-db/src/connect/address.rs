//! The `SQLAlchemy` form of a database address.

use std::{borrow::Cow, fmt, path::PathBuf};

use sqlx::postgres::PgConnectOptions;

/// Where the metadata database is.
#[derive(Clone)]
pub enum Address {
    Postgres(Box<PgConnectOptions>),
    Sqlite(PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("{0:?} has no scheme")]
    NoScheme(String),
    #[error("database kind {0:?} is not supported; use postgresql:// or sqlite://")]
    Unsupported(String),
    #[error("an SQLite database in memory cannot be shared by the components")]
    InMemory,
    #[error("malformed PostgreSQL address")]
    Postgres(#[source] sqlx::Error),
}

impl Address {
    /// Understands `postgresql[+driver]://…`, `postgres[+driver]://…` and `sqlite:///path`; the
    /// driver's name, which is Python's, is dropped.
    pub fn parse(sql_alchemy_conn: &str) -> Result<Self, AddressError> {
        let Some((scheme, rest)) = sql_alchemy_conn.trim().split_once("://") else {
            // The text may hold a password, so only what precedes its first colon is shown.
            let head = sql_alchemy_conn.split(':').next().unwrap_or_default();
            return Err(AddressError::NoScheme(head.to_owned()));
        };
        let dialect = scheme.split('+').next().unwrap_or_default();
        match dialect {
            "postgresql" | "postgres" => format!("postgres://{}", with_host(rest))
                .parse()
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(AddressError::Postgres),
            "sqlite" => {
                // SQLAlchemy: three slashes are a path relative to the working directory, four
                // an absolute one. What follows `?` are options of Python's sqlite3 module.
                let path = rest.split('?').next().unwrap_or_default();
                let path = path.strip_prefix('/').unwrap_or(path);
                if path.is_empty() || path == ":memory:" {
                    return Err(AddressError::InMemory);
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err(AddressError::Unsupported(dialect.to_owned())),
        }
    }
}

/// `SQLAlchemy` allows no host (`user@/db?host=/socket/directory`), an address does not.
fn with_host(rest: &str) -> Cow<'_, str> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    if host == end || rest[host..].starts_with(':') {
        let (before, after) = rest.split_at(host);
        Cow::Owned(format!("{before}localhost{after}"))
    } else {
        Cow::Borrowed(rest)
    }
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
    #[case("sqlite:///airflow.db?timeout=30", "sqlite:///airflow.db")]
    fn parses(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(Address::parse(text).unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("mysql+mysqldb://u:secret@h/d")]
    #[case("sqlite://")]
    #[case("u:secret@host")]
    fn refuses_without_showing_the_password(#[case] text: &str) {
        let error = Address::parse(text).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn socket_directory_in_the_query() {
        let Address::Postgres(options) =
            Address::parse("postgresql://u@/airflow?host=/var/run/postgresql").unwrap()
        else {
            panic!("not PostgreSQL");
        };
        assert_eq!(
            options.get_socket(),
            Some(&PathBuf::from("/var/run/postgresql"))
        );
    }
}
