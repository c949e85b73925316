//! `[database] sql_alchemy_conn`: the address of the metadata database, as `SQLAlchemy` 1.4 reads it.

use std::{fmt, path::PathBuf};

use percent_encoding::percent_decode_str;

use crate::sections::Secret;

/// The address as written, and what it means.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlAlchemyConn {
    text: Secret,
    target: DatabaseTarget,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseTarget {
    Postgres(PostgresTarget),
    /// The path of the file.
    Sqlite(PathBuf),
}

/// What is absent is left to the driver's own defaults (libpq's environment variables among them).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresTarget {
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub database: Option<String>,
    /// libpq's parameters, such as `sslmode`, in the order in which they were written.
    pub parameters: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlAlchemyConnError {
    #[error("it has no scheme://")]
    NoScheme,
    #[error("the database {0} is not supported")]
    Database(String),
    #[error("the driver {0} is not supported")]
    Driver(String),
    #[error("the port {0:?} is not a number")]
    Port(String),
    #[error("a SQLite database in memory cannot be shared between processes")]
    Memory,
    #[error(
        "the path {0:?} of the SQLite database is relative, and so would be another file in every folder; an \
         absolute one begins with the fourth slash: sqlite:////home/me/airflow.db"
    )]
    Relative(String),
}

impl SqlAlchemyConn {
    pub fn parse(text: &str) -> Result<Self, SqlAlchemyConnError> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(SqlAlchemyConnError::NoScheme)?;
        let (database, driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        let target = match (database, driver) {
            ("postgresql" | "postgres", "" | "psycopg2" | "psycopg" | "asyncpg") => {
                DatabaseTarget::Postgres(postgres(rest)?)
            }
            ("sqlite", "" | "pysqlite" | "aiosqlite") => DatabaseTarget::Sqlite(sqlite(rest)?),
            ("postgresql" | "postgres" | "sqlite", driver) => {
                return Err(SqlAlchemyConnError::Driver(driver.to_owned()));
            }
            (other, _) => return Err(SqlAlchemyConnError::Database(other.to_owned())),
        };
        Ok(Self {
            text: Secret::new(text.to_owned()),
            target,
        })
    }

    pub fn target(&self) -> &DatabaseTarget {
        &self.target
    }

    /// The address as it was written, with its password.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// `postgres://` and `postgres+psycopg2://` are read, and were renamed by `SQLAlchemy` 1.4.
    pub(crate) fn has_old_scheme(&self) -> bool {
        let scheme = self.expose().split(['+', ':']).next();
        scheme == Some("postgres")
    }
}

/// The address without its password.
impl fmt::Display for SqlAlchemyConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.expose();
        match text
            .split_once("://")
            .map(|(scheme, rest)| (scheme, split_user(rest)))
        {
            Some((scheme, (Some((username, Some(_))), rest))) => {
                write!(f, "{scheme}://{username}:***@{rest}")
            }
            _ => f.write_str(text),
        }
    }
}

impl fmt::Debug for SqlAlchemyConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

type User<'a> = (&'a str, Option<&'a str>);

/// `user[:password]@` and what follows. The user ends at a slash, the password only at `@`, so it may
/// contain one.
fn split_user(rest: &str) -> (Option<User<'_>>, &str) {
    let Some((user, tail)) = rest.split_once('@') else {
        return (None, rest);
    };
    match user.split_once(':') {
        Some((username, password)) if !username.contains('/') => {
            (Some((username, Some(password))), tail)
        }
        None if !user.contains('/') => (Some((user, None)), tail),
        _ => (None, rest),
    }
}

fn postgres(rest: &str) -> Result<PostgresTarget, SqlAlchemyConnError> {
    let (user, rest) = split_user(rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = match rest.split_once('/') {
        Some((authority, database)) => (authority, Some(database)),
        None => (rest, None),
    };
    let (host, port) = split_port(authority);
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Some(
            port.parse()
                .map_err(|_| SqlAlchemyConnError::Port(port.to_owned()))?,
        ),
        None => None,
    };
    Ok(PostgresTarget {
        username: user.map(|(username, _)| decode(username)),
        password: user
            .and_then(|(_, password)| password)
            .map(|password| Secret::new(decode(password))),
        host: Some(host.to_owned()).filter(|host| !host.is_empty()),
        port,
        database: database.filter(|name| !name.is_empty()).map(str::to_owned),
        parameters: parameters(query),
    })
}

