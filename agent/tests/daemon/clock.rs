//! The host's clock is set by a day, forward and back.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use licwatch::brakes::{Brake, Brakes};
use licwatch::clock::Clock;
use licwatch::daemon::clock_watch::ClockWatch;
use licwatch::daemon::{Early, Part};
use tokio::sync::watch;

use crate::in_process::Inside;
use crate::kept::{connect, entries, observations};
use crate::polling::{router, scheduled};
use crate::running::until;

/// A clock that somebody sets.
#[derive(Debug)]
struct Turned {
    begun: Instant,
    by: Mutex<SignedDuration>,
}

impl Turned {
    fn set(&self, hours: i64) {
        *self.by.lock().unwrap() = SignedDuration::from_hours(hours);
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        let noon: Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
        noon + SignedDuration::try_from(self.begun.elapsed()).unwrap() + *self.by.lock().unwrap()
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(1000) + self.begun.elapsed()
    }

    fn boot(&self) -> &str {
        "this test"
    }
}

/// A day forward, a day back: polling stops, and goes on when the clock is right again; nobody is polled out of turn,
/// and both are written and told.
#[test]
fn a_clock_that_jumps_by_a_day_stops_polling_until_it_is_right() {
    let site = scheduled(
        ["a", "b", "c"].map(|name| (name, router(), "netconf")),
        "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let clock = Arc::new(Turned { begun: Instant::now(), by: Mutex::default() });
    let (brakes, watched) = (Brakes::default(), Arc::clone(&clock) as Arc<dyn Clock>);
    let built: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let jump = Duration::from_secs(300);
    let (_allowed, allowed) = watch::channel(jump);
    let inside = Inside::beside(&site, Arc::clone(&watched), brakes.clone(), async |store| {
        let watch =
            ClockWatch::begin(store, brakes.clone(), watched, built, jump, |_| Ok(None)).await.unwrap();
        vec![Part::new("the clock watch", |stop| watch.run(allowed, stop))]
    });
    let connections = || site.devices().iter().map(|device| device.tally().connections).sum::<u64>();
    let come_round = |times: u64| {
        let before: Vec<_> = site.devices().iter().map(|device| device.tally().logins).collect();
        for (device, before) in before.into_iter().enumerate() {
            site.until(device, |tally| tally.logins >= before + times);
        }
    };
    come_round(1);
    for hours in [24, -24] {
        clock.set(hours);
        until("the clock is refused", || inside.brakes.reasons().contains_key(&Brake::Clock));
        assert!(inside.brakes.reasons()[&Brake::Clock].contains("the clock was set"));
        // More reports than the channel holds: the scheduler has come to its turns many times since.
        let turns = || {
            for _ in 0..32 {
                let report = Early { device: "nobody".into(), reason: "a change".into() };
                inside.early.blocking_send(report).unwrap();
            }
        };
        turns();
        for device in 0..3 {
            site.until(device, |tally| tally.open_connections == 0);
        }
        let before = connections();
        // Each would have had its turn by then.
        let due = Instant::now() + Duration::from_millis(1500);
        until("an interval is over", || Instant::now() >= due);
        turns();
        assert_eq!(connections(), before, "{hours} h: nothing is polled by a wrong clock");
        clock.set(0);
        until("the clock is believed", || inside.brakes.reasons().is_empty());
        come_round(3);
    }
    let polled = inside.ends();
    assert_eq!(polled.counts.failed, 0);
    // Turns are counted by the time since the start: whatever the clock said, no device was polled twice in a second.
    for device in site.devices() {
        let times = device.tally().login_times;
        let gaps: Vec<_> = times.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
        // A poll that was in flight when the clock was set may be made again at once, and no more.
        let soon = gaps.iter().filter(|gap| gap.as_millis() < 800).count();
        assert!(soon <= 2, "{gaps:?}");
    }
    let right: Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
    let off = |at: Timestamp| at.duration_since(right).abs() > SignedDuration::from_hours(1);
    let wrong = observations(site.path()).into_iter().filter(|kept| off(kept.polled_at)).count();
    assert!(wrong <= 6, "{wrong} polls began in the second before each jump was seen");
    let braked: Vec<_> = entries(site.path(), "braked")
        .iter()
        .map(|entry| format!("{} {}", entry["brake"].as_str().unwrap(), entry["state"].as_str().unwrap()))
        .collect();
    assert_eq!(braked, ["clock in force", "clock lifted", "clock in force", "clock lifted"]);
    let connection = connect(site.path());
    let mut query =
        connection.prepare("SELECT kind FROM events WHERE kind LIKE 'clock%' ORDER BY seq").unwrap();
    let events: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(events, ["clock_refused", "clock_trusted", "clock_refused", "clock_trusted"]);
}
