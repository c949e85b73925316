//! Why there is no server to test with.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(
        "no PostgreSQL server under /usr/lib/postgresql; install the package `postgresql` (apt-get \
         install postgresql)"
    )]
    NotInstalled,
    #[error(
        "PostgreSQL refuses to run as root and there is no user `postgres`; install the package \
         `postgresql`, or run the tests as another user"
    )]
    NoUser,
    #[error("cannot use {path}")]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot give {path} to the server's user")]
    Owner {
        path: PathBuf,
        #[source]
        source: nix::Error,
    },
    #[error("cannot find a free port")]
    Port(#[source] std::io::Error),
    #[error("cannot start the server")]
    Start(#[source] std::io::Error),
    #[error("the server did not come up; its output:\n{output}")]
    NotReady { output: String },
    #[error("cannot {action} a database")]
    Database {
        action: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot migrate the template database")]
    Template(#[source] updraft_metadata_db::Error),
}
