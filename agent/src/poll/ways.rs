//! The way that worked is remembered: a device without NETCONF is asked over the CLI at once, and one whose key
//! exchange is expensive begins in the narrow lane.

use jiff::{SignedDuration, Timestamp};

use super::Job;
use crate::store::ways::{self, Missed, Way};
use crate::store::{Store, StoreError};

/// After so long NETCONF is tried again, should somebody have enabled it.
const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A time as far ahead of now was kept under a clock that was wrong.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// Remembers ways, in a store.
#[derive(Clone, Debug)]
pub struct Ways {
    store: Store,
}

/// What a poll found out about the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    /// Whether the key exchange was an expensive one, if there was one.
    pub(super) narrow_lane: Option<bool>,
    /// Whether NETCONF was there, if it was tried.
    pub(super) netconf: Option<bool>,
    /// Whether the CLI answered. If it did not either, the network may be to blame.
    pub(super) cli: bool,
    /// The software version that the device told.
    pub(super) version: Option<String>,
}

impl Ways {
    /// Remembers in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// What is known of a device. A store that does not answer takes nothing but time.
    pub(super) async fn of(&self, device: &str) -> Way {
        let name = device.to_owned();
        let known = self.store.read(move |sql| ways::of(sql, &name)).await;
        known.unwrap_or_else(|error| {
            tracing::warn!(%error, device, "What is known of the way to a device could not be read.");
            Way::default()
        })
    }

    /// Keeps what was learned, if it is new.
    pub(super) async fn keep(&self, job: &Job, known: &Way, learned: &Learned, now: Timestamp) {
        let way = after(known, learned, job.device.netconf_port.get(), now);
        if way == *known {
            return;
        }
        let device = job.device.name.clone();
        tracing::debug!(device, ?way, "The way to a device is remembered.");
        let kept: Result<(), StoreError> = self.store.write(move |tx| tx.keep_way(&device, &way)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, device = job.device.name, "The way to a device could not be remembered.");
        }
    }
}

/// Whether NETCONF need not be tried now.
pub(super) fn is_netconf_missed(known: &Way, port: u16, now: Timestamp) -> bool {
    known.missed.as_ref().is_some_and(|missed| {
        let age = now.duration_since(missed.at);
        missed.port == port && age < TRY_AGAIN && age > -AHEAD
    })
}

/// What is known after a poll.
fn after(known: &Way, learned: &Learned, port: u16, now: Timestamp) -> Way {
    let missed = match learned.netconf {
        Some(true) => None,
        Some(false) if learned.cli => Some(Missed { at: now, port, version: learned.version.clone() }),
        // Nothing new about it, unless the software is another one now.
        _ => known
            .missed
            .clone()
            .filter(|missed| learned.version.is_none() || missed.version == learned.version),
    };
    Way { narrow_lane: learned.narrow_lane.unwrap_or(known.narrow_lane), missed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn missed() -> Way {
        let missed = Missed { at: at("2026-03-01T00:00:00Z"), port: 830, version: Some("16.6.4".to_owned()) };
        Way { narrow_lane: false, missed: Some(missed) }
    }

    #[test]
    fn netconf_is_tried_again_after_a_week_at_another_port_and_when_the_clock_was_wrong() {
        let day = |text| is_netconf_missed(&missed(), 830, at(text));
        assert!(day("2026-03-01T00:00:01Z") && day("2026-03-07T23:59:59Z"));
        assert!(!day("2026-03-08T00:00:00Z") && !day("2026-02-28T00:00:00Z"));
        assert!(!is_netconf_missed(&missed(), 22, at("2026-03-01T00:00:01Z")));
        assert!(!is_netconf_missed(&Way::default(), 830, at("2026-03-01T00:00:01Z")));
    }

    #[test]
    fn only_what_the_device_showed_is_learned() {
        let now = at("2026-03-02T00:00:00Z");
        let of = |netconf, cli, version: Option<&str>| {
            let version = version.map(str::to_owned);
            let learned = Learned { narrow_lane: None, netconf, cli, version };
            after(&missed(), &learned, 830, now).missed.map(|missed| missed.at)
        };
        let before = Some(at("2026-03-01T00:00:00Z"));
        // Neither way answered: the network's fault, perhaps.
        assert_eq!(of(Some(false), false, None), before);
        assert_eq!(of(Some(false), true, Some("16.6.4")), Some(now));
        assert_eq!(of(Some(true), true, Some("16.6.4")), None);
        // It was not tried.
        assert_eq!(of(None, true, Some("16.6.4")), before);
        assert_eq!(of(None, false, None), before);
        assert_eq!(of(None, true, Some("17.9.1")), None, "new software may have it");
    }

    #[test]
    fn the_lane_is_that_of_the_last_key_exchange() {
        let learned = |narrow_lane| Learned { narrow_lane, ..Learned::default() };
        let now = at("2026-03-02T00:00:00Z");
        let narrow = after(&Way::default(), &learned(Some(true)), 830, now);
        assert!(narrow.narrow_lane);
        assert_eq!(after(&narrow, &learned(None), 830, now), narrow);
        assert!(!after(&narrow, &learned(Some(false)), 830, now).narrow_lane);
    }
}
