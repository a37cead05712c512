//! What the daemon says of its own start and end, and of the journal that it goes on with.

use super::{DaemonError, Polls};
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};
use crate::store::schedule::Standing;
use crate::store::{Store, StoreError, journal};

/// So many of the journal's last entries are followed at the start; `licwatch journal verify` follows all.
const LAST_ENTRIES: u64 = 10_000;

/// Tells that the daemon starts, and whether the end of its journal is whole. One that is damaged is told as loudly as
/// can be and gone on with: what happens from now on is evidence, too. It is told once at every start: what it was told
/// before could be remembered only where whoever damaged the journal writes, and would be the way to silence the alarm.
pub(super) async fn start(store: &Store, devices: usize, once: bool) -> Result<(), StoreError> {
    let this = store.clone();
    let found = store
        .read(move |sql| {
            // Before the entries: a head is never ahead of what was committed then. One that is not ours is set aside and
            // told by those who keep it.
            let newest = journal::newest_head(this.folder()).unwrap_or_else(|problem| {
                tracing::warn!(%problem, "The journal's newest head tells nothing.");
                None
            });
            let newest = newest.filter(|newest| this.has_signed(&newest.head));
            journal::verify_end(sql, newest, LAST_ENTRIES)
        })
        .await;
    let damage = match found {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => Some((broken.to_string(), broken.seq(), broken.word())),
        Err(StoreError::Content(what)) => Some((what, None, "form")),
        Err(error) => return Err(error),
    };
    if let Some((what, ..)) = &damage {
        tracing::error!(
            what,
            "The journal does not verify; polling goes on, see `licwatch journal verify` and keep the store as it is."
        );
    }
    store
        .write(move |tx| {
            let version = env!("CARGO_PKG_VERSION");
            let started = Entry::new(Actor::Daemon, Kind::Started).with("version", version);
            tx.account(&started.with("devices", devices).with("once", once))?;
            let started =
                Event::new(events::Kind::AgentStarted, format!("The agent started, licwatch {version}."));
            tx.tell(&started.with("version", version).with("devices", devices).with("once", once))?;
            if let Some((what, seq, word)) = &damage {
                let mut damaged =
                    Event::new(events::Kind::JournalDamaged, format!("The journal does not verify: {what}."))
                        .with("damage", *word);
                if let Some(seq) = seq {
                    damaged = damaged.with("entry", *seq);
                }
                tx.tell(&damaged)?;
            }
            Ok(())
        })
        .await
}

/// Tells that what a poll of a device brought is lost, and keeps where the device stands.
pub(super) async fn lost(
    store: &Store,
    device: &str,
    standing: Option<Standing>,
    why: &str,
) -> Result<(), StoreError> {
    let (device, why) = (device.to_owned(), why.to_owned());
    store
        .write(move |tx| {
            if let Some(standing) = &standing {
                tx.schedule(&device, standing)?;
            }
            let entry = Entry::new(Actor::Daemon, Kind::Polled).with("device", device.as_str());
            tx.account(&entry.with("outcome", "lost").with("error", why.as_str()))?;
            let said = format!("What a poll of {device} brought is lost: {why}");
            tx.tell(&Event::new(events::Kind::PollLost, said).of(&device)).map(drop)
        })
        .await
}

/// Tells that the daemon stops, and why if it was not asked to.
pub(super) async fn stop(
    store: &Store,
    polls: &Polls,
    ended: &Result<(), DaemonError>,
) -> Result<(), StoreError> {
    let polled = polls.counts.polled();
    let why = ended.as_ref().err().map(ToString::to_string);
    store
        .write(move |tx| {
            let mut entry = Entry::new(Actor::Daemon, Kind::Stopped).with("polled", polled);
            let said = match &why {
                None => "The agent stopped.".to_owned(),
                Some(why) => format!("The agent stopped: {why}."),
            };
            let mut event = Event::new(events::Kind::AgentStopped, said).with("polled", polled);
            if let Some(why) = &why {
                entry = entry.with("error", why.as_str());
                event = event.with("error", why.as_str());
            }
            tx.account(&entry)?;
            tx.tell(&event).map(drop)
        })
        .await
}
