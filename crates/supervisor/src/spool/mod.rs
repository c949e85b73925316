//! Ends of tries that the database could not take at once, on disk until it has. A supervisor that
//! dies in an outage leaves them there for whoever comes next.

mod folder;
mod format;
mod record;
mod replay;

pub(crate) use folder::{Abandoned, Spool};
pub(crate) use record::{Callback as SpooledCallback, Instead, SpooledEnd};
pub(crate) use replay::{Replayed, replay};
