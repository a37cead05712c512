//! The daemon under load, by hand: `cargo bench -p licwatch-benches --bench daemon -- --devices 500 --minutes 30`.
//!
//! The devices and the collector are simulated in this process; the daemon is the release binary, a process of its
//! own (`target/release/licwatch`, or what `LICWATCH` names). One device in ten misbehaves all the time, the collector
//! every other half minute, and the configuration is loaded anew every two minutes. What is printed at the end is read
//! from the devices' and the collector's own books, from the store, and from /proc.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use licwatch_simulator::collector::{Collector, Reply};
use licwatch_simulator::{Credentials, Device, Fault, Fleet, Kind, Personality, Stage};

const PASSWORD: &str = "load-pa55word";
/// The cap of the configuration.
const LOGINS_PER_SECOND: usize = 20;
/// How long one state of the collector lasts.
const TURN: Duration = Duration::from_secs(30);

fn main() {
    // `cargo test` and nextest look into every target; the run is for those who ask for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let devices = argument("--devices").unwrap_or(50);
    let minutes = argument("--minutes").unwrap_or(2);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(load(devices, Duration::from_secs(60 * minutes as u64)));
}

fn argument(name: &str) -> Option<usize> {
    let arguments: Vec<_> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == name)?;
    arguments.get(place + 1)?.parse().ok()
}

/// What a device does wrong all the time; nine in ten do nothing wrong.
fn fault(number: usize) -> Option<Fault> {
    let faults = [
        Fault::Silence(Stage::Greeting),
        Fault::ResetMidAnswer,
        Fault::Garbage,
        Fault::Silence(Stage::Banner),
        Fault::HostKeyChanged,
        Fault::Delay(Duration::from_secs(2)),
        Fault::Silence(Stage::MidAnswer),
        Fault::OneByteAtATime,
        Fault::EndlessAnswer,
        Fault::LoginRefused,
    ];
    (number % 10 == 7).then(|| faults.get(number / 10 % faults.len()).cloned()).flatten()
}

async fn load(devices: usize, time: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let kinds = (0..devices).map(|number| {
        let kind = Kind::ALL.get(number % Kind::ALL.len()).copied().unwrap();
        let device = Device::new(Personality::of(kind).variant(number / Kind::ALL.len()));
        match fault(number) {
            Some(fault) => device.fault(fault),
            None => device,
        }
    });
    let credentials = Credentials::new("monitor", PASSWORD).with_enable_secret(PASSWORD);
    let fleet =
        Fleet::builder().devices(kinds).credentials(credentials).netconf_port(0).start().await.unwrap();
    let collector = Collector::builder().start().await.unwrap();
    configure(folder.path(), &fleet, &collector);

    let begun = Instant::now();
    let mut daemon = start(folder.path());
    let (mut peak, mut samples, mut turn) = (Peak::default(), 0_u64, 0_usize);
    let mut faults_of_collector = 0;
    while begun.elapsed() < time {
        tokio::time::sleep(Duration::from_secs(5)).await;
        samples += 1;
        peak.take(daemon.id());
        assert!(daemon.try_wait().unwrap().is_none(), "the daemon ended; see {}", folder.path().display());
        let now = (begun.elapsed().as_secs() / TURN.as_secs()) as usize;
        if now != turn {
            turn = now;
            let reply = misbehaviour(turn);
            faults_of_collector += usize::from(reply.is_some());
            collector.always(reply);
            if turn.is_multiple_of(4) {
                signal(&daemon, "-HUP");
            }
            println!(
                "{:>5} s  {:>6} logins  {:>6} lines  RSS {:>4} MiB  {:>4} descriptors",
                begun.elapsed().as_secs(),
                logins(&fleet).len(),
                collector.book().lines().len(),
                peak.rss_now >> 10,
                peak.descriptors_now
            );
        }
    }
    collector.always(None);
    drain(folder.path(), &collector).await;
    signal(&daemon, "-TERM");
    let stopping = Instant::now();
    let end = daemon.wait().unwrap();
    let stopped = stopping.elapsed();

    let kept = observations(folder.path());
    let book = collector.book();
    let there: BTreeSet<&String> = book.lines().iter().collect();
    let lost = kept.keys().filter(|id| !there.contains(id)).count();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in kept.values() {
        *outcomes.entry(outcome).or_default() += 1;
    }
    let times = logins(&fleet);
    println!("\n{devices} devices, {} s, {samples} samples", begun.elapsed().as_secs());
    println!("polls            {} {outcomes:?}", kept.len());
    println!("faulty devices   {}", (0..devices).filter(|number| fault(*number).is_some()).count());
    println!("collector faults {faults_of_collector} half minutes, {} requests", book.requests());
    println!(
        "lines delivered  {} ({} came again, {lost} not delivered after the stop)",
        there.len(),
        book.repeats()
    );
    println!("peak RSS         {} MiB", peak.rss >> 10);
    println!("descriptors      {} at most", peak.descriptors);
    println!(
        "logins           {}, at most {} in any 1 s window (cap {LOGINS_PER_SECOND})",
        times.len(),
        densest(&times)
    );
    println!("stop             {end} after {stopped:.1?}");
    println!("store            {}", sizes(&folder.path().join("state")));
    println!("journal          {}", licwatch(folder.path(), &["journal", "verify"]));
    if lost > 0 {
        println!("kept for a look: {}", folder.keep().display());
    }
    fleet.stop().await;
}

