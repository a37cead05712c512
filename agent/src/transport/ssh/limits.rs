//! How long each stage may take, and how many handshakes run at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::{Failure, Kind, Stage};
use super::Target;

/// Limits of one connection. Clones share their lanes, so that all connections of a pool count together.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Turning a name into addresses.
    pub resolve: Duration,
    /// The TCP connection, over all addresses of a name.
    pub connect: Duration,
    /// SSH versions and key exchange, from the first byte.
    pub handshake: Duration,
    /// The whole login.
    pub login: Duration,
    /// The way from a jump host to the next host.
    pub jump: Duration,
    /// Opening a shell or a subsystem.
    pub channel: Duration,
    /// Saying goodbye.
    pub close: Duration,
    /// Waiting for a free place in a lane.
    pub lane: Duration,
    /// Handshakes in flight.
    pub handshakes: Arc<Semaphore>,
    /// Handshakes in flight with devices that know only classic Diffie-Hellman: each costs 20 to 140 ms of CPU
    /// where an elliptic curve costs one.
    pub dh_lane: Arc<Semaphore>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            handshake: Duration::from_secs(20),
            login: Duration::from_secs(20),
            jump: Duration::from_secs(10),
            channel: Duration::from_secs(10),
            close: Duration::from_secs(1),
            lane: Duration::from_secs(120),
            handshakes: Arc::new(Semaphore::new(64)),
            dh_lane: Arc::new(Semaphore::new(4)),
        }
    }
}

impl Limits {
    /// A place in the lane that the target's handshake belongs to.
    pub(super) async fn handshake_place(&self, target: &Target) -> Result<OwnedSemaphorePermit, Failure> {
        let narrow = target.legacy_algorithms || target.narrow_lane;
        let lane = Arc::clone(if narrow { &self.dh_lane } else { &self.handshakes });
        let place = within(self.lane, lane.acquire_owned()).await.map_err(|limit| {
            Failure::new(
                Stage::Handshake,
                Kind::Timeout,
                format!("{target}: no handshake slot became free within {limit:?}"),
                "poll fewer devices at once, or look for devices that let handshakes hang",
            )
        })?;
        place.map_err(|_| {
            Failure::new(Stage::Handshake, Kind::Interrupted, "no more handshakes are started", "poll again")
        })
    }
}

/// Runs `future` for at most `limit`; the error is the limit, for the message.
pub(super) async fn within<F: Future>(limit: Duration, future: F) -> Result<F::Output, Duration> {
    tokio::time::timeout(limit, future).await.map_err(|_| limit)
}
