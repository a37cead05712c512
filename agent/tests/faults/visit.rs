//! One poll of a faulty device beside two healthy ones, and what holds for each such poll, whatever the fault.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use licwatch::clock::SystemClock;
use licwatch::config::{Config, Transport};
use licwatch::inventory::{Address, Device};
use licwatch::observation::Outcome;
use licwatch::poll::guard::{Guard, Rules};
use licwatch::poll::{Access, Job, Polled, Poller, Recorder};
use licwatch::transport::cli::CliLimits;
use licwatch::transport::netconf::NetconfLimits;
use licwatch::transport::ssh::{self, Auth, HostKeys, Policy, RusshEngine};
use licwatch_simulator::{Device as Simulated, Fleet, Kind, LiveDevice, Personality, Tally};
use secrecy::SecretString;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// No test waits longer than this for anything; limits that a test is not about are as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// The limit that a fault runs into. Before it is reached a device has nothing to do but what the fault says, or to
/// send a few bytes on loopback.
pub(crate) const SHORT: Duration = Duration::from_secs(1);
/// The largest answer.
pub(crate) const CAP: usize = 256 << 10;
/// The most pages of an answer.
pub(crate) const PAGES: usize = 40;

/// Which limit is short for the faulty device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Short {
    None,
    Handshake,
    Login,
    Channel,
    /// The shell's prompt, or the NETCONF hello.
    Greeting,
    /// Silence in an answer.
    Answer,
    /// The whole device.
    Deadline,
}

/// What came of it.
pub(crate) struct Visit {
    pub(crate) polled: Polled,
    pub(crate) tally: Tally,
}

/// Devices that are up, and the jobs that poll them; the first device is the faulty one.
pub(crate) struct Ward {
    pub(crate) fleet: Fleet,
    pub(crate) jobs: Vec<Job>,
    folder: tempfile::TempDir,
}

/// The personality of the faulty device: it speaks NETCONF, and its first answers leave a gap for a second round.
pub(crate) fn router() -> Personality {
    Personality::of(Kind::C8000v)
}

impl Ward {
    /// The faulty device with two healthy ones beside it.
    pub(crate) async fn open(faulty: Simulated, transport: Transport) -> Self {
        let stack = Simulated::new(Personality::of(Kind::C9300Stack));
        let old_router = Simulated::new(Personality::of(Kind::IsrG2));
        let fleet = Fleet::builder()
            .devices([faulty, stack, old_router])
            .netconf_port(0)
            .start()
            .await
            .expect("loopback has ports");
        let folder = tempfile::tempdir().unwrap();
        let known_hosts = folder.path().join("known_hosts");
        std::fs::write(&known_hosts, fleet.known_hosts()).unwrap();
        let host_keys = Arc::new(HostKeys::new(known_hosts, Policy::Strict));
        let ways = [transport, Transport::Auto, Transport::Ssh];
        let jobs = fleet.devices().iter().zip(ways).map(|(live, way)| job(live, way, &host_keys)).collect();
        Self { fleet, jobs, folder }
    }

    /// Polls all, with one limit short for the faulty device.
    pub(crate) async fn poll(mut self, short: Short) -> Visit {
        if short == Short::Deadline {
            self.jobs[0].device.deadline = SHORT;
        }
        self.poll_until(short, CancellationToken::new(), None).await
    }

    /// Polls all until `stop`, which ends the faulty device alone. What is said to it and by it can be listened to.
    pub(crate) async fn poll_until(
        self,
        short: Short,
        stop: CancellationToken,
        listener: Option<Recorder>,
    ) -> Visit {
        let patient = poller();
        let hurried = Poller { transcript: listener, ..with_short(&patient, short) };
        let (faulty, healthy) = self.jobs.split_first().unwrap();
        let (sender, mut results) = mpsc::channel(8);
        let gather = async {
            let mut polled = Vec::new();
            while let Some(result) = results.recv().await {
                polled.push(result);
            }
            polled
        };
        let polls = async {
            tokio::join!(
                hurried.poll(vec![faulty.clone()], sender.clone(), stop),
                // The pool is one: they share its places, its lanes and its login guard.
                patient.poll(healthy.to_vec(), sender.clone(), CancellationToken::new()),
            );
            drop(sender);
        };
        let both = async { tokio::join!(polls, gather).1 };
        let polled = tokio::time::timeout(PATIENCE, both).await.expect("a poll always comes to a result");
        self.examine(polled).await
    }

