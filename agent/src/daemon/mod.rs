//! The daemon: polls by schedule, delivers, and can be left alone.
//!
//! It is made of parts that run beside each other until it is stopped. A part that ends by itself ends the daemon with
//! an error: half a daemon would look alive to whoever started it, who can begin a whole one.

mod account;
mod agenda;
pub mod assembly;
pub mod clock_watch;
mod cycle;
pub mod disk;
mod drain;
mod early;
mod flight;
mod keeper;
pub mod listen;
pub mod lock;
pub mod log_limit;
pub mod notify;
mod plan;
pub mod pulse;
pub mod refusal;
pub mod reload;
mod retaining;
mod scheduler;
pub mod settings;
pub mod signals;
pub mod vitals;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::brakes::Brakes;
use crate::clock::Clock;
use crate::config::Config;
use crate::poll::Poller;
use crate::store::{Store, StoreError};
use crate::transport::ssh::BoxFuture;
use vitals::Vitals;

pub use cycle::Counts;
pub use drain::Left;
pub use plan::{Draft, Plan, Planned};
pub use scheduler::{FindSilent, Polls, Scheduler};

/// A device that shall be polled before its time, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Early {
    /// The device's name in the inventory.
    pub device: String,
    /// What was heard of it, for people.
    pub reason: String,
}

/// The part that polls, in messages.
const SCHEDULER: &str = "the scheduler";
/// The part that delivers, in messages.
const DELIVERY: &str = "delivery";

/// Makes what polls, for a configuration; again after each reload.
pub type Pollers = Arc<dyn Fn(&Config) -> Poller + Send + Sync>;

/// For how long the daemon runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Until it is stopped.
    Always,
    /// Until every device was polled once, now, and what waits is delivered; what windows do not admit is left out, and
    /// a sink that fails is left.
    Once,
}

impl Mode {
    /// Whether it ends by itself.
    pub fn is_once(self) -> bool {
        self == Self::Once
    }
}

/// Why the daemon ended otherwise than by being stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// Operator: the store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Operator: syslog of devices cannot be listened to.
    #[error(transparent)]
    Listen(#[from] listen::ListenError),
    /// Us: the system does not let signals be caught.
    #[error("signals cannot be listened to: {0}")]
    Signals(String),
    /// Operator: a second signal came.
    #[error("stopped at once, as the second signal wants; what was kept is safe")]
    AtOnce,
    /// Operator: a round that is made once cannot wait.
    #[error("nothing is polled: {why}")]
    Braked {
        /// What a person needs to know.
        why: String,
    },
    /// Us: a part ended that must not.
    #[error("{part} ended: {why}; the whole agent ends, so that it can be started again as a whole")]
    PartEnded {
        /// Which.
        part: &'static str,
        /// What it said last.
        why: String,
    },
    /// Something took longer than `[run] stop_within`.
    #[error("{part} did not end within {seconds} s; what it had not kept yet is lost, what was kept is safe")]
    TooSlow {
        /// Which.
        part: &'static str,
        /// `[run] stop_within`
        seconds: u64,
    },
}

/// What the daemon is made of.
pub struct Parts {
    /// What is kept.
    pub store: Store,
    /// What is in force; another one takes its place by reload.
    pub plan: watch::Receiver<Arc<Plan>>,
    /// Makes what polls.
    pub pollers: Pollers,
    /// What stops polling as a whole.
    pub brakes: Brakes,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Devices that report changes.
    pub early: mpsc::Receiver<Early>,
    /// Looks for silent devices.
    pub find_silent: Option<FindSilent>,
    /// Told what the scheduler is doing.
    pub vitals: Vitals,
    /// For how long it runs.
    pub mode: Mode,
    /// Cancelled when a round that is made once is over, as [`assembly::Assembly::drain`] has it.
    pub drain: CancellationToken,
    /// What runs beside the scheduler, as [`assembly::Assembly::parts`] makes it.
    pub beside: Vec<Part>,
}

