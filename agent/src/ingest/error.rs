//! Why something cannot be taken in. Nothing of it was.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::store::StoreError;

/// Why something that was carried here cannot be taken in. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// Operator: it is not there, or may not be read.
    #[error("cannot read {} ({error}); see that the path is right and that this user may read it", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Operator: it is too much.
    #[error("{} is more than is taken in at once ({limit}); see that it is the right one", path.display())]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// The limit.
        limit: String,
    },
    /// Operator: there is nothing.
    #[error("{} holds no files; name saved output, a recorded session, or a folder of drops", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// Operator: it has no name.
    #[error("{} does not tell which device it is of; name it with --device NAME", path.display())]
    NoDevice {
        /// The file or folder.
        path: PathBuf,
    },
    /// Operator: nothing in it is known.
    #[error("no grammar knows anything in {}; see with `licwatch parse` what it is", path.display())]
    NotRecognized {
        /// The file or folder.
        path: PathBuf,
    },
    /// Operator: a drop that was not finished, or whose manifest was left behind.
    #[error("{} has no manifest beside it: the drop is not whole; carry it again, with its .manifest.json", path.display())]
    NoManifest {
        /// The records.
        path: PathBuf,
    },
    /// Operator: it was damaged on its way.
    #[error("{} is damaged: {what}; carry it again from where it was made", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Security: somebody made a manifest that names files it has no business with.
    #[error("{} names {name:?}, which is no file below its folder: the drop is refused; find out who made it", path.display())]
    Outside {
        /// The manifest.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Security: it is signed by another key than before.
    #[error(
        "this drop of {agent} is signed by another key ({key}) than before ({known}): either its store was begun anew, or somebody else made this drop. Ask who runs {agent}; if it is right, ingest it with --accept-key {key}"
    )]
    OtherKey {
        /// The agent.
        agent: String,
        /// The key now.
        key: String,
        /// The key before.
        known: String,
    },
    /// Security: whoever made it has not shown that he is the agent.
    #[error(
        "{} is not signed, and the key of {agent} is known ({key}): anybody may have made it. Carry a drop of its daemon here; if somebody you know polled by hand without the agent's store, ingest it with --unsigned",
        path.display()
    )]
    Unsigned {
        /// The manifest.
        path: PathBuf,
        /// The agent that it names.
        agent: String,
        /// The key that is known.
        key: String,
    },
    /// Security: a drop of another agent speaks as this one.
    #[error(
        "{} was made by {agent} and holds observation {id} in the name of this agent, which has none of that id: the drop is refused; find out who made it",
        path.display()
    )]
    NotItsOwn {
        /// The manifest.
        path: PathBuf,
        /// The agent that made it.
        agent: String,
        /// The observation.
        id: Uuid,
    },
    /// Operator: the store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IngestError {
    /// A word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "too_large",
            Self::Empty { .. } => "empty",
            Self::NoDevice { .. } => "no_device",
            Self::NotRecognized { .. } => "not_recognized",
            Self::NoManifest { .. } => "no_manifest",
            Self::Damaged { .. } => "damaged",
            Self::Outside { .. } => "outside",
            Self::OtherKey { .. } => "other_key",
            Self::Unsigned { .. } => "unsigned",
            Self::NotItsOwn { .. } => "not_its_own",
            Self::Store(_) => "store",
        }
    }

    /// Whether something is wrong with what was carried, and not with how it was asked for.
    pub fn is_finding(&self) -> bool {
        matches!(
            self,
            Self::NoManifest { .. }
                | Self::Damaged { .. }
                | Self::Outside { .. }
                | Self::OtherKey { .. }
                | Self::Unsigned { .. }
                | Self::NotItsOwn { .. }
        ) || matches!(self, Self::Store(StoreError::Refused(_)))
    }

    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), error }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}
