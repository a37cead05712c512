//! The rules that an operator sets.

use std::time::Duration;

use crate::config::Config;
use crate::store::guard::Terms;

/// A login may begin so long after its turn; turns are as much wider, over a second.
pub(super) const LATE: Duration = Duration::from_millis(100);

/// How many refusals, and how many logins in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// So many devices may refuse a credential before it is stopped.
    pub refusals: u32,
    /// Logins in a second over all devices; what is no positive number sets no limit.
    pub logins_per_second: f64,
    /// Logins in a second with one credential; what is no positive number sets no limit.
    pub logins_per_second_of_credential: f64,
}

impl Rules {
    /// For devices whose login server nobody has to spare: simulated ones.
    pub const NO_LIMITS: Self =
        Self { refusals: u32::MAX, logins_per_second: 0.0, logins_per_second_of_credential: 0.0 };

    /// Whether logins wait for turns at all.
    pub(super) fn are_turns_kept(&self) -> bool {
        self.logins_per_second > 0.0 || self.logins_per_second_of_credential > 0.0
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            refusals: self.refusals,
            gap: gap(self.logins_per_second),
            gap_of_credential: gap(self.logins_per_second_of_credential),
        }
    }
}

impl From<&Config> for Rules {
    fn from(config: &Config) -> Self {
        Self {
            refusals: config.guard().refusals,
            logins_per_second: config.poll().logins_per_second,
            logins_per_second_of_credential: config.guard().logins_per_second,
        }
    }
}

/// The time between two turns. `cap` logins that are each up to [`LATE`] late never share a second with the next one.
fn gap(cap: f64) -> Duration {
    if !(cap > 0.0 && cap.is_finite()) {
        return Duration::ZERO;
    }
    let whole = if cap >= 1.0 { cap.floor() } else { cap };
    Duration::try_from_secs_f64((Duration::from_secs(1) + LATE).as_secs_f64() / whole)
        .unwrap_or(Duration::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_wide_enough_for_late_ones() {
        for (cap, whole) in [(10.0, 10), (2.5, 2), (1.0, 1)] {
            assert!(gap(cap) * whole - LATE >= Duration::from_millis(999), "{cap}");
        }
        assert!(gap(0.01) >= Duration::from_secs(100));
        assert_eq!([gap(0.0), gap(f64::NAN), gap(-1.0)], [Duration::ZERO; 3]);
        assert!(!Rules::NO_LIMITS.are_turns_kept());
    }
}
