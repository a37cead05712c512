//! The host's clock is set by a day, forward and back. Time passes as the test says and not otherwise, so that it is
//! known to the microsecond when each poll was made.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use licwatch::brakes::{Brake, Brakes};
use licwatch::clock::Clock;
use licwatch::clock::believed::Believed;
use licwatch::daemon::Part;
use licwatch::daemon::clock_watch::ClockWatch;
use licwatch::daemon::pulse::{ALIVE, Pulse};
use licwatch::journal::Actor;
use licwatch::poll::guard::{Guard, Rules};
use licwatch::store::{Store, releases};
use licwatch::transport::Failure;
use licwatch::transport::ssh::{BoxFuture, LoginGate, LoginIdentity, Permit};
use tokio::sync::watch;

use crate::in_process::Inside;
use crate::kept::{connect, entries, observations};
use crate::polling::{router, scheduled};
use crate::running::until;
use crate::site::Site;

const DEVICES: [&str; 3] = ["a", "b", "c"];
const HOUR: Duration = Duration::from_secs(3600);
/// The interval of every device.
const INTERVAL: Duration = Duration::from_secs(6 * 3600);
/// By how much the clock may be set. Who reads one of the clocks before time passes, and the other after it, is off by
/// an interval and must not take that for a jump.
const JUMP: Duration = Duration::from_secs(12 * 3600);

/// Clocks that stand still until they are moved.
#[derive(Debug)]
struct Turned(Mutex<(Timestamp, Duration)>);

impl Turned {
    fn pass(&self, time: Duration) {
        self.pass_and_set(time, 0);
    }

    fn set(&self, hours: i64) {
        self.pass_and_set(Duration::ZERO, hours);
    }

    fn pass_and_set(&self, time: Duration, hours: i64) {
        let mut clocks = self.0.lock().unwrap();
        clocks.0 = clocks.0 + time + SignedDuration::from_hours(hours);
        clocks.1 += time;
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn since_boot(&self) -> Duration {
        self.0.lock().unwrap().1
    }

    fn boot(&self) -> &str {
        "this test"
    }
}

/// Lets polls wait before their device while it is shut.
struct Turnstile {
    guard: Guard,
    shut: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl LoginGate for Turnstile {
    fn look<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async {
            self.waiting.send_modify(|waiting| *waiting += 1);
            self.shut.subscribe().wait_for(|shut| !shut).await.unwrap();
            self.waiting.send_modify(|waiting| *waiting -= 1);
            self.guard.look(login).await
        })
    }

    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>> {
        self.guard.admit(login)
    }
}

/// A site, the clock of its host, and when each device must have been polled.
struct Host {
    site: Site,
    clock: Arc<Turned>,
    polled: Vec<Timestamp>,
}

/// The daemon on it.
struct Watched {
    inside: Inside,
    store: Store,
    turnstile: Arc<Turnstile>,
}

impl Host {
    fn new() -> Self {
        let site = scheduled(
            DEVICES.map(|name| (name, router(), "netconf")),
            "interval = \"6h\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
        );
        let noon: Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(Turned(Mutex::new((noon, Duration::from_secs(1000)))));
        Self { site, clock, polled: Vec::new() }
    }

    /// Starts the daemon, with whatever watches the clock.
    fn begins(&self) -> Watched {
        let clock = Arc::new(Believed::new(Arc::clone(&self.clock) as Arc<dyn Clock>));
        let guard = Guard::alone(Arc::clone(&clock) as Arc<dyn Clock>, Rules::NO_LIMITS);
        let turnstile =
            Arc::new(Turnstile { guard, shut: watch::Sender::new(false), waiting: watch::Sender::new(0) });
        let (brakes, logins) = (Brakes::default(), Arc::clone(&turnstile) as Arc<dyn LoginGate>);
        let mut opened = None;
        let judged = Arc::clone(&clock);
        let inside = Inside::beside(&self.site, clock, brakes.clone(), logins, async |store| {
            opened = Some(store.clone());
            let built = "2026-01-01T00:00:00Z".parse().unwrap();
            let released = |sql: &rusqlite::Connection| Ok(releases::own_clock(sql)?.released_at);
            let watch = ClockWatch::begin(store, brakes, judged, built, JUMP, released).await.unwrap();
            vec![Part::new("the clock watch", |stop| async move {
                let (_settings, jump) = watch::channel(JUMP);
                let beat = Pulse::default().part("the clock watch", ALIVE);
                watch.run(jump, beat, stop).await;
            })]
        });
        Watched { inside, store: opened.unwrap(), turnstile }
    }

