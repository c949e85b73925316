//! `[secrets]`.

use std::time::Duration;

use super::{
    Secret,
    parse::{boolean, seconds, secret, text},
    section,
};

section! {
    /// `[secrets]`
    Secrets, "secrets" {
        /// Class of the backend that is asked before the environment; empty for none.
        backend: String = text,
        /// Arguments of the backend, a JSON object.
        backend_kwargs: Secret = secret,
        /// The DAG processor keeps what it has read.
        use_cache: bool = boolean,
        cache_ttl_seconds: Duration = seconds,
    }
}
