//! Distances between instants.

use jiff::SignedDuration;

use super::RelativeDelta;
use crate::UtcDateTime;

/// Python's `timedelta`, or dateutil's `relativedelta`.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    Absolute(SignedDuration),
    Relative(RelativeDelta),
}

impl Delta {
    /// `None` where the result has no representable date.
    pub fn add_to(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        match self {
            Self::Absolute(duration) => Some(instant.saturating_add(*duration)),
            Self::Relative(delta) => delta.add_to(instant),
        }
    }

    /// `None` where the result has no representable date.
    pub fn subtract_from(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        match self {
            Self::Absolute(duration) => Some(instant.saturating_sub(*duration)),
            Self::Relative(delta) => delta.negated().add_to(instant),
        }
    }

    /// The last multiple of the delta since the epoch, at or before `instant`. Years count 365
    /// days and months 30, as in Airflow, which finds the newest run without catch-up that way.
    pub(super) fn floor(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        let step = match self {
            Self::Absolute(duration) => i64::try_from(duration.as_micros()).ok()?,
            Self::Relative(delta) => delta.approximate_seconds().checked_mul(1_000_000)?,
        };
        let micros = instant.as_micros();
        let above = match step {
            0 => return None,
            1.. => micros.rem_euclid(step),
            // Python's remainder takes the sign of the divisor.
            _ => -(-micros).rem_euclid(step),
        };
        UtcDateTime::from_micros(micros.checked_sub(above)?)
    }
}
