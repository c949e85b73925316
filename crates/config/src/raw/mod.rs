//! Options as text: the file, the environment, commands and defaults, before any type is given.

pub(crate) mod command;
pub(crate) mod deprecated;
pub(crate) mod expand;
pub(crate) mod home;
pub(crate) mod ini;
pub(crate) mod interpolation;
pub(crate) mod lookup;
pub mod options;
pub(crate) mod shell_words;

pub use lookup::RawConfig;
