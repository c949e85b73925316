use std::time::Duration;

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::Error;

/// Long enough for a Redis that is busy, short enough to notice one that is gone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// Where Redis is: `[celery] broker_url` or `result_backend`.
#[derive(Clone, Debug)]
pub struct Address {
    info: ConnectionInfo,
}

/// What a person should change, though it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// `redis://secret@host`: what stands where a user would is taken for the password, as people mean it.
    PasswordInTheUsersPlace { form: String },
}

impl std::fmt::Display for Hint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::PasswordInTheUsersPlace { form } = self;
        write!(
            formatter,
            "the address has a user and no password; its user is taken for the password. Write it as {form}"
        )
    }
}

impl Address {
    pub fn parse(text: &str) -> Result<(Self, Option<Hint>), Error> {
        let shown = without_secrets(text);
        let scheme = text.split("://").next().unwrap_or_default();
        if !matches!(scheme, "redis" | "rediss") {
            return Err(Error::Scheme(shown));
        }
        let mut info = text
            .into_connection_info()
            .map_err(|source| Error::Address {
                address: shown,
                source,
            })?;
        let settings = info.redis_settings().clone();
        let alone = settings
            .username()
            .filter(|_| settings.password().is_none())
            .map(ToOwned::to_owned);
        let hint = alone.map(|secret| {
            let database = settings.db();
            let host = info.addr().to_string();
            let settings = redis::RedisConnectionInfo::default()
                .set_db(database)
                .set_password(secret);
            info = info.clone().set_redis_settings(settings);
            Hint::PasswordInTheUsersPlace {
                form: format!("{scheme}://:<password>@{host}/{database}"),
            }
        });
        // What CLIENT LIST shows; servers before 7.2 refuse it, which is ignored.
        let settings = info
            .redis_settings()
            .clone()
            .set_lib_name("updraft", env!("CARGO_PKG_VERSION"));
        info = info.set_redis_settings(settings);
        Ok((Self { info }, hint))
    }

    /// The number of the database.
    pub fn database(&self) -> i64 {
        self.info.redis_settings().db()
    }

    /// A connection that comes back by itself, shared by its clones. Commands on it never block.
    pub(super) async fn connect(&self) -> Result<ConnectionManager, Error> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_max_delay(LONGEST_DELAY)
            // Whoever waits tries again, and can be told to stop.
            .set_number_of_retries(1);
        let failed = |source| Error::Connect {
            address: self.to_string(),
            source,
        };
        let client = Client::open(self.info.clone()).map_err(failed)?;
        client
            .get_connection_manager_with_config(config)
            .await
            .map_err(failed)
    }
}

/// Host, port and database.
impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.info.addr(), self.database())
    }
}

/// The address without what stands before its host.
fn without_secrets(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("redis://localhost", None, "localhost:6379/0")]
    #[case("redis://:pw@host:1234/2", Some("pw"), "host:1234/2")]
    #[case("redis://user:p%40w@host/1", Some("p@w"), "host:6379/1")]
    #[case("rediss://:pw@host", Some("pw"), "host:6379/0")]
    fn addresses_are_read(#[case] text: &str, #[case] password: Option<&str>, #[case] shown: &str) {
        let (address, hint) = Address::parse(text).unwrap();
        assert_eq!(address.info.redis_settings().password(), password);
        assert_eq!((address.to_string().as_str(), hint), (shown, None));
    }

    #[test]
    fn a_password_in_the_users_place_is_taken_with_a_hint() {
        let (address, hint) = Address::parse("redis://secret@host:6379/3").unwrap();
        let settings = address.info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (None, Some("secret"), 3)
        );
        let hint = hint.unwrap().to_string();
        assert!(
            hint.contains("redis://:<password>@host:6379/3") && !hint.contains("secret"),
            "{hint}"
        );
    }

    #[rstest]
    #[case("amqp://guest:secret@host//", "amqp://…@host//")]
    #[case("sentinel://host:26379", "sentinel://host:26379")]
    #[case("host:6379", "host:6379")]
    fn another_broker_is_refused_without_its_secrets(#[case] text: &str, #[case] shown: &str) {
        let error = Address::parse(text).unwrap_err().to_string();
        assert!(
            error.starts_with(shown) && error.contains("only redis://"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_address_is_said() {
        let error = Address::parse("redis://:pw@host:port/0")
            .unwrap_err()
            .to_string();
        assert!(error.contains("redis://…@host:port/0"), "{error}");
    }
}
