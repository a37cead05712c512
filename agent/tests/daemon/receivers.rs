//! Receivers that are away, or answer badly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use licwatch_simulator::collector::{Collector, Reply};
use serde_json::Value;

use crate::kept::{connect, observations};
use crate::namespace::{Mount, within};
use crate::polling::{router, scheduled, silent};
use crate::running::{Daemon, until};
use crate::site::Site;

const SCHEDULE: &str = "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"";
const PATIENCE: Duration = Duration::from_secs(60);

/// Adds a sink for a collector, with times that suit a test.
pub(crate) fn sink(site: &Site, url: &str) {
    let sink = format!(
        "[sink.center]\nkind = \"http\"\nurl = \"{url}\"\nretry = \"100ms\"\nretry_most = \"400ms\"\ntimeout = \"1s\"\nbatch_lines = 5\n\n[group.campus]"
    );
    site.edit("licwatch.toml", "[group.campus]", &sink);
}

fn kept(site: &Site) -> Vec<String> {
    observations(site.path()).into_iter().map(|kept| kept.id).collect()
}

/// Starts the daemon once more, with nothing to poll, until everything that was kept is at the collector, each line
/// once after repeats are dropped, in order.
#[track_caller]
pub(crate) fn deliver_rest(site: &Site, collector: &Collector) {
    collector.always(None);
    site.edit("licwatch.toml", "interval = \"1s\"", "interval = \"1 day\"");
    // Nobody is due while the rest is delivered, whoever was when the daemon ended.
    let later = Timestamp::now() + SignedDuration::from_hours(12);
    let due = "UPDATE schedule SET due_at = ?, reason = 'interval'";
    connect(site.path()).execute(due, [later.as_microsecond()]).unwrap();
    let kept = kept(site);
    let mut daemon = Daemon::start(site, &[]);
    daemon.says(&["The schedule is in force."]);
    let there = collector.until(|book| kept.iter().all(|id| book.count(id) > 0));
    let there = site.block_on(async { tokio::time::timeout(PATIENCE, there).await });
    assert!(there.is_ok(), "lines that were kept are never delivered");
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    assert_eq!(self::kept(site), kept, "nobody was polled meanwhile");
    assert_eq!(collector.book().lines(), kept);
}