/// `host:port`, `[ipv6]:port`.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        return (host, rest.strip_prefix(':'));
    }
    match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (decode_form(name), decode_form(value)))
        .collect()
}

fn sqlite(rest: &str) -> Result<PathBuf, SqlAlchemyConnError> {
    let (rest, _) = rest.split_once('?').unwrap_or((rest, ""));
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    if path.is_empty() || path == ":memory:" {
        return Err(SqlAlchemyConnError::Memory);
    }
    if !path.starts_with('/') {
        return Err(SqlAlchemyConnError::Relative(path.to_owned()));
    }
    Ok(PathBuf::from(path))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn target(text: &str) -> PostgresTarget {
        match SqlAlchemyConn::parse(text).unwrap().target {
            DatabaseTarget::Postgres(target) => target,
            DatabaseTarget::Sqlite(path) => panic!("SQLite at {}", path.display()),
        }
    }

    #[test]
    fn postgres_in_full() {
        let text = "postgresql+psycopg2://air%40flow:p%2Fw%25@db.example.com:6432/air?sslmode=require&application_name=a+b";
        assert_eq!(
            target(text),
            PostgresTarget {
                username: Some("air@flow".to_owned()),
                password: Some(Secret::new("p/w%".to_owned())),
                host: Some("db.example.com".to_owned()),
                port: Some(6432),
                database: Some("air".to_owned()),
                parameters: vec![
                    ("sslmode".to_owned(), "require".to_owned()),
                    ("application_name".to_owned(), "a b".to_owned()),
                ],
            }
        );
    }

    #[test]
    fn postgres_over_a_socket() {
        let target = target("postgresql:///airflow?host=/var/run/postgresql");
        assert_eq!(target.host, None);
        assert_eq!(target.username, None);
        assert_eq!(target.database.as_deref(), Some("airflow"));
        assert_eq!(target.parameters[0].1, "/var/run/postgresql");
    }

    #[test]
    fn a_password_may_hold_a_slash() {
        let target = target("postgresql://u:a/b@h/d");
        assert_eq!(target.password.unwrap().expose(), "a/b");
        assert_eq!(target.host.as_deref(), Some("h"));
    }

    #[test]
    fn ipv6() {
        let target = target("postgresql://u@[::1]:5433/d");
        assert_eq!(target.host.as_deref(), Some("::1"));
        assert_eq!(target.port, Some(5433));
    }

    #[rstest]
    #[case("sqlite:////abs/airflow.db", "/abs/airflow.db")]
    #[case("sqlite:////abs/a.db?timeout=30", "/abs/a.db")]
    fn sqlite_paths(#[case] text: &str, #[case] path: &str) {
        assert_eq!(
            SqlAlchemyConn::parse(text).unwrap().target,
            DatabaseTarget::Sqlite(PathBuf::from(path))
        );
    }

    #[rstest]
    #[case("", SqlAlchemyConnError::NoScheme)]
    #[case("mysql://u@h/d", SqlAlchemyConnError::Database("mysql".to_owned()))]
    #[case("postgresql+pg8000://u@h/d", SqlAlchemyConnError::Driver("pg8000".to_owned()))]
    #[case("postgresql://u@h:x/d", SqlAlchemyConnError::Port("x".to_owned()))]
    #[case("sqlite://", SqlAlchemyConnError::Memory)]
    #[case("sqlite:///:memory:", SqlAlchemyConnError::Memory)]
    #[case("sqlite:///relative.db", SqlAlchemyConnError::Relative("relative.db".to_owned()))]
    fn refuses(#[case] text: &str, #[case] error: SqlAlchemyConnError) {
        assert_eq!(SqlAlchemyConn::parse(text).unwrap_err(), error);
    }

    #[test]
    fn the_password_is_not_shown() {
        let conn = SqlAlchemyConn::parse("postgresql://u:hidden@h/d").unwrap();
        assert_eq!(conn.to_string(), "postgresql://u:***@h/d");
        assert!(!format!("{conn:?}").contains("hidden"));
        assert_eq!(conn.expose(), "postgresql://u:hidden@h/d");
    }
}
