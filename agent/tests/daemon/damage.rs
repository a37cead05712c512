//! A store's file that is not what it was, or is somebody else's for a while.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use licwatch_simulator::collector::Collector;
use rusqlite::Connection;

use crate::kept::{connect, observations};
use crate::polling::{router, scheduled};
use crate::program::licwatch;
use crate::receivers::{deliver_rest, sink};
use crate::running::Daemon;

/// Where a table begins in the file, and how long a page is.
fn root(connection: &Connection, table: &str) -> u64 {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    let page = number(&format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'"));
    (page - 1) * number("PRAGMA page_size")
}

/// Truncated, emptied, or with one bit flipped: the daemon ends with exit code 3, names the file and the way out,
/// polls nothing and leaves the file as it found it; with the file as it was, it goes on.
#[test]
fn a_damaged_store_is_refused_by_name_and_left_as_it_is() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(3);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let file = site.path().join("state").join(licwatch::store::FILE);
    let (whole, before) = (fs::read(&file).unwrap(), observations(site.path()).len());
    let head = fs::read(file.with_file_name("journal.head")).unwrap();
    let roots = {
        let connection = connect(site.path());
        ["observations", "journal", "devices", "schedule"].map(|table| (table, root(&connection, table)))
    };
    let beside = || -> Vec<PathBuf> {
        ["-wal", "-shm"].iter().map(|end| PathBuf::from(format!("{}{end}", file.display()))).collect()
    };
    let flipped = |at: u64| {
        let mut bytes = whole.clone();
        bytes[at as usize] ^= 0x40;
        bytes
    };
    let mut damages = vec![
        ("cut in half".to_owned(), whole[..whole.len() / 2].to_vec()),
        ("cut by a page".to_owned(), whole[..whole.len() - 4096].to_vec()),
        ("emptied".to_owned(), Vec::new()),
        ("a bit of its head".to_owned(), flipped(3)),
    ];
    damages.extend(roots.map(|(table, at)| (format!("a bit of {table}"), flipped(at))));
    let connections = site.devices()[0].tally().connections;
    for (damage, bytes) in damages {
        for file in beside() {
            let _ = fs::remove_file(file);
        }
        fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&file)
            .unwrap()
            .write_all_at(&bytes, 0)
            .unwrap();
        let said = licwatch(site.path(), &["run"]);
        assert_eq!(said.code, Some(3), "{damage}: {}", said.err);
        assert!(said.err.contains("licwatch.sqlite is damaged"), "{damage}: {}", said.err);
        assert!(said.err.contains("restore a backup"), "{damage}: {}", said.err);
        // A start that only a table deeper in the file refuses may have added to the journal; what is damaged stays as
        // it was found, and nothing is cut off.
        let found = fs::read(&file).unwrap();
        let at = (0..bytes.len()).find(|at| bytes.get(*at) != whole.get(*at));
        assert!(found.len() >= bytes.len(), "{damage}: the file was cut");
        assert!(at.is_none_or(|at| found[at] == bytes[at]), "{damage}: the damage was written over");
    }
    assert_eq!(
        site.devices()[0].tally().connections,
        connections,
        "nothing is polled for a store that is damaged"
    );
    for file in beside() {
        let _ = fs::remove_file(file);
    }
    fs::write(&file, &whole).unwrap();
    // The head is a part of what is restored: a newer one tells, rightly, that entries are gone.
    fs::write(file.with_file_name("journal.head"), head).unwrap();
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    assert!(observations(site.path()).len() >= before + 2);
    site.licwatch(&["journal", "verify"]).exits(0);
}

/// Another process holds the store for longer than a transaction waits: polling stops, and goes on when it lets go;
/// nothing that was polled is lost, and everything is delivered.
#[test]
fn a_store_that_another_process_holds_is_waited_for() {
    let site = scheduled(
        [("a", router(), "netconf"), ("b", router(), "netconf")],
        "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(2);
    let other = connect(site.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    daemon.says(&["Polling stops.", "store", "another process has held the store"]);
    other.execute_batch("COMMIT").unwrap();
    daemon.says(&["Polling goes on.", "store"]);
    daemon.keeps(2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let sessions: usize = site.devices().iter().map(|device| device.tally().netconf_sessions as usize).sum();
    let kept = observations(site.path()).len();
    assert!(kept >= sessions, "{sessions} sessions, {kept} kept");
    deliver_rest(&site, &collector);
    site.licwatch(&["journal", "verify"]).exits(0);
}
