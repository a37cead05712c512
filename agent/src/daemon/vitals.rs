//! What the daemon is doing now, for the service manager, for metrics and for the watchdog.

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::notify::Status;
use super::pulse::{ALIVE, Pulse};
use crate::brakes::Brakes;
use crate::store::{Store, newest};

/// So often the line for the service manager is made anew.
const EVERY: std::time::Duration = std::time::Duration::from_secs(5);

/// Shared by the parts of one daemon.
#[derive(Clone, Debug, Default)]
pub struct Vitals {
    /// Whether the parts live.
    pub pulse: Pulse,
    polls: watch::Sender<Polling>,
}

/// What the scheduler is doing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Polling {
    /// Devices in the plan.
    pub devices: usize,
    /// Polls that are going on.
    pub in_flight: usize,
    /// When the next poll is due.
    pub next: Option<Timestamp>,
}

impl Vitals {
    /// Says what the scheduler is doing.
    pub fn polling(&self, polling: Polling) {
        self.polls.send_if_modified(|known| std::mem::replace(known, polling) != polling);
    }

    /// What the scheduler is doing.
    pub fn now(&self) -> Polling {
        *self.polls.borrow()
    }

    /// Tells how it stands until `stop`.
    pub async fn report(
        self,
        store: Store,
        brakes: Brakes,
        status: watch::Sender<Status>,
        stop: CancellationToken,
    ) {
        let beat = self.pulse.part("the report", ALIVE);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // A store that cannot be read is told of by those who need it.
            let silent = store.read(newest::silent).await.unwrap_or_default();
            let Polling { devices, in_flight, next } = self.now();
            let now = Status { devices, in_flight, next, silent, brakes: brakes.reasons() };
            status.send_if_modified(|known| {
                let changed = *known != now;
                *known = now;
                changed
            });
            beat.touch();
        }
    }
}
