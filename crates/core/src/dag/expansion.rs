//! What mapped tasks and mapped task groups are expanded over.
//!
//! The planner needs lengths only: how many instances there are, and which tasks must have
//! finished before that number is known. The values stay in the DAG file and in `XCom`s, where the
//! Python process that runs an instance picks its own.

use crate::TaskId;

/// The argument of `.expand()` or `.expand_kwargs()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpandInput {
    /// `.expand(a=…, b=…)`: one instance for each combination; the last argument varies fastest.
    DictOfLists(Vec<(String, MappedLength)>),
    /// `.expand_kwargs(…)`: one instance for each element.
    ListOfDicts(MappedLength),
}

impl ExpandInput {
    /// The tasks whose return values decide about the number of instances, each once.
    pub fn upstream_task_ids(&self) -> Vec<TaskId> {
        let mut found = Vec::new();
        match self {
            Self::DictOfLists(arguments) => {
                for (_, length) in arguments {
                    length.collect_task_ids(&mut found);
                }
            }
            Self::ListOfDicts(length) => length.collect_task_ids(&mut found),
        }
        found
    }

    /// The number of instances where the definition alone decides it.
    pub fn literal_length(&self) -> Option<usize> {
        match self {
            Self::DictOfLists(arguments) => arguments
                .iter()
                .map(|(_, length)| length.literal())
                .product(),
            Self::ListOfDicts(length) => length.literal(),
        }
    }
}

/// How long one mapped argument is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappedLength {
    Literal(usize),
    /// A task's return value; also through `.map()`, which keeps the length.
    XCom(TaskId),
    /// The shortest part, or the longest where a fill value was given.
    Zip {
        parts: Vec<MappedLength>,
        filled: bool,
    },
    /// The sum of the parts.
    Concat(Vec<MappedLength>),
}

impl MappedLength {
    fn collect_task_ids(&self, found: &mut Vec<TaskId>) {
        match self {
            Self::Literal(_) => {}
            Self::XCom(task_id) => {
                if !found.contains(task_id) {
                    found.push(task_id.clone());
                }
            }
            Self::Zip { parts, .. } | Self::Concat(parts) => {
                for part in parts {
                    part.collect_task_ids(found);
                }
            }
        }
    }

    /// The length where no `XCom` takes part in it.
    pub fn literal(&self) -> Option<usize> {
        match self {
            Self::Literal(length) => Some(*length),
            Self::XCom(_) => None,
            Self::Zip { parts, filled } => {
                let lengths: Vec<usize> = parts.iter().map(Self::literal).collect::<Option<_>>()?;
                let bound = if *filled {
                    lengths.into_iter().max()
                } else {
                    lengths.into_iter().min()
                };
                Some(bound.unwrap_or(0))
            }
            Self::Concat(parts) => parts.iter().map(Self::literal).sum(),
        }
    }
}

/// A task group made by `.expand()`: every task in it has an instance for each of its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedTaskGroup {
    /// With the prefixes of the enclosing groups.
    pub group_id: String,
    /// The next mapped group around it, an index into `Dag::mapped_groups`.
    pub parent: Option<usize>,
    pub expand_input: ExpandInput,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_lengths_multiply_and_name_no_task() {
        let input = ExpandInput::DictOfLists(vec![
            ("a".to_owned(), MappedLength::Literal(2)),
            (
                "b".to_owned(),
                MappedLength::Concat(vec![MappedLength::Literal(1), MappedLength::Literal(2)]),
            ),
        ]);
        assert_eq!(input.literal_length(), Some(6));
        assert_eq!(input.upstream_task_ids(), Vec::<TaskId>::new());
    }

    #[test]
    fn a_reference_leaves_the_length_open() {
        let input = ExpandInput::ListOfDicts(MappedLength::Zip {
            parts: vec![
                MappedLength::Literal(2),
                MappedLength::XCom("make".into()),
                MappedLength::XCom("make".into()),
            ],
            filled: false,
        });
        assert_eq!(input.literal_length(), None);
        assert_eq!(input.upstream_task_ids(), vec![TaskId::from("make")]);
    }
}
