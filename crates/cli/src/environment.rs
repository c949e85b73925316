//! What the process gets from outside: variables and the time.

use std::{collections::BTreeMap, sync::Arc};

use updraft_core::{UtcDateTime, time::Clock};

/// Where Airflow's files are.
pub(crate) const HOME: &str = "AIRFLOW_HOME";

/// The variables whose names and values are UTF-8; no option can have any other.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Some(home) = variables.get_mut(HOME)
        && let Some(path) = absolute(home)
    {
        *home = path;
    }
    variables
}

/// A home that is written in relation to the current folder, in full: the paths that are made of it are
/// stored, and read by processes that are elsewhere.
fn absolute(home: &str) -> Option<String> {
    if home.is_empty() || home.starts_with(['/', '~', '$']) {
        return None;
    }
    let path = std::path::absolute(home).ok()?;
    let path: std::path::PathBuf = path.components().collect();
    path.into_os_string().into_string().ok()
}

/// The one clock that is the machine's.
pub(crate) fn system_clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others are replaced by in tests"
    )]
    Arc::new(|| UtcDateTime::from(jiff::Timestamp::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_home_is_completed() {
        let here = std::env::current_dir().unwrap();
        let here = here.to_str().unwrap();
        assert_eq!(absolute("./here/"), Some(format!("{here}/here")));
        for home in ["/opt/airflow", "~/airflow", "$HOME/airflow", ""] {
            assert_eq!(absolute(home), None);
        }
    }
}
