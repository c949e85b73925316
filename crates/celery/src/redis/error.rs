/// What can go wrong with Redis. An address in a message has no password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{address} is no address of Redis; it has the form redis://:password@host:6379/0")]
    Address {
        address: String,
        #[source]
        source: redis::RedisError,
    },
    #[error("{0} is no address of Redis; only redis:// and rediss:// are supported")]
    Scheme(String),
    #[error("cannot connect to Redis at {address}")]
    Connect {
        address: String,
        #[source]
        source: redis::RedisError,
    },
    #[error("Redis did not {action}")]
    Command {
        action: &'static str,
        #[source]
        source: redis::RedisError,
    },
    #[error("a message cannot be written")]
    Message(#[from] crate::protocol::Malformed),
    #[error("a result cannot be written as JSON")]
    Result(#[source] serde_json::Error),
}

impl Error {
    pub(super) fn command(action: &'static str) -> impl FnOnce(redis::RedisError) -> Self {
        move |source| Self::Command { action, source }
    }

    /// Whether another attempt may succeed without a change of anything but time.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Connect { source, .. } | Self::Command { source, .. } => {
                source.is_io_error()
                    || source.is_connection_dropped()
                    || source.is_timeout()
                    || matches!(
                        source.kind(),
                        redis::ErrorKind::Server(redis::ServerErrorKind::BusyLoading)
                    )
            }
            Self::Address { .. } | Self::Scheme(_) | Self::Message(_) | Self::Result(_) => false,
        }
    }
}
