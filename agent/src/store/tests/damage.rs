//! Files that are not what they were.

use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::journal::KEY_FILE;
use crate::store::integrity::Structure;

/// What a store of some weeks holds.
struct Original {
    bytes: Vec<u8>,
    key: Vec<u8>,
    lines: Vec<(String, String)>,
    entries: u64,
}

static ORIGINAL: LazyLock<Original> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for days in 0..20 {
        for device in ["a", "b", "c"] {
            collect(&store, &answer(device, days, &[device]));
        }
    }
    let (lines, entries) = (lines(&store).unwrap(), store.read_blocking(entries).unwrap());
    drop(store);
    assert!(!folder.path().join(format!("{FILE}-wal")).exists(), "what closes last tidies up");
    let read = |name| fs::read(folder.path().join(name)).unwrap();
    Original { bytes: read(FILE), key: read(KEY_FILE), lines, entries }
});

/// Puts a file in the place of the store, with the key that its journal wants.
fn put(folder: &Path, bytes: &[u8], key: &[u8]) {
    fs::write(folder.join(FILE), bytes).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(folder.join(KEY_FILE)).unwrap();
    std::io::Write::write_all(&mut file, key).unwrap();
}

/// The id and the line of every observation.
fn lines(store: &Store) -> Result<Vec<(String, String)>, StoreError> {
    store.read_blocking(|sql| {
        let mut query = sql.prepare("SELECT seq, id FROM observations ORDER BY seq")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (seq, id): (i64, String) = row?;
            Ok((id, observations::line(sql, seq)?.unwrap_or_default()))
        })
        .collect()
    })
}

/// What opening and looking through says is wrong; nothing if all is well.
fn complaint(folder: &Path) -> Option<String> {
    let clock: Arc<dyn Clock> = Standing::new();
    let store = match Store::open(folder, "test-agent", clock) {
        Ok(store) => store,
        Err(error) => {
            let text = error.to_string();
            if matches!(error, StoreError::Damaged { .. } | StoreError::Newer { .. }) {
                assert!(text.contains(folder.to_str().unwrap()), "which file? {text}");
            }
            return Some(text);
        }
    };
    match store.read_blocking(|sql| integrity::structure(sql, BUSY)) {
        Ok(Structure::Sound) => {}
        found => return Some(format!("{found:?}")),
    }
    match integrity::contents(&store, |_| std::ops::ControlFlow::Continue(())) {
        Ok(found) if found.problems.is_empty() => {}
        found => return Some(format!("{found:?}")),
    }
    match store.read_blocking(entries) {
        Err(error) => return Some(error.to_string()),
        Ok(count) if count < ORIGINAL.entries => {
            return Some("the signed head tells of more entries".to_owned());
        }
        Ok(_) => {}
    }
    match lines(&store) {
        Err(error) => return Some(error.to_string()),
        Ok(lines) => assert_eq!(lines, ORIGINAL.lines, "lost without a word"),
    }
    // What seems sound can be written to.
    assert!(matches!(collect(&store, &answer("a", 50, &["a"])), Kept::New { .. }));
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_found_or_does_no_harm(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = ORIGINAL.bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        put(folder.path(), &bytes, &ORIGINAL.key);
        complaint(folder.path());
    }

    /// The first page says what all else is.
    #[test]
    fn a_flipped_bit_in_the_head_is_found_or_does_no_harm(at in 0..100_usize, bit in 0..8_u32) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = ORIGINAL.bytes.clone();
        bytes[at] ^= 1 << bit;
        put(folder.path(), &bytes, &ORIGINAL.key);
        complaint(folder.path());
    }

    #[test]
    fn a_file_that_is_cut_off_is_found(at in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let length = 1 + at.index(ORIGINAL.bytes.len() - 1);
        put(folder.path(), &ORIGINAL.bytes[..length], &ORIGINAL.key);
        prop_assert!(complaint(folder.path()).is_some(), "{length} of {} bytes", ORIGINAL.bytes.len());
    }
}

#[test]
fn what_was_not_harmed_raises_no_complaint() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &ORIGINAL.bytes, &ORIGINAL.key);
    assert_eq!(complaint(folder.path()), None);
}

#[test]
fn a_page_of_zeros_is_found() {
    let mut found = 0;
    let pages = ORIGINAL.bytes.len() / 4096;
    for page in 0..pages {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        put(folder.path(), &ORIGINAL.bytes, &ORIGINAL.key);
        let file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.write_all_at(&[0; 4096], page as u64 * 4096).unwrap();
        found += usize::from(complaint(folder.path()).is_some());
    }
    assert_eq!(found, pages);
}

