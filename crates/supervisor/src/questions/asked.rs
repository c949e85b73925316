//! Questions as they are on the wire (docs/child-protocol.md).

use serde::Deserialize;
use updraft_core::UtcDateTime;

use super::Answer;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// The reply carries it too.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(super) question: Question,
}

impl Asked {
    /// `None` for a message that waits for no answer, a refusal for one that is no question we know.
    pub(crate) fn read(envelope: &[u8]) -> Option<Result<Self, Answer>> {
        match serde_json::from_slice(envelope) {
            Ok(asked) => Some(Ok(asked)),
            Err(error) => Answer::to_unreadable(envelope, &error).map(Err),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Question {
    GetVariable {
        key: String,
    },
    SetVariable {
        key: String,
        #[serde(default)]
        description: Option<String>,
    },
    DeleteVariable {
        key: String,
    },
    GetConnection {
        conn_id: String,
    },
    GetXcoms(GetXcoms),
    CountTaskInstances(CountTaskInstances),
    CountDagRuns(CountDagRuns),
    GetTaskInstances {
        dag_id: String,
        run_id: String,
        #[serde(default)]
        task_ids: Option<Vec<String>>,
    },
    GetTaskInstanceState,
    GetFirstReschedule {
        try_number: i32,
    },
    GetDagRunState {
        dag_id: String,
        run_id: String,
    },
    GetPreviousDagRun {
        dag_id: String,
        run_id: String,
        #[serde(default)]
        state: Option<String>,
    },
    GetDag {
        dag_id: String,
    },
    /// Of one or the other.
    GetDatasetEvents {
        #[serde(default)]
        uri: Option<String>,
        #[serde(default)]
        alias: Option<String>,
    },
    TriggerDagRun(TriggerDagRun),
}

#[derive(Debug, Deserialize)]
pub(super) struct GetXcoms {
    pub(super) dag_id: String,
    pub(super) run_id: String,
    #[serde(default)]
    pub(super) task_ids: Option<Vec<String>>,
    #[serde(default)]
    pub(super) map_indexes: Option<Vec<i32>>,
    #[serde(default)]
    pub(super) key: Option<String>,
    #[serde(default)]
    pub(super) include_prior_dates: bool,
    #[serde(default)]
    pub(super) limit: Option<i64>,
}

/// The runs are named by their dates or by their ids.
#[derive(Debug, Deserialize)]
pub(super) struct CountTaskInstances {
    pub(super) dag_id: String,
    #[serde(default)]
    pub(super) logical_dates: Option<Vec<UtcDateTime>>,
    #[serde(default)]
    pub(super) run_ids: Option<Vec<String>>,
    #[serde(default)]
    pub(super) task_ids: Option<Vec<String>>,
    pub(super) states: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CountDagRuns {
    pub(super) dag_id: String,
    pub(super) logical_dates: Vec<UtcDateTime>,
    pub(super) states: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TriggerDagRun {
    pub(super) dag_id: String,
    pub(super) run_id: String,
    pub(super) logical_date: UtcDateTime,
    #[serde(default)]
    pub(super) reset_dag_run: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_a_number() {
        let asked = Asked::read(br#"{"type":"get_variable","id":7,"key":"k","new_field":1}"#);
        let Some(Ok(asked)) = asked else {
            panic!("a question");
        };
        assert_eq!(asked.id, 7);
        assert!(matches!(asked.question, Question::GetVariable { key } if key == "k"));
    }

    /// Whoever sent it would wait for ever.
    #[test]
    fn what_cannot_be_read_is_refused_by_its_number() {
        for (envelope, id, reason) in [
            (
                &br#"{"type":"get_weather","id":1}"#[..],
                1.into(),
                "get_weather",
            ),
            (br#"{"type":"get_variable","id":2}"#, 2.into(), "key"),
            (
                br#"{"type":"get_variable","id":"three","key":"k"}"#,
                serde_json::Value::from("three"),
                "u64",
            ),
        ] {
            let Some(Err(answer)) = Asked::read(envelope) else {
                panic!("a refusal of {id}");
            };
            assert_eq!(answer.envelope["id"], id);
            let error = answer.envelope["error"].as_str().unwrap();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn anything_else_is_no_question() {
        for envelope in [
            &br#"{"type":"rendered_fields"}"#[..],
            br#"{"type":"get_variable","key":"k"}"#,
            br#"{"type":"get_weather","id":null}"#,
            b"[]",
        ] {
            assert!(Asked::read(envelope).is_none());
        }
    }
}
