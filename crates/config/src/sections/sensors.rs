//! `[sensors]`.

use std::time::Duration;

use super::{parse::fractional_seconds, section};

section! {
    /// `[sensors]`
    Sensors, "sensors" {
        /// `timeout` of sensors that set none.
        default_timeout: Duration = fractional_seconds,
    }
}
