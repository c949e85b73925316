//! `[database]`.

use super::{
    Secret,
    parse::{Parsed, boolean, count, integer, optional, secret, text},
    section,
};
use crate::sql_alchemy_conn::SqlAlchemyConn;

section! {
    /// `[database]`
    Database, "database" {
        /// The metadata database.
        sql_alchemy_conn: SqlAlchemyConn = sql_alchemy_conn,
        /// Arguments of the engine of `SQLAlchemy`, a JSON object; used by Python only.
        sql_alchemy_engine_args: Secret = secret,
        /// Connections are kept in a pool.
        sql_alchemy_pool_enabled: bool = boolean,
        /// Connections that the pool keeps; 0 for no limit.
        sql_alchemy_pool_size: u32 = count,
        /// Connections above the size of the pool; -1 for no limit.
        sql_alchemy_max_overflow: i64 = integer,
        /// Seconds after which a connection is replaced; -1 for never.
        sql_alchemy_pool_recycle: i64 = integer,
        /// Connections are tried before each use.
        sql_alchemy_pool_pre_ping: bool = boolean,
        /// Schema of Airflow's tables in `PostgreSQL`; empty for the search path.
        sql_alchemy_schema: String = text,
        /// Python object with arguments for the driver; used by Python only.
        sql_alchemy_connect_args: Option<String> = optional(text),
        /// A new database gets Airflow's example connections.
        load_default_connections: bool = boolean,
        /// Times that a failed transaction is tried.
        max_db_retries: u32 = count,
        /// Start-up checks that the schema is the expected one.
        check_migrations: bool = boolean,
    }
}

fn sql_alchemy_conn(text: &str) -> Parsed<SqlAlchemyConn> {
    // A `_cmd` prints a line, whose end is not part of the address.
    SqlAlchemyConn::parse(text.trim_end()).map_err(|error| {
        format!(
            "postgresql+psycopg2://user:password@host:port/database or sqlite:////path ({error})"
        )
    })
}
