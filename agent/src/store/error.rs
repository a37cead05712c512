//! What the store can say no to, and who has to act.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
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
    /// Operator: the disk or its file system fails; nothing that was kept is harmed by us.
    #[error("the disk of {} fails: {what}; see the system's log, polling goes on by itself when it works again", file.display())]
    Disk {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// Operator: the file is damaged.
    #[error("{} is damaged: {what}; stop the agent and restore a backup of it", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// Operator: the journal's key cannot be used.
    #[error(transparent)]
    Key(#[from] crate::journal::KeyError),
    /// Operator: another process holds the store for too long.
    #[error("another process has held the store for more than {seconds} s; see which `licwatch` runs")]
    Busy {
        /// How long we waited.
        seconds: u64,
    },
    /// Us: an SQL statement failed.
    #[error("the store failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// Us: the code of a change or a query panicked. It alone was taken back.
    #[error("licwatch has a fault of its own: {0}; please report it")]
    Panicked(String),
    /// Operator: what was kept cannot be read, or what was to be kept cannot be encoded.
    #[error("the store holds something that cannot be read: {0}; see `licwatch check`")]
    Content(String),
    /// Us: the writer has ended; the process is stopping.
    #[error("the store is closed")]
    Closed,
    /// Operator: what was asked for is not there, or is not allowed in its state.
    #[error("{0}")]
    Refused(String),
}

impl StoreError {
    /// The same, with the file that it is about where only its name is known.
    pub(super) fn of(mut self, path: &Path) -> Self {
        if let Self::Damaged { file, .. } | Self::Disk { file, .. } = &mut self
            && file.as_os_str() == super::FILE
        {
            path.clone_into(file);
        }
        self
    }

    /// What a panic said.
    pub(super) fn panicked(said: &(dyn Any + Send)) -> Self {
        let text = said.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| said.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "it says nothing".to_owned()))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        use rusqlite::ErrorCode;
        // A row that was damaged within its page; the structure of the file tells nothing of it.
        if let FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | Utf8Error(..) = &error
        {
            return Self::Content(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => {
                Self::Disk { file: super::FILE.into(), what: error.to_string() }
            }
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
