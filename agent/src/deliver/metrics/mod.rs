//! Metrics for node_exporter's textfile collector: one file that is replaced as a whole, so that a reader never finds
//! half of one. The agent listens nowhere for it.
//!
//! The file is in the text format of Prometheus, version 0.0.4; every name begins with `licwatch_`. Times are seconds
//! since 1970, so that `time() - licwatch_…_timestamp_seconds` is an age: `licwatch_last_write_timestamp_seconds` tells
//! of an agent that stands still. Devices have series of their own up to [`MOST_DEVICES`].

mod exposition;
mod file;

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use crate::brakes::Brakes;
use crate::clock::Clock;
use crate::config::MetricsSettings;
use crate::store::Store;
use crate::store::figures::{Figures, figures};
use exposition::Moment;

/// So many devices have a series of their own; the rest are counted.
pub const MOST_DEVICES: u64 = 5_000;

/// The figures that stand in no store.
#[derive(Clone)]
pub struct Live {
    /// What stops polling as a whole.
    pub brakes: Brakes,
    /// How many polls are being made.
    pub polls_in_flight: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("brakes", &self.brakes).finish_non_exhaustive()
    }
}

/// Whose turn it is to write a file of metrics: a write that was given up ends before the next one begins. Clones are of
/// the same file.
#[derive(Clone, Debug, Default)]
pub struct FileTurn(Arc<Mutex<()>>);

impl FileTurn {
    /// Waits for it, and has it until what this gives is dropped.
    pub(crate) async fn take(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.0).lock_owned().await
    }

    /// Whether a write, or who makes them, still has it.
    pub fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

/// The sink of kind `metrics`.
#[derive(Debug)]
pub struct Metrics {
    settings: MetricsSettings,
    store: Store,
    clock: Arc<dyn Clock>,
    live: Live,
    turn: FileTurn,
}

impl Metrics {
    /// Metrics of a store and of the daemon that uses it.
    pub fn new(settings: MetricsSettings, store: Store, clock: Arc<dyn Clock>, live: Live) -> Self {
        Self { settings, store, clock, live, turn: FileTurn::default() }
    }

    /// The same, where others write the file, or did.
    #[must_use]
    pub fn in_turn(self, turn: FileTurn) -> Self {
        Self { turn, ..self }
    }

    /// Writes the file every so often until `stop`, which waits for no write: its file system may be gone. A write that
    /// fails is told once, until one works again.
    pub async fn run(self, stop: CancellationToken) {
        let file = self.settings.file.display();
        let mut failing = false;
        loop {
            let written = tokio::select! {
                () = stop.cancelled() => return,
                written = self.write() => written,
            };
            match &written {
                Ok(()) if failing => tracing::info!(%file, "Metrics are written again."),
                Ok(()) => {}
                Err(error) if failing => tracing::debug!(%file, error, "Metrics are still not written."),
                Err(error) => {
                    tracing::warn!(%file, error, "Metrics are not written; see that the folder is there and has room.");
                }
            }
            failing = written.is_err();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.settings.every) => {}
            }
        }
    }

    /// Writes the file once. The error is for people.
    pub async fn write(&self) -> Result<(), String> {
        // A store that cannot be read is worth a metric: the rest is written without it.
        let read = self.store.read(|connection| figures(connection, MOST_DEVICES)).await;
        let store_read = read.is_ok();
        let figures = read.unwrap_or_else(|error| {
            tracing::debug!(%error, "The store cannot be read for metrics.");
            Figures::default()
        });
        let (clock, live) = (Arc::clone(&self.clock), self.live.clone());
        let (folder, path) = (self.store.folder().to_owned(), self.settings.file.clone());
        let turn = self.turn.take().await;
        let written = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let disk_free = rustix::fs::statvfs(&folder).ok().map(|facts| facts.f_bavail * facts.f_frsize);
            let reasons = live.brakes.reasons();
            let polls_in_flight = (live.polls_in_flight)();
            let moment =
                Moment { now: clock.now(), store_read, disk_free, reasons, polls_in_flight, figures };
            let text = exposition::render(moment).map_err(|error| error.to_string())?;
            file::replace(&path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
        });
        written.await.map_err(|error| format!("writing was stopped: {error}"))?
    }
}

#[cfg(test)]
mod tests;
