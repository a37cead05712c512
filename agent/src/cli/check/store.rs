//! The store and its journal: whether others could read them, whether they are whole, whether there is room.
//!
//! Nothing is written, and the daemon may run meanwhile: it goes on writing while a reader holds its own snapshot.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Finding;
use crate::config::{Config, SinkKind};
use crate::daemon::disk::{FileSystem, Probe};
use crate::journal::{GENESIS, seal};
use crate::store::releases::{self, OwnClock};
use crate::store::{self, StoreError, recent};

/// Looking through a large store ends after so long, for each of its two parts.
const LIMIT: Duration = Duration::from_secs(60);
/// Entries of the journal that are read at once.
const ENTRIES: i64 = 2_000;
/// The first schema that keeps what the own clock said.
const OWN_CLOCK: u32 = 2;
/// How long another process may hold the store.
const BUSY: Duration = Duration::from_secs(5);

/// What was found, and what the store knows of the own clock.
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) clock: OwnClock,
}

pub(super) fn look(config: &Config) -> Looked {
    let folder = config.store_directory();
    let name = folder.display().to_string();
    let exists = folder.join(store::FILE).exists();
    let mut findings = vec![room(&folder, config, exists)];
    findings.extend(modes(&folder));
    if !exists {
        findings.push(Finding::good("store", name, "there is none yet; `licwatch run` begins it"));
        return Looked { findings, clock: OwnClock::default() };
    }
    let (found, clock) = content(&folder.join(store::FILE), &name);
    findings.extend(found);
    Looked { findings, clock }
}

/// The folders that drops of the configuration go to, by what names them.
pub(super) fn drop_folders(config: &Config) -> Vec<(String, PathBuf)> {
    let own = config.drop_directory().map(|folder| ("[drop]".to_owned(), folder));
    let sinks = config.sink_tables().filter(|(_, table)| table.kind == Some(SinkKind::FileDrop));
    let sinks = sinks.filter_map(|(name, table)| {
        let folder = table.directory.as_ref()?.from_folder(config.folder());
        Some((format!("[sink.{name}]"), folder))
    });
    own.into_iter().chain(sinks).collect()
}

/// Whether the daemon would poll, with so much room.
fn room(folder: &Path, config: &Config, exists: bool) -> Finding {
    let name = folder.display().to_string();
    // A store that is yet to be begun lies where its folder will be.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    match FileSystem.free(there) {
        Err(error) => Finding::bad("disk", name, error.to_string(), "see [store] directory"),
        Ok(free) if free < config.store().reserve.bytes() => {
            let text = format!(
                "{} MiB are free, the reserve is {}: nothing is polled",
                free >> 20,
                config.store().reserve
            );
            let remedy = "make room, or set [store] reserve";
            if exists {
                Finding::bad("disk", name, text, remedy)
            } else {
                Finding::doubtful("disk", name, text, remedy)
            }
        }
        Ok(free) => Finding::good("disk", name, format!("{} MiB are free", free >> 20)),
    }
}

/// What others may look into or change.
fn modes(folder: &Path) -> Vec<Finding> {
    let Ok(entries) = fs::read_dir(folder) else {
        return match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            _ => {
                let text = "this user may not look into it";
                vec![Finding::bad("store", folder.display().to_string(), text, "run it as the agent's user")]
            }
        };
    };
    // The folder keeps others away from all that lies in it, but a copy or another mode may not.
    let inside = entries.filter_map(Result::ok).map(|entry| entry.path());
    let open = std::iter::once(folder.to_owned()).chain(inside).filter_map(|path| {
        let mode = fs::symlink_metadata(&path).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then(|| {
            let closed = format!("chmod {:o} {}", mode & 0o700, path.display());
            Finding::bad(
                "store",
                path.display().to_string(),
                format!("others may use it (mode {mode:04o})"),
                closed,
            )
        })
    });
    open.collect()
}

