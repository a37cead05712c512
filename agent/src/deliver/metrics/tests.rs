use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::brakes::Brake;
use crate::clock::SystemClock;
use crate::store::outbox::{SinkState, Wants};

/// The samples of a file by name and labels, read by the grammar of Prometheus' text format 0.0.4. Every sample must
/// belong to the family whose HELP and TYPE stand before it.
fn read(text: &str) -> BTreeMap<(String, BTreeMap<String, String>), f64> {
    let mut samples = BTreeMap::new();
    let (mut family, mut families, mut helped) = (String::new(), BTreeSet::new(), String::new());
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').unwrap().0.to_owned();
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(kind == "gauge" || kind == "counter", "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(families.insert(name.to_owned()) && helped == name, "{line}");
            family = name.to_owned();
            continue;
        }
        let end = line.find(['{', ' ']).unwrap();
        let (name, mut rest) = line.split_at(end);
        assert!(name == family && name.starts_with("licwatch_"), "{line}");
        let mut labels = BTreeMap::new();
        while let Some(inner) = rest.strip_prefix(['{', ',']) {
            let (label, value) = inner.split_once("=\"").unwrap();
            let mut chars = value.char_indices();
            let mut read = String::new();
            loop {
                match chars.next().unwrap() {
                    (at, '"') => {
                        rest = value.get(at + 1..).unwrap();
                        break;
                    }
                    (_, '\\') => read.push(match chars.next().unwrap().1 {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        c => panic!("\\{c} in {line}"),
                    }),
                    (_, c) => read.push(c),
                }
            }
            assert!(labels.insert(label.to_owned(), read).is_none(), "{line}");
        }
        let value = rest.trim_start_matches('}').strip_prefix(' ').unwrap().parse().unwrap();
        assert!(samples.insert((name.to_owned(), labels), value).is_none(), "{line}");
    }
    samples
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn moment(figures: Figures) -> Moment {
    Moment {
        now: at("2026-11-22T10:00:00.5Z"),
        store_read: true,
        disk_free: Some(1 << 30),
        reasons: [(Brake::Clock, "it jumped".to_owned())].into(),
        polls_in_flight: 3,
        figures,
    }
}

fn sink(name: &str, kind: &str) -> SinkState {
    SinkState {
        name: name.into(),
        kind: kind.into(),
        wants: Wants::Events,
        active: true,
        waiting: 0,
        oldest: None,
        refused: 0,
        delivered: 0,
        delivered_at: None,
        failures: 0,
        failed_at: None,
        problem: None,
        next_try: None,
        begun: None,
    }
}

