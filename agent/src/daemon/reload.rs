//! The configuration in force, and how another takes its place: it is read and checked as a whole first, and where
//! anything is wrong with it the old one stays. Either is accounted for.

use std::fmt::{self, Debug};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::notify::Notifier;
use crate::capture::sha256;
use crate::config::{Problems, bytes_of};
use crate::events::{Event, Kind};
use crate::journal::{self, Actor, Entry};
use crate::store::outbox::Gone;
use crate::store::{Store, StoreError, Tx};

/// Reading everything anew takes no longer, programs that tell secrets included; else it counts as refused.
const LIMIT: Duration = Duration::from_secs(120);
/// So many problems stand in the journal; the others are counted.
const TOLD: usize = 5;
/// A file that changes while it is read is read again so often.
const TRIES: usize = 5;
/// No file of a configuration is larger.
const LARGEST: u64 = 16 << 20;

/// A file that the configuration was read from. Files of secrets are not among them: the digest of a short secret
/// gives it away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileRead {
    /// The file.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, as lower-case hexadecimal digits.
    pub sha256: String,
}

/// A plan that was read, and from what.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What the daemon does from now on.
    pub plan: T,
    /// The files that it stands in.
    pub files: Vec<FileRead>,
}

/// Why there is no plan. No secret stands in it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Operator: configuration, inventory or credentials are wrong.
    #[error(transparent)]
    Wrong(#[from] Problems),
    /// Operator: somebody writes the files.
    #[error("its files change while they are read; reload when they are finished")]
    Changing,
    /// Operator: something is another that must stay.
    #[error("{what} cannot change while the agent runs; restart it")]
    Fixed {
        /// The section and key.
        what: &'static str,
    },
}

impl LoadError {
    /// Whether the same configuration may be right the next time.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Wrong(problems) => problems.may_pass(),
            Self::Changing => true,
            Self::Fixed { .. } => false,
        }
    }

    /// Each thing that is wrong.
    fn told(&self) -> Vec<String> {
        match self {
            Self::Wrong(problems) => problems.iter().map(ToString::to_string).collect(),
            Self::Changing | Self::Fixed { .. } => vec![self.to_string()],
        }
    }
}

/// Reads the plan anew; it gets the one in force, which may rule out another. It may block.
pub type Load<T> = dyn Fn(Option<&T>) -> Result<Loaded<T>, LoadError> + Send + Sync;

/// What the store must know of a plan that is in force.
pub trait Recorded: Send + Sync + 'static {
    /// Puts it there, in the transaction that accounts for the plan. [`StoreError::Refused`] refuses the plan as a whole.
    /// Yields the sinks that are not in it, and that lines are left for.
    fn record(&self, tx: &mut Tx<'_>) -> Result<Vec<Gone>, StoreError>;
}

/// The plan in force, for who follows it, and how it is replaced.
pub struct Reloader<T> {
    load: Arc<Load<T>>,
    plans: watch::Sender<Arc<T>>,
    store: Store,
    /// Held by the one who reads: files that hang must not take a thread for each reload.
    reading: Arc<Semaphore>,
}

impl<T> Debug for Reloader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}

impl<T: Recorded> Reloader<T> {
    /// Puts the first plan in force, with what the store must know of it, and accounts for it.
    pub async fn begin(load: Arc<Load<T>>, first: Loaded<T>, store: Store) -> Result<Self, StoreError> {
        let plan = Arc::new(first.plan);
        account_loaded(&store, &plan, &first.files).await?;
        Ok(Self { load, plans: watch::Sender::new(plan), store, reading: Arc::new(Semaphore::new(1)) })
    }

    /// The plan in force and those after it.
    pub fn plans(&self) -> watch::Receiver<Arc<T>> {
        self.plans.subscribe()
    }