fn content(file: &Path, name: &str) -> (Vec<Finding>, OwnClock) {
    let first = read(file, name);
    // Without its log the file was read as one that nobody writes; a daemon may have begun to meanwhile.
    let bad = first
        .as_ref()
        .is_ok_and(|(found, _)| found.iter().all(|finding| finding.state == super::State::Good));
    let read = if bad || !log_of(file).exists() { first } else { read(file, name) };
    read.unwrap_or_else(|error| {
        let remedy = "see that this user may read it, and restore a backup where it is damaged";
        (vec![Finding::bad("store", name, error.to_string(), remedy)], OwnClock::default())
    })
}

fn read(file: &Path, name: &str) -> Result<(Vec<Finding>, OwnClock), StoreError> {
    let connection = open(file)?;
    let unknown = OwnClock::default();
    let schema: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if schema > store::NEWEST_SCHEMA {
        let error = StoreError::Newer { file: file.to_owned(), found: schema, known: store::NEWEST_SCHEMA };
        return Ok((vec![Finding::bad("store", name, error.to_string(), "use the newer licwatch")], unknown));
    }
    if schema == 0 {
        return Ok((vec![Finding::good("store", name, "it is empty; `licwatch run` begins it")], unknown));
    }
    let clock = if schema < OWN_CLOCK {
        OwnClock { last_good: recent::newest_poll(&connection)?, ..unknown }
    } else {
        OwnClock { last_good: recent::last_believed(&connection)?, ..releases::own_clock(&connection)? }
    };
    Ok((vec![whole(&connection, name, schema), chain(&connection, name)?], clock))
}

/// A connection that can change nothing. Where no process has the store open, SQLite would make files beside it to
/// read it; it is told that nobody changes the file instead.
fn open(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if log_of(file).exists() {
        Connection::open_with_flags(file, flags)?
    } else {
        Connection::open_with_flags(uri(file), flags | OpenFlags::SQLITE_OPEN_URI)?
    };
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn uri(file: &Path) -> String {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut uri = "file://".to_owned();
    for byte in absolute.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

/// Whether SQLite finds its pages in order.
fn whole(connection: &Connection, name: &str, schema: u32) -> Finding {
    let interrupt = connection.get_interrupt_handle();
    let (done, waiting) = mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if waiting.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    drop(done);
    // It ends as soon as nobody can send any more.
    let _ = guard.join();
    let remedy = "stop the agent and restore a backup";
    match found {
        Ok(text) if text == "ok" => {
            Finding::good("store", name, format!("schema {schema}, its pages are in order"))
        }
        Ok(text) => Finding::bad("store", name, text, remedy),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            let text = format!("nothing was wrong within {} s, the rest was not looked at", LIMIT.as_secs());
            Finding::doubtful("store", name, text, "")
        }
        Err(error) => Finding::bad("store", name, error.to_string(), remedy),
    }
}

/// Whether every entry of the journal follows from the one before it.
fn chain(connection: &Connection, name: &str) -> Result<Finding, StoreError> {
    let begun = Instant::now();
    let (mut seq, mut hash) = (0_u64, GENESIS.to_owned());
    // In steps, so that a daemon that writes meanwhile is not kept from tidying its log.
    let mut step = connection
        .prepare("SELECT seq, entry, prev, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?")?;
    loop {
        let mut rows = step.query(rusqlite::params![seq, ENTRIES])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let (number, entry): (u64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let (prev, kept): (String, String) = (row.get(2)?, row.get(3)?);
            if number != seq + 1 || prev != hash || seal(&prev, &entry) != kept {
                let text = format!(
                    "entry {number} does not follow from entry {seq}: bytes were changed, dropped or moved"
                );
                let remedy = "keep the store as it is, and see `licwatch journal verify`";
                return Ok(Finding::bad("journal", name, text, remedy));
            }
            (seq, hash, read) = (number, kept, read + 1);
        }
        if read < ENTRIES {
            return Ok(Finding::good(
                "journal",
                name,
                format!("{seq} entries, each follows from the one before"),
            ));
        }
        if begun.elapsed() > LIMIT {
            let text = format!("{seq} entries follow from each other, the rest was not looked at");
            return Ok(Finding::doubtful("journal", name, text, "licwatch journal verify"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_whatever_is_in_its_name() {
        assert_eq!(uri(Path::new("/a b/50%?#ö.db")), "file:///a%20b/50%25%3F%23%C3%B6.db?immutable=1");
    }
}
