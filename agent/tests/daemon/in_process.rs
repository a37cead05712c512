//! The daemon in this process, so that the clock is ours.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use licwatch::brakes::{Brake, Brakes};
use licwatch::clock::Clock;
use licwatch::credentials::Process;
use licwatch::daemon::vitals::Vitals;
use licwatch::daemon::{self, DaemonError, Early, Mode, Part, Parts, Plan, Polls};
use licwatch::poll::Poller;
use licwatch::poll::guard::{Guard, Rules};
use licwatch::store::Store;
use licwatch::transport::cli::CliLimits;
use licwatch::transport::netconf::NetconfLimits;
use licwatch::transport::ssh::{Limits, LoginGate, RusshEngine};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::kept::observations;
use crate::polling::{router, scheduled};
use crate::site::Site;

/// A clock that was set when it was made, and goes on from there.
#[derive(Debug)]
pub(crate) struct SetClock {
    set_to: Timestamp,
    at: Instant,
}

impl SetClock {
    pub(crate) fn to(time: &str) -> Arc<Self> {
        Arc::new(Self { set_to: time.parse().unwrap(), at: Instant::now() })
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        self.set_to + SignedDuration::try_from(self.at.elapsed()).unwrap()
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(1000) + self.at.elapsed()
    }

    fn boot(&self) -> &str {
        "this test"
    }
}

/// A daemon of this process.
pub(crate) struct Inside {
    pub(crate) brakes: Brakes,
    pub(crate) plan: watch::Sender<Arc<Plan>>,
    pub(crate) early: mpsc::Sender<Early>,
    stop: CancellationToken,
    ended: JoinHandle<Result<Polls, DaemonError>>,
    runtime: tokio::runtime::Runtime,
}

impl Inside {
    pub(crate) fn start(site: &Site, clock: Arc<dyn Clock>, brakes: Brakes) -> Self {
        let logins = Arc::new(Guard::alone(Arc::clone(&clock), Rules::NO_LIMITS));
        Self::beside(site, clock, brakes, logins, async |_| Vec::new())
    }

    /// With this gate before the logins and these parts beside the scheduler.
    pub(crate) fn beside(
        site: &Site,
        clock: Arc<dyn Clock>,
        brakes: Brakes,
        logins: Arc<dyn LoginGate>,
        parts: impl AsyncFnOnce(Store) -> Vec<Part>,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (plan, in_force) = watch::channel(plan(site));
        let (early, reports) = mpsc::channel(8);
        let store = Store::open(&site.path().join("state"), "inside", Arc::clone(&clock)).unwrap();
        let beside = runtime.block_on(parts(store.clone()));
        let pollers = {
            let clock = Arc::clone(&clock);
            move |_: &licwatch::config::Config| poller(Arc::clone(&clock), Arc::clone(&logins))
        };
        let parts = Parts {
            store,
            plan: in_force,
            pollers: Arc::new(pollers),
            brakes: brakes.clone(),
            clock,
            early: reports,
            find_silent: None,
            vitals: Vitals::default(),
            mode: Mode::Always,
            drain: CancellationToken::new(),
            beside,
        };
        let stop = CancellationToken::new();
        let ended = runtime.spawn(daemon::run(parts, stop.clone()));
        Self { brakes, plan, early, stop, ended, runtime }
    }

    /// The scheduler has come to its turns many times when this returns: these are more reports than the channel holds.
    pub(crate) fn comes_to_its_turns(&self) {
        for _ in 0..32 {
            let report = Early { device: "nobody".into(), reason: "a change".into() };
            self.early.blocking_send(report).unwrap();
        }
    }

    pub(crate) fn ends(self) -> Polls {
        self.stop.cancel();
        let ended = self.ended;
        let ended = async { tokio::time::timeout(Duration::from_secs(60), ended).await };
        self.runtime.block_on(ended).expect("in time").unwrap().unwrap()
    }
}

fn plan(site: &Site) -> Arc<Plan> {
    let plan = Plan::load(Some(&site.path().join("licwatch.toml")), &Process);
    Arc::new(plan.unwrap_or_else(|problems| panic!("{problems}")))
}

fn poller(clock: Arc<dyn Clock>, logins: Arc<dyn LoginGate>) -> Poller {
    Poller {
        agent: "inside".into(),
        engine: Arc::new(RusshEngine),
        ssh: Limits::default(),
        cli: CliLimits::default(),
        netconf: NetconfLimits::default(),
        sessions: Arc::new(Semaphore::new(8)),
        logins,
        ways: None,
        neighbors: false,
        clock,
        transcript: None,
    }
}

#[test]
fn nobody_is_polled_before_its_window_opens() {
    let site = scheduled(
        [("open", router(), "netconf"), ("closed", router(), "netconf,,,,,campus")],
        "interval = \"1s\"\ncatch_up = \"0s\"\ntime_zone = \"Europe/Oslo\"",
    );
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\npoll_windows = [\"20:00-21:00\"]");
    // Four seconds before eight in the evening in Oslo.
    let opens: Timestamp = "2026-07-01T18:00:00Z".parse().unwrap();
    let inside = Inside::start(&site, SetClock::to("2026-07-01T17:59:56Z"), Brakes::default());
    site.until(1, |tally| tally.netconf_sessions >= 1);
    assert_eq!(inside.ends().counts.failed, 0);
    let kept = observations(site.path());
    let times = |device: &str| -> Vec<_> {
        kept.iter().filter(|kept| kept.device == device).map(|kept| kept.polled_at).collect()
    };
    assert!(times("open").iter().filter(|at| **at < opens).count() >= 2, "{:?}", times("open"));
    assert!(
        times("closed").iter().all(|at| *at >= opens) && !times("closed").is_empty(),
        "{:?}",
        times("closed")
    );
}

