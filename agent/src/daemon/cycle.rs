//! The account of a cycle of polls.
//!
//! Devices have intervals and turns of their own, so that there is no round that all of them make together. A cycle is
//! what was polled within [`LENGTH`]; an hour without polls has no entry. Each poll has an entry of its own beside it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::agenda::Now;
use crate::journal::{Actor, Entry, Kind};
use crate::observation::{Observation, Outcome};
use crate::transport;

/// How long a cycle is, by a clock that nobody can set.
pub(super) const LENGTH: Duration = Duration::from_secs(3600);
/// Devices that failed and are named; the rest are counted.
const NAMED: usize = 100;

/// How many devices fared how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Everything that was asked was answered.
    pub complete: u64,
    /// A part of it.
    pub partial: u64,
    /// Nothing.
    pub failed: u64,
    /// Ended before their time, as the agent was stopped; they are counted here alone.
    pub interrupted: u64,
}

/// What was polled since the last entry.
#[derive(Debug)]
pub(super) struct Cycle {
    begun: Timestamp,
    since: Duration,
    counts: Counts,
    failed: Vec<serde_json::Value>,
    not_named: u64,
}

impl Cycle {
    pub(super) fn begin(now: Now) -> Self {
        Self { begun: now.wall, since: now.boot, counts: Counts::default(), failed: Vec::new(), not_named: 0 }
    }

    /// Counts a poll that was kept.
    pub(super) fn count(&mut self, observation: &Observation) {
        self.counts.count(observation);
        let Some(failure) = observation.error.as_ref().filter(|_| observation.outcome != Outcome::Complete)
        else {
            return;
        };
        let (stage, kind) = (failure.stage, failure.kind);
        self.name(json!({ "device": observation.device, "stage": stage, "kind": kind }));
    }

    /// Counts a poll that came to nothing that could be kept.
    pub(super) fn count_lost(&mut self, device: &str) {
        self.counts.failed += 1;
        self.name(json!({ "device": device, "stage": "store", "kind": "lost" }));
    }

    fn name(&mut self, failed: serde_json::Value) {
        if self.failed.len() < NAMED {
            self.failed.push(failed);
        } else {
            self.not_named += 1;
        }
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self, now: Now) -> bool {
        now.boot.saturating_sub(self.since) >= LENGTH
    }

    /// Its entry, if anything was polled; the next cycle begins.
    pub(super) fn end(&mut self, now: Now) -> Option<Entry> {
        let Self { begun, counts, failed, not_named, .. } = std::mem::replace(self, Self::begin(now));
        let Counts { complete, partial, failed: lost, interrupted } = counts;
        let polled = complete + partial + lost + interrupted;
        if polled == 0 {
            return None;
        }
        let entry = Entry::new(Actor::Daemon, Kind::CycleEnded)
            .with("begun_at", begun.to_string())
            .with("polled", polled)
            .with("complete", complete)
            .with("partial", partial)
            .with("failed", lost)
            .with("interrupted", interrupted)
            .with("not_complete", failed);
        Some(if not_named > 0 { entry.with("more_not_complete", not_named) } else { entry })
    }
}

impl Counts {
    pub(super) fn count(&mut self, observation: &Observation) {
        let interrupted =
            observation.error.as_ref().map(|error| error.kind) == Some(transport::Kind::Interrupted);
        *match observation.outcome {
            _ if interrupted => &mut self.interrupted,
            Outcome::Complete => &mut self.complete,
            Outcome::Partial => &mut self.partial,
            Outcome::Failed => &mut self.failed,
        } += 1;
    }

    /// All of them.
    pub fn polled(&self) -> u64 {
        self.complete + self.partial + self.failed + self.interrupted
    }
}
