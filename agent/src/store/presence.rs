//! Whether there is a store, and reading one that is not opened to be written.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{BUSY, FILE, StoreError, connect};

/// Whether a folder has a store. That this cannot be seen, because the folder may not be entered, is an error and no
/// absence.
pub fn is_there(folder: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(folder.join(FILE)) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(reason) => Err(unusable(folder, reason)),
    }
}

/// A connection that only reads, to a store that may be damaged, may lack its key, and is not brought up to date.
pub fn read_only(folder: &Path) -> Result<Connection, StoreError> {
    let file = file_of(folder)?;
    connect(&file, OpenFlags::SQLITE_OPEN_READ_ONLY, BUSY).map_err(|error| unreadable(folder, error))
}

/// Reads such a store in one snapshot, and leaves nothing beside it. `query` begins anew where a process began to use
/// the store meanwhile.
pub fn read<T>(
    folder: &Path,
    mut query: impl FnMut(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let file = file_of(folder)?;
    if let Some(before) = unused(&file) {
        // SQLite would make files beside it to read it; it is told that nobody changes it instead.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let found =
            connect(Path::new(&uri(&file)), flags, BUSY).and_then(|sql| in_one_snapshot(&sql, &mut query));
        if unused(&file) == Some(before) {
            return found.map_err(|error| unreadable(folder, error));
        }
    }
    in_one_snapshot(&read_only(folder)?, &mut query).map_err(|error| unreadable(folder, error))
}

fn in_one_snapshot<T>(
    connection: &Connection,
    query: &mut dyn FnMut(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let found = query(&snapshot)?;
    snapshot.finish()?;
    Ok(found)
}

fn file_of(folder: &Path) -> Result<PathBuf, StoreError> {
    if is_there(folder)? {
        Ok(folder.join(FILE))
    } else {
        Err(StoreError::Absent { folder: folder.to_owned() })
    }
}

/// When a file that no process uses was changed, and its length: while one does, a log lies beside it.
fn unused(file: &Path) -> Option<(SystemTime, u64)> {
    let facts = fs::metadata(file).ok()?;
    let no_log = fs::symlink_metadata(log_of(file)).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    if no_log { Some((facts.modified().ok()?, facts.len())) } else { None }
}

/// The write-ahead log of a file.
pub(super) fn log_of(file: &Path) -> PathBuf {
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

/// That a folder cannot be used.
pub(crate) fn unusable(folder: &Path, reason: io::Error) -> StoreError {
    StoreError::Folder { folder: folder.to_owned(), reason: Arc::new(reason) }
}

/// The same, with the file that it is about, or the folder where this user may not read it.
fn unreadable(folder: &Path, error: StoreError) -> StoreError {
    match &error {
        StoreError::Sqlite(said)
            if matches!(
                said.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
            ) =>
        {
            unusable(folder, io::Error::other(said.to_string()))
        }
        _ => error.of(&folder.join(FILE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{Store, status};

    #[test]
    fn a_folder_that_may_not_be_entered_is_not_one_without_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = folder.path().join("nothing");
        assert!(!is_there(&nothing).unwrap());
        assert!(matches!(read_only(&nothing), Err(StoreError::Absent { .. })));
        // A link that leads to itself cannot be entered by anybody, root included.
        let round = folder.path().join("round");
        std::os::unix::fs::symlink(&round, &round).unwrap();
        let clock = Arc::new(SystemClock::new());
        let refusals = [
            read_only(&round).map(drop),
            status::read(&round, status::devices).map(drop),
            Store::open_existing(&round, "a", clock).map(drop),
        ];
        for refused in refusals {
            assert!(
                matches!(&refused, Err(StoreError::Folder { folder, .. }) if *folder == round),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn reading_leaves_nothing_beside_and_sees_what_came_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(folder.path(), "a", Arc::new(SystemClock::new())).unwrap();
        let listed = |sql: &Connection| {
            Ok(sql.query_row("SELECT count(*) FROM devices", [], |row| row.get::<_, u32>(0))?)
        };
        drop(open());
        let files = || {
            let names = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
            names.collect::<std::collections::BTreeSet<_>>()
        };
        let before = files();
        assert_eq!(read(folder.path(), listed).unwrap(), 0);
        assert_eq!(files(), before);
        // A daemon begins while it is read, and again one that has ended before the look is over.
        for (stays, names) in [(true, &["core-1"][..]), (false, &["core-1", "core-2"])] {
            let long_ago = SystemTime::now() - std::time::Duration::from_secs(3600);
            fs::File::open(folder.path().join(FILE)).unwrap().set_modified(long_ago).unwrap();
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let (mut running, count) = (None, names.len());
            let mut asked = 0;
            let found = read(folder.path(), |sql| {
                let found = listed(sql)?;
                asked += 1;
                if asked == 1 {
                    let names = names.clone();
                    running.insert(open()).write_blocking(move |tx| tx.list_devices(&names))?;
                }
                if !stays {
                    running = None;
                }
                Ok(found)
            });
            assert_eq!((found.unwrap() as usize, asked), (count, 2));
        }
    }

    #[test]
    fn a_file_is_named_whatever_is_in_its_name() {
        assert_eq!(uri(Path::new("/a b/50%?#ö.db")), "file:///a%20b/50%25%3F%23%C3%B6.db?immutable=1");
    }
}
