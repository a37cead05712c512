//! What it costs to keep what devices said: durable observations per second beside plain synced appends of the same
//! bytes, bytes per observation over a year, and how soon `status` has its rows from a year of 1,000 devices.
//!
//! `cargo bench -p licwatch-benches --bench store` prints the tables; it takes some minutes, and two gigabytes of the
//! folder for temporary files (`TMPDIR` names another). Figures are those of that disk: read the ratios.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench may panic")]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use licwatch::capture::{Capture, Origin};
use licwatch::clock::SystemClock;
use licwatch::collect::with_record;
use licwatch::journal::Actor;
use licwatch::observation::{Observation, Observed, Outcome, Summary};
use licwatch::store::{Collected, Ready, Store, observations, status};
use licwatch_parsers::Command;
use uuid::Uuid;

/// How long each rate is measured.
const LASTS: Duration = Duration::from_secs(3);
const DEVICES: usize = 1000;
const DAYS: usize = 365;
/// Observations of the year that share a transaction: it is filled, not measured.
const BULK: usize = 500;

fn main() {
    // `cargo test` and nextest look into every target; the tables are for those who ask for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let sample = poll("core-1", 0);
    let raw: usize = sample.captures.iter().map(|capture| capture.raw.len()).sum();
    println!(
        "one poll: a record of {} bytes, {} captures of {raw} bytes",
        sample.line.len(),
        sample.captures.len()
    );
    rates();
    sizes();
    a_year();
}

/// What a stack of three said, as on a given day: times and counters differ from those of the day before.
fn poll(device: &str, day: usize) -> Collected {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/ios-xe");
    let at: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    let at = at + (24 * day as i64).hours();
    let answers = [
        (Command::ShowVersion, "show_version/c9300-stack.txt"),
        (Command::ShowLicenseAll, "show_license_all/c9300-stack.txt"),
        (Command::ShowInventory, "show_inventory/c9300-stack.txt"),
    ];
    let captures: Vec<_> = answers
        .into_iter()
        .filter_map(|(command, path)| {
            let text = fs::read_to_string(folder.join(path)).ok()?;
            let text = format!(
                "Time source is NTP, {} {device}\r\n{text}",
                at.strftime("%H:%M:%S.123 UTC %a %b %d %Y")
            );
            Some(Capture::new(Some(command), Origin::Ssh, text.into_bytes(), Some(at)))
        })
        .collect();
    let observation = Observation {
        id: Uuid::now_v7(),
        agent: "bench".to_owned(),
        device: device.to_owned(),
        address: "192.0.2.1".to_owned(),
        site: Some("branch-3".to_owned()),
        role: Some("access".to_owned()),
        environment: None,
        owner: None,
        polled_at: at,
        duration_ms: 1000 + day as u64 % 100,
        transport: "ssh".to_owned(),
        outcome: Outcome::Complete,
        error: None,
    };
    let (line, summary) = with_record(&captures, None, |record| {
        let line = serde_json::to_string(&Observed { record: &record, observation: &observation }).unwrap();
        (line, Summary::of(&record))
    });
    Collected {
        device: device.to_owned(),
        id: observation.id,
        polled_at: at,
        outcome: Outcome::Complete,
        line,
        summary,
        serial_numbers: vec![format!("FOC-{device}")],
        offset_ms: Some(12),
        captures,
        actor: Actor::Daemon,
        carried_by: None,
    }
}

/// The same poll once more, under an id of its own.
fn again(sample: &Collected, device: &str, count: u64) -> Collected {
    let id = Uuid::now_v7();
    let mut collected = sample.clone();
    collected.line = collected.line.replace(&sample.id.to_string(), &id.to_string());
    collected.device = device.to_owned();
    collected.serial_numbers = vec![format!("FOC-{device}")];
    collected.id = id;
    for capture in &mut collected.captures {
        let mut raw = capture.raw.clone();
        raw.extend_from_slice(format!("{device} {count}").as_bytes());
        *capture = Capture::new(capture.command, capture.origin, raw, capture.at);
    }
    collected
}

fn open(folder: &Path) -> Store {
    Store::open(folder, "bench", Arc::new(SystemClock::new())).unwrap()
}

