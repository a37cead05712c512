//! Polling stops while the file system of the store, or of a folder that records are dropped into, is down to its
//! reserve: what was collected must stay safe, and the operator needs room to act. It goes on when a tenth more than
//! the reserve is free, so that it does not stop and go with every file.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::brakes::{Brake, Brakes};
use crate::braking::Braking;
use crate::clock::Clock;
use crate::store::Store;

/// How often room is looked for.
const EVERY: Duration = Duration::from_secs(3);
/// A file system that does not answer for so long is taken for dead.
const ANSWER: Duration = Duration::from_secs(10);

/// What is watched.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DiskSettings {
    /// `[store] reserve`, in bytes.
    pub reserve: u64,
    /// Folders that records are dropped into. One that cannot be looked at stops no polling: its sink tells of it.
    pub drops: Vec<PathBuf>,
}

/// Says how much room there is.
pub trait Probe: Debug + Send + Sync {
    /// Bytes that an ordinary user may still write on the file system of a folder. It may block.
    fn free(&self, folder: &Path) -> io::Result<u64>;
}

/// Asks the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Probe for FileSystem {
    fn free(&self, folder: &Path) -> io::Result<u64> {
        let space = rustix::fs::statvfs(folder)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }
}

/// Watches the room on the disks.
#[derive(Debug)]
pub struct DiskWatch {
    probe: Arc<dyn Probe>,
    clock: Arc<dyn Clock>,
    braking: Braking,
    /// By folder, what is known of it.
    places: BTreeMap<PathBuf, Place>,
}

#[derive(Debug, Default)]
struct Place {
    /// Why it is short of room, if it is.
    short: Option<String>,
    /// A probe that has not answered yet.
    asked: Option<oneshot::Receiver<io::Result<u64>>>,
    /// Whether it was said that it cannot be looked at.
    complained: bool,
}

impl DiskWatch {
    /// Looks for the first time: when this returns, polling is stopped if there is no room.
    pub async fn begin(
        store: Store,
        brakes: Brakes,
        clock: Arc<dyn Clock>,
        probe: Arc<dyn Probe>,
        settings: &DiskSettings,
    ) -> Self {
        let braking = Braking::new(store, brakes, Brake::Disk);
        let mut watch = Self { probe, clock, braking, places: BTreeMap::new() };
        watch.look(settings).await;
        watch
    }

    /// Looks until `stop`, by the newest settings.
    pub async fn run(mut self, mut settings: watch::Receiver<Arc<DiskSettings>>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now = Arc::clone(&settings.borrow_and_update());
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.look(&now) => {}
            }
        }
    }

    /// Looks once.
    pub async fn look(&mut self, settings: &DiskSettings) {
        let store = self.braking.store().folder().to_owned();
        let folders: Vec<_> = std::iter::once(&store).chain(&settings.drops).cloned().collect();
        self.places.retain(|folder, _| folders.contains(folder));
        for folder in &folders {
            let place = self.places.entry(folder.clone()).or_default();
            place.ask(&self.probe, folder).await.judge(folder, settings.reserve, *folder == store);
        }
        let short: Vec<_> = self.places.values().filter_map(|place| place.short.as_deref()).collect();
        let now = self.clock.now();
        if short.is_empty() {
            self.braking.lift("there is room again".to_owned(), now).await;
        } else {
            self.braking.put(short.join("; "), now).await;
        }
    }
}

/// What a place said.
struct Told<'p>(&'p mut Place, io::Result<u64>);

impl Place {
    /// Asks how much is free, on a thread of its own: a network file system may not answer for hours. It is not asked
    /// again before it has.
    async fn ask(&mut self, probe: &Arc<dyn Probe>, folder: &Path) -> Told<'_> {
        let mut asked = self.asked.take().unwrap_or_else(|| {
            let (answer, asked) = oneshot::channel();
            let (probe, folder) = (Arc::clone(probe), folder.to_owned());
            // Whoever has stopped waiting does not need it.
            tokio::task::spawn_blocking(move || drop(answer.send(probe.free(&folder))));
            asked
        });
        let told = match tokio::time::timeout(ANSWER, &mut asked).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(io::Error::other("the system gives no thread to look")),
            Err(_) => {
                self.asked = Some(asked);
                Err(io::Error::new(io::ErrorKind::TimedOut, "its file system does not answer"))
            }
        };
        Told(self, told)
    }
}

impl Told<'_> {
    fn judge(self, folder: &Path, reserve: u64, vital: bool) {
        let Self(place, told) = self;
        match told {
            Ok(free) => {
                place.complained = false;
                let enough =
                    if place.short.is_some() { reserve.saturating_add(reserve / 10) } else { reserve };
                place.short = (free < enough).then(|| {
                    let (free, enough) = (free >> 20, enough >> 20);
                    format!("{} has {free} MiB free, {enough} MiB are needed; make room", folder.display())
                });
            }
            Err(error) if vital => {
                place.short = Some(format!("{} cannot be looked at: {error}", folder.display()));
            }
            Err(error) => {
                place.short = None;
                if !std::mem::replace(&mut place.complained, true) {
                    let folder = folder.display();
                    tracing::warn!(%error, %folder, "How much room a drop folder has cannot be told.");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