#[test]
fn nothing_is_polled_while_a_brake_is_on() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let brakes = Brakes::default();
    brakes.put(Brake::Disk, "1 MiB is left");
    brakes.put(Brake::Outbox, "the collector is down");
    let clock = SetClock::to("2026-07-01T17:59:56Z");
    let inside = Inside::start(&site, Arc::clone(&clock) as Arc<dyn Clock>, brakes);
    inside.brakes.lift(Brake::Disk);
    inside.comes_to_its_turns();
    assert_eq!(site.devices()[0].tally().connections, 0);
    let lifted = clock.now();
    inside.brakes.lift(Brake::Outbox);
    site.until(0, |tally| tally.logins >= 2);
    inside.ends();
    assert!(observations(site.path()).iter().all(|kept| kept.polled_at >= lifted));
}

#[test]
fn a_reload_adds_and_forgets_and_polls_nobody_twice() {
    let site = scheduled(
        [("stays", router(), "netconf"), ("goes", router(), "netconf"), ("comes", router(), "netconf")],
        "interval = \"1h\"\ncatch_up = \"0s\"",
    );
    let all = std::fs::read_to_string(site.path().join("devices.csv")).unwrap();
    let only = |names: [&str; 2]| {
        let rows = all
            .lines()
            .filter(|row| row.starts_with("name") || names.iter().any(|name| row.starts_with(name)));
        site.write("devices.csv", &rows.map(|row| format!("{row}\n")).collect::<String>());
    };
    only(["stays", "goes"]);
    let inside = Inside::start(&site, SetClock::to("2026-07-01T17:59:56Z"), Brakes::default());
    for device in [0, 1] {
        site.until(device, |tally| tally.logins >= 1 && tally.open_connections == 0);
    }
    only(["stays", "comes"]);
    inside.plan.send_replace(plan(&site));
    site.until(2, |tally| tally.logins >= 1);
    inside.ends();
    let mut devices: Vec<_> = observations(site.path()).into_iter().map(|kept| kept.device).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["comes", "goes", "stays"]);
}

#[test]
fn a_device_that_reports_a_change_is_polled_early_but_not_at_once_again() {
    let site = scheduled(
        [("a", router(), "netconf"), ("b", router(), "netconf")],
        "interval = \"1h\"\ncatch_up = \"0s\"",
    );
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\n\n[on_change]\ngap = \"2s\"\n");
    let inside = Inside::start(&site, SetClock::to("2026-07-01T17:59:56Z"), Brakes::default());
    for device in [0, 1] {
        site.until(device, |tally| tally.logins >= 1 && tally.open_connections == 0);
    }
    let report = |device: &str| Early { device: device.into(), reason: "%SMART_LIC-5-COMM_RESTORED".into() };
    for _ in 0..3 {
        inside.early.blocking_send(report("A")).unwrap();
    }
    inside.early.blocking_send(report("nobody")).unwrap();
    site.until(0, |tally| tally.logins >= 2 && tally.open_connections == 0);
    inside.ends();
    let kept = observations(site.path());
    let times: Vec<_> = kept.iter().filter(|kept| kept.device == "a").map(|kept| kept.polled_at).collect();
    assert_eq!(times.len(), 2, "three reports, one poll");
    assert!(times[1].duration_since(times[0]).as_millis() >= 2000, "{times:?}");
    assert_eq!(kept.iter().filter(|kept| kept.device == "b").count(), 1);
}

#[test]
fn the_start_the_end_and_a_damaged_journal_are_told() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1h\"\ncatch_up = \"0s\"");
    let clock = || SetClock::to("2026-07-01T17:59:56Z");
    let told = || -> Vec<String> {
        let connection = crate::kept::connect(site.path());
        let mut query =
            connection.prepare("SELECT kind FROM events WHERE device IS NULL ORDER BY seq").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    Inside::start(&site, clock(), Brakes::default()).ends();
    assert_eq!(told(), ["agent_started", "agent_stopped"]);
    let change =
        "UPDATE journal SET entry = CAST(replace(entry, 'netconf', 'netcomf') AS BLOB), hash = lower(hex(zeroblob(32)))
                  WHERE seq = (SELECT max(seq) FROM journal)";
    assert_eq!(crate::kept::connect(site.path()).execute(change, []).unwrap(), 1);
    let inside = Inside::start(&site, clock(), Brakes::default());
    inside.ends();
    assert_eq!(told()[2..], ["agent_started", "journal_damaged", "agent_stopped"]);
    // It is as damaged as before, and said so as loudly, once a start.
    Inside::start(&site, clock(), Brakes::default()).ends();
    assert_eq!(told()[5..], ["agent_started", "journal_damaged", "agent_stopped"]);
}