/// How often per second so many threads get something done.
fn rate(writers: usize, once: impl Fn(&str, u64) + Sync) -> f64 {
    let done = AtomicU64::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for writer in 0..writers {
            let (once, done) = (&once, &done);
            scope.spawn(move || {
                let device = format!("core-{writer}");
                while begun.elapsed() < LASTS {
                    once(&device, done.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

fn rates() {
    println!("\n{:<44} {:>10} {:>10} {:>10}", "durable per second, by threads that wait", "1", "8", "64");
    let with = poll("core-1", 0);
    let without = Collected { captures: Vec::new(), ..with.clone() };
    for (name, sample) in [("record alone", &without), ("record and captures", &with)] {
        let mut ratios = Vec::new();
        for (what, plain) in [("store", false), ("each appended and synced", true)] {
            let rates = [1, 8, 64].map(|writers| {
                let folder = tempfile::tempdir().unwrap();
                if plain {
                    let file = Mutex::new(File::create(folder.path().join("plain")).unwrap());
                    rate(writers, |device, count| {
                        let collected = again(sample, device, count);
                        let mut file = file.lock().unwrap();
                        file.write_all(collected.line.as_bytes()).unwrap();
                        for capture in &collected.captures {
                            file.write_all(&capture.raw).unwrap();
                        }
                        file.sync_data().unwrap();
                    })
                } else {
                    let store = open(folder.path());
                    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
                    rate(writers, |device, count| {
                        let collected = again(sample, device, count);
                        // As the daemon does.
                        let packed = runtime.block_on(Ready::of(collected)).unwrap();
                        store.write_blocking(move |tx| tx.collect_ready(&packed)).unwrap();
                    })
                }
            });
            print_row(&format!("{name}, {what}"), rates, 0);
            ratios.push(rates);
        }
        let ratio = |at: usize| ratios[0][at] / ratios[1][at];
        print_row("  store for each append", [ratio(0), ratio(1), ratio(2)], 2);
    }
}

fn print_row(name: &str, values: [f64; 3], digits: usize) {
    let [one, eight, many] = values.map(|value| format!("{value:.digits$}"));
    println!("{name:<44} {one:>10} {eight:>10} {many:>10}");
}

fn sizes() {
    println!(
        "\n{:<44} {:>10} {:>10} {:>10}",
        "bytes for each of 365 daily polls", "on disk", "as said", "share"
    );
    for (name, with_captures) in [("record alone", false), ("record and captures", true)] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let mut said = 0;
        for day in 0..DAYS {
            let mut collected = poll("core-1", day);
            if !with_captures {
                collected.captures.clear();
            }
            said += collected.line.len();
            said += collected.captures.iter().map(|capture| capture.raw.len()).sum::<usize>();
            store.write_blocking(move |tx| tx.collect(&collected)).unwrap();
        }
        drop(store);
        let kept = fs::metadata(folder.path().join("licwatch.sqlite")).unwrap().len() as f64 / DAYS as f64;
        let said = said as f64 / DAYS as f64;
        println!("{name:<44} {kept:>10.0} {said:>10.0} {:>9.0}%", 100.0 * kept / said);
    }
}

fn a_year() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let begun = Instant::now();
    for day in 0..DAYS {
        let sample = Arc::new(poll("core-1", day));
        for devices in (0..DEVICES).step_by(BULK) {
            let sample = Arc::clone(&sample);
            let kept = store.write_blocking(move |tx| {
                for device in devices..devices + BULK {
                    let mut collected = again(&sample, &format!("core-{device}"), 0);
                    collected.captures.clear();
                    tx.collect(&collected)?;
                }
                Ok(())
            });
            kept.unwrap();
        }
    }
    let filled = begun.elapsed();
    drop(store);
    let bytes = fs::metadata(folder.path().join("licwatch.sqlite")).unwrap().len();
    println!(
        "\n{DEVICES} devices × {DAYS} days: {} MB, filled in {:.0} s",
        bytes / 1_000_000,
        filled.as_secs_f64()
    );

    let begun = Instant::now();
    let store = open(folder.path());
    println!("{:<44} {:>10.3} s", "opened", begun.elapsed().as_secs_f64());
    for round in ["first", "again"] {
        let begun = Instant::now();
        let rows = status::read(folder.path(), |sql| {
            let known = status::devices(sql)?;
            Ok((known, status::stops(sql)?, status::sinks(sql)?, status::brakes(sql)?))
        });
        assert_eq!(rows.unwrap().0.len(), DEVICES);
        let took = begun.elapsed().as_secs_f64();
        println!("{:<44} {took:>10.3} s", format!("every device as `status` shows it, {round}"));
    }
    let begun = Instant::now();
    let lines = store.read_blocking(|sql| {
        let mut query = sql.prepare(
            "SELECT o.seq FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = 'core-7' ORDER BY o.seq",
        )?;
        let seqs = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        seqs.into_iter().map(|seq| observations::line(sql, seq)).collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(lines.unwrap().len(), DAYS);
    println!("{:<44} {:>10.3} s", "the year of one device, every record", begun.elapsed().as_secs_f64());
}
