//! The clocks that come in from the top: the wall clock, which people and other machines may set, and the time since
//! the machine started, which nobody can.

pub mod believed;
pub mod device;
#[cfg(test)]
pub(crate) mod manual;
pub mod trust;

use std::fmt::Debug;
use std::time::Duration;

use jiff::Timestamp;

/// A host's clocks. Tests bring their own.
pub trait Clock: Debug + Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// The time since the host started, sleep included. It never jumps, and every process of the host sees the same.
    fn since_boot(&self) -> Duration;

    /// What tells one start of the host from the next: [`Clock::since_boot`] can be compared within it alone.
    fn boot(&self) -> &str;
}

/// The clocks of this host.
#[derive(Clone, Debug)]
pub struct SystemClock {
    boot: String,
}

impl SystemClock {
    /// Reads what this start of the host is called.
    pub fn new() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { boot: boot.trim().to_owned() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn since_boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let part = |part: i64| u64::try_from(part).unwrap_or_default();
        Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
    }

    fn boot(&self) -> &str {
        &self.boot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_the_start_goes_on() {
        let clock = SystemClock::new();
        let before = clock.since_boot();
        assert!(!clock.boot().is_empty() && before > Duration::ZERO && clock.since_boot() >= before);
    }
}
