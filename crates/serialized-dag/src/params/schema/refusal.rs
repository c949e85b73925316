//! What is wrong with a value, and which of several things to tell.

use std::{cmp::Reverse, collections::VecDeque, fmt};

use serde_json::Value;
use updraft_core::python::repr;

use super::{Rule, kinds};

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Index(usize),
    Name(String),
}

/// A value, or a part of it, that a keyword of its schema refuses.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(super) keyword: String,
    reason: String,
    /// From the value to what is refused.
    pub(super) path: VecDeque<Step>,
    /// What is refused is of the type that its schema asks for.
    fits_type: bool,
    /// The schema is one of dates.
    pub(super) is_of_date_time: bool,
    /// Why none of several schemas fits.
    context: Vec<Refusal>,
}

impl Refusal {
    pub(super) fn new(rule: Rule<'_>, reason: String) -> Self {
        Self {
            keyword: rule.keyword.to_owned(),
            reason,
            path: VecDeque::new(),
            fits_type: rule
                .schema
                .get("type")
                .is_some_and(|names| kinds::fits(rule.value, names)),
            is_of_date_time: rule.schema.get("format").and_then(Value::as_str) == Some("date-time"),
            context: Vec::new(),
        }
    }

    /// By the schema `false`.
    pub(super) fn of_false(value: &Value) -> Self {
        Self {
            keyword: "false".to_owned(),
            reason: format!("False schema does not allow {}", repr(value)),
            path: VecDeque::new(),
            fits_type: false,
            is_of_date_time: false,
            context: Vec::new(),
        }
    }

    /// By a keyword that counts for another one.
    pub(super) fn named(self, keyword: &str) -> Self {
        Self {
            keyword: keyword.to_owned(),
            ..self
        }
    }

    pub(super) fn because_of(self, context: Vec<Self>) -> Self {
        Self { context, ..self }
    }

    /// The same, told of the value that what is refused is a part of.
    pub(super) fn below(mut self, step: Step) -> Self {
        self.path.push_front(step);
        self
    }

    fn relevance(&self) -> impl Ord + '_ {
        let is_weak = matches!(self.keyword.as_str(), "anyOf" | "oneOf");
        let depth = Reverse(self.path.len());
        (depth, &self.path, !is_weak, !self.fits_type)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        if self.path.is_empty() {
            return Ok(());
        }
        f.write_str(" (at ")?;
        for step in &self.path {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Name(name) => write!(f, "[{}]", repr(&Value::from(name.as_str())))?,
            }
        }
        f.write_str(")")
    }
}

/// The one that jsonschema names: the most general one, and where that is a choice between schemas, what
/// is wrong in the schema that comes nearest.
pub(super) fn best(refusals: Vec<Refusal>) -> Option<Refusal> {
    let mut best = refusals.into_iter().reduce(|best, other| {
        if other.relevance() > best.relevance() {
            other
        } else {
            best
        }
    })?;
    loop {
        best.context
            .sort_by(|one, other| one.relevance().cmp(&other.relevance()));
        if let [first, second, ..] = best.context.as_slice()
            && first.relevance() == second.relevance()
        {
            return Some(best);
        }
        let Some(nearest) = best.context.drain(..).next() else {
            return Some(best);
        };
        let path = std::mem::take(&mut best.path);
        best = path.into_iter().rev().fold(nearest, Refusal::below);
    }
}
