//! Values without what tells who somebody is.

use crate::context::Context;

pub(super) struct Anonymize {
    home: Option<String>,
    user: Option<String>,
}

impl Anonymize {
    pub(super) fn of_user(context: &Context) -> Self {
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid());
        let user = user.ok().flatten();
        let home = context.environment.get("HOME").cloned();
        let home = home.or_else(|| Some(user.as_ref()?.dir.to_str()?.to_owned()));
        Self {
            home: home.filter(|home| home.len() > 1),
            user: user.map(|user| user.name),
        }
    }

    pub(super) fn path(&self, path: &str) -> String {
        let replaced = match &self.home {
            Some(home) => path.replace(home, "${HOME}"),
            None => path.to_owned(),
        };
        match &self.user {
            Some(user) => replaced.replace(user, "${USER}"),
            None => replaced,
        }
    }

    /// The address with the first and the last letter of the user's name alone.
    pub(super) fn address(&self, address: &str) -> String {
        let Some((scheme, rest)) = address.split_once("://") else {
            return self.path(address);
        };
        match rest.split_once('@') {
            Some((user, host)) => {
                let (name, password) = match user.split_once(':') {
                    Some((name, _)) => (name, ":PASSWORD"),
                    None => (user, ""),
                };
                let mut letters = name.chars();
                let first = letters.next();
                let last = letters.next_back().or(first);
                let short: String = first.into_iter().chain("...".chars()).chain(last).collect();
                format!("{scheme}://{short}{password}@{host}")
            }
            None => format!("{scheme}://{}", self.path(rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn anonymize() -> Anonymize {
        Anonymize {
            home: Some("/home/ann".to_owned()),
            user: Some("ann".to_owned()),
        }
    }

    #[rstest]
    #[case("/home/ann/airflow", "${HOME}/airflow")]
    #[case("/data/ann/dags", "/data/${USER}/dags")]
    #[case("/opt/dags", "/opt/dags")]
    fn paths(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(anonymize().path(path), expected);
    }

    #[rstest]
    #[case(
        "postgresql://airflow:***@db/air",
        "postgresql://a...w:PASSWORD@db/air"
    )]
    #[case("postgresql://x@db/air", "postgresql://x...x@db/air")]
    #[case("sqlite:////home/ann/airflow.db", "sqlite:///${HOME}/airflow.db")]
    fn addresses(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(anonymize().address(address), expected);
    }
}
