//! One daemon for one store: its folder, and the file `lock` in it, are held locked as long as the daemon lives, however
//! it ends. The file says who that is. It can be deleted, the folder cannot while the store is in it; where a file system
//! does not lock folders, the file must do.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::refusal::{self, Refusal};

/// The file in the store's folder.
pub(super) const FILE: &str = "lock";
/// So many bytes are there for who holds it; behind them stands a [`Refusal`].
pub(super) const LONGEST: u64 = 256;
/// A file that is deleted while it is locked is made anew so often.
const TRIES: usize = 5;
/// What is said of a holder that wrote nothing.
const UNNAMED: &str = "it does not say which";

/// The store's folder is this process's until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it lets another daemon use the folder"]
pub struct Lock {
    file: File,
    _folder: File,
}

/// Why the folder is not ours.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Operator: another daemon uses the folder.
    #[error("another licwatch uses {}: {holder}; one store belongs to one daemon, stop that one or name another [store] directory", folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// Operator: the lock cannot be made or read.
    #[error("{} cannot be locked: {reason}; see [store] directory, and that the agent's user owns it", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: Arc<io::Error>,
    },
}

impl Lock {
    /// Takes a store's folder for this process, which started at `now`; the folder is made if it is not there.
    pub fn take(folder: &Path, now: Timestamp) -> Result<Self, LockError> {
        let path = folder.join(FILE);
        let unusable =
            |reason: io::Error| LockError::Unusable { file: path.clone(), reason: Arc::new(reason) };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let held = |holder: String| LockError::Held { folder: folder.to_owned(), holder };
        let whole = File::open(folder).map_err(unusable)?;
        match whole.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(held(File::open(&path).map_or_else(|_| UNNAMED.to_owned(), holder)));
            }
            Err(TryLockError::Error(error)) => {
                tracing::debug!(%error, folder = %folder.display(), "The folder itself cannot be locked.");
            }
        }
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut tries = 0;
        let mut file = loop {
            let file = options.open(&path).map_err(unusable)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => break file,
                // Who comes next would lock another file.
                Ok(()) if tries < TRIES => tries += 1,
                Ok(()) => return Err(unusable(io::Error::other("somebody deletes it again and again"))),
                Err(TryLockError::WouldBlock) => return Err(held(holder(file))),
                Err(TryLockError::Error(reason)) => return Err(unusable(reason)),
            }
        };
        file.set_len(0).map_err(unusable)?;
        let who = format!("process {} since {}", std::process::id(), now.strftime("%Y-%m-%d %H:%M:%SZ"));
        let line = format!("{who:width$}\n", width = usize::try_from(LONGEST - 1).unwrap_or_default());
        file.write_all(line.as_bytes()).map_err(unusable)?;
        refusal::tell(&file, None).map_err(unusable)?;
        Ok(Self { file, _folder: whole })
    }

    /// Says to `licwatch status` what the store refuses, or that it takes everything. It may block.
    pub fn tell(&self, refusal: Option<&Refusal>) -> io::Result<()> {
        refusal::tell(&self.file, refusal)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is left in the file names nobody who is alive; it stays locked until the file is closed, right after.
        let _ = self.file.set_len(0);
    }
}

/// Whether the file still lies there.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(here), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (here.dev(), here.ino()) == (there.dev(), there.ino())
}

/// Who says to hold it. It may have been locked before its line was written.
fn holder(file: File) -> String {
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    let line = text.lines().next().unwrap_or_default().trim_end();
    let plain = line.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if read.is_err() || line.is_empty() || !plain { UNNAMED.to_owned() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2027-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn one_at_a_time_and_the_other_is_told_who() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made/state");
        let lock = Lock::take(&folder, now()).unwrap();
        let second = Lock::take(&folder, now()).unwrap_err().to_string();
        let who = format!("process {} since 2027-03-01 12:00:00Z", std::process::id());
        assert!(second.contains(&who) && second.contains("made/state"), "{second}");
        drop(lock);
        let third = Lock::take(&folder, now()).unwrap();
        fs::write(folder.join(FILE), "\u{1b}[2J".repeat(100)).unwrap();
        let fourth = Lock::take(&folder, now()).unwrap_err().to_string();
        assert!(fourth.contains("it does not say which"), "{fourth}");
        drop(third);
    }

    #[test]
    fn who_deletes_the_file_lets_no_other_in() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path(), now()).unwrap();
        fs::remove_file(folder.path().join(FILE)).unwrap();
        let second = Lock::take(folder.path(), now()).unwrap_err();
        assert!(matches!(second, LockError::Held { .. }), "{second}");
        assert!(second.to_string().contains(UNNAMED), "{second}");
        fs::write(folder.path().join(FILE), "").unwrap();
        assert!(matches!(Lock::take(folder.path(), now()), Err(LockError::Held { .. })));
        drop(lock);
        let _lock = Lock::take(folder.path(), now()).unwrap();
    }

    #[test]
    fn a_file_that_is_no_longer_there_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&file, &path));
        let other = File::create(&path).unwrap();
        assert!(!is_at(&file, &path) && is_at(&other, &path));
    }

    #[test]
    fn a_daemon_that_locks_the_file_alone_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let older = File::create(folder.path().join(FILE)).unwrap();
        older.try_lock().unwrap();
        assert!(matches!(Lock::take(folder.path(), now()), Err(LockError::Held { .. })));
        drop(older);
        let _lock = Lock::take(folder.path(), now()).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Lock::take(&file, now()), Err(LockError::Unusable { .. })));
        assert!(Lock::take(&file, now()).unwrap_err().to_string().contains("file/lock cannot be locked"));
    }
}
