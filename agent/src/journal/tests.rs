//! Journals that somebody tampers with, as rows and as exports.

mod by_hand;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::clock::SystemClock;
use crate::store::{self, Store, StoreError};

fn open(folder: &Path) -> Store {
    Store::open(folder, "hq 1", Arc::new(SystemClock::new())).unwrap()
}

fn add(store: &Store, entries: usize) {
    for number in 0..entries {
        let entry = Entry::new(Actor::Operator("anna".to_owned()), Kind::Polled)
            .with("device", format!("edge \\ \"{number}\" %s å"));
        store.write_blocking(move |tx| tx.account(&entry)).unwrap();
    }
}

/// A store's folder with a journal of so many entries, closed.
fn journal(entries: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    add(&open(folder.path()), entries - 1);
    folder
}

fn verified(folder: &Path, anchors: Vec<Anchor>) -> Result<Verified, Broken> {
    let connection = store::journal::read_only(folder).unwrap();
    store::journal::verify(&connection, anchors, &mut |_| {}).unwrap()
}

fn sql(folder: &Path, sql: &str) {
    Connection::open(folder.join(store::FILE)).unwrap().execute_batch(sql).unwrap();
}

fn head(folder: &Path) -> Anchor {
    store::journal::newest_head(folder).unwrap().unwrap()
}

fn export(folder: &Path) -> PathBuf {
    let store = open(folder);
    let out = folder.join("export");
    let mut export = Exporting::begin(&out).unwrap();
    let read = store.read_blocking(|connection| {
        store::journal::each(connection, |kept| export.add(&kept).is_ok())?;
        store::journal::end(connection)
    });
    export.seal(&store.sign_head(&read.unwrap())).unwrap();
    export.publish().unwrap()
}

fn checked(export: &Path) -> Result<Verified, Place> {
    verify_export(export, Vec::new(), &mut |_| {}).unwrap()
}

#[test]
fn a_journal_begins_with_its_key_and_verifies() {
    let folder = journal(3);
    let verified = verified(folder.path(), vec![head(folder.path())]).unwrap();
    let key = JournalKey::read(folder.path()).unwrap().unwrap();
    assert_eq!((verified.entries, verified.public_key), (3, key.public()));
    assert_eq!(
        head(folder.path()).head.hash,
        verified.hash,
        "the last head is written when the store closes"
    );
    drop(open(folder.path()));
    assert_eq!(self::verified(folder.path(), Vec::new()).unwrap().entries, 3, "it begins once");
}

#[test]
fn a_store_with_another_key_or_none_is_not_opened() {
    let folder = journal(2);
    let path = folder.path().join(KEY_FILE);
    let key = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let opened = || Store::open(folder.path(), "hq 1", Arc::new(SystemClock::new())).unwrap_err();
    let error = opened();
    assert!(matches!(error, StoreError::Key(KeyError::Missing { entries: 2, .. })), "{error}");
    assert!(error.to_string().contains("put it back from a backup"), "{error}");
    assert!(!path.exists(), "no new key in silence");
    JournalKey::make(folder.path()).unwrap();
    assert!(matches!(opened(), StoreError::Key(KeyError::Other { .. })));
    fs::write(&path, key).unwrap();
    open(folder.path());
}

