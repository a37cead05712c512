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
//! lock                  held by the daemon that uses the folder; it tells there that the store refuses
//! backups/              copies from before an upgrade
//! ```

mod alarms;
mod backup;
pub mod captures;
pub mod devices;
mod error;
mod events;
pub mod figures;
pub mod guard;
pub mod hold;
pub mod ingest;
pub mod integrity;
pub mod journal;
mod length;
pub mod newest;
pub mod observations;
pub mod outbox;
mod packed;
pub mod presence;
mod readers;
pub mod recent;
pub mod releases;
pub mod retention;
pub mod schedule;
mod schema;
mod silence;
pub mod status;
pub mod ways;
mod writer;

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

pub use error::StoreError;
pub(crate) use length::cut_off;
pub use observations::{Collected, Kept};
pub(crate) use schema::NEWEST as NEWEST_SCHEMA;
pub use writer::Tx;

use crate::clock::Clock;
use readers::Readers;
use schema::Upgrade;
use writer::Writer;

/// The name of the file in its folder.
pub const FILE: &str = "licwatch.sqlite";
/// What lies beside it once something was kept.
const BESIDE: [&str; 2] = ["licwatch.sqlite-wal", "journal.head"];
/// How long a transaction waits for another process.
const BUSY: Duration = Duration::from_secs(10);
/// Readers at the same time; who comes after them waits.
const READERS: usize = 16;
/// The write-ahead log is cut to this when it was taken over.
const LOG: i64 = 64 << 20;

/// The store. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    agent: String,
    folder: PathBuf,
    file: PathBuf,
    places: Arc<Semaphore>,
    readers: Readers,
    writer: Writer,
    heads: journal::Heads,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // What closes last tidies up, and must be able to write for that; and the last head is of the last commit.
        let last = self.writer.end();
        self.heads.end();
        self.readers.close();
        drop(last);
    }
}

/// What tests have otherwise.
#[derive(Clone, Copy, Debug)]
struct Terms {
    steps: &'static [&'static str],
    busy: Duration,
}

const TERMS: Terms = Terms { steps: schema::STEPS, busy: BUSY };

impl Store {
    /// Opens the store of a folder, and begins one where there is none. An older schema is brought up to date, after a
    /// copy of the file was put into `backups/`. `agent` is named in the journal.
    pub fn open(folder: &Path, agent: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_on(folder, agent, clock, TERMS)
    }

    fn open_on(folder: &Path, agent: &str, clock: Arc<dyn Clock>, terms: Terms) -> Result<Self, StoreError> {
        let file = folder.join(FILE);
        let connection = begin(folder, &file, terms).and_then(|mut connection| {
            let upgrade = Upgrade { folder, file: &file, agent, now: clock.now(), steps: terms.steps };
            upgrade.take(&mut connection)?;
            let key = journal::begin(&mut connection, folder, agent, clock.now())?;
            Ok((connection, key))
        });
        let (connection, key) = connection.map_err(|error| error.of(&file))?;
        let heads = journal::Heads::start(key, folder, agent, Arc::clone(&clock))?;
        let writer = Writer::start(connection, agent.to_owned(), clock)?;
        let readers = Readers::new(file.clone(), terms.busy);
        let places = Arc::new(Semaphore::new(READERS));
        let (agent, folder) = (agent.to_owned(), folder.to_owned());
        Ok(Self { shared: Arc::new(Shared { agent, folder, file, places, readers, writer, heads }) })
    }

    /// Opens the store of a folder if there is one.
    pub fn open_existing(folder: &Path, agent: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        if !presence::is_there(folder)? {
            return Err(StoreError::Absent { folder: folder.to_owned() });
        }
        Self::open(folder, agent, clock)
    }

    /// The name of the agent whose store it is.
    pub fn agent(&self) -> &str {
        &self.shared.agent
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
        let made = self.shared.writer.write(change).await;
        self.shared.committed();
        made.map_err(|error| error.of(&self.shared.file))
    }

    /// [`Store::write`] for code that is not async.
    pub fn write_blocking<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let made = self.shared.writer.write_blocking(change);
        self.shared.committed();
        made.map_err(|error| error.of(&self.shared.file))
    }

    /// Changes whenever this process has queued something for a sink.
    pub fn queued(&self) -> tokio::sync::watch::Receiver<()> {
        self.shared.writer.queued()
    }

    /// Reads, beside the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(&self.shared.places).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let store = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let _place = place;
            store.read_blocking(query)
        });
        match read.await {
            Ok(found) => found,
            Err(ended) => Err(match ended.try_into_panic() {
                Ok(said) => StoreError::panicked(said.as_ref()),
                Err(_) => StoreError::Closed,
            }),
        }
    }

    /// [`Store::read`] for code that is not async.
    pub fn read_blocking<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.shared.readers.read(query).map_err(|error| error.of(&self.shared.file))
    }
}

/// The folder and the file, made where there are none, and the connection that writes.
fn begin(folder: &Path, file: &Path, terms: Terms) -> Result<Connection, StoreError> {
    let unusable =
        |reason: io::Error| StoreError::Folder { folder: folder.to_owned(), reason: Arc::new(reason) };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    // A file of length 0 is a new database to SQLite. Where there was a store, that would be a silent loss.
    let empty = fs::metadata(file).map_or(true, |found| found.len() == 0);
    let holds = |name: &&&str| fs::metadata(folder.join(name)).is_ok_and(|found| found.len() > 0);
    if empty && let Some(beside) = BESIDE.iter().find(holds) {
        let what = format!("it is empty or gone, and {beside} beside it tells of what it held");
        return Err(StoreError::Damaged { file: file.to_owned(), what });
    }
    if let Some(what) = length::cut_off(file).map_err(unusable)? {
        return Err(StoreError::Damaged { file: file.to_owned(), what });
    }
    if !file.exists() {
        // SQLite would create it with the modes of the umask.
        fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file).map_err(unusable)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unusable)?;
    }
    connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE, terms.busy)
}

/// A connection with the settings that the promises need.
fn connect(file: &Path, access: OpenFlags, busy: Duration) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(busy)?;
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // It must be said before the first page is written, and is without effect later.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            let reason = io::Error::other("its file system has no shared memory, as a write-ahead log needs");
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            return Err(StoreError::Folder { folder, reason: Arc::new(reason) });
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", LOG)?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
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
