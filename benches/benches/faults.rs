//! What each fault of a device costs: the error that a user sees, how long it takes to come, and the memory.
//!
//! `cargo bench -p licwatch-benches --bench faults` prints the table; it takes about a minute. Each row polls one
//! device from a process of its own, so that the peak is that of the agent alone; the simulated device is in this
//! one. A stage may take two seconds, silence in an answer four (what looks like another prompt is asked again after
//! three), and all else is as the binary has it.

#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use licwatch::config::{Config, Transport};
use licwatch::inventory::{Address, Device};
use licwatch::poll::guard::{Guard, Rules};
use licwatch::poll::{Access, Job, Polled, Poller};
use licwatch::transport::cli::CliLimits;
use licwatch::transport::netconf::NetconfLimits;
use licwatch::transport::ssh::{self, Auth, HostKeys, Policy, RusshEngine};
use licwatch_simulator::{Device as Simulated, Fault, Fleet, Kind, Personality, Stage};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The limit of a stage.
const STAGE: Duration = Duration::from_secs(2);
/// The limit of silence in an answer.
const SILENCE: Duration = Duration::from_secs(4);
/// The limit of one answer in all, and of one device.
const WHOLE: Duration = Duration::from_secs(60);
/// Longer than any limit.
const FOREVER: Duration = Duration::from_secs(3600);
/// Rows at the same time.
const ROWS: usize = 4;
/// What tells this program that it is the poller of a row.
const POLLER: &str = "--poll-one-device";

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
    let asked = |word| std::env::args().any(|argument| argument == word);
    // `cargo test` and nextest look into every target; the table is for those who ask for it.
    if asked(POLLER) {
        poll_one_device();
    } else if asked("--bench") {
        print_table();
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn print_table() {
    let rows = faults()
        .into_iter()
        .flat_map(|fault| [Transport::Ssh, Transport::Netconf].map(|transport| (fault.clone(), transport)));
    println!("| fault | by | what a user sees | seconds | peak MiB |");
    println!("|---|---|---|---:|---:|");
    let places = Arc::new(Semaphore::new(ROWS));
    runtime().block_on(async {
        let mut running = JoinSet::new();
        for (number, (fault, transport)) in rows.enumerate() {
            let places = Arc::clone(&places);
            running.spawn(async move {
                let _place = places.acquire().await;
                (number, row(fault, transport).await)
            });
        }
        let mut rows = running.join_all().await;
        rows.sort_by_key(|(number, _)| *number);
        rows.iter().for_each(|(_, row)| println!("{row}"));
    });
}

/// Serves the device and has it polled by another process.
async fn row(fault: Option<Fault>, transport: Transport) -> String {
    let name = fault.as_ref().map_or_else(|| "none".into(), |fault| format!("{fault:?}"));
    let name = name.replace(&format!("{FOREVER:?}"), "for ever").replace("33554432", "32 MiB");
    let mut device = Simulated::new(Personality::of(Kind::C8000v));
    if let Some(fault) = fault {
        device = device.fault(fault);
    }
    let fleet = Fleet::builder().device(device).netconf_port(0).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let known_hosts = folder.path().join("known_hosts");
    std::fs::write(&known_hosts, fleet.known_hosts()).unwrap();
    let live = fleet.devices().first().unwrap();
    let credentials = live.credentials();
    let order = [
        transport.to_string(),
        live.address().port().to_string(),
        live.netconf_address().unwrap().port().to_string(),
        known_hosts.display().to_string(),
        credentials.user().to_owned(),
        credentials.password().to_owned(),
        credentials.enable_secret().to_owned(),
    ];
    let told = tokio::task::spawn_blocking(move || in_another_process(&order.join("\n"))).await.unwrap();
    fleet.stop().await;
    format!("| {name} | {transport} | {told} |")
}

fn in_another_process(order: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.arg(POLLER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(order.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The other process: takes its order from standard input and prints the last three cells.
fn poll_one_device() {
    let mut order = String::new();
    std::io::stdin().read_to_string(&mut order).unwrap();
    let mut words = order.lines();
    let mut next = || words.next().unwrap();
    let transport: Transport = next().parse().unwrap();
    let device = Device {
        transport,
        port: next().parse::<NonZeroU16>().unwrap(),
        netconf_port: next().parse::<NonZeroU16>().unwrap(),
        deadline: WHOLE,
        ..Config::default().ad_hoc("edge-1", "127.0.0.1".parse::<Address>().unwrap()).unwrap()
    };
    let host_keys = Arc::new(HostKeys::new(Path::new(next()), Policy::Strict));
    let (user, password, enable) = (next(), next(), next());
    let access = Access {
        user: user.into(),
        auth: Auth::password(SecretString::from(password)),
        password: None,
        enable: Some(SecretString::from(enable)),
    };
    let job = Job { device, access, jump_access: None, host_keys };
    let (polled, took) = runtime().block_on(async {
        let (sender, mut results) = mpsc::channel(1);
        let begun = Instant::now();
        poller().poll(vec![job], sender, CancellationToken::new()).await;
        (results.recv().await.unwrap(), begun.elapsed())
    });
    println!("{} | {:.2} | {:.1}", seen(&polled), took.as_secs_f64(), peak_mebibytes());
}

/// The result as the binary tells it.
fn seen(polled: &Polled) -> String {
    let observation = &polled.observation;
    match &observation.error {
        None => format!("no error, {} answers", polled.captures.len()),
        Some(error) => format!("{error} → {}", error.remedy).replace('|', "\\|"),
    }
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
        cli: CliLimits { prompt: STAGE, inactivity: SILENCE, command: WHOLE, ..CliLimits::default() },
        netconf: NetconfLimits {
            hello: STAGE,
            inactivity: SILENCE,
            reply: WHOLE,
            ..NetconfLimits::default()
        },
        sessions: Arc::new(Semaphore::new(1)),
        logins: Arc::new(Guard::alone(Arc::new(licwatch::clock::SystemClock::new()), Rules::NO_LIMITS)),
        ways: None,
        clock: Arc::new(licwatch::clock::SystemClock::new()),
        transcript: None,
        neighbors: false,
    }
}

/// The most memory that this process ever had (`VmHWM:     9876 kB`).
fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}
