//! Killed at any instant, again and again, while it polls and delivers to a collector that misbehaves.
//!
//! 200 rounds; `LICWATCH_KILLS=2000` asks for more. The instants come from a seed that is printed and can be given
//! (`LICWATCH_KILL_SEED`).

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use licwatch_simulator::collector::{Collector, Reply};

use crate::kept::{connect, entries, observations};
use crate::polling::{router, scheduled};
use crate::running::Daemon;

const ROUNDS: u64 = 200;
/// The longest that a round lasts, in milliseconds: start, some polls, some deliveries.
const LONGEST: u64 = 900;

/// xorshift, so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many devices are due within the hour.
fn due_soon(site: &Path) -> usize {
    let hour = Timestamp::now() + SignedDuration::from_hours(1);
    connect(site)
        .query_row("SELECT count(*) FROM schedule WHERE due_at < ?", [hour.as_microsecond()], |row| {
            row.get(0)
        })
        .unwrap()
}

#[test]
fn killed_at_any_instant_it_loses_nothing_and_repeats_tell_themselves() {
    let rounds = number("LICWATCH_KILLS").unwrap_or(ROUNDS);
    let seed = number("LICWATCH_KILL_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20 | 0x5eed);
    let mut dice = Dice(seed);
    let names = ["a", "b", "c", "d", "e", "f"];
    let site = scheduled(
        names.map(|name| (name, router(), "netconf")),
        "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let collector = site.block_on(Collector::builder().start()).unwrap();
    let sink = format!(
        "[sink.center]\nkind = \"http\"\nurl = \"{}\"\nretry = \"100ms\"\nretry_most = \"200ms\"\ntimeout = \"2s\"\nbatch_lines = 7\n",
        collector.url()
    );
    site.edit("licwatch.toml", "[group.campus]", &format!("{sink}\n[group.campus]"));

    for _ in 0..rounds {
        collector.always(match dice.throw(10) {
            0 => Some(Reply::TakeAndDrop),
            1 => Some(Reply::HalfAnswer),
            2 => Some(Reply::Status(500)),
            3 => Some(Reply::Hang),
            _ => None,
        });
        let daemon = Daemon::start(&site, &[]);
        // The instant of the fault; nothing waits for anything here.
        thread::sleep(Duration::from_millis(dice.throw(LONGEST)));
        daemon.dies();
    }

    // Whatever is left is delivered. Devices that are due are polled once more, and then not for a day.
    collector.always(None);
    site.edit("licwatch.toml", "interval = \"1s\"", "interval = \"1 day\"");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.says(&["The schedule is in force."]);
    while due_soon(site.path()) > 0 {
        daemon.says(&["A poll is kept."]);
    }
    let kept: BTreeSet<String> = observations(site.path()).into_iter().map(|kept| kept.id).collect();
    let all_there = collector.until(|book| kept.iter().all(|id| book.count(id) > 0));
    site.block_on(async { tokio::time::timeout(Duration::from_secs(60), all_there).await })
        .unwrap_or_else(|_| panic!("seed {seed}: lines that were kept are never delivered"));
    daemon.signal("-TERM");
    daemon.ends().exits(0);

    let book = collector.book();
    let there: BTreeSet<String> = book.lines().iter().cloned().collect();
    assert_eq!(there, kept, "seed {seed}: what is at the collector is what was kept");
    assert_eq!(
        book.lines().len(),
        kept.len(),
        "seed {seed}: after repeats are dropped each line is there once"
    );
    // The account: unbroken, one entry for each poll.
    let told: BTreeSet<String> = entries(site.path(), "polled")
        .iter()
        .map(|entry| entry["observation"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, kept, "seed {seed}");
    site.licwatch(&["journal", "verify"]).exits(0);
    // Most rounds end before the agent has come to its first poll; enough must get further.
    assert!(kept.len() as u64 > rounds / 10, "seed {seed}: {} observations in {rounds} rounds", kept.len());
    println!(
        "{rounds} kills (seed {seed}): {} observations, {} requests, {} lines came again",
        kept.len(),
        book.requests(),
        book.repeats()
    );
}