fn configure(folder: &Path, fleet: &Fleet, collector: &Collector) {
    fs::write(folder.join("devices.csv"), unique(&fleet.inventory_csv())).unwrap();
    fs::write(folder.join("known_hosts"), fleet.known_hosts()).unwrap();
    fs::create_dir(folder.join("drop")).unwrap();
    let mut options = fs::OpenOptions::new();
    let secret = options.write(true).create_new(true).mode(0o600).open(folder.join("password"));
    std::io::Write::write_all(&mut secret.unwrap(), PASSWORD.as_bytes()).unwrap();
    let config = format!(
        r#"
[agent]
name = "load"
[inventory]
files = ["devices.csv"]
[poll]
credential = "network"
logins_per_second = {LOGINS_PER_SECOND}.0
deadline = "40s"
[poll.limits]
login = "8s"
command = "8s"
[guard]
refusals = 50
logins_per_second = {LOGINS_PER_SECOND}.0
[schedule]
interval = "1m"
jitter = "6s"
catch_up = "1m"
retry = "30s"
[store]
reserve = "1 MiB"
[drop]
directory = "drop"
[sink.center]
kind = "http"
url = "{}"
retry = "1s"
retry_most = "10s"
timeout = "5s"
[sink.metrics]
kind = "metrics"
file = "licwatch.prom"
every = "15s"
[credentials.network]
user = "monitor"
password_file = "password"
enable_password_file = "password"
"#,
        collector.url()
    );
    fs::write(folder.join("licwatch.toml"), config).unwrap();
}

/// Variants may share a host name; the inventory may not.
fn unique(csv: &str) -> String {
    let name = |(number, line): (usize, &str)| match (number, line.split_once(',')) {
        (1.., Some((name, rest))) => format!("{name}-{number},{rest}\n"),
        _ => format!("{line}\n"),
    };
    csv.lines().enumerate().map(name).collect()
}

fn binary() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/licwatch");
    std::env::var_os("LICWATCH").map_or(built, PathBuf::from)
}

fn start(folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new(binary());
    command.arg("run").current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}; cargo build --release", binary().display()))
}

fn licwatch(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(binary()).args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    format!("{}: {}", output.status, String::from_utf8_lossy(&said).trim().replace('\n', " · "))
}

fn signal(daemon: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &daemon.id().to_string()]).status().unwrap().success());
}

/// Every other turn something else.
fn misbehaviour(turn: usize) -> Option<Reply> {
    let replies = [
        Reply::Status(500),
        Reply::RetryAfter(429, 2),
        Reply::HalfAnswer,
        Reply::Hang,
        Reply::TakeAndDrop,
        Reply::Drop,
        Reply::Status(503),
        Reply::Garbage,
    ];
    (turn % 2 == 1).then(|| replies.get(turn / 2 % replies.len()).cloned()).flatten()
}

/// The most of what a process had.
#[derive(Debug, Default)]
struct Peak {
    rss: u64,
    rss_now: u64,
    descriptors: usize,
    descriptors_now: usize,
}

impl Peak {
    fn take(&mut self, process: u32) {
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return };
        let figure = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        (self.rss_now, self.rss) = (figure("VmRSS:"), self.rss.max(figure("VmHWM:")));
        self.descriptors_now = fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count);
        self.descriptors = self.descriptors.max(self.descriptors_now);
    }
}

/// When credentials were presented, over all devices: those of logins, and enable secrets.
fn logins(fleet: &Fleet) -> Vec<Instant> {
    let tallies = fleet.devices().iter().map(|device| device.tally());
    let mut times: Vec<Instant> = tallies.flat_map(|it| [it.login_times, it.enable_times].concat()).collect();
    times.sort_unstable();
    times
}

/// The most logins in any window of one second.
fn densest(times: &[Instant]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (place, at) in times.iter().enumerate() {
        while times.get(first).is_some_and(|begun| at.duration_since(*begun) >= Duration::from_secs(1)) {
            first += 1;
        }
        most = most.max(place + 1 - first);
    }
    most
}

/// Every observation of the store, with its outcome.
fn observations(folder: &Path) -> BTreeMap<String, String> {
    let store = rusqlite::Connection::open(folder.join("state/licwatch.sqlite")).unwrap();
    store.busy_timeout(Duration::from_secs(30)).unwrap();
    let mut statement = store.prepare("SELECT id, outcome FROM observations").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Waits until what is kept by now is at the collector, two minutes at most.
async fn drain(folder: &Path, collector: &Collector) {
    let kept = observations(folder);
    let all_there = collector.until(|book| kept.keys().all(|id| book.count(id) > 0));
    if tokio::time::timeout(Duration::from_secs(120), all_there).await.is_err() {
        println!("the collector has not got everything within two minutes");
    }
}

fn sizes(folder: &Path) -> String {
    let size = |name: &str| fs::metadata(folder.join(name)).map_or(0, |file| file.len()) >> 10;
    format!("{} KiB, its log {} KiB", size("licwatch.sqlite"), size("licwatch.sqlite-wal"))
}