    /// Checks what holds in any case, and hands on what is the fault's own.
    async fn examine(self, mut polled: Vec<Polled>) -> Visit {
        let order =
            |polled: &Polled| self.jobs.iter().position(|job| job.device.name == polled.observation.device);
        polled.sort_by_key(order);
        let [faulty, stack, old_router] = <[Polled; 3]>::try_from(polled).expect("a result for each device");
        assert_whole(&stack, "FOC2411X0A1", "network-advantage 3\ndna-advantage 3", "netconf+ssh");
        assert_whole(&old_router, "FTX1722L0DD", "ipbasek9 1\nsecurityk9 1", "ssh");
        if let Some(error) = &faulty.observation.error {
            assert!(!error.text.is_empty() && !error.remedy.is_empty(), "{error:?}");
        }
        for live in self.fleet.devices() {
            let closed = live.until(|tally| tally.open_connections == 0);
            let tally = tokio::time::timeout(PATIENCE, closed).await.expect("every connection is closed");
            assert_eq!(tally.violations, [""; 0]);
            assert!(tally.login_attempts <= tally.connections, "one attempt on a connection: {tally:?}");
            for secret in [live.credentials().password(), live.credentials().enable_secret()] {
                let shown = [format!("{faulty:?}"), format!("{:?}", self.jobs), faulty.line.clone()];
                assert!(!shown.iter().any(|text| text.contains(secret)), "a secret is shown");
            }
        }
        let tally = self.fleet.devices()[0].tally();
        self.fleet.stop().await;
        drop(self.folder);
        Visit { polled: faulty, tally }
    }
}

#[track_caller]
fn assert_whole(polled: &Polled, serial_number: &str, in_use: &str, transport: &str) {
    let observation = &polled.observation;
    assert_eq!((observation.outcome, &observation.error), (Outcome::Complete, &None));
    assert_eq!(observation.transport, transport);
    assert_eq!(
        (polled.summary.serial_number.as_str(), polled.summary.in_use.as_str()),
        (serial_number, in_use)
    );
}

fn poller() -> Poller {
    Poller {
        neighbors: false,
        agent: "ward".into(),
        engine: Arc::new(RusshEngine),
        ssh: ssh::Limits {
            connect: PATIENCE,
            handshake: PATIENCE,
            login: PATIENCE,
            channel: PATIENCE,
            ..ssh::Limits::default()
        },
        cli: CliLimits {
            prompt: PATIENCE,
            inactivity: PATIENCE,
            command: PATIENCE,
            answer_bytes: CAP,
            pages: PAGES,
            ..CliLimits::default()
        },
        netconf: NetconfLimits {
            hello: PATIENCE,
            inactivity: PATIENCE,
            reply: PATIENCE,
            message_bytes: CAP,
            ..NetconfLimits::default()
        },
        sessions: Arc::new(Semaphore::new(2)),
        logins: Arc::new(Guard::alone(Arc::new(SystemClock::new()), Rules::NO_LIMITS)),
        ways: None,
        clock: Arc::new(SystemClock::new()),
        transcript: None,
    }
}

fn with_short(patient: &Poller, short: Short) -> Poller {
    let mut poller = patient.clone();
    match short {
        Short::None | Short::Deadline => {}
        Short::Handshake => poller.ssh.handshake = SHORT,
        Short::Login => poller.ssh.login = SHORT,
        Short::Channel => poller.ssh.channel = SHORT,
        Short::Greeting => (poller.cli.prompt, poller.netconf.hello) = (SHORT, SHORT),
        Short::Answer => (poller.cli.inactivity, poller.netconf.inactivity) = (SHORT, SHORT),
    }
    // A device that is lost may be asked to show its prompt sooner; the result is the same.
    poller.cli.nudge = Duration::from_millis(300);
    poller
}

fn job(live: &LiveDevice, transport: Transport, host_keys: &Arc<HostKeys>) -> Job {
    let port = |address: Option<std::net::SocketAddr>| {
        address.and_then(|address| NonZeroU16::new(address.port())).unwrap_or(NonZeroU16::MIN)
    };
    let secret = |text: &str| SecretString::from(text);
    let credentials = live.credentials();
    let device = Device {
        port: port(Some(live.address())),
        netconf_port: port(live.netconf_address()),
        transport,
        deadline: PATIENCE,
        ..Config::default().ad_hoc(&live.hostname(), Address::Ip(live.address().ip())).unwrap()
    };
    let access = Access {
        user: credentials.user().into(),
        auth: Auth::password(secret(credentials.password())),
        password: Some(secret(credentials.password())),
        enable: Some(secret(credentials.enable_secret())),
    };
    Job { device, access, jump_access: None, host_keys: Arc::clone(host_keys) }
}
