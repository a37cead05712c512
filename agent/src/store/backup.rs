//! Copies of the store while it is in use.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{BUSY, StoreError};

/// Where the copies lie.
const FOLDER: &str = "backups";
/// Pages that are copied at a time.
const PAGES: i32 = 1024;
/// Another process that changes the store makes the copy begin anew; so often, and it is given up.
const TRIES: u32 = 100;

/// Copies the store of schema `found` into `backups/`; the name of the copy. It is whole and synced, or it is not there.
pub(super) fn keep(folder: &Path, file: &Path, found: u32, now: Timestamp) -> Result<String, StoreError> {
    let backups = folder.join(FOLDER);
    let unusable =
        |reason: io::Error| StoreError::Folder { folder: backups.clone(), reason: Arc::new(reason) };
    DirBuilder::new().recursive(true).mode(0o700).create(&backups).map_err(unusable)?;
    let name = format!("schema-{found}-{}.sqlite", now.strftime("%Y%m%dT%H%M%S%6fZ"));
    let (unfinished, finished) = (backups.join(format!("{name}.part")), backups.join(&name));
    let copied = copy(file, &unfinished, &unusable).and_then(|()| {
        fs::rename(&unfinished, &finished)
            .and_then(|()| File::open(&backups)?.sync_all())
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(unusable)
    });
    if let Err(error) = copied {
        // What is left of it would only take room.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    Ok(format!("{FOLDER}/{name}"))
}

fn copy(file: &Path, to: &Path, unusable: &impl Fn(io::Error) -> StoreError) -> Result<(), StoreError> {
    fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(to).map_err(unusable)?;
    let from = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    from.busy_timeout(BUSY)?;
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // It becomes durable by one sync at its end.
    copy.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(&from, &mut copy)?;
        let mut tries = 0;
        loop {
            match backup.step(PAGES)? {
                StepResult::Done => break,
                StepResult::More => {}
                // The source is in use: it has its own patience.
                _ if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(20));
                }
                _ => return Err(StoreError::Busy { seconds: BUSY.as_secs() }),
            }
        }
    }
    // The copy inherits the write-ahead log from the head of its source; alone it is easier to carry.
    let _: String = copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    copy.close().map_err(|(_, error)| error)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(unusable)
}
