//! A sink, with what the operator decides of its deliveries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Sink;

/// A sink that the configuration names, ready to be delivered to.
#[derive(Clone)]
pub struct Destination {
    /// Its name in the configuration.
    pub name: String,
    /// Where its lines go.
    pub sink: Arc<dyn Sink>,
    /// How fast, and how much at a time.
    pub pace: Pace,
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").field("name", &self.name).field("pace", &self.pace).finish()
    }
}

/// What the operator decides of deliveries to a sink.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pace {
    /// Lines in one batch, at most.
    pub batch_lines: usize,
    /// Bytes of lines and raw answers in one batch, at most, but that one line is always a batch.
    pub batch_bytes: usize,
    /// Lines that may wait before polling stops.
    pub most_waiting: u64,
    /// Refused lines that are kept before the sink stops.
    pub most_refused: u64,
    /// How soon a delivery that failed is tried again; twice as long after each further failure.
    pub retry: Duration,
    /// The longest time between two tries.
    pub retry_most: Duration,
    /// How long one delivery may take.
    pub limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch_lines: 1_000,
            batch_bytes: 8 << 20,
            most_waiting: 1_000_000,
            most_refused: 10_000,
            retry: Duration::from_secs(5),
            retry_most: Duration::from_secs(15 * 60),
            limit: Duration::from_secs(120),
        }
    }
}
