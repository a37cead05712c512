//! How many early polls there may be: a device not again before a gap has passed, and so many in a minute over all of
//! them. What a device told meanwhile is not forgotten: it is polled as soon as it may.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::Early;

const MINUTE: Duration = Duration::from_secs(60);

/// Early polls that wait for their turn. Times are since the host started. It holds two entries for each device of
/// the inventory at most.
#[derive(Debug)]
pub(super) struct EarlyPace {
    gap: Duration,
    per_minute: u32,
    /// By device, when it may be polled and what it told first.
    waiting: BTreeMap<String, (Duration, String)>,
    /// By device, when it was polled early last.
    polled: BTreeMap<String, Duration>,
    /// Turns that may be taken at once.
    turns: f64,
    /// When that was counted.
    counted: Duration,
}

impl EarlyPace {
    pub(super) fn new(gap: Duration, per_minute: u32, now: Duration) -> Self {
        let (waiting, polled) = (BTreeMap::new(), BTreeMap::new());
        Self { gap, per_minute, waiting, polled, turns: f64::from(per_minute), counted: now }
    }

    /// Takes other limits, and forgets devices that are no longer known.
    pub(super) fn set(&mut self, gap: Duration, per_minute: u32, known: impl Fn(&str) -> bool) {
        (self.gap, self.per_minute) = (gap, per_minute);
        self.turns = self.turns.min(f64::from(per_minute));
        self.waiting.retain(|device, _| known(device));
        self.polled.retain(|device, _| known(device));
    }

    /// A device told something; it may be polled when it has settled.
    pub(super) fn heard(&mut self, device: &str, reason: &str, settle: Duration, now: Duration) {
        let after_gap = self.polled.get(device).map_or(Duration::ZERO, |polled| *polled + self.gap);
        let at = (now + settle).max(after_gap);
        match self.waiting.get_mut(device) {
            // A device that is back before its reload was waited for is polled as soon as that may be.
            Some((due, _)) => *due = at.min(*due),
            None => drop(self.waiting.insert(device.to_owned(), (at, reason.to_owned()))),
        }
    }

    /// The next device to poll now, if there is one and it is somebody's turn. It must be taken or put back.
    pub(super) fn next(&mut self, now: Duration) -> Option<Early> {
        self.count(now);
        if self.turns < 1.0 {
            return None;
        }
        let due = self.waiting.iter().filter(|(_, (due, _))| *due <= now).min_by_key(|(_, (due, _))| *due);
        let device = due.map(|(device, _)| device.clone())?;
        let (_, reason) = self.waiting.remove(&device)?;
        self.turns -= 1.0;
        self.polled.insert(device.clone(), now);
        Some(Early { device, reason })
    }

    /// Nobody could take it yet.
    pub(super) fn put_back(&mut self, early: Early, now: Duration) {
        self.turns += 1.0;
        self.polled.remove(&early.device);
        self.waiting.entry(early.device).or_insert((now, early.reason));
    }

    fn count(&mut self, now: Duration) {
        let most = f64::from(self.per_minute);
        let passed = now.saturating_sub(self.counted).as_secs_f64() / MINUTE.as_secs_f64();
        self.turns = (self.turns + passed * most).min(most);
        self.counted = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn next(pace: &mut EarlyPace, seconds: u64) -> Option<String> {
        pace.next(at(seconds)).map(|early| early.device)
    }

    #[test]
    fn a_device_settles_and_is_polled_once_in_a_gap_but_not_forgotten() {
        let mut pace = EarlyPace::new(at(600), 30, at(0));
        for seconds in 0..20 {
            pace.heard("core-1", "changed", at(30), at(seconds));
        }
        assert_eq!(next(&mut pace, 29), None);
        assert_eq!(next(&mut pace, 30).as_deref(), Some("core-1"));
        pace.heard("core-1", "changed again", at(30), at(40));
        assert_eq!(next(&mut pace, 629), None);
        assert_eq!(
            pace.next(at(630)),
            Some(Early { device: "core-1".into(), reason: "changed again".into() })
        );
        assert_eq!(next(&mut pace, 100_000), None);
    }

    #[test]
    fn a_device_that_is_back_early_is_polled_early() {
        let mut pace = EarlyPace::new(at(600), 30, at(0));
        pace.heard("core-1", "it reloads", at(600), at(0));
        pace.heard("core-1", "it started", at(120), at(200));
        assert_eq!(next(&mut pace, 319), None);
        assert_eq!(next(&mut pace, 320).as_deref(), Some("core-1"));
    }

    #[test]
    fn no_minute_holds_more_than_twice_the_polls_and_no_hour_more_than_its_share() {
        let mut pace = EarlyPace::new(at(600), 30, at(0));
        for device in 0..1000 {
            pace.heard(&format!("device-{device}"), "changed", at(0), at(0));
        }
        let mut polled = Vec::new();
        for second in 0..3600 {
            while next(&mut pace, second).is_some() {
                polled.push(second);
            }
        }
        assert_eq!(polled.len(), 1000);
        let within = |from: u64| polled.iter().filter(|second| (from..from + 60).contains(*second)).count();
        assert_eq!(within(0), 30 + 29);
        assert!((60..1900).all(|from| within(from) <= 30), "30 in any later minute");
    }

    #[test]
    fn what_nobody_took_is_put_back() {
        let mut pace = EarlyPace::new(at(600), 1, at(0));
        pace.heard("core-1", "changed", at(0), at(0));
        let early = pace.next(at(0)).unwrap();
        pace.put_back(early.clone(), at(0));
        assert_eq!(pace.next(at(1)), Some(early));
        pace.heard("gone", "changed", at(0), at(1));
        pace.set(at(60), 1, |device| device != "gone");
        assert!(pace.waiting.is_empty());
    }
}
