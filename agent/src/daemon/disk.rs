//! Polling stops while the file system of the store is down to its reserve: what was collected must stay safe, and the
//! operator needs room to act. It goes on when a tenth more than the reserve is free, so that it does not stop and go
//! with every file. Folders that records are dropped into are looked at beside it, and stop nothing: what cannot be
//! written there waits in the outbox, which has a bound of its own, and other sinks are served.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::pulse::Beat;
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
    /// Folders that records are dropped into.
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
    /// Whether the store is short of room.
    short: bool,
    /// A probe of the store's file system that has not answered yet.
    asked: Option<Asked>,
    /// By folder, what is known of those that records are dropped into.
    drops: BTreeMap<PathBuf, Place>,
}

/// What a file system will say.
type Asked = oneshot::Receiver<io::Result<u64>>;

/// A folder that records are dropped into.
#[derive(Debug, Default)]
struct Place {
    /// A probe that has not answered yet, and since when, by the time since the host started.
    asked: Option<(Asked, Duration)>,
    /// What was said of it last.
    state: State,
}

/// How a drop folder is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Well,
    /// It has less than the reserve.
    Short,
    /// It cannot be looked at.
    Unknown,
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
        let mut watch = Self { probe, clock, braking, short: false, asked: None, drops: BTreeMap::new() };
        watch.look(settings).await;
        watch
    }

    /// Looks until `stop`, by the newest settings.
    pub async fn run(
        mut self,
        mut settings: watch::Receiver<Arc<DiskSettings>>,
        beat: Beat,
        stop: CancellationToken,
    ) {
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
            beat.touch();
        }
    }

    /// Looks once. The store's file system is waited for, no other.
    pub async fn look(&mut self, settings: &DiskSettings) {
        self.look_at_drops(settings);
        let folder = self.braking.store().folder().to_owned();
        let mut asked = self.asked.take().unwrap_or_else(|| ask(&self.probe, &folder));
        let told = match tokio::time::timeout(ANSWER, &mut asked).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(no_thread()),
            Err(_) => {
                self.asked = Some(asked);
                Err(io::Error::new(io::ErrorKind::TimedOut, "its file system does not answer"))
            }
        };
        let short = match told {
            Ok(free) => {
                let enough = enough(settings.reserve, self.short);
                (free < enough).then(|| {
                    let (free, enough) = (free >> 20, enough >> 20);
                    format!("{} has {free} MiB free, {enough} MiB are needed; make room", folder.display())
                })
            }
            Err(error) => Some(format!("{} cannot be looked at: {error}", folder.display())),
        };
        self.short = short.is_some();
        let now = self.clock.now();
        match short {
            Some(why) => self.braking.put(why, now).await,
            None => self.braking.lift("there is room again".to_owned(), now).await,
        }
    }

    /// Takes what the file systems of drop folders have answered since, and asks them again.
    fn look_at_drops(&mut self, settings: &DiskSettings) {
        self.drops.retain(|folder, _| settings.drops.contains(folder));
        let now = self.clock.since_boot();
        for folder in &settings.drops {
            let place = self.drops.entry(folder.clone()).or_default();
            let told = match &mut place.asked {
                None => None,
                Some((asked, since)) => match asked.try_recv() {
                    Ok(told) => Some(told),
                    Err(TryRecvError::Closed) => Some(Err(no_thread())),
                    Err(TryRecvError::Empty) => {
                        if now.saturating_sub(*since) >= ANSWER {
                            place.tell(
                                folder,
                                Err("its file system does not answer".to_owned()),
                                settings.reserve,
                            );
                        }
                        continue;
                    }
                },
            };
            if let Some(told) = told {
                place.tell(folder, told.map_err(|error| error.to_string()), settings.reserve);
            }
            place.asked = Some((ask(&self.probe, folder), now));
        }
    }
}

impl Place {
    /// Says how it is, if that is another than before.
    fn tell(&mut self, folder: &Path, told: Result<u64, String>, reserve: u64) {
        let was = self.state;
        self.state = match &told {
            Err(_) => State::Unknown,
            Ok(free) if *free < enough(reserve, was == State::Short) => State::Short,
            Ok(_) => State::Well,
        };
        if self.state == was {
            return;
        }
        let folder = folder.display();
        match told {
            Err(error) => {
                tracing::warn!(error, %folder, "How much room a drop folder has cannot be told.");
            }
            Ok(free) if self.state == State::Short => {
                let (free, reserve) = (free >> 20, reserve >> 20);
                tracing::warn!(
                    %folder, mebibytes_free = free, reserve,
                    "A drop folder has less room than [store] reserve; polling goes on, and what its sink cannot write waits."
                );
            }
            Ok(_) => tracing::info!(%folder, "A drop folder has room."),
        }
    }
}

/// Asks how much is free, on a thread of its own: a network file system may not answer for hours. It must not be asked
/// again before it has.
fn ask(probe: &Arc<dyn Probe>, folder: &Path) -> Asked {
    let (answer, asked) = oneshot::channel();
    let (probe, folder) = (Arc::clone(probe), folder.to_owned());
    // Whoever has stopped waiting does not need it.
    tokio::task::spawn_blocking(move || drop(answer.send(probe.free(&folder))));
    asked
}

fn no_thread() -> io::Error {
    io::Error::other("the system gives no thread to look")
}

/// How many bytes are enough: a tenth more for what was short of room.
fn enough(reserve: u64, short: bool) -> u64 {
    if short { reserve.saturating_add(reserve / 10) } else { reserve }
}

#[cfg(test)]
mod tests;
