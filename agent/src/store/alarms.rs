//! What somebody must hear of how a device was read, beside what changed on it: its host key, too little privilege, old
//! algorithms, its clock. Each is told when it begins and not again while it lasts.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::devices::Known;
use super::newest::{Advance, Trouble};
use super::{Collected, Kept, StoreError, Tx};
use crate::clock::device;
use crate::events::{Event, Kind};

/// What a kind of failure is to those who watch.
fn kind(trouble: &Trouble) -> Option<Kind> {
    // The words of `transport::failure::Kind`.
    match trouble.kind.as_str() {
        "host_key_unknown" => Some(Kind::HostKeyUnknown),
        "host_key_changed" => Some(Kind::HostKeyChanged),
        "host_key_revoked" => Some(Kind::HostKeyRevoked),
        "privilege_too_low" => Some(Kind::PrivilegeTooLow),
        _ => None,
    }
}

impl Tx<'_> {
    /// Tells of a failure that concerns security, unless the newest observation before had the same; and of old
    /// algorithms, unless the newest answer before had used the same.
    pub(super) fn alarm(
        &mut self,
        device: &Known,
        collected: &Collected,
        advance: &Advance,
    ) -> Result<(), StoreError> {
        let trouble = advance.trouble().filter(|_| advance.is_newest);
        if let Some((trouble, kind)) = trouble.and_then(|it| Some((it, kind(it)?)))
            && advance.trouble_before().is_none_or(|before| before.kind != trouble.kind)
        {
            let event = Event::new(kind, format!("{}: {}", device.name, trouble.text))
                .with("stage", trouble.stage.as_str())
                .with("remedy", trouble.remedy.as_str());
            let event = match advance.address() {
                Some(address) => event.with("address", address),
                None => event,
            };
            self.tell_of(device, collected, event)?;
        }
        let old = collected.summary.old_algorithms.as_str();
        let told = advance.answer_before().is_some_and(|before| before.summary.old_algorithms == old);
        if advance.is_newest_answer && !old.is_empty() && !told {
            let message = format!("{} was read with old algorithms: {old}", device.name);
            self.tell_of(
                device,
                collected,
                Event::new(Kind::OldAlgorithms, message).with("algorithms", old),
            )?;
        }
        Ok(())
    }

    /// Tells when the clock of a device that was just polled went off by more than `limit`, or is right again.
    pub fn watch_clock(
        &mut self,
        kept: &Kept,
        collected: &Collected,
        limit: Duration,
    ) -> Result<(), StoreError> {
        let (&Kept::New { device, seq, .. }, Some(now)) = (kept, collected.offset_ms) else { return Ok(()) };
        let previous = self
            .sql()
            .prepare_cached(
                "SELECT offset_ms FROM observations WHERE device = ? AND seq < ? AND offset_ms IS NOT NULL
                 ORDER BY seq DESC LIMIT 1",
            )?
            .query_row(params![device, seq], |row| row.get(0))
            .optional()?;
        if let Some(event) = device::judge(&collected.device, previous, now, limit) {
            self.tell(&Event { observation: Some(collected.id), ..event })?;
        }
        Ok(())
    }
}
