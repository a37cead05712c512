//! Simulated devices, a store, and polls of them by as many processes as a test wants.

use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use licwatch::clock::{Clock, SystemClock};
use licwatch::config::{Config, Transport};
use licwatch::inventory::{Address, Device};
use licwatch::journal::Actor;
use licwatch::poll::guard::{Guard, Rules};
use licwatch::poll::{Access, Job, Polled, Poller, Ways};
use licwatch::store::Store;
use licwatch::transport::cli::CliLimits;
use licwatch::transport::netconf::NetconfLimits;
use licwatch::transport::ssh::{self, Auth, HostKeys, Policy, RusshEngine};
use licwatch_simulator::{Credentials, Device as Simulated, Fleet};
use secrecy::SecretString;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Refusals of a credential that these tests allow, without a limit of turns.
pub(crate) const THREE: Rules = Rules { refusals: 3, ..Rules::NO_LIMITS };

/// A host's clock whose wall can be set.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    host: SystemClock,
    ahead: Mutex<SignedDuration>,
}

impl TestClock {
    pub(crate) fn set(&self, ahead: SignedDuration) {
        *self.ahead.lock().unwrap() = ahead;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.host.now() + *self.ahead.lock().unwrap()
    }

    fn since_boot(&self) -> Duration {
        self.host.since_boot()
    }

    fn boot(&self) -> &str {
        self.host.boot()
    }
}

/// Devices that are up, and a folder for the store.
pub(crate) struct Yard {
    pub(crate) fleet: Fleet,
    pub(crate) folder: tempfile::TempDir,
    host_keys: Arc<HostKeys>,
}

impl Yard {
    pub(crate) async fn of(devices: impl IntoIterator<Item = Simulated>) -> Self {
        let credentials = Credentials::new("monitor", "right").with_enable_secret("right-enable");
        let fleet = Fleet::builder().devices(devices).netconf_port(0).credentials(credentials).start().await;
        let (fleet, folder) = (fleet.unwrap(), tempfile::tempdir().unwrap());
        let known_hosts = folder.path().join("known_hosts");
        std::fs::write(&known_hosts, fleet.known_hosts()).unwrap();
        Self { fleet, host_keys: Arc::new(HostKeys::new(known_hosts, Policy::Strict)), folder }
    }

    pub(crate) fn store(&self, clock: Arc<dyn Clock>) -> Store {
        store(&self.folder.path().join("state"), clock)
    }

    /// One process: its own way to the store, its own guard.
    pub(crate) fn process(&self, rules: Rules) -> (Poller, Store) {
        self.process_by(Arc::new(SystemClock::new()), rules)
    }

    pub(crate) fn process_by(&self, clock: Arc<dyn Clock>, rules: Rules) -> (Poller, Store) {
        let store = self.store(Arc::clone(&clock));
        // As the poller's own limits say.
        let rules = Rules { answered_within: PATIENCE, ..rules };
        let guard = Guard::new(store.clone(), Arc::clone(&clock), Actor::Daemon, rules);
        let poller =
            Poller { logins: Arc::new(guard), ways: Some(Ways::new(store.clone())), ..poller(clock) };
        (poller, store)
    }

    /// A job for each device, by the name of its place, over SSH, with the credential `network`.
    pub(crate) fn jobs(&self, password: &str) -> Vec<Job> {
        (0..self.fleet.devices().len()).map(|place| self.job(place, "network", password)).collect()
    }

    pub(crate) fn job(&self, place: usize, credential: &str, password: &str) -> Job {
        let live = &self.fleet.devices()[place];
        let port = |port: u16| NonZeroU16::new(port).unwrap();
        let device = Device {
            port: port(live.address().port()),
            netconf_port: port(live.netconf_address().map_or(1, |address| address.port())),
            transport: Transport::Ssh,
            platform: Some(live.personality().platform()),
            deadline: PATIENCE,
            credential: Some(credential.to_owned()),
            ..Config::default().ad_hoc(&name(place), Address::Ip(live.address().ip())).unwrap()
        };
        let access = Access {
            user: "monitor".to_owned(),
            auth: Auth::password(SecretString::from(password)),
            password: Some(SecretString::from(password)),
            enable: None,
        };
        Job { device, access, jump_access: None, host_keys: Arc::clone(&self.host_keys) }
    }

    /// Credentials shown to all devices so far.
    pub(crate) fn attempts(&self) -> u64 {
        self.fleet.devices().iter().map(|live| live.tally().login_attempts).sum()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.fleet.devices().iter().map(|live| live.tally().connections).sum()
    }
}

pub(crate) fn name(place: usize) -> String {
    format!("device-{place}")
}

pub(crate) fn store(folder: &Path, clock: Arc<dyn Clock>) -> Store {
    Store::open(folder, "yard", clock).unwrap()
}

/// Polls all, and gives the results in no order.
pub(crate) async fn poll(poller: &Poller, jobs: Vec<Job>) -> Vec<Polled> {
    let (sender, mut results) = mpsc::channel(8);
    let gather = async {
        let mut polled = Vec::new();
        while let Some(result) = results.recv().await {
            polled.push(result);
        }
        polled
    };
    let both = async { tokio::join!(poller.poll(jobs, sender, CancellationToken::new()), gather).1 };
    tokio::time::timeout(PATIENCE, both).await.expect("a poll always comes to a result")
}

pub(crate) fn poller(clock: Arc<dyn Clock>) -> Poller {
    Poller {
        agent: "yard".into(),
        engine: Arc::new(RusshEngine),
        ssh: ssh::Limits {
            connect: PATIENCE,
            handshake: PATIENCE,
            login: PATIENCE,
            channel: PATIENCE,
            ..ssh::Limits::default()
        },
        cli: CliLimits { prompt: PATIENCE, inactivity: PATIENCE, command: PATIENCE, ..CliLimits::default() },
        netconf: NetconfLimits {
            hello: PATIENCE,
            inactivity: PATIENCE,
            reply: PATIENCE,
            ..NetconfLimits::default()
        },
        sessions: Arc::new(Semaphore::new(64)),
        logins: Arc::new(Guard::alone(Arc::clone(&clock), Rules::NO_LIMITS)),
        ways: None,
        neighbors: false,
        clock,
        transcript: None,
    }
}
