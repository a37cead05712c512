//! The rules that an operator sets.

use std::time::Duration;

use crate::config::Config;
use crate::store::guard::{Pace, Terms};

/// How many refusals, and how many credentials shown in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// So many devices may refuse a credential before it is stopped.
    pub refusals: u32,
    /// Credentials shown in a second over all devices; what is no positive number sets no limit.
    pub logins_per_second: f64,
    /// Those of one credential; what is no positive number sets no limit.
    pub logins_per_second_of_credential: f64,
    /// So long after its turn a credential is answered, or the connection cut: the limits of whoever logs in.
    pub answered_within: Duration,
}

impl Rules {
    /// For devices whose login server nobody has to spare: simulated ones.
    pub const NO_LIMITS: Self = Self {
        refusals: u32::MAX,
        logins_per_second: 0.0,
        logins_per_second_of_credential: 0.0,
        answered_within: Duration::from_secs(30),
    };

    /// Whether logins wait for turns at all.
    pub(super) fn are_turns_kept(&self) -> bool {
        self.terms().pace.or(self.terms().pace_of_credential).is_some()
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            refusals: self.refusals,
            pace: pace(self.logins_per_second),
            pace_of_credential: pace(self.logins_per_second_of_credential),
            answered_within: self.answered_within,
        }
    }
}

impl From<&Config> for Rules {
    fn from(config: &Config) -> Self {
        Self {
            refusals: config.guard().refusals,
            logins_per_second: config.poll().logins_per_second,
            logins_per_second_of_credential: config.guard().logins_per_second,
            answered_within: config.poll().limits.login.duration(),
        }
    }
}

/// A cap as so many in a second, a fraction left out; or as one in so many seconds, where it is below one.
fn pace(cap: f64) -> Option<Pace> {
    if !(cap > 0.0 && cap.is_finite()) {
        return None;
    }
    let window = Duration::try_from_secs_f64(1.0 / cap.min(1.0)).unwrap_or(Duration::MAX / 4);
    Some(Pace { most: cap.max(1.0) as u32, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_whole_within_a_second_or_one_in_longer() {
        let paces =
            [10.0, 2.5, 1.0, 0.01].map(|cap| pace(cap).map(|pace| (pace.most, pace.window.as_secs())));
        assert_eq!(paces, [Some((10, 1)), Some((2, 1)), Some((1, 1)), Some((1, 100))]);
        assert_eq!([pace(0.0), pace(f64::NAN), pace(-1.0)], [None; 3]);
        assert!(!Rules::NO_LIMITS.are_turns_kept());
    }
}