fn labelled(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn figures_are_read_back() {
    let figures = Figures {
        outcomes: [("complete".to_owned(), 5), ("none".to_owned(), 0)].into(),
        silent: 1,
        answered: vec![("edge-1".to_owned(), at("2026-11-22T09:59:00Z"))],
        left_out: 7,
        sinks: vec![SinkState {
            waiting: 4,
            oldest: Some(at("2026-11-22T09:00:00Z")),
            delivered: 12,
            ..sink("siem", "syslog")
        }],
        journal_entries: 99,
        ..Figures::default()
    };
    let text = exposition::render(moment(figures)).unwrap();
    assert!(text.contains("# TYPE licwatch_sink_delivered_lines_total counter\n"), "{text}");
    let samples = read(&text);
    let sample =
        |name: &str, labels: &[(&str, &str)]| samples.get(&(name.to_owned(), labelled(labels))).copied();
    let siem = [("sink", "siem"), ("kind", "syslog")];
    for (name, labels, value) in [
        ("licwatch_last_write_timestamp_seconds", &[][..], 1_795_341_600.5),
        ("licwatch_devices", &[("outcome", "complete")], 5.0),
        ("licwatch_devices", &[("outcome", "none")], 0.0),
        ("licwatch_devices_silent", &[], 1.0),
        ("licwatch_device_answered_timestamp_seconds", &[("device", "edge-1")], 1_795_341_540.0),
        ("licwatch_device_series_left_out", &[], 7.0),
        ("licwatch_sink_waiting_lines", &siem, 4.0),
        ("licwatch_sink_oldest_waiting_timestamp_seconds", &siem, 1_795_338_000.0),
        ("licwatch_sink_delivered_lines_total", &siem, 12.0),
        ("licwatch_journal_entries", &[], 99.0),
        ("licwatch_brake", &[("brake", "clock")], 1.0),
        ("licwatch_brake", &[("brake", "disk")], 0.0),
        ("licwatch_clock_trusted", &[], 0.0),
        ("licwatch_polls_in_flight", &[], 3.0),
        ("licwatch_disk_free_bytes", &[], 1_073_741_824.0),
        ("licwatch_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0),
    ] {
        assert_eq!(sample(name, labels), Some(value), "{name}\n{text}");
    }
    assert_eq!(sample("licwatch_sink_delivered_timestamp_seconds", &siem), None, "it never took a line");
    // What cannot be read is not told as zero.
    let unread =
        read(&exposition::render(Moment { store_read: false, ..moment(Figures::default()) }).unwrap());
    assert!(!unread.keys().any(|(name, _)| name.contains("devices") || name.contains("journal")));
    assert_eq!(unread[&("licwatch_store_readable".to_owned(), BTreeMap::new())], 0.0);
}

proptest! {
    #[test]
    fn no_name_of_a_device_breaks_the_file(names in proptest::collection::btree_set(any::<String>(), 1..5)) {
        let answered = names.iter().map(|name| (name.clone(), at("2026-11-22T09:59:00Z"))).collect();
        let samples = read(&exposition::render(moment(Figures { answered, ..Figures::default() })).unwrap());
        let read: BTreeSet<_> = samples.keys().filter_map(|(_, labels)| labels.get("device").cloned()).collect();
        prop_assert_eq!(read, names);
    }
}

#[test]
fn a_reader_never_finds_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("licwatch.prom");
    let text = |number: usize| vec![b'a' + u8::try_from(number % 26).unwrap(); 1 + number * 997 % 50_000];
    file::replace(&path, &text(0)).unwrap();
    let done = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut sizes = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                let bytes = fs::read(&path).unwrap();
                assert!((0..200).any(|number| text(number) == bytes), "{} bytes", bytes.len());
                sizes.insert(bytes.len());
            }
            sizes.len()
        });
        for number in 0..200 {
            file::replace(&path, &text(number)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    assert!(read >= 1);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
}

#[test]
fn a_write_that_fails_leaves_the_file_and_a_killed_run_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("licwatch.prom");
    // A folder under the final name: the rename fails after everything was written.
    fs::create_dir(&path).unwrap();
    assert!(file::replace(&path, b"x").is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::remove_dir(&path).unwrap();
    // A killed run left half a file, and somebody points its name elsewhere.
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "mine").unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(".licwatch.prom.tmp")).unwrap();
    file::replace(&path, b"x").unwrap();
    assert_eq!((fs::read(&path).unwrap(), fs::read(&elsewhere).unwrap()), (b"x".to_vec(), b"mine".to_vec()));
    assert!(file::replace(&folder.path().join("gone/licwatch.prom"), b"x").is_err());
}

fn metrics(folder: &Path, file: PathBuf) -> Metrics {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = Store::open(&folder.join("state"), "hq", Arc::clone(&clock)).unwrap();
    let live = Live { brakes: Brakes::default(), polls_in_flight: Arc::new(|| 2) };
    Metrics::new(MetricsSettings { file, every: Duration::from_millis(5) }, store, clock, live)
}