/// A part that runs until it is stopped.
pub struct Part {
    name: &'static str,
    run: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

impl Part {
    /// A part by its name in messages.
    pub fn new<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        run: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> Self {
        Self { name, run: Box::new(|stop| Box::pin(run(stop))) }
    }
}

/// How a part ended.
type Ended = (&'static str, Result<Polls, DaemonError>);

/// Runs the daemon until `stop` is cancelled, or until a round that is made once is over. Everything ends within
/// `[run] stop_within` then.
pub async fn run(parts: Parts, stop: CancellationToken) -> Result<Polls, DaemonError> {
    let Parts { store, plan, pollers, brakes, clock, early, find_silent, vitals, mode, drain, beside } =
        parts;
    let devices = plan.borrow().devices.len();
    account::start(&store, devices, mode.is_once()).await?;

    let ends = stop.child_token();
    let mut running: JoinSet<Ended> = JoinSet::new();
    let scheduler = Scheduler {
        store: store.clone(),
        plan: plan.clone(),
        pollers,
        brakes,
        clock: Arc::clone(&clock),
        early,
        find_silent,
        vitals,
        mode,
    };
    running.spawn({
        let ends = ends.clone();
        async move { (SCHEDULER, scheduler.run(ends).await) }
    });
    for Part { name, run } in beside {
        let part = run(ends.clone());
        running.spawn(async move {
            part.await;
            (name, Ok(Polls::default()))
        });
    }

    let mut polls = Polls::default();
    let mut is_round_over = false;
    // The first part that ends by itself; none does while it should go on.
    let mut end = tokio::select! {
        // A part that ends because it was told to does not end by itself.
        biased;
        () = stop.cancelled() => Ok(()),
        Some(ended) = running.join_next() => {
            is_round_over = mode.is_once() && matches!(ended, Ok((SCHEDULER, _)));
            first_to_end(ended, mode, &mut polls)
        }
    };
    let limit = plan.borrow().config.run().stop_within.duration();
    if is_round_over {
        // Also when nothing could be polled: that may be so because too much waits to be delivered.
        drain.cancel();
        end = end.and(drain::wait(&mut running, &stop, limit).await);
    }
    ends.cancel();
    // A part of the time is for saying that it is over.
    let last_word = limit / 5;
    let rest = tokio::time::timeout(limit - last_word, async {
        let mut end = Ok(());
        while let Some(ended) = running.join_next().await {
            let ended = finished(ended, &mut polls);
            end = end.and(ended);
        }
        end
    });
    let rest = rest.await.unwrap_or(Err(DaemonError::TooSlow { part: "a part", seconds: limit.as_secs() }));
    running.shutdown().await;
    end = end.and(rest);
    if mode.is_once() {
        // Before the end is told, which is an event that waits for the next run.
        match drain::left(&store).await {
            Ok(left) => polls.left = left,
            Err(error) => end = end.and(Err(error.into())),
        }
    }

    let accounted = match tokio::time::timeout(last_word, account::stop(&store, &polls, &end)).await {
        Ok(written) => written.map_err(DaemonError::from),
        Err(_) => Err(DaemonError::TooSlow { part: "the store", seconds: limit.as_secs() }),
    };
    end.and(accounted).map(|()| polls)
}

/// Only the scheduler of a round that is made once may be the first to end.
fn first_to_end(
    ended: Result<Ended, tokio::task::JoinError>,
    mode: Mode,
    polls: &mut Polls,
) -> Result<(), DaemonError> {
    let part = ended.as_ref().map_or("a part", |(part, _)| *part);
    finished(ended, polls)?;
    if mode.is_once() && part == SCHEDULER {
        return Ok(());
    }
    Err(DaemonError::PartEnded { part, why: "it had nothing left to do".to_owned() })
}

fn finished(ended: Result<Ended, tokio::task::JoinError>, polls: &mut Polls) -> Result<(), DaemonError> {
    match ended {
        Ok((_, Ok(made))) => {
            if made.counts.polled() > 0 || !made.left_out.is_empty() {
                *polls = made;
            }
            Ok(())
        }
        Ok((_, Err(error))) => Err(error),
        Err(error) => Err(DaemonError::PartEnded { part: "a part", why: error.to_string() }),
    }
}
