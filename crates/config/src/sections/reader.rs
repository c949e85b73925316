//! Gives options their types, and collects what the user should be told.

use super::parse::Parsed;
use crate::{
    error::{ConfigError, Origin, Problem, Warning},
    raw::{RawConfig, options},
};

pub(crate) struct Reader<'a> {
    raw: &'a RawConfig,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(raw: &'a RawConfig) -> Self {
        Self {
            raw,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn raw(&self) -> &RawConfig {
        self.raw
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// The option as `parse` reads it; an option without value and default is read as empty text.
    pub(crate) fn read<T>(
        &mut self,
        section: &str,
        key: &str,
        parse: impl Fn(&str) -> Parsed<T>,
    ) -> Result<T, ConfigError> {
        let (text, origin) = match self.raw.get(section, key)? {
            Some(value) => {
                self.warnings.extend(value.warning);
                (value.text, value.origin)
            }
            None => (String::new(), Origin::Default),
        };
        parse(&text).map_err(|accepted| {
            let hidden = options::find(section, key).is_some_and(|declared| declared.sensitive);
            let value = if hidden {
                "the value (hidden)".to_owned()
            } else {
                format!("{text:?}")
            };
            ConfigError::option(origin, section, key, Problem::Value { value, accepted })
        })
    }
}
