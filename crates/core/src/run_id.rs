//! Names of DAG runs.

use jiff::civil::DateTime;

use crate::{RunId, UtcDateTime, state::DagRunType};

/// `[scheduler] allowed_run_id_pattern` where it is not set; see [`matches_default_pattern`].
pub const DEFAULT_ALLOWED_PATTERN: &str = "^[A-Za-z0-9_.~:+-]+$";

/// A run id that a person may not give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunIdError {
    #[error("a {run_type} run cannot use the id {run_id:?}, which is reserved for {reserved} runs")]
    Reserved {
        run_id: String,
        run_type: DagRunType,
        reserved: DagRunType,
    },
    #[error("the run id {run_id:?} matches neither the allowed pattern nor a generated id")]
    NotAllowed { run_id: String },
}

/// The id that Airflow gives a run: `scheduled__2024-01-01T00:00:00+00:00`.
pub fn generate(run_type: DagRunType, logical_date: UtcDateTime) -> RunId {
    RunId::from(format!("{run_type}__{}", logical_date.isoformat()))
}

/// Accepts a run id that a person gave. `is_allowed` is the configured pattern.
pub fn accept(
    run_id: &str,
    run_type: DagRunType,
    is_allowed: impl Fn(&str) -> bool,
) -> Result<RunId, RunIdError> {
    let reserved = DagRunType::of_run_id(run_id);
    if run_type == DagRunType::Manual && reserved != DagRunType::Manual {
        return Err(RunIdError::Reserved {
            run_id: run_id.to_owned(),
            run_type,
            reserved,
        });
    }
    if is_allowed(run_id) || looks_generated(run_id) {
        Ok(RunId::from(run_id))
    } else {
        Err(RunIdError::NotAllowed {
            run_id: run_id.to_owned(),
        })
    }
}

/// Whether the id matches [`DEFAULT_ALLOWED_PATTERN`].
pub fn matches_default_pattern(run_id: &str) -> bool {
    !run_id.is_empty()
        && run_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.~:+-".contains(&byte))
}

/// Whether the id has the form that [`generate`] gives for whole seconds. Airflow's own pattern
/// leaves backfill runs out.
fn looks_generated(run_id: &str) -> bool {
    let prefixes = [
        DagRunType::Manual,
        DagRunType::Scheduled,
        DagRunType::DatasetTriggered,
    ];
    let date = prefixes.into_iter().find_map(|run_type| {
        run_id
            .strip_prefix(run_type.as_str())
            .and_then(|rest| rest.strip_prefix("__"))
    });
    date.and_then(|date| date.strip_suffix("+00:00"))
        .is_some_and(|date| date.len() == 19 && date.parse::<DateTime>().is_ok())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn generated_ids_are_airflows() {
        let whole = "2024-01-01T00:00:00Z".parse().unwrap();
        let micros = "2024-01-01T00:00:00.000001Z".parse().unwrap();
        assert_eq!(
            generate(DagRunType::Scheduled, whole).as_str(),
            "scheduled__2024-01-01T00:00:00+00:00"
        );
        assert_eq!(
            generate(DagRunType::Manual, micros).as_str(),
            "manual__2024-01-01T00:00:00.000001+00:00"
        );
    }

    #[rstest]
    #[case("release-1.2~rc", true)]
    #[case("manual__2024-01-01T00:00:00+00:00", true)]
    #[case("", false)]
    #[case("two words", false)]
    #[case("../../etc", false)]
    fn the_default_pattern_bounds_the_characters(#[case] run_id: &str, #[case] accepted: bool) {
        let found = accept(run_id, DagRunType::Manual, matches_default_pattern);
        assert_eq!(found.is_ok(), accepted, "{found:?}");
    }

    #[test]
    fn a_manual_run_may_not_look_scheduled() {
        let run_id = "scheduled__2024-01-01T00:00:00+00:00";
        assert_eq!(
            accept(run_id, DagRunType::Manual, matches_default_pattern),
            Err(RunIdError::Reserved {
                run_id: run_id.to_owned(),
                run_type: DagRunType::Manual,
                reserved: DagRunType::Scheduled,
            })
        );
        assert!(accept(run_id, DagRunType::Scheduled, matches_default_pattern).is_ok());
    }

    #[test]
    fn generated_ids_pass_a_narrower_pattern() {
        let none = |_: &str| false;
        let accepted = |run_id: &str| accept(run_id, DagRunType::Manual, none).is_ok();
        assert!(accepted("manual__2024-01-01T00:00:00+00:00"));
        assert!(!accepted("manual__2024-13-01T00:00:00+00:00"));
        assert!(!accepted("manual__2024-01-01"));
        assert!(!accepted("mine"));
    }
}
