//! Clocks that a test turns.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// Clocks that stand still until a test moves them.
#[derive(Debug)]
pub(crate) struct Manual(Mutex<(Timestamp, Duration)>);

impl Manual {
    pub(crate) fn at(now: &str) -> Self {
        Self(Mutex::new((now.parse().unwrap(), Duration::from_secs(1000))))
    }

    /// Time passes.
    pub(crate) fn pass(&self, time: Duration) {
        let mut clocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.0 += time;
        clocks.1 += time;
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set(&self, by: SignedDuration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 += by;
    }
}

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn since_boot(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn boot(&self) -> &str {
        "the one start of a test"
    }
}