/// Away at the start, then 500, 429, half an answer, silence, taken without an answer, nonsense: all that was kept
/// comes once after repeats are dropped, in order, under the same key as long as it is the same batch.
#[test]
fn a_receiver_that_answers_badly_gets_everything_once_and_in_order() {
    let site = scheduled([("a", router(), "netconf"), ("b", router(), "netconf")], SCHEDULE);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    sink(&site, &format!("http://{address}/records"));
    let mut daemon = Daemon::start(&site, &[]);
    daemon.says(&["A delivery failed."]);
    daemon.keeps(4);
    let bad = [
        Reply::Status(500),
        Reply::Status(503),
        Reply::RetryAfter(429, 1),
        Reply::HalfAnswer,
        Reply::Hang,
        Reply::TakeAndDrop,
        Reply::Drop,
        Reply::Garbage,
    ];
    // Whoever tries before the script is there is only taken from, which harms nothing.
    let collector = site.block_on(Collector::builder().listen(address).start()).unwrap();
    collector.next(bad.clone());
    let come = collector.until(|book| book.requests() > bad.len() as u64 + 4);
    site.block_on(async { tokio::time::timeout(PATIENCE, come).await }).unwrap();
    daemon.keeps(2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    deliver_rest(&site, &collector);
    let book = collector.book();
    assert!(book.repeats() > 0, "what was taken without a word came again");
    for one in book.deliveries() {
        let same = book.deliveries().iter().filter(|other| other.sequence == one.sequence);
        assert!(same.clone().all(|other| (&other.key, &other.ids) == (&one.key, &one.ids)), "{one:?}");
    }
    let sequences: BTreeSet<_> = book.deliveries().iter().map(|delivery| delivery.sequence).collect();
    let last = sequences.last().copied().unwrap();
    assert_eq!(sequences, (1..=last).collect(), "no batch is left out");
}

/// SIGTERM while devices are silent in the middle of an answer and the collector holds a request: it ends with 0
/// within its time, and what was kept is delivered at the next start.
#[test]
fn stopped_in_the_middle_of_everything_it_ends_in_time_and_loses_nothing() {
    let site = scheduled(
        [("a", router(), "netconf"), ("b", router(), "ssh"), ("s", silent(), "ssh"), ("t", silent(), "ssh")],
        SCHEDULE,
    );
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    site.edit("licwatch.toml", "timeout = \"1s\"", "timeout = \"60s\"");
    site.edit("licwatch.toml", "[group.campus]", "[run]\nstop_within = \"5s\"\n\n[group.campus]");
    collector.always(Some(Reply::Hang));
    for _ in 0..2 {
        let before = collector.book().requests();
        let asked = [2, 3].map(|device| site.devices()[device].tally().logins);
        let mut daemon = Daemon::start(&site, &[]);
        daemon.keeps(2);
        for (device, asked) in [2, 3].into_iter().zip(asked) {
            site.until(device, |tally| tally.logins > asked);
        }
        let hangs = collector.until(|book| book.requests() > before);
        site.block_on(async { tokio::time::timeout(PATIENCE, hangs).await }).unwrap();
        let begun = Instant::now();
        daemon.signal("-TERM");
        daemon.ends().exits(0);
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    }
    let interrupted = observations(site.path())
        .into_iter()
        .filter(|kept| kept.record["observation"]["error"]["kind"] == "interrupted")
        .count();
    assert!(interrupted >= 4, "each silent device, each time");
    // They would be asked again and be silent.
    for name in ["s,", "t,"] {
        let csv = fs::read_to_string(site.path().join("devices.csv")).unwrap();
        let without = csv.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n"));
        site.write("devices.csv", &without.collect::<String>());
    }
    deliver_rest(&site, &collector);
    site.licwatch(&["journal", "verify"]).exits(0);
}

/// The manifests of a drop folder, by sequence.
fn manifests(drop: &Path) -> Vec<Value> {
    let files = fs::read_dir(drop).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.to_str().unwrap().ends_with(".manifest.json")).collect();
    files.sort_by_key(|path| path.to_str().unwrap().rsplit('-').next().unwrap().to_owned());
    files.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

/// The ids of the records that lie in a drop folder, in the order of the drops.
pub(crate) fn dropped(drop: &Path) -> Vec<String> {
    let records = manifests(drop).into_iter().flat_map(|manifest| {
        let text = fs::read_to_string(drop.join(manifest["files"][0]["name"].as_str().unwrap())).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let id = |line: String| {
        let record: Value = serde_json::from_str(&line).unwrap();
        record["observation"]["id"].as_str().unwrap().to_owned()
    };
    records.map(id).collect()
}

/// Records wait for a folder that cannot be written to, and come when it is back, with no number left out.
fn drop_comes_back(site: &Site, drop: &Path, away: impl Fn(), back: impl Fn()) {
    let sink = "[sink.gateway]\nkind = \"file-drop\"\ndirectory = \"drop\"\ngather = \"1s\"\nretry = \"200ms\"\nretry_most = \"500ms\"\n\n[group.campus]";
    site.edit("licwatch.toml", "[group.campus]", sink);
    let mut daemon = Daemon::start(site, &[]);
    for _ in 0..2 {
        let before = manifests(drop).len();
        daemon.keeps(1);
        until("a drop is there", || manifests(drop).len() > before);
        away();
        daemon.says(&["A delivery failed.", "gateway"]);
        daemon.keeps(3);
        let waiting = kept(site);
        back();
        until("what waited is there", || {
            let there = dropped(drop);
            waiting.iter().all(|id| there.contains(id))
        });
    }
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let (kept, there) = (kept(site), dropped(drop));
    assert_eq!(there, kept[..there.len()], "each once, in order");
    let numbers: Vec<_> = manifests(drop).iter().map(|it| it["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    site.licwatch(&["journal", "verify"]).exits(0);
}

#[test]
fn records_wait_for_a_drop_folder_that_is_gone() {
    let site = scheduled([("a", router(), "netconf"), ("b", router(), "netconf")], SCHEDULE);
    let (drop, elsewhere) = (site.path().join("drop"), site.path().join("elsewhere"));
    fs::create_dir(&drop).unwrap();
    let away = || fs::rename(&drop, &elsewhere).unwrap();
    drop_comes_back(&site, &drop, away, || fs::rename(&elsewhere, &drop).unwrap());
}

#[test]
fn records_wait_for_a_drop_folder_that_is_read_only() {
    within("receivers::on_a_read_only_file_system");
}

#[test]
#[ignore = "run by the test above, in a namespace"]
fn on_a_read_only_file_system() {
    let site = scheduled([("a", router(), "netconf"), ("b", router(), "netconf")], SCHEDULE);
    let drop = site.path().join("drop");
    let disk = Mount::of(&drop, 16);
    // The whole file system is smaller than the store's reserve, which is the store's alone.
    drop_comes_back(&site, &drop, || disk.turn("ro"), || disk.turn("rw"));
}
