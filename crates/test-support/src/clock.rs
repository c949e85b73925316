//! A clock that only moves when told.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use updraft_core::{UtcDateTime, time::Clock};

/// Starts at 2024-01-01T00:00:00Z.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

const START: i64 = 1_704_067_200_000_000;

impl Default for ManualClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl ManualClock {
    pub fn now(&self) -> UtcDateTime {
        let micros = self.0.load(Ordering::SeqCst);
        UtcDateTime::from_micros(micros).unwrap_or(UtcDateTime::UNIX_EPOCH)
    }

    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// The form that loops take.
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told() {
        let clock = ManualClock::default();
        let read = clock.clock();
        assert_eq!(read().isoformat(), "2024-01-01T00:00:00+00:00");
        clock.advance(std::time::Duration::from_millis(1500));
        assert_eq!(read().isoformat(), "2024-01-01T00:00:01.500000+00:00");
    }
}