#[test]
fn rows_that_were_tampered_with_are_located() {
    let broken = |tampering: &str| {
        let folder = journal(6);
        sql(folder.path(), tampering);
        verified(folder.path(), Vec::new()).unwrap_err()
    };
    let entry =
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'anna', 'anne') AS BLOB) WHERE seq = 4";
    assert_eq!(broken(entry), Broken::Changed { seq: 4 });
    assert_eq!(broken("UPDATE journal SET hash = prev WHERE seq = 4"), Broken::Changed { seq: 4 });
    assert_eq!(broken("UPDATE journal SET prev = hash WHERE seq = 4"), Broken::Unbound { seq: 4 });
    assert_eq!(broken("DELETE FROM journal WHERE seq = 4"), Broken::Number { expected: 4, found: 5 });
    assert_eq!(broken("DELETE FROM journal WHERE seq = 1"), Broken::Number { expected: 1, found: 2 });
    assert_eq!(broken("DELETE FROM journal"), Broken::Empty);
    let moved = "UPDATE journal SET seq = -4 WHERE seq = 4; UPDATE journal SET seq = 4 WHERE seq = 5;
                 UPDATE journal SET seq = 5 WHERE seq = -4";
    assert_eq!(broken(moved), Broken::Number { expected: 4, found: 5 });
    let closed_up = "DELETE FROM journal WHERE seq = 4; UPDATE journal SET seq = 4 WHERE seq = 5;
                     UPDATE journal SET seq = 5 WHERE seq = 6";
    assert_eq!(broken(closed_up), Broken::Number { expected: 4, found: 5 });
    let added = "INSERT INTO journal SELECT 7, entry, prev, hash FROM journal WHERE seq = 6";
    assert_eq!(broken(added), Broken::Number { expected: 7, found: 6 });
    assert_eq!(
        broken("INSERT INTO journal SELECT 0, entry, prev, hash FROM journal WHERE seq = 6"),
        Broken::Number { expected: 1, found: 0 }
    );
}

#[test]
fn a_chain_that_was_computed_anew_is_caught_by_a_head() {
    let folder = journal(6);
    let anchor = head(folder.path());
    let connection = Connection::open(folder.path().join(store::FILE)).unwrap();
    let mut prev = GENESIS.to_owned();
    for seq in 1..=6 {
        let mut entry: Vec<u8> =
            connection.query_row("SELECT entry FROM journal WHERE seq = ?", [seq], |row| row.get(0)).unwrap();
        if seq == 3 {
            entry = String::from_utf8(entry).unwrap().replace("anna", "anne").into_bytes();
        }
        let hash = seal(&prev, &entry);
        let update = "UPDATE journal SET entry = ?, prev = ?, hash = ? WHERE seq = ?";
        connection.execute(update, (&entry, &prev, &hash, seq)).unwrap();
        prev = hash;
    }
    drop(connection);
    assert_eq!(verified(folder.path(), Vec::new()).unwrap().entries, 6, "by itself it holds");
    let broken = verified(folder.path(), vec![anchor.clone()]).unwrap_err();
    assert_eq!(broken, Broken::Rewritten { name: anchor.name.clone(), seq: 6 });
    // The agent itself does not write over the proof.
    drop(open(folder.path()));
    assert_eq!(head(folder.path()), anchor);
}

impl PartialEq for Anchor {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.head) == (&other.name, &other.head)
    }
}

#[test]
fn a_cut_tail_and_an_older_copy_are_caught_by_a_head() {
    let folder = journal(6);
    let (older, newest) = (head(folder.path()), 8);
    add(&open(folder.path()), 2);
    let newer = head(folder.path());
    assert_eq!((older.head.seq, newer.head.seq), (6, newest));
    assert_eq!(verified(folder.path(), vec![older.clone(), newer.clone()]).unwrap().entries, 8);
    sql(folder.path(), "DELETE FROM journal WHERE seq > 5");
    let cut = |anchor: &Anchor| Broken::Cut { name: anchor.name.clone(), seq: anchor.head.seq, end: 5 };
    assert_eq!(verified(folder.path(), vec![older.clone()]).unwrap_err(), cut(&older));
    assert_eq!(verified(folder.path(), Vec::new()).unwrap().entries, 5, "without a head nobody could tell");
    // Going on with the older copy does not hide it.
    add(&open(folder.path()), 4);
    assert_eq!(head(folder.path()), newer);
    let broken = verified(folder.path(), vec![newer]).unwrap_err();
    assert!(matches!(broken, Broken::Rewritten { seq: 8, .. }), "{broken}");
}

#[test]
fn heads_that_were_changed_or_are_a_strangers_are_told() {
    let folder = journal(3);
    let mut changed = head(folder.path());
    changed.head.seq = 2;
    let broken = verified(folder.path(), vec![changed]).unwrap_err();
    assert!(matches!(broken, Broken::Signature { seq: 2, .. }), "{broken}");
    let stranger = head(journal(3).path());
    let broken = verified(folder.path(), vec![stranger]).unwrap_err();
    assert!(matches!(broken, Broken::Key { .. }), "{broken}");
}

