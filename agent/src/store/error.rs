//! What the store can say no to, and who has to act.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the store could not do what was asked. Nothing of the change that failed is kept.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Operator: the folder cannot be used.
    #[error("the store's folder {} cannot be used: {reason}; see [store] directory, and that the agent's user owns it", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        reason: Arc<io::Error>,
    },
    /// Operator: there is no store yet.
    #[error("there is no store in {}; `licwatch run` begins one", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// Operator: a newer licwatch has written it.
    #[error("{} has schema {found}, this licwatch knows schemas up to {known}; use the newer licwatch, or restore the backup from before it", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that is known.
        known: u32,
    },
    /// Operator: no room; nothing that was kept is harmed.
    #[error("no room is left for the store; make room, polling goes on by itself then")]
    Full,
    /// Operator: the file is damaged.
    #[error("the store is damaged: {what}; stop the agent and restore a backup of {}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// Operator: the journal's key cannot be used.
    #[error(transparent)]
    Key(#[from] crate::journal::KeyError),
    /// Another process holds the store for too long.
    #[error("another process has held the store for more than {seconds} s; see which `licwatch` runs")]
    Busy {
        /// How long we waited.
        seconds: u64,
    },
    /// Us: an SQL statement failed.
    #[error("the store failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// Us: what was to be kept cannot be encoded, or what was kept cannot be decoded.
    #[error("the store holds something that cannot be read: {0}")]
    Content(String),
    /// The writer has ended; the process is stopping.
    #[error("the store is closed")]
    Closed,
    /// What was asked for is not there, or is not allowed in its state.
    #[error("{0}")]
    Refused(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { file: super::FILE.into(), what: error.to_string() }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { seconds: super::BUSY.as_secs() }
            }
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}
