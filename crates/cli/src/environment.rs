//! What the process gets from outside: variables and the time.

use std::{collections::BTreeMap, sync::Arc};

use updraft_core::{UtcDateTime, time::Clock};

/// The variables whose names and values are UTF-8; no option can have any other.
pub(crate) fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The one clock that is the machine's.
pub(crate) fn system_clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others are replaced by in tests"
    )]
    Arc::new(|| UtcDateTime::from(jiff::Timestamp::now()))
}
