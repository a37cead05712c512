//! Whether the store is what it was: for `check`.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::{Store, StoreError, captures, observations};

/// Problems of the file's structure that are told, at most.
const TOLD: u32 = 100;
/// Rows that are looked at between two looks at the time.
const ROWS: u32 = 200;

/// A file or folder that others than its owner may use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenToOthers {
    /// Where it is.
    pub path: PathBuf,
    /// Its mode, such as `0o644`.
    pub mode: u32,
    /// The mode that it should have.
    pub should: u32,
}

/// What of the store's folder others may use: the folder itself, its files, and the backups.
pub fn open_to_others(folder: &Path) -> io::Result<Vec<OpenToOthers>> {
    let mut open = Vec::new();
    let mut look = vec![folder.to_owned()];
    let mut depth = 0;
    while !look.is_empty() && depth <= 2 {
        let mut inside = Vec::new();
        for path in look {
            let found = match fs::symlink_metadata(&path) {
                // The daemon goes on and takes its files of a moment away.
                Err(error) if error.kind() == io::ErrorKind::NotFound && depth > 0 => continue,
                found => found?,
            };
            let mode = found.permissions().mode() & 0o7777;
            if mode & 0o077 != 0 && !found.is_symlink() {
                let should = if found.is_dir() { 0o700 } else { 0o600 };
                open.push(OpenToOthers { path: path.clone(), mode, should });
            }
            if found.is_dir() {
                for entry in fs::read_dir(&path)? {
                    inside.push(entry?.path());
                }
            }
        }
        look = inside;
        depth += 1;
    }
    open.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(open)
}

/// How the file is built.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Structure {
    /// Every page and every index is as it should be.
    Sound,
    /// What is wrong, in SQLite's words.
    Broken(Vec<String>),
    /// There was no time to find out.
    Unfinished,
}

/// Looks at every page and index of the file, for so long at most.
pub fn structure(connection: &Connection, limit: Duration) -> Result<Structure, StoreError> {
    match within(connection, limit, |sql| Ok(problems(sql)?)) {
        Ok(Some(problems)) if problems.is_empty() => Ok(Structure::Sound),
        Ok(Some(problems)) => Ok(Structure::Broken(problems)),
        Ok(None) => Ok(Structure::Unfinished),
        Err(StoreError::Damaged { what, .. }) => Ok(Structure::Broken(vec![what])),
        Err(error) => Err(error),
    }
}

/// What a query finds, if it needs no longer than `limit`.
pub fn within<T>(
    connection: &Connection,
    limit: Duration,
    query: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let handle = connection.get_interrupt_handle();
    let (done, waiting) = mpsc::channel::<()>();
    let found = thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                handle.interrupt();
            }
        });
        let found = query(connection);
        drop(done);
        found
    });
    match found {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::Sqlite(error))
            if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare(&format!("PRAGMA integrity_check({TOLD})"))?;
    let said = query.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems =
        said.filter(|said| !said.as_ref().is_ok_and(|said| said == "ok")).collect::<Result<Vec<_>, _>>()?;
    let mut query = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        if problems.len() >= TOLD as usize {
            break;
        }
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!("a row of {table} points to a row of {parent} that is not there"));
    }
    Ok(problems)
}

/// How far [`contents`] has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Observations and captures that were looked at.
    pub done: u64,
    /// How many there are.
    pub of: u64,
}

/// What [`contents`] found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contents {
    /// How far it came.
    pub progress: Progress,
    /// What cannot be read or is not what it was; a hundred at most.
    pub problems: Vec<String>,
}

/// Reads every observation and every capture, and compares each with its digest. It takes as long as the disk needs,
/// beside all else; `progress` may end it.
pub fn contents(
    store: &Store,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Contents, StoreError> {
    let mut found = Contents::default();
    found.progress.of = store.read_blocking(|sql| {
        let count = "SELECT (SELECT count(*) FROM observations) + (SELECT count(*) FROM captures)";
        Ok(sql.query_row(count, [], |row| row.get(0))?)
    })?;
    let mut last = 0_i64;
    loop {
        let seqs: Vec<i64> = store.read_blocking(|sql| {
            let mut query =
                sql.prepare_cached("SELECT seq FROM observations WHERE seq > ? ORDER BY seq LIMIT ?")?;
            let seqs: Vec<i64> =
                query.query_map([last, i64::from(ROWS)], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for seq in &seqs {
                found.take(observations::line(sql, *seq).map(drop))?;
            }
            Ok(seqs)
        })?;
        let Some(seq) = seqs.last() else { break };
        last = *seq;
        if progress(found.progress).is_break() {
            return Ok(found);
        }
    }
    let mut last = Vec::new();
    loop {
        let digests: Vec<Vec<u8>> = store.read_blocking(|sql| {
            let mut query =
                sql.prepare_cached("SELECT sha256 FROM captures WHERE sha256 > ? ORDER BY sha256 LIMIT ?")?;
            let digests: Vec<Vec<u8>> =
                query.query_map((&last, ROWS), |row| row.get(0))?.collect::<Result<_, _>>()?;
            for digest in &digests {
                let read = <[u8; 32]>::try_from(digest.as_slice())
                    .map_err(|_| StoreError::Content("a capture's digest is no digest".to_owned()))
                    .and_then(|digest| captures::raw(sql, &digest));
                found.take(read.map(drop))?;
            }
            Ok(digests)
        })?;
        let Some(digest) = digests.last() else { break };
        last.clone_from(digest);
        if progress(found.progress).is_break() {
            return Ok(found);
        }
    }
    Ok(found)
}

impl Contents {
    /// Counts what was looked at. What cannot be read is a finding; that nothing can be read is an error.
    fn take(&mut self, read: Result<(), StoreError>) -> Result<(), StoreError> {
        self.progress.done += 1;
        match read {
            Err(StoreError::Content(problem)) => {
                if self.problems.len() < TOLD as usize {
                    self.problems.push(problem);
                }
                Ok(())
            }
            read => read,
        }
    }
}
