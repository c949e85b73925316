//! How the metadata database is connected to.

use updraft_config::Config;
use updraft_metadata_db::ConnectOptions;

/// Transactions wait for no other connection of their process, but questions asked beside one do.
const FEWEST: u32 = 2;

/// For a process that has use for `wanted` connections. The configuration can lower that number:
/// `sql_alchemy_pool_size` and `sql_alchemy_max_overflow` together bound what a process may hold.
pub(crate) fn connect_options(config: &Config, wanted: u32) -> ConnectOptions {
    let database = &config.database;
    let schema = Some(&database.sql_alchemy_schema).filter(|schema| !schema.is_empty());
    let overflow = u32::try_from(database.sql_alchemy_max_overflow);
    let bound = match overflow {
        Ok(overflow) if database.sql_alchemy_pool_enabled && database.sql_alchemy_pool_size > 0 => {
            database.sql_alchemy_pool_size.saturating_add(overflow)
        }
        // No pool, or one without a limit.
        _ => u32::MAX,
    };
    ConnectOptions {
        max_connections: wanted.min(bound.max(FEWEST)),
        prepared_statements: config.updraft.prepared_statements,
        schema: schema.cloned(),
        transaction_attempts: database.max_db_retries,
        ..ConnectOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;

    use super::*;

    fn options(variables: &[(&str, &str)], wanted: u32) -> ConnectOptions {
        let home = tempfile::tempdir().unwrap();
        let home = ("AIRFLOW_HOME", home.path().to_str().unwrap());
        let environment: BTreeMap<String, String> = [home]
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        connect_options(&Config::load(&environment).unwrap(), wanted)
    }

    #[rstest]
    #[case::airflows_default("5", "10", "True", 8)]
    #[case::few("3", "1", "True", 4)]
    #[case::too_few("1", "0", "True", 2)]
    #[case::no_limit_of_the_pool("0", "0", "True", 8)]
    #[case::no_limit_above_it("1", "-1", "True", 8)]
    #[case::no_pool("1", "0", "False", 8)]
    fn connections_are_bounded(
        #[case] size: &str,
        #[case] overflow: &str,
        #[case] enabled: &str,
        #[case] expected: u32,
    ) {
        let options = options(
            &[
                ("AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE", size),
                ("AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW", overflow),
                ("AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_ENABLED", enabled),
            ],
            8,
        );
        assert_eq!(options.max_connections, expected);
    }

    #[test]
    fn one_connection_stays_one() {
        assert_eq!(options(&[], 1).max_connections, 1);
    }

    #[test]
    fn what_is_configured_is_used() {
        let default = options(&[], 8);
        assert_eq!((default.schema, default.transaction_attempts), (None, 3));
        assert!(default.prepared_statements);
        let options = options(
            &[
                ("AIRFLOW__DATABASE__SQL_ALCHEMY_SCHEMA", "air"),
                ("AIRFLOW__DATABASE__MAX_DB_RETRIES", "7"),
                ("AIRFLOW__UPDRAFT__PREPARED_STATEMENTS", "False"),
            ],
            8,
        );
        assert_eq!(options.schema.as_deref(), Some("air"));
        assert_eq!(options.transaction_attempts, 7);
        assert!(!options.prepared_statements);
    }
}