#[test]
fn two_writers_keep_one_chain_and_no_head_is_ahead_of_it() {
    let folder = journal(1);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..2).map(|_| scope.spawn(|| add(&open(folder.path()), 60))).collect();
        let watching = scope.spawn(|| {
            let connection = store::journal::read_only(folder.path()).unwrap();
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                // The head first: what comes behind it can only be more.
                if let Some(anchor) = store::journal::newest_head(folder.path()).unwrap() {
                    assert!(anchor.head.is_signed());
                    assert!(anchor.head.seq <= store::journal::end(&connection).unwrap().seq);
                    seen += 1;
                }
            }
            seen
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        assert!(watching.join().unwrap() > 0);
    });
    assert_eq!(verified(folder.path(), vec![head(folder.path())]).unwrap().entries, 121);
}

#[test]
fn an_export_is_the_same_bytes_and_never_replaces_anything() {
    let folder = journal(5);
    let out = export(folder.path());
    let verified = checked(&out).unwrap();
    assert_eq!(verified.entries, 5);
    let mut bytes = Vec::new();
    let connection = store::journal::read_only(folder.path()).unwrap();
    store::journal::each(&connection, |kept| {
        bytes.extend([kept.entry, b"\n"].concat());
        true
    })
    .unwrap();
    assert_eq!(fs::read(out.join("journal.ndjson")).unwrap(), bytes);
    assert!(matches!(Exporting::begin(&out), Err(ExportError::Exists { .. })));
    let late = Exporting::begin(&folder.path().join("late")).unwrap();
    fs::create_dir(folder.path().join("late")).unwrap();
    assert!(matches!(late.publish(), Err(ExportError::Exists { .. })));
    let anchor = Anchor { name: "m".to_owned(), head: head(journal(9).path()).head };
    let place = verify_export(&out, vec![anchor], &mut |_| {}).unwrap().unwrap_err();
    assert!(matches!(place.broken, Broken::Key { .. }), "a head from outside is compared: {}", place.broken);
}

/// The line, from 1, that a byte stands in, and the byte that the line begins at.
fn line_of(bytes: &[u8], byte: usize) -> (u64, u64) {
    let before = &bytes[..byte];
    let line = 1 + before.iter().filter(|it| **it == b'\n').count();
    (line as u64, before.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1) as u64)
}

#[test]
fn each_byte_of_an_export_counts() {
    let folder = journal(4);
    let out = export(folder.path());
    let entries = fs::read(out.join("journal.ndjson")).unwrap();
    let names = [
        "journal.ndjson",
        "journal.hashes",
        "journal.head.json",
        "journal.head.txt",
        "journal.head.sig",
        "journal.pub.pem",
        "README.txt",
    ];
    for name in names {
        let bytes = fs::read(out.join(name)).unwrap();
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            fs::write(out.join(name), &flipped).unwrap();
            let found = checked(&out).expect_err(name);
            let line = line_of(&bytes, place).0;
            match name {
                "journal.ndjson" => assert_eq!(found.at, Some(line_of(&entries, place)), "{name} {place}"),
                "journal.hashes" => assert_eq!(found.at.map(|at| at.0), Some(line), "{name} {place}"),
                _ => assert!(found.broken.seq().is_none(), "{name} {place}: {}", found.broken),
            }
        }
        for changed in [&bytes[..bytes.len() - 1], &[&bytes[..], b"\n"].concat(), b""] {
            fs::write(out.join(name), changed).unwrap();
            checked(&out).expect_err(name);
        }
        fs::write(out.join(name), &bytes).unwrap();
    }
    checked(&out).unwrap();
}

