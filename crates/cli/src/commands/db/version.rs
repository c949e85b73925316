//! Which tables a version or a revision stands for.

use updraft_metadata_db::migrate::AIRFLOW_2_10_5;

use crate::failure::Failure;

/// Refuses any version of Airflow whose tables are not those of 2.10.5. `option` is where it was
/// given.
pub(super) fn require_version(version: &str, option: &str) -> Result<(), Failure> {
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    let Some(numbers) = numbers else {
        let message = format!("Invalid version '{version}' supplied as `{option}`.");
        return Err(Failure::new(message));
    };
    match numbers.as_slice() {
        // The tables of 2.10.3 did not change any more.
        [2, 10, patch] if *patch >= 3 => Ok(()),
        [2, 0..=10, _] => Err(other(&format!("Airflow {version}"))),
        [0 | 1, ..] if option == "--from-version" => Err(Failure::new(
            "--from-version must be greater or equal to than 2.0.0",
        )),
        _ => Err(Failure::new(format!(
            "Unknown version '{version}' supplied as `{option}`."
        ))),
    }
}

/// As [`require_version`], for a revision of Alembic.
pub(super) fn require_revision(revision: &str) -> Result<(), Failure> {
    let is_head = matches!(revision, AIRFLOW_2_10_5 | "head" | "heads");
    if is_head {
        Ok(())
    } else {
        Err(other(&format!("revision {revision}")))
    }
}

fn other(tables: &str) -> Failure {
    Failure::new(format!("Updraft has no tables of {tables}")).with_hint(
        "`airflow db migrate` of Airflow 2.10.5 goes from one version to another; Updraft adds its own \
         tables to those of 2.10.3 to 2.10.5",
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2.10.5", None)]
    #[case("2.10.3", None)]
    #[case("2.10.2", Some("Updraft has no tables of Airflow 2.10.2"))]
    #[case("2.9.0", Some("Updraft has no tables of Airflow 2.9.0"))]
    #[case("3.0.0", Some("Unknown version '3.0.0' supplied as `--from-version`."))]
    #[case("new", Some("Invalid version 'new' supplied as `--from-version`."))]
    #[case(
        "1.10.15",
        Some("--from-version must be greater or equal to than 2.0.0")
    )]
    fn versions(#[case] version: &str, #[case] expected: Option<&str>) {
        let refusal = require_version(version, "--from-version").err();
        assert_eq!(refusal.map(|error| error.to_string()).as_deref(), expected);
    }
}
