//! What a collector was sent.

use std::collections::BTreeMap;
use std::time::Instant;

/// Everything since the collector started. Lists stop growing at [`Book::LISTED`] entries.
#[derive(Clone, Debug, Default)]
pub struct Book {
    requests: u64,
    unauthorized: u64,
    lines: Vec<String>,
    counts: BTreeMap<String, u64>,
    deliveries: Vec<Delivery>,
}

/// One request that was read to its end.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its idempotency key.
    pub key: String,
    /// The number of its batch.
    pub sequence: u64,
    /// The agent that sent it.
    pub agent: String,
    /// The ids of its lines, in order.
    pub ids: Vec<String>,
    /// SHA-256 of its lines as they were before compression.
    pub sha256: String,
    /// Whether it came compressed.
    pub is_gzip: bool,
    /// Whether the client showed a certificate.
    pub has_certificate: bool,
    /// How many of its lines were taken.
    pub taken: usize,
    /// When it had been read.
    pub at: Instant,
}

impl Book {
    /// The longest that a list becomes.
    pub const LISTED: usize = 1_000_000;

    /// Requests, whatever became of them.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Requests without the right token.
    pub fn unauthorized(&self) -> u64 {
        self.unauthorized
    }

    /// The ids of the lines that were taken, each once, in the order in which they first came.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// How often a line was taken.
    pub fn count(&self, id: &str) -> u64 {
        self.counts.get(id).copied().unwrap_or_default()
    }

    /// Lines that were taken again, counted each time.
    pub fn repeats(&self) -> u64 {
        self.counts.values().map(|count| count - 1).sum()
    }

    /// Every request that was read to its end.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    pub(super) fn requested(&mut self) {
        self.requests += 1;
    }

    pub(super) fn unauthorized_one(&mut self) {
        self.unauthorized += 1;
    }

    pub(super) fn delivered(&mut self, delivery: Delivery, taken: &[String]) {
        for id in taken {
            match self.counts.get_mut(id) {
                Some(count) => *count += 1,
                None if self.lines.len() < Self::LISTED => {
                    self.counts.insert(id.clone(), 1);
                    self.lines.push(id.clone());
                }
                None => {}
            }
        }
        if self.deliveries.len() < Self::LISTED {
            self.deliveries.push(delivery);
        }
    }
}
