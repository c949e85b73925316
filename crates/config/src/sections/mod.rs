//! One typed struct a section.

pub(crate) mod core;
pub(crate) mod database;
pub(crate) mod email;
pub(crate) mod logging;
pub(crate) mod operators;
pub(crate) mod parse;
pub(crate) mod reader;
pub(crate) mod scheduler;
pub(crate) mod secrets;
pub(crate) mod sensors;
pub(crate) mod updraft;
pub(crate) mod webserver;

use std::fmt;

/// Text that `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Declares the struct of a section: each field is an option of the same name, with its parser.
macro_rules! section {
    (
        $(#[$struct_meta:meta])*
        $name:ident, $section:literal {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty = $parser:expr, )*
        }
    ) => {
        $(#[$struct_meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $name {
            pub(crate) fn read(
                reader: &mut $crate::sections::reader::Reader<'_>,
            ) -> Result<Self, $crate::error::ConfigError> {
                Ok(Self {
                    $( $field: reader.read($section, stringify!($field), $parser)?, )*
                })
            }
        }
    };
}

pub(crate) use section;
