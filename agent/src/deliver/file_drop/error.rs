//! Why a drop could not be published, and what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A drop that could not be opened or published. Records already printed are not affected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DropError {
    /// Operator: the folder is not there, or its mount is not.
    #[error("drop folder {} does not exist; create it, or check that its file system is mounted", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Operator: something else stands there.
    #[error("drop folder {} is not a folder; name a folder", folder.display())]
    NotAFolder {
        /// The path.
        folder: PathBuf,
    },
    /// Operator: no right to write.
    #[error("drop folder {} cannot be written to ({error}); give the agent's user write access, or remount it read-write", folder.display())]
    ReadOnly {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Operator: no room.
    #[error("no room left in drop folder {} ({error}); nothing was published: make room and poll again", folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process published under the same name.
    #[error("{} exists already and is never replaced", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// Operator: something else stands under the name of this drop.
    #[error("{} stands in the drop folder and is not of this drop; it is never replaced: move it away", path.display())]
    Foreign {
        /// The name.
        path: PathBuf,
    },
    /// Operator: somebody takes files that no manifest names yet.
    #[error("{} was taken away before its manifest was there; let the gateway take only what a manifest names", path.display())]
    Taken {
        /// The name.
        path: PathBuf,
    },
    /// Operator: far too many names are taken.
    #[error("no free sequence number in drop folder {} from {first} on ({tries} tried); is another agent using the same name?", folder.display())]
    NoFreeNumber {
        /// The folder.
        folder: PathBuf,
        /// The first number tried.
        first: u64,
        /// How many were tried.
        tries: u64,
    },
    /// Us: the manifest could not be written as JSON.
    #[error("the manifest could not be encoded: {error}")]
    Encode {
        /// Why.
        error: serde_json::Error,
    },
    /// Anything else that the system reports.
    #[error("drop folder: {}: {error}", path.display())]
    Io {
        /// What it was done to.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl DropError {
    /// What it means for a daemon, which tries again by itself.
    pub(super) fn for_daemon(&self) -> String {
        match self {
            Self::Full { folder, error } => {
                let folder = folder.display();
                format!(
                    "no room left in drop folder {folder} ({error}); make room: nothing is lost, delivery goes on then"
                )
            }
            other => other.to_string(),
        }
    }

    /// Names what an error of the system means for the drop at `path`.
    pub(super) fn at(path: &Path, error: io::Error) -> Self {
        let folder = path.to_owned();
        // The kind and not the number: errors of temporary files carry none.
        match error.kind() {
            ErrorKind::NotFound => Self::Missing { folder },
            ErrorKind::NotADirectory => Self::NotAFolder { folder },
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly { folder, error },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { folder, error }
            }
            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => Self::Exists { path: folder },
            _ => Self::Io { path: folder, error },
        }
    }
}
