//! Spreading without chance: the same device in the same cycle always gets the same place.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// A device's place in a cycle, from 0 to less than 1, the same on every run.
pub(super) fn place(name: &str, cycle: Timestamp) -> f64 {
    let digest = Sha256::new()
        .chain_update(name.to_lowercase())
        .chain_update(cycle.as_microsecond().to_be_bytes())
        .finalize();
    let bits = digest.iter().take(4).fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

/// So much later, or the last time there is.
pub(super) fn after(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The time from one to the other; nothing if it is over.
pub(super) fn between(from: Timestamp, until: Timestamp) -> Duration {
    until.duration_since(from).try_into().unwrap_or_default()
}
