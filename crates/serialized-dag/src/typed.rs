//! The wrapper `{"__type": …, "__var": …}`, and values that may come with or without it.

use std::fmt;

use jiff::SignedDuration;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use updraft_core::UtcDateTime;

/// A wrapped value that is not looked into.
#[derive(Deserialize)]
pub(super) struct Typed<'a> {
    #[serde(rename = "__type")]
    pub(super) kind: String,
    #[serde(borrow, rename = "__var")]
    pub(super) var: &'a RawValue,
}

/// A number, wrapped or not.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrappedNumber {
    Plain(f64),
    Typed {
        #[serde(rename = "__var")]
        var: f64,
    },
}

impl From<WrappedNumber> for f64 {
    fn from(number: WrappedNumber) -> Self {
        match number {
            WrappedNumber::Plain(value) | WrappedNumber::Typed { var: value } => value,
        }
    }
}

/// A `timedelta` in seconds.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) SignedDuration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::from(WrappedNumber::deserialize(deserializer)?);
        duration(seconds)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no such duration"))
    }
}

/// Whole microseconds, as Python's `timedelta` has them.
pub(super) fn duration(seconds: f64) -> Option<SignedDuration> {
    let micros = (seconds * 1e6).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked right here"
    )]
    (micros.abs() < 9e18).then_some(SignedDuration::from_micros(micros as i64))
}

/// An instant in seconds since the epoch.
#[derive(Clone, Copy)]
pub(super) struct EpochSeconds(pub(super) UtcDateTime);

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::from(WrappedNumber::deserialize(deserializer)?);
        UtcDateTime::from_epoch_seconds(seconds)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no such date"))
    }
}

/// A whole number that may be written as a float.
#[derive(Clone, Copy)]
pub(super) struct Whole(i64);

impl Whole {
    /// Held within the type; what is below zero counts as zero.
    pub(super) fn as_count(self) -> u32 {
        u32::try_from(self.0.max(0)).unwrap_or(u32::MAX)
    }

    /// Held within the type.
    pub(super) fn as_i32(self) -> i32 {
        let bounded = self.0.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        i32::try_from(bounded).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and no limit of a DAG is near the ends"
        )]
        f64::deserialize(deserializer).map(|number| Self(number.trunc() as i64))
    }
}

/// Whether Python would take the value for true.
#[derive(Clone, Copy)]
pub(super) struct Truthy(pub(super) bool);

impl<'de> Deserialize<'de> for Truthy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let false_texts = ["null", "false", "0", "0.0", "\"\"", "[]", "{}"];
        Ok(Self(!false_texts.contains(&text)))
    }
}

/// A constructor argument whose default is not None, so that None is written out.
#[derive(Clone, Copy, Default)]
pub(super) enum Argument<T> {
    #[default]
    Absent,
    Null,
    Given(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Argument<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Given))
    }
}

/// An object's entries in the order of the text.
pub(super) struct Entries<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(EntriesVisitor).map(Entries)
    }
}

/// The number of elements of an array, or of entries of an object.
pub(super) fn element_count(raw: &RawValue) -> Result<usize, serde_json::Error> {
    if raw.get().starts_with('{') {
        serde_json::from_str::<Entries<'_>>(raw.get()).map(|entries| entries.0.len())
    } else {
        serde_json::from_str::<Vec<IgnoredAny>>(raw.get()).map(|elements| elements.len())
    }
}
