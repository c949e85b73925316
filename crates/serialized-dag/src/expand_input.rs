//! What a mapped task or task group is expanded over.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use updraft_core::{
    TaskId,
    dag::{ExpandInput, MappedLength},
};

use super::typed::{Argument, Entries, Typed, element_count};

/// A stored expansion input.
#[derive(Deserialize)]
pub(super) struct ExpandInputJson<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// The content of an `xcomref`.
#[derive(Deserialize)]
#[serde(untagged)]
enum ReferenceJson {
    Derived {
        #[serde(rename = "type")]
        kind: String,
        arg: Option<Box<ReferenceJson>>,
        #[serde(default)]
        args: Vec<ReferenceJson>,
        /// Absent where no fill value was given; null is one.
        #[serde(default)]
        fillvalue: Argument<IgnoredAny>,
    },
    Plain {
        task_id: String,
    },
}

impl ExpandInputJson<'_> {
    pub(super) fn into_expand_input(self) -> Result<ExpandInput, serde_json::Error> {
        if self.kind == "list-of-dicts" {
            return length(self.value).map(ExpandInput::ListOfDicts);
        }
        let typed: Typed<'_> = serde_json::from_str(self.value.get())?;
        let entries: Entries<'_> = serde_json::from_str(typed.var.get())?;
        entries
            .0
            .into_iter()
            .map(|(name, value)| Ok((name, length(value)?)))
            .collect::<Result<_, _>>()
            .map(ExpandInput::DictOfLists)
    }
}

fn length(value: &RawValue) -> Result<MappedLength, serde_json::Error> {
    if !value.get().starts_with('{') {
        return element_count(value).map(MappedLength::Literal);
    }
    let typed: Typed<'_> = serde_json::from_str(value.get())?;
    if typed.kind == "xcomref" {
        let reference: ReferenceJson = serde_json::from_str(typed.var.get())?;
        return Ok(reference.into_length());
    }
    element_count(typed.var).map(MappedLength::Literal)
}

impl ReferenceJson {
    fn into_length(self) -> MappedLength {
        let parts = |args: Vec<Self>| args.into_iter().map(Self::into_length).collect();
        match self {
            Self::Plain { task_id } => MappedLength::XCom(TaskId::from(task_id)),
            // `map()` keeps the length of what it is applied to.
            Self::Derived { arg: Some(arg), .. } => arg.into_length(),
            Self::Derived {
                kind,
                args,
                fillvalue,
                ..
            } if kind == "zip" => MappedLength::Zip {
                parts: parts(args),
                filled: !matches!(fillvalue, Argument::Absent),
            },
            Self::Derived { args, .. } => MappedLength::Concat(parts(args)),
        }
    }
}
