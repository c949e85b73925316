//! What is wrong, as the parse child says it or as it shows when all files are known.

use std::{cmp::Ordering, collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use updraft_serialized_dag::Defaults;
use updraft_supervisor::ParseMessage;

use super::parse::Checked;

/// One thing that is wrong with a DAG file (docs/child-protocol.md, role parse).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Problem {
    pub severity: Severity,
    /// A stable name of what kind of problem it is.
    pub kind: String,
    pub path: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub dag_id: Option<String>,
    pub task_id: Option<String>,
    pub message: String,
    /// What to do.
    pub hint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Keeps a file, a DAG or a task from running.
    Error,
    /// Works, and will surprise.
    Warning,
}

impl Problem {
    pub(super) fn of_file(kind: &str, path: &Path, message: String, hint: &str) -> Self {
        Self {
            severity: Severity::Error,
            kind: kind.to_owned(),
            path: path.display().to_string(),
            line: None,
            column: None,
            dag_id: None,
            task_id: None,
            message,
            hint: hint.to_owned(),
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// By place, as one reads.
    pub(super) fn in_order(&self, other: &Self) -> Ordering {
        let place = |problem: &Self| (problem.line, problem.column, problem.severity);
        self.path
            .cmp(&other.path)
            .then_with(|| place(self).cmp(&place(other)))
    }
}

/// A DAG, and the file that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct FoundDag {
    pub dag_id: String,
    pub fileloc: String,
    dag_hash: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    Dag(FoundDag),
    Problem(Problem),
    #[serde(other)]
    Other,
}

/// Takes in one message of a parse child.
pub(super) fn read(
    path: &Path,
    message: &ParseMessage,
    defaults: &Defaults,
    checked: &mut Checked,
) -> anyhow::Result<()> {
    let read = serde_json::from_str(&message.envelope)
        .with_context(|| format!("cannot understand what was said of {}", path.display()))?;
    match read {
        Message::Dag(dag) => {
            checked
                .problems
                .extend(unreadable(path, &dag, &message.blob, defaults));
            checked.dags.push(dag);
        }
        Message::Problem(problem) => checked.problems.push(problem),
        Message::Other => {}
    }
    Ok(())
}

/// What the scheduler would have to say of a serialized DAG.
fn unreadable(path: &Path, dag: &FoundDag, text: &[u8], defaults: &Defaults) -> Option<Problem> {
    let hash = dag.dag_hash.as_ref()?;
    let text = String::from_utf8_lossy(text);
    let error = updraft_serialized_dag::read(&text, hash, defaults).err()?;
    let mut problem = Problem::of_file(
        "unreadable",
        path,
        format!(
            "the scheduler cannot read DAG {}: {:#}",
            dag.dag_id,
            anyhow::Error::from(error)
        ),
        "use plain values in the arguments that the message names",
    );
    problem.dag_id = Some(dag.dag_id.clone());
    Some(problem)
}

/// DAGs of several files that share an id.
pub(super) fn same_ids(dags: &[FoundDag]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for dag in dags {
        let other = *first.entry(&dag.dag_id).or_insert(&dag.fileloc);
        if other == dag.fileloc {
            continue;
        }
        // Files come in the order in which they were parsed.
        let (path, other) = if dag.fileloc.as_str() < other {
            (other, dag.fileloc.as_str())
        } else {
            (dag.fileloc.as_str(), other)
        };
        let mut problem = Problem::of_file(
            "duplicate_dag_id",
            Path::new(path),
            format!("the DAG id {} is also used in {other}", dag.dag_id),
            "give each DAG an id of its own: of two files, the one that was stored first keeps it, and the other gets an import error",
        );
        problem.dag_id = Some(dag.dag_id.clone());
        found.push(problem);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dag(dag_id: &str, fileloc: &str) -> FoundDag {
        FoundDag {
            dag_id: dag_id.to_owned(),
            fileloc: fileloc.to_owned(),
            dag_hash: None,
        }
    }

    #[test]
    fn an_id_belongs_to_one_file() {
        let dags = [
            dag("a", "/d/two.py"),
            dag("b", "/d/two.py"),
            dag("a", "/d/one.py"),
            dag("b", "/d/two.py"),
        ];
        let found = same_ids(&dags);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "/d/two.py");
        assert_eq!(found[0].message, "the DAG id a is also used in /d/one.py");
    }

    #[test]
    fn what_the_child_says() {
        let mut checked = Checked::default();
        for envelope in [
            r#"{"type":"import_error","path":"/d/a.py","stacktrace":"…"}"#,
            r#"{"type":"problem","kind":"cycle","path":"/d/a.py","message":"m","hint":"h","line":3,
                "column":null,"dag_id":"a","task_id":null,"severity":"warning"}"#,
        ] {
            let message = ParseMessage {
                envelope: envelope.to_owned(),
                blob: Vec::new(),
            };
            read(
                Path::new("/d/a.py"),
                &message,
                &Defaults::default(),
                &mut checked,
            )
            .unwrap();
        }
        let [problem] = checked.problems.as_slice() else {
            panic!("{:?}", checked.problems);
        };
        assert_eq!((problem.line, problem.is_error()), (Some(3), false));
    }
}
