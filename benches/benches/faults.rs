//! What each fault of a device costs: the error that a user sees, how long it takes to come, and the memory.
//!
//! `cargo bench -p licwatch-benches --bench faults` prints the table; it takes about two minutes. One device is polled
//! at a time, with every stage limited to two seconds and all else as the binary has it. The memory is the peak of
//! this process while the device was polled, the simulated device included: compare it with the first row.

#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::{Duration, Instant};

use licwatch::config::{Config, Transport};
use licwatch::inventory::{Address, Device};
use licwatch::poll::{Access, Job, Pace, Polled, Poller};
use licwatch::transport::cli::CliLimits;
use licwatch::transport::netconf::NetconfLimits;
use licwatch::transport::ssh::{self, Auth, HostKeys, Policy, RusshEngine};
use licwatch_simulator::{Device as Simulated, Fault, Fleet, Kind, LiveDevice, Personality, Stage};
use secrecy::SecretString;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// The limit of every stage.
const STAGE: Duration = Duration::from_secs(2);
/// The limit of one answer in all, and of one device.
const WHOLE: Duration = Duration::from_secs(10);
/// Longer than any limit.
const FOREVER: Duration = Duration::from_secs(3600);

fn faults() -> Vec<Option<Fault>> {
    let silences = Stage::ALL.map(Fault::Silence);
    let others = [
        Fault::SlowAccept(FOREVER),
        Fault::LoginRefused,
        Fault::HostKeyChanged,
        Fault::ShellMissing,
        Fault::PrivilegeTooLow,
        Fault::Delay(FOREVER),
        Fault::OneByteAtATime,
        Fault::ResetMidAnswer,
        Fault::EndlessAnswer,
        Fault::HugeAnswer(32 << 20),
        Fault::Garbage,
        Fault::Prompt("ready: ".into()),
        Fault::ChangingPrompt,
        Fault::PagingStays,
        Fault::EndlessPager,
        Fault::SubsystemMissing,
        Fault::CapabilityMissing,
        Fault::RpcError,
        Fault::WrongFraming,
        Fault::WrongMessageId,
        Fault::XmlBomb,
    ];
    std::iter::once(None).chain(silences.into_iter().chain(others).map(Some)).collect()
}

fn main() {
    // `cargo test` and nextest look into every target; the table is for those who ask for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("| fault | by | what a user sees | seconds | peak MiB |");
    println!("|---|---|---|---:|---:|");
    for fault in faults() {
        for transport in [Transport::Ssh, Transport::Netconf] {
            forget_peak();
            let (polled, took) = runtime.block_on(poll(fault.clone(), transport));
            let name = fault.as_ref().map_or_else(|| "none".into(), |fault| format!("{fault:?}"));
            let name = name.replace(&format!("{FOREVER:?}"), "for ever");
            let (seen, seconds, peak) = (seen(&polled), took.as_secs_f64(), peak_mebibytes());
            println!("| {name} | {transport} | {seen} | {seconds:.2} | {peak:.1} |");
        }
    }
}

/// The result as the binary tells it.
fn seen(polled: &Polled) -> String {
    let observation = &polled.observation;
    match &observation.error {
        None => format!("nothing: {} answers", polled.captures.len()),
        Some(error) => format!("{error} → {}", error.remedy).replace('|', "\\|"),
    }
}

async fn poll(fault: Option<Fault>, transport: Transport) -> (Polled, Duration) {
    let mut device = Simulated::new(Personality::of(Kind::C8000v));
    if let Some(fault) = fault {
        device = device.fault(fault);
    }
    let fleet = Fleet::builder().device(device).netconf_port(0).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let known_hosts = folder.path().join("known_hosts");
    std::fs::write(&known_hosts, fleet.known_hosts()).unwrap();
    let job = job(fleet.devices().first().unwrap(), transport, known_hosts);

    let (sender, mut results) = mpsc::channel(1);
    let begun = Instant::now();
    poller().poll(vec![job], sender, CancellationToken::new()).await;
    let took = begun.elapsed();
    let polled = results.recv().await.unwrap();
    fleet.stop().await;
    (polled, took)
}

fn poller() -> Poller {
    Poller {
        agent: "bench".into(),
        engine: Arc::new(RusshEngine),
        ssh: ssh::Limits {
            connect: STAGE,
            handshake: STAGE,
            login: STAGE,
            channel: STAGE,
            ..ssh::Limits::default()
        },
        cli: CliLimits { prompt: STAGE, inactivity: STAGE, command: WHOLE, ..CliLimits::default() },
        netconf: NetconfLimits { hello: STAGE, inactivity: STAGE, reply: WHOLE, ..NetconfLimits::default() },
        sessions: Arc::new(Semaphore::new(1)),
        pace: Arc::new(Pace::per_second(0.0)),
        now: jiff::Timestamp::now,
        transcript: None,
    }
}

fn job(live: &LiveDevice, transport: Transport, known_hosts: std::path::PathBuf) -> Job {
    let port = |port| NonZeroU16::new(port).unwrap();
    let credentials = live.credentials();
    let device = Device {
        port: port(live.address().port()),
        netconf_port: port(live.netconf_address().unwrap().port()),
        transport,
        deadline: WHOLE,
        ..Config::default().ad_hoc(&live.hostname(), Address::Ip(live.address().ip())).unwrap()
    };
    let access = Access {
        user: credentials.user().into(),
        auth: Auth::password(SecretString::from(credentials.password())),
        password: None,
        enable: Some(SecretString::from(credentials.enable_secret())),
    };
    let host_keys = Arc::new(HostKeys::new(known_hosts, Policy::Strict));
    Job { device, access, jump_access: None, host_keys }
}

/// Lets the system count the peak anew. Where it refuses, peaks are those since the start.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that was in use (`VmHWM:     9876 kB`).
fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}
