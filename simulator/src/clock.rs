//! What time a device believes it is.

use jiff::{SignedDuration, Timestamp};

/// A device's clock.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// Says what its captures say.
    #[default]
    Captured,
    /// Runs: this far ahead of the host's clock, or behind it where negative. It replaces what captures say.
    Running(SignedDuration),
}

impl Clock {
    /// As `show clock` prints it: `11:43:15.743 UTC Wed Nov 17 2021`. None if only captures know.
    pub(crate) fn show_clock(self) -> Option<String> {
        self.now().map(|now| now.strftime("%H:%M:%S.%3f UTC %a %b %-d %Y").to_string())
    }

    /// As NETCONF prints it: `2021-11-17T11:43:15+00:00`. None if only captures know.
    pub(crate) fn date_and_time(self) -> Option<String> {
        self.now().map(|now| now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
    }

    fn now(self) -> Option<Timestamp> {
        match self {
            Self::Captured => None,
            Self::Running(ahead) => Timestamp::now().checked_add(ahead).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_clock_is_ahead_by_its_offset() {
        let hour = SignedDuration::from_hours(1);
        let shown: Timestamp = Clock::Running(hour).date_and_time().unwrap().parse().unwrap();
        let ahead = shown.duration_since(Timestamp::now());
        assert!(ahead > SignedDuration::from_mins(59) && ahead <= hour, "{ahead}");
        assert_eq!(Clock::Captured.show_clock(), None);
    }

    #[test]
    fn show_clock_reads_as_a_clock() {
        let shown = Clock::Running(SignedDuration::ZERO).show_clock().unwrap();
        assert!(licwatch_parsers::text::clock_reading(&shown).is_some(), "{shown}");
    }
}