    /// Every device was polled once more, at this time and at no other.
    #[track_caller]
    fn polled_at(&mut self, at: Timestamp) {
        self.polled.push(at);
        until("each device was polled", || {
            observations(self.site.path()).len() >= DEVICES.len() * self.polled.len()
        });
        self.is_as_polled();
    }

    #[track_caller]
    fn is_as_polled(&self) {
        let kept = observations(self.site.path());
        for name in DEVICES {
            let of_device = kept.iter().filter(|kept| kept.device == name);
            assert_eq!(of_device.map(|kept| kept.polled_at).collect::<Vec<_>>(), self.polled, "{name}");
        }
        assert!(kept.iter().all(|kept| kept.outcome == "complete"));
    }

    /// When each device is due, as the store tells people and the next start.
    fn due(&self) -> Vec<Timestamp> {
        let connection = connect(self.site.path());
        let mut query = connection.prepare("SELECT due_at FROM schedule ORDER BY device").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(|micros| Timestamp::from_microsecond(micros.unwrap()).unwrap()).collect()
    }

    fn events(&self) -> Vec<String> {
        let connection = connect(self.site.path());
        let of_clocks = "SELECT kind FROM events WHERE kind LIKE 'clock%' ORDER BY seq";
        let mut query = connection.prepare(of_clocks).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

impl Watched {
    #[track_caller]
    fn is_refused(&self) {
        until("the clock is refused", || self.inside.brakes.reasons().contains_key(&Brake::Clock));
    }

    #[track_caller]
    fn is_believed(&self) {
        until("the clock is believed", || self.inside.brakes.reasons().is_empty());
    }

    /// Every device has its turn now and is held before it.
    #[track_caller]
    fn holds_all(&self) {
        self.inside.comes_to_its_turns();
        until("every device's poll is in the air", || *self.turnstile.waiting.borrow() == DEVICES.len());
    }

    fn ends(self) {
        let Self { inside, store, .. } = self;
        drop(store);
        inside.ends();
    }
}

/// How many turns there were to connect.
fn connections(site: &Site) -> u64 {
    site.devices().iter().map(|device| device.tally().connections).sum()
}

/// Polling stops, and goes on when the clock is right again. Nobody is polled meanwhile, nobody out of turn, nobody a
/// day later, and no poll has a wrong time.
#[test]
fn a_clock_that_jumps_by_a_day_stops_polling_until_it_is_right() {
    let mut host = Host::new();
    let daemon = host.begins();
    host.polled_at(host.clock.now());
    for hours in [24, -24] {
        // It is set while every device is being polled.
        daemon.turnstile.shut.send_replace(true);
        host.clock.pass(INTERVAL);
        let right = host.clock.now();
        daemon.holds_all();
        host.clock.set(hours);
        daemon.is_refused();
        let why = daemon.inside.brakes.reasons()[&Brake::Clock].clone();
        let way = if hours > 0 { "forward" } else { "back" };
        assert!(why.contains(&format!("the clock was set {way} by 1 d 0 h")), "{why}");
        assert!(why.contains("`licwatch release clock`"), "{why}");
        daemon.turnstile.shut.send_replace(false);
        host.polled_at(right);

        // Everybody's turn comes, and nobody is polled.
        let before = connections(&host.site);
        host.clock.pass(INTERVAL);
        daemon.inside.comes_to_its_turns();
        assert_eq!(connections(&host.site), before, "{hours} h: nothing is polled by a wrong clock");
        host.is_as_polled();
        host.clock.set(-hours);
        daemon.is_believed();
        host.polled_at(right + INTERVAL);

        // It is set at the instant at which everybody is due: who is polled before that is seen is polled at the right
        // time.
        host.clock.pass_and_set(INTERVAL, hours);
        daemon.inside.comes_to_its_turns();
        daemon.is_refused();
        host.clock.set(-hours);
        daemon.is_believed();
        host.polled_at(right + 2 * INTERVAL);
    }
    daemon.ends();
    assert_eq!(host.due(), [host.clock.now() + INTERVAL; 3]);

    let said = |entry: &serde_json::Value, member: &str| entry[member].as_str().unwrap().to_owned();
    let braked = entries(host.site.path(), "braked");
    let states = braked.iter().map(|entry| format!("{} {}", said(entry, "brake"), said(entry, "state")));
    assert_eq!(states.collect::<Vec<_>>(), ["clock in force", "clock lifted"].repeat(4));
    assert_eq!(host.events(), ["clock_refused", "clock_trusted"].repeat(4));
    // The journal does not leap with the clock.
    let times: Vec<Timestamp> =
        entries(host.site.path(), "polled").iter().map(|entry| said(entry, "at").parse().unwrap()).collect();
    assert!(times.is_sorted() && times.iter().all(|at| host.polled[0] <= *at && *at <= host.clock.now()));

    // The next start believes the clock, too, and everybody's turn comes as it was planned.
    let daemon = host.begins();
    assert!(daemon.inside.brakes.reasons().is_empty(), "{:?}", daemon.inside.brakes.reasons());
    host.clock.pass(INTERVAL);
    daemon.inside.comes_to_its_turns();
    host.polled_at(host.clock.now());
    daemon.ends();
    host.is_as_polled();
}

/// An operator says that the new time is the right one while every device is being polled. No turn moves, and people are
/// told the turns in the new time.
#[test]
fn a_clock_that_is_released_moves_no_turn() {
    for hours in [24, -24] {
        let mut host = Host::new();
        let daemon = host.begins();
        host.polled_at(host.clock.now());
        daemon.turnstile.shut.send_replace(true);
        host.clock.pass(INTERVAL);
        let began = host.clock.now();
        daemon.holds_all();
        host.clock.set(hours);
        daemon.is_refused();
        let operator = Actor::Operator("ann".into());
        daemon.store.write_blocking(move |tx| tx.release_clock(&operator)).unwrap();
        daemon.is_believed();
        daemon.turnstile.shut.send_replace(false);
        // What the clock said when they began.
        host.polled_at(began);

        let due = host.clock.now() + INTERVAL;
        until("people are told the new times", || host.due() == [due; 3]);
        host.clock.pass(INTERVAL - HOUR);
        daemon.inside.comes_to_its_turns();
        host.clock.pass(HOUR);
        daemon.inside.comes_to_its_turns();
        host.polled_at(due);
        daemon.ends();
        host.is_as_polled();
    }
}

/// The daemon is stopped while the clock is wrong, and started when it is right: what it kept is the schedule that it
/// had. The other way round, nobody has to wait longer because the clock was wrong at the start.
#[test]
fn a_start_or_an_end_under_a_wrong_clock_moves_no_turn() {
    for hours in [24, -24] {
        let mut host = Host::new();
        let first = host.clock.now();
        let daemon = host.begins();
        host.polled_at(first);
        host.clock.pass(HOUR);
        host.clock.set(hours);
        daemon.is_refused();
        daemon.inside.comes_to_its_turns();
        daemon.ends();
        assert_eq!(host.due(), [first + INTERVAL; 3], "{hours} h");

        // At the start a clock that is ahead cannot be told from a right one.
        let wrong = if hours < 0 { hours } else { -24 };
        host.clock.set(wrong - hours);
        let daemon = host.begins();
        let why = daemon.inside.brakes.reasons()[&Brake::Clock].clone();
        assert!(why.contains("when the agent last ran") && why.contains("`licwatch release clock`"), "{why}");
        daemon.inside.comes_to_its_turns();
        host.clock.set(-wrong);
        daemon.is_believed();
        host.clock.pass(INTERVAL - HOUR);
        daemon.inside.comes_to_its_turns();
        host.polled_at(first + INTERVAL);
        daemon.ends();
        host.is_as_polled();
    }
}
