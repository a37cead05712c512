//! The store: one SQLite file that holds what was collected until everybody who wants it has it, and the account of
//! everything done.
//!
//! # Promises
//!
//! * A change is answered only after its transaction was committed and synced (`WAL`, `synchronous=FULL`): what
//!   [`Store::write`] returned is kept, whatever happens next.
//! * One thread owns the connection that writes. Changes that come together share a transaction (at most 256, or
//!   5 ms); one that fails is taken back alone.
//! * Readers have connections of their own, beside the async threads.
//! * Another process (`licwatch poll` beside the daemon) may write, too: each transaction begins `IMMEDIATE` and waits
//!   its turn, so that nothing may be remembered from one transaction to the next.
//!
//! # Rooms
//!
//! Everything that changes rows is a method of [`Tx`], in the file of its table; everything that reads them is a
//! function over a [`rusqlite::Connection`] beside it.
//!
//! # The folder
//!
//! ```text
//! licwatch.sqlite       the store (mode 0600), with -wal and -shm beside it
//! journal.key           the key that signs the journal's head (mode 0600)
//! journal.head          the newest signed head
//! lock                  held by the daemon that uses the folder
//! backups/              copies from before an upgrade
//! ```

mod error;
mod events;
pub mod guard;
pub mod journal;
mod observations;
mod outbox;
mod readers;
pub mod releases;
mod schema;
pub mod ways;
mod writer;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use error::StoreError;
pub use observations::Collected;
pub use writer::Tx;

use crate::clock::Clock;
use readers::Readers;
use writer::Writer;

/// The name of the file in its folder.
pub const FILE: &str = "licwatch.sqlite";
/// How long a transaction waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// The store. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    writer: Writer,
    readers: Readers,
}

impl Store {
    /// Opens the store of a folder, and begins one where there is none. An older schema is brought up to date.
    /// `agent` is named in the journal.
    pub fn open(folder: &Path, agent: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let unusable =
            |reason: io::Error| StoreError::Folder { folder: folder.to_owned(), reason: Arc::new(reason) };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let file = folder.join(FILE);
        // SQLite would create it with the modes of the umask.
        fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&file).map_err(unusable)?;
        let mut connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let found = schema::version(&connection)?;
        if found > schema::NEWEST {
            return Err(StoreError::Newer { file, found, known: schema::NEWEST });
        }
        if found < schema::NEWEST {
            schema::upgrade(&mut connection, found)?;
        }
        let writer = Writer::start(connection, agent.to_owned(), clock)?;
        let readers = Readers::new(file);
        let store = Self { shared: Arc::new(Shared { folder: folder.to_owned(), writer, readers }) };
        Ok(store)
    }

    /// Opens the store of a folder if there is one.
    pub fn open_existing(folder: &Path, agent: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        if !folder.join(FILE).exists() {
            return Err(StoreError::Absent { folder: folder.to_owned() });
        }
        Self::open(folder, agent, clock)
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Makes a change, and returns when it is on disk.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.writer.write(change).await
    }

    /// [`Store::write`] for code that is not async.
    pub fn write_blocking<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.writer.write_blocking(change)
    }

    /// Reads, beside the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let read = tokio::task::spawn_blocking(move || store.read_blocking(query));
        read.await.map_err(|_| StoreError::Closed)?
    }

    /// [`Store::read`] for code that is not async.
    pub fn read_blocking<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.shared.readers.read(query)
    }
}

/// A connection with the settings that the promises need.
fn connect(file: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// A time as the store keeps it.
pub(crate) fn micros(at: jiff::Timestamp) -> i64 {
    at.as_microsecond()
}

/// A time as it was kept.
pub(crate) fn timestamp(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