#[test]
fn what_is_no_store_is_not_begun_anew() {
    let clock = || -> Arc<dyn Clock> { Standing::new() };
    let damaged = |folder: &Path| {
        let file = folder.join(FILE);
        let before = fs::read(&file).ok();
        let refused = Store::open(folder, "test-agent", clock());
        let Err(StoreError::Damaged { file: named, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(named, file);
        assert_eq!(fs::read(&file).ok(), before, "it was written to");
    };
    // Garbage, and another program's database.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), "no store at all\n".repeat(1000)).unwrap();
    damaged(folder.path());
    let folder = tempfile::tempdir().unwrap();
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (text); PRAGMA user_version = 1")
        .unwrap();
    drop(other);
    damaged(folder.path());
    // A store that was emptied or is gone, with its signed head still there.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal.head"), "{}").unwrap();
    damaged(folder.path());
    fs::write(folder.path().join(FILE), "").unwrap();
    damaged(folder.path());
}

/// One row that cannot be read must not keep its device, nor any other, from being collected or shown.
#[test]
fn a_newest_that_is_no_text_any_more_counts_as_never_seen() {
    let damages = ["CAST(x'7bff7d' AS TEXT)", "'{'", "''", "replace(summary, '}', CAST(x'ff' AS TEXT))"];
    for damage in damages {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &ORIGINAL.bytes, &ORIGINAL.key);
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.execute_batch(&format!("UPDATE newest SET summary = {damage}")).unwrap();
        drop(connection);
        assert_eq!(status::read(folder.path(), status::devices).unwrap().len(), 3, "{damage}");
        let store = open(folder.path());
        for device in ["a", "b", "c"] {
            assert!(matches!(collect(&store, &answer(device, 50, &[device])), Kept::New { .. }));
        }
        assert_eq!(store.read_blocking(newest::all).unwrap().len(), 3, "{damage}");
    }
}

#[test]
fn a_torn_tail_of_the_log_takes_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let log = folder.path().join(format!("{FILE}-wal"));
    let mut answered = Vec::new();
    for days in 0..40 {
        collect(&store, &answer("a", days, &["a"]));
        answered.push(fs::metadata(&log).unwrap().len());
    }
    // As a machine that lost its power leaves them.
    let read = |name| fs::read(folder.path().join(name)).unwrap();
    let (file, key, log) = (read(FILE), read(KEY_FILE), fs::read(&log).unwrap());
    assert!(answered.is_sorted() && answered.last() == Some(&(log.len() as u64)), "the log was not reset");
    for cut in (0..log.len()).step_by(log.len() / 40).chain([log.len() - 1, log.len()]) {
        for noise in [&b""[..], &[0xa5; 5000]] {
            let crashed = tempfile::tempdir().unwrap();
            put(crashed.path(), &file, &key);
            fs::write(crashed.path().join(format!("{FILE}-wal")), [&log[..cut], noise].concat()).unwrap();
            let promised = answered.iter().filter(|length| **length <= cut as u64).count();
            let clock: Arc<dyn Clock> = Standing::new();
            match Store::open(crashed.path(), "test-agent", clock) {
                Ok(store) => {
                    let kept = lines(&store).unwrap().len();
                    assert!(kept >= promised && kept <= promised + 1, "{kept} of {promised} at {cut}");
                    store.read_blocking(entries).unwrap();
                }
                // Nothing was answered before the schema stood.
                Err(error) => assert!(promised == 0, "{cut}: {error}"),
            }
        }
    }
}

/// SQLite counts a page that is there in part, and reads what is missing as zeros.
#[test]
fn a_file_cut_within_its_last_pages_is_refused_and_left_as_it_is() {
    let whole = ORIGINAL.bytes.len();
    for missing in [1, 7, 100, 2048, 4095, 4096, 4097, 3 * 4096 + 5] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &ORIGINAL.bytes[..whole - missing], &ORIGINAL.key);
        // An empty log is none.
        fs::write(folder.path().join(format!("{FILE}-wal")), "").unwrap();
        let clock: Arc<dyn Clock> = Standing::new();
        let Err(refused) = Store::open(folder.path(), "test-agent", clock) else { panic!("{missing}") };
        let text = refused.to_string();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
        assert!(
            text.contains(&format!("should have {whole}")) && text.contains("restore a backup"),
            "{text}"
        );
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap().len(), whole - missing, "it was written to");
    }
}

/// The first page tells of pages that the log still has: so a machine that loses its power while the log is taken over
/// leaves it.
#[test]
fn a_file_whose_end_is_in_its_log_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    collect(&store, &answer("a", 0, &["a"]));
    drop(store);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (short, key) = (read(FILE), read(KEY_FILE));
    let store = open(folder.path());
    for days in 1..20 {
        collect(&store, &answer("a", days, &["a"]));
    }
    let (kept, log) = (lines(&store).unwrap(), read(&format!("{FILE}-wal")));
    assert_eq!(read(FILE), short, "the log was not taken over");
    drop(store);
    let long = read(FILE);
    assert!(long.len() > short.len() + 2 * 4096, "{} {}", long.len(), short.len());
    for there in [short.len(), short.len() + 4096, long.len() - 1] {
        let crashed = tempfile::tempdir().unwrap();
        put(crashed.path(), &long[..there], &key);
        fs::write(crashed.path().join(format!("{FILE}-wal")), &log).unwrap();
        assert_eq!(lines(&open(crashed.path())).unwrap(), kept, "{there}");
        // With a log that ends before the last page, it is cut off.
        let cut = tempfile::tempdir().unwrap();
        put(cut.path(), &long[..there], &key);
        fs::write(cut.path().join(format!("{FILE}-wal")), &log[..5000]).unwrap();
        let clock: Arc<dyn Clock> = Standing::new();
        let refused = Store::open(cut.path(), "test-agent", clock);
        assert!(
            matches!(&refused, Err(StoreError::Damaged { what, .. }) if what.contains("cut off")),
            "{refused:?}"
        );
    }
}