    /// Reloads whenever it is asked to, until `stop`.
    pub async fn run(self, asked: Arc<Notify>, notifier: Notifier, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = asked.notified() => {}
            }
            notifier.reloading();
            tokio::select! {
                () = stop.cancelled() => return,
                _ = self.reload() => {}
            }
            notifier.ready();
        }
    }

    /// Reads the plan anew and puts it in force; true if it is. The old one stays where the new one is wrong.
    pub async fn reload(&self) -> bool {
        let problems = match self.read().await {
            Ok(Loaded { plan, files }) => {
                let plan = Arc::new(plan);
                // It is in force only once that is on record.
                match account_loaded(&self.store, &plan, &files).await {
                    Ok(()) => {
                        self.plans.send_replace(plan);
                        tracing::info!(files = files.len(), "A new configuration is in force.");
                        return true;
                    }
                    Err(StoreError::Refused(reason)) => vec![reason],
                    Err(error) => {
                        tracing::error!(%error, "The new configuration cannot be accounted for, the old one stays.");
                        return false;
                    }
                }
            }
            Err(problems) => problems,
        };
        let first = problems.first().map_or("", String::as_str);
        let count = problems.len();
        tracing::error!(first, count, "The new configuration is wrong, the old one stays.");
        if let Err(error) = account_refused(&self.store, problems).await {
            tracing::error!(%error, "That a configuration was refused cannot be accounted for.");
        }
        false
    }

    /// Reads the plan anew, or says what is wrong.
    async fn read(&self) -> Result<Loaded<T>, Vec<String>> {
        let Ok(turn) = Arc::clone(&self.reading).try_acquire_owned() else {
            return Err(vec!["reading it for the reload before this one has not ended yet".to_owned()]);
        };
        let (load, current) = (Arc::clone(&self.load), Arc::clone(&self.plans.borrow()));
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            load(Some(&current))
        });
        match tokio::time::timeout(LIMIT, reading).await {
            Ok(Ok(loaded)) => loaded.map_err(|error| error.told()),
            Ok(Err(_)) => Err(vec!["reading it ended by a fault of licwatch".to_owned()]),
            Err(_) => Err(vec![format!("reading it took longer than {} s", LIMIT.as_secs())]),
        }
    }
}

/// Puts what the store must know of a plan there, and accounts for it: both or neither.
async fn account_loaded<T: Recorded>(
    store: &Store,
    plan: &Arc<T>,
    files: &[FileRead],
) -> Result<(), StoreError> {
    let plan = Arc::clone(plan);
    let files: Vec<Value> = files
        .iter()
        .map(|file| json!({ "path": file.path.display().to_string(), "sha256": file.sha256 }))
        .collect();
    let written = store.write(move |tx| {
        let gone = plan.record(tx)?;
        let mut entry =
            Entry::new(Actor::Daemon, journal::Kind::ConfigurationLoaded).with("files", files.clone());
        let message = format!("a configuration of {} files is in force", files.len());
        let mut event = Event::new(Kind::ConfigurationLoaded, message).with("files", files);
        if !gone.is_empty() {
            let left: Vec<Value> = gone
                .iter()
                .map(|Gone { name, waiting, refused }| {
                    json!({ "sink": name, "waiting": waiting, "refused": refused })
                })
                .collect();
            let names: Vec<&str> = gone.iter().map(|gone| gone.name.as_str()).collect();
            event
                .message
                .push_str(&format!("; lines are left for sinks it does not name: {}", names.join(", ")));
            (entry, event) = (entry.with("left_for_sinks", left.clone()), event.with("left_for_sinks", left));
        }
        tx.account(&entry)?;
        tx.tell(&event)?;
        Ok(gone)
    });
    for Gone { name, waiting, refused } in written.await? {
        tracing::warn!(
            sink = name,
            waiting,
            refused,
            "Lines are left for a sink that the configuration does not name; configure it again, or see `licwatch outbox export --help` and `licwatch outbox discard --help`."
        );
    }
    Ok(())
}

async fn account_refused(store: &Store, problems: Vec<String>) -> Result<(), StoreError> {
    let written = store.write(move |tx| {
        let told: Vec<_> = problems.iter().take(TOLD).cloned().collect();
        let entry = Entry::new(Actor::Daemon, journal::Kind::ConfigurationRefused)
            .with("problems", told.clone())
            .with("count", problems.len());
        tx.account(&entry)?;
        let first = told.first().map_or("", String::as_str);
        let message = format!("a configuration was refused, the one before it stays: {first}");
        let event = Event::new(Kind::ConfigurationRefused, message);
        tx.tell(&event.with("problems", told).with("count", problems.len())).map(drop)
    });
    written.await
}

/// What `read` makes of files, with the digests of the very bytes that it read: where a file changes meanwhile, all of
/// them are read again. `read` says which files it was; it must do nothing but read them.
pub fn steady<T>(read: impl Fn() -> Result<(T, Vec<PathBuf>), LoadError>) -> Result<Loaded<T>, LoadError> {
    let (mut plan, files) = read()?;
    let mut digests = digests(&files)?;
    for _ in 0..TRIES {
        // What was read between two equal digests is what both are of.
        let (again, files) = read()?;
        let now = self::digests(&files)?;
        plan = again;
        if now == digests {
            return Ok(Loaded { plan, files: now });
        }
        digests = now;
    }
    drop(plan);
    Err(LoadError::Changing)
}

fn digests(files: &[PathBuf]) -> Result<Vec<FileRead>, LoadError> {
    let digest = |path: &PathBuf| {
        let read = bytes_of(path, &path.display().to_string(), LARGEST);
        let bytes = read.map_err(Problems::from)?;
        Ok(FileRead { path: absolute(path), sha256: sha256(&bytes) })
    };
    files.iter().map(digest).collect()
}

/// The file wherever the daemon was started from.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
