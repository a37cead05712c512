//! The agent's time: the host's clock as long as it can be believed.
//!
//! While it cannot, the agent goes on counting from when it could, by the time since the host started. So a clock that
//! is set by a day reaches nothing: no journal entry, no due time, no poll that was begun before anybody noticed; no
//! device is told silent and nothing is deleted because a clock is ahead. Only once an operator says that the clock is
//! right, or where it was wrong from the start and is right now, does the agent's time step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Clock;
use super::trust::{Change, Sight, Trust};

/// The host's clocks, with a wall clock that is judged each time it is read. Nothing is judged before
/// [`Believed::begin`].
#[derive(Debug)]
pub struct Believed {
    host: Arc<dyn Clock>,
    trust: Mutex<Option<Trust>>,
}

impl Believed {
    /// The clocks of a host.
    pub fn new(host: Arc<dyn Clock>) -> Self {
        Self { host, trust: Mutex::default() }
    }

    /// Judges from now on.
    pub fn begin(&self, trust: Trust) {
        *self.trust() = Some(trust);
    }

    /// Changes by how much the clock may be set.
    pub fn allow(&self, jump: Duration) {
        if let Some(trust) = self.trust().as_mut() {
            trust.allow(jump);
        }
    }

    /// Whether [`Believed::look`] would find the clock wrong, or has found it wrong.
    pub fn is_wrong(&self) -> bool {
        let trust = self.trust();
        trust.as_ref().is_some_and(|trust| trust.is_wrong(self.sight(None)))
    }

    /// Judges the host's clock; `released` is when an operator released it last.
    pub fn look(&self, released: Option<Timestamp>) -> Option<Change> {
        let mut trust = self.trust();
        trust.as_mut()?.look(self.sight(released))
    }

    /// What the clocks of the host say.
    fn sight(&self, released: Option<Timestamp>) -> Sight {
        Sight { now: self.host.now(), since_boot: self.host.since_boot(), released }
    }

    fn trust(&self) -> MutexGuard<'_, Option<Trust>> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Believed {
    fn now(&self) -> Timestamp {
        let trust = self.trust();
        let sight = self.sight(None);
        trust.as_ref().map_or(sight.now, |trust| trust.time(sight))
    }

    fn since_boot(&self) -> Duration {
        self.host.since_boot()
    }

    fn boot(&self) -> &str {
        self.host.boot()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::manual::Manual;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn host(now: &str) -> (Arc<Manual>, Believed) {
        let host = Arc::new(Manual::at(now));
        let clock = Believed::new(Arc::clone(&host) as Arc<dyn Clock>);
        clock.begin(Trust::new(at("2026-11-22T00:00:00Z"), 5 * MINUTE, Some(at("2027-01-01T00:00:00Z"))));
        (host, clock)
    }

    #[test]
    fn a_wrong_clock_does_not_change_the_time_not_even_before_anybody_has_looked() {
        for day in [DAY, -DAY] {
            let (host, clock) = host("2027-03-01T12:00:00Z");
            assert_eq!(clock.look(None), None);
            host.pass(MINUTE);
            // A step that is small enough is one; the time goes on from it.
            host.set(SignedDuration::from_secs(100));
            assert_eq!((clock.look(None), clock.now()), (None, at("2027-03-01T12:02:40Z")));
            host.set(day);
            assert_eq!(clock.now(), at("2027-03-01T12:02:40Z"), "by {day:#}");
            assert!(clock.is_wrong());
            assert!(matches!(clock.look(None), Some(Change::Refused(_))));
            host.pass(MINUTE);
            assert_eq!(clock.now(), at("2027-03-01T12:03:40Z"));
            host.set(-day);
            assert_eq!(clock.now(), at("2027-03-01T12:03:40Z"));
            assert_eq!(clock.look(None), Some(Change::Believed { released: false }));
            host.pass(MINUTE);
            assert_eq!(clock.now(), at("2027-03-01T12:04:40Z"));
        }
    }

    #[test]
    fn a_release_makes_the_host_right() {
        let (host, clock) = host("2027-03-01T12:00:00Z");
        clock.look(None);
        host.set(-DAY);
        clock.look(None);
        assert_eq!(clock.look(Some(host.now())), Some(Change::Believed { released: true }));
        assert_eq!(clock.now(), at("2027-02-28T12:00:00Z"));
        assert!(!clock.is_wrong());
    }

    #[test]
    fn who_starts_with_a_wrong_clock_has_nothing_better() {
        let (host, clock) = host("2026-12-01T12:00:00Z");
        assert!(matches!(clock.look(None), Some(Change::Refused(_))));
        assert_eq!(clock.now(), at("2026-12-01T12:00:00Z"));
        host.set(DAY * 60);
        assert_eq!(clock.look(None), Some(Change::Believed { released: false }));
        assert_eq!(clock.now(), at("2027-01-30T12:00:00Z"));
    }
}