/// What may be done to the lines of both lists at once.
#[derive(Clone, Debug)]
enum Tampering {
    Byte(usize, u8),
    Drop(usize),
    Swap(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        (any::<usize>(), 1_u8..).prop_map(|(at, with)| Tampering::Byte(at, with)),
        (0_usize..8).prop_map(Tampering::Drop),
        (0_usize..8, 0_usize..8)
            .prop_filter("another", |(one, other)| one != other)
            .prop_map(|(one, other)| Tampering::Swap(one, other)),
        (0_usize..8, 0_usize..9).prop_map(|(which, to)| Tampering::Repeat(which, to)),
        (0_usize..8).prop_map(Tampering::Cut),
    ]
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

impl Tampering {
    /// The lines after it, and the first of them that differs.
    fn on(&self, mut lines: Vec<Vec<u8>>) -> Vec<u8> {
        match *self {
            Self::Byte(at, with) => {
                let mut bytes = lines.concat();
                let at = at % bytes.len();
                bytes[at] ^= with;
                return bytes;
            }
            Self::Drop(which) => drop(lines.remove(which)),
            Self::Swap(one, other) => lines.swap(one, other),
            Self::Repeat(which, to) => lines.insert(to, lines[which].clone()),
            Self::Cut(from) => lines.truncate(from),
        }
        lines.concat()
    }
}

/// An export of eight entries, which every case leaves as it was.
static EXPORT: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = journal(8);
    export(folder.path());
    folder
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is done to the entries, with the list of hashes left as it was or with the same done to it.
    #[test]
    fn tampering_is_found_where_it_is(tampering in tampering(), both in any::<bool>()) {
        let out = EXPORT.path().join("export");
        let (entries, hashes) = (out.join("journal.ndjson"), out.join("journal.hashes"));
        let (before, listed) = (fs::read(&entries).unwrap(), fs::read(&hashes).unwrap());
        let after = tampering.on(lines(&before));
        fs::write(&entries, &after).unwrap();
        if both {
            fs::write(&hashes, tampering.on(lines(&listed))).unwrap();
        }
        let checked = checked(&out);
        fs::write(&entries, &before).unwrap();
        fs::write(&hashes, &listed).unwrap();
        let first = before.iter().zip(&after).position(|(one, other)| one != other);
        let first = first.unwrap_or(before.len().min(after.len()));
        if before == after {
            // A line of the hashes may have been moved beside it; the entries were not.
            return Ok(());
        }
        let found = checked.unwrap_err();
        match found.at {
            Some((line, byte)) => {
                let (first_line, first_byte) = line_of(&before, first);
                if !both || !matches!(tampering, Tampering::Byte(..)) {
                    prop_assert_eq!((line, byte), (first_line, first_byte), "{}", found.broken);
                }
            }
            // Both lists were cut alike: the head alone tells.
            None => prop_assert!(matches!(found.broken, Broken::Cut { .. } | Broken::Empty), "{}", found.broken),
        }
    }
}

fn end_verified(folder: &Path, newest: Anchor, most: u64) -> Result<(), Broken> {
    let connection = store::journal::read_only(folder).unwrap();
    store::journal::verify_end(&connection, Some(newest), most).unwrap()
}

#[test]
fn the_end_is_verified_and_what_is_before_it_believed() {
    let folder = journal(4);
    let early = head(folder.path());
    add(&open(folder.path()), 16);
    let newest = head(folder.path());
    assert_eq!((early.head.seq, newest.head.seq), (4, 20));
    for most in [1, 5, 19, 20, 100] {
        assert_eq!(end_verified(folder.path(), newest.clone(), most), Ok(()), "{most}");
        assert_eq!(end_verified(folder.path(), early.clone(), most), Ok(()), "{most}");
    }
    let stranger = head(journal(3).path());
    assert!(matches!(
        end_verified(folder.path(), stranger, 5),
        Err(Broken::Key { .. } | Broken::Rewritten { .. })
    ));
    sql(
        folder.path(),
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'anna', 'emma') AS BLOB) WHERE seq = 3",
    );
    assert_eq!(end_verified(folder.path(), newest.clone(), 5), Ok(()));
    assert!(matches!(end_verified(folder.path(), newest.clone(), 100), Err(Broken::Changed { seq: 3 })));
    sql(folder.path(), "UPDATE journal SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 4");
    assert!(matches!(end_verified(folder.path(), early, 5), Err(Broken::Rewritten { seq: 4, .. })));
    sql(
        folder.path(),
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'anna', 'emma') AS BLOB) WHERE seq = 17",
    );
    assert!(matches!(end_verified(folder.path(), newest.clone(), 5), Err(Broken::Changed { seq: 17 })));
    sql(folder.path(), "DELETE FROM journal WHERE seq > 16");
    assert!(matches!(end_verified(folder.path(), newest, 5), Err(Broken::Cut { seq: 20, end: 16, .. })));
}