#[tokio::test]
async fn a_store_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licwatch.prom");
    let metrics = metrics(folder.path(), file.clone());
    let filled = metrics.store.write(|tx| {
        tx.sql().execute_batch(
            "INSERT INTO devices (id, uuid, name, listed, first_seen) VALUES
                 (1, 'a', 'edge-1', 1, 0), (2, 'b', 'edge-2', 1, 0), (3, 'c', 'gone', 0, 0), (4, 'd', 'new', 1, 0);
             INSERT INTO observations (seq, id, device, polled_at, outcome, line_sha256, line) VALUES
                 (1, 'o1', 1, 0, 'complete', x'', x''), (2, 'o2', 2, 0, 'failed', x'', x''),
                 (3, 'o3', 3, 0, 'failed', x'', x'');
             INSERT INTO newest (device, observation, answered, answered_at, silent, summary) VALUES
                 (1, 1, 1, 60000000, 0, '{}'), (2, 2, 2, 30000000, 1, '{}'), (3, 3, 3, 1, 1, '{}');
             INSERT INTO sinks (name, kind, wants, active, delivered, delivered_at, failures) VALUES
                 ('drop', 'file-drop', 'records', 1, 7, 5000000, 0), ('old', 'http', 'records', 0, 1, 1, 9),
                 ('left', 'http', 'records', 0, 1, 1, 9);
             INSERT INTO outbox (sink, item, queued_at) VALUES
                 ('drop', 1, 2000000), ('drop', 2, 3000000), ('left', 1, 4000000);
             INSERT INTO dead_letters (seq, sink, item, queued_at, dead_at, reason) VALUES (9, 'drop', 3, 0, 0, 'no');
             INSERT INTO guard_credentials (credential, stopped_at) VALUES ('core', 1), ('ok', NULL);",
        )?;
        Ok(())
    });
    filled.await.unwrap();
    metrics.write().await.unwrap();
    let samples = read(&fs::read_to_string(&file).unwrap());
    let sample =
        |name: &str, labels: &[(&str, &str)]| samples.get(&(name.to_owned(), labelled(labels))).copied();
    let drop = [("sink", "drop"), ("kind", "file-drop")];
    let left = [("sink", "left"), ("kind", "http")];
    for (name, labels, value) in [
        ("licwatch_devices", &[("outcome", "complete")][..], 1.0),
        ("licwatch_devices", &[("outcome", "failed")], 1.0),
        ("licwatch_devices", &[("outcome", "partial")], 0.0),
        ("licwatch_devices", &[("outcome", "none")], 1.0),
        ("licwatch_devices_silent", &[], 1.0),
        ("licwatch_device_answered_timestamp_seconds", &[("device", "edge-1")], 60.0),
        ("licwatch_credentials_stopped", &[], 1.0),
        ("licwatch_sink_waiting_lines", &drop, 2.0),
        ("licwatch_sink_oldest_waiting_timestamp_seconds", &drop, 2.0),
        ("licwatch_sink_refused_lines", &drop, 1.0),
        ("licwatch_sink_delivered_lines_total", &drop, 7.0),
        ("licwatch_sink_configured", &drop, 1.0),
        ("licwatch_sink_configured", &left, 0.0),
        ("licwatch_sink_waiting_lines", &left, 1.0),
        ("licwatch_polls_in_flight", &[], 2.0),
        ("licwatch_store_readable", &[], 1.0),
    ] {
        assert_eq!(sample(name, labels), Some(value), "{name} {labels:?}");
    }
    assert!(sample("licwatch_store_bytes", &[]).unwrap() > 4096.0);
    assert!(sample("licwatch_disk_free_bytes", &[]).unwrap() > 0.0);
    let names: Vec<_> =
        samples.keys().filter_map(|(_, labels)| labels.get("device").or(labels.get("sink"))).collect();
    assert!(!names.iter().any(|name| *name == "gone" || *name == "old"), "{names:?}");
    // The limit names the first devices and counts the others.
    let few = metrics.store.read(|connection| figures(connection, 1)).await.unwrap();
    assert_eq!((few.answered.len(), few.left_out), (1, 1));
}

#[tokio::test]
async fn it_writes_until_it_is_stopped_and_outlives_failures() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("textfile");
    let file = below.join("licwatch.prom");
    let metrics = metrics(folder.path(), file.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(metrics.run(stop.clone()));
    // The folder comes later; a file that somebody removes comes again.
    for _ in 0..2 {
        if !below.exists() {
            fs::create_dir(&below).unwrap();
        }
        let written = async {
            while fs::remove_file(&file).is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), written).await.unwrap();
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(30), running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_write_that_hangs_holds_up_no_end_and_lets_no_other_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licwatch.prom");
    let turn = FileTurn::default();
    let hangs = turn.take().await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(metrics(folder.path(), file.clone()).in_turn(turn.clone()).run(stop.clone()));
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(30), running).await.unwrap().unwrap();
    assert!(!file.exists());
    drop(hangs);
    assert!(!turn.is_in_use());
}

#[test]
fn the_alert_rules_ask_for_metrics_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/licwatch.rules.yml");
    let rules = fs::read_to_string(path).unwrap();
    let sinks = vec![SinkState { oldest: Some(Timestamp::UNIX_EPOCH), ..sink("siem", "syslog") }];
    let text = exposition::render(moment(Figures { sinks, ..Figures::default() })).unwrap();
    let there: BTreeSet<_> = read(&text).into_keys().map(|(name, _)| name).collect();
    let asked: BTreeSet<_> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .flat_map(|expr| expr.split(' '))
        .filter(|word| word.starts_with("licwatch_"))
        .map(str::to_owned)
        .collect();
    assert!(asked.len() >= 9 && asked.is_subset(&there), "{asked:?} {there:?}");
}
