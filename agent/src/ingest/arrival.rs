//! A drop that was read enters the store: judged against what is known, and then kept as a whole.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use uuid::Uuid;

use super::drop::{Line, ReadyDrop};
use super::line::Speaker;
use super::manifest::Manifest;
use super::supposed::Supposed;
use super::{Finding, IngestError, Taken, Terms, key};
use crate::events::{self, Event};
use crate::hex;
use crate::journal::{Entry, Kind};
use crate::store::ingest::{self, Carried, KnownHead};
use crate::store::{Kept, Tx, devices};

/// What is to be done with a drop.
struct Judged<'d> {
    taken: Taken,
    /// Its lines that are not here yet; nothing where the drop as a whole is.
    new: Option<Vec<&'d Line>>,
    head: Option<KnownHead>,
}

impl ReadyDrop {
    /// Says what [`ReadyDrop::take`] would do, and supposes that it was done.
    pub(super) fn try_out(
        &self,
        connection: &Connection,
        supposed: &mut Supposed,
        terms: &Terms,
    ) -> Result<Taken, IngestError> {
        let Judged { mut taken, new, head } = self.judge(connection, supposed, terms)?;
        let Some(new) = new else { return Ok(taken) };
        for line in &new {
            let collected = line.ready.collected();
            let device = devices::counts_for(connection, &collected.device, &collected.serial_numbers)?;
            taken.count(&line.ready, device.as_deref().unwrap_or(&collected.device));
        }
        let lines = new.iter().map(|line| (line.ready.collected().id, line.sha256));
        supposed.take_drop(&self.carried(), head, lines);
        Ok(taken)
    }

    /// Takes it in.
    pub(super) fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        let Judged { mut taken, new, head } = self.judge(tx.sql(), &Supposed::default(), terms)?;
        let Some(new) = new else { return Ok(taken) };
        if let Some(head) = head {
            tx.remember_head(&self.manifest.agent, &head)?;
        }
        for line in new {
            if let Kept::New { device, .. } = tx.collect_ready(&line.ready)? {
                let device = devices::name(tx.sql(), device)?;
                taken.count(&line.ready, &device);
            }
        }
        tx.remember_drop(&self.carried(), &terms.carrier.by)?;
        self.account(tx, terms, &taken)?;
        Ok(taken)
    }

    fn judge(
        &self,
        connection: &Connection,
        supposed: &Supposed,
        terms: &Terms,
    ) -> Result<Judged<'_>, IngestError> {
        let carried = self.carried();
        let mut taken = Taken {
            path: self.path.clone(),
            what: "drop",
            agent: Some(carried.agent.clone()),
            sink: self.manifest.sink.clone(),
            sequence: Some(carried.sequence),
            ..Taken::default()
        };
        let before = match ingest::taken(connection, &carried)? {
            Some((at, by)) => Some(format!("this drop was taken in at {at}, carried by {by}")),
            None => supposed.holds(&carried).then(|| "this drop was named before".to_owned()),
        };
        if let Some(note) = before {
            taken.repeated = self.lines.len() as u64;
            taken.notes.push(note);
            return Ok(Judged { taken, new: None, head: None });
        }
        let head = key::judge(connection, supposed, &self.own, &self.manifest, terms, &mut taken)?;
        judge_number(connection, supposed, &carried, &mut taken)?;
        let new = self.judge_lines(connection, supposed, &mut taken)?;
        Ok(Judged { taken, new: Some(new), head })
    }

    /// The lines that are not here yet.
    fn judge_lines(
        &self,
        connection: &Connection,
        supposed: &Supposed,
        taken: &mut Taken,
    ) -> Result<Vec<&Line>, IngestError> {
        let (mut new, mut before): (_, BTreeMap<Uuid, [u8; 32]>) = (Vec::new(), BTreeMap::new());
        let mut relayed = BTreeSet::new();
        for line in &self.lines {
            let id = line.ready.collected().id;
            let here = match before.get(&id).copied().or_else(|| supposed.line(id)) {
                Some(sha256) => Some(sha256),
                None => ingest::kept_line(connection, id)?,
            };
            match here {
                Some(sha256) if sha256 == line.sha256 => {
                    taken.repeated += 1;
                    continue;
                }
                Some(_) => {
                    let device = &line.ready.collected().device;
                    let what = format!(
                        "its observation {id} of {device} is here already with another content, so one of the two was changed"
                    );
                    return Err(IngestError::damaged(&self.path, what));
                }
                None => {}
            }
            match &line.speaker {
                Speaker::Maker => {}
                Speaker::Relayed(agent) => {
                    relayed.insert(agent.as_str());
                }
                Speaker::Us => {
                    let (path, agent) = (self.path.clone(), self.manifest.agent.clone());
                    return Err(IngestError::NotItsOwn { path, agent, id });
                }
            }
            before.insert(id, line.sha256);
            new.push(line);
        }
        if !relayed.is_empty() {
            let (maker, others) = (&self.manifest.agent, relayed.into_iter().collect::<Vec<_>>().join(", "));
            taken.notes.push(format!("{maker} hands on what {others} said; only {maker} answers for it"));
        }
        Ok(new)
    }

    fn account(&self, tx: &mut Tx<'_>, terms: &Terms, taken: &Taken) -> Result<(), IngestError> {
        let Manifest { agent, sequence, created, sink, signer, .. } = &self.manifest;
        let by = terms.carrier.by.as_str();
        let devices: BTreeSet<&str> =
            self.lines.iter().map(|line| line.ready.collected().device.as_str()).collect();
        let mut entry = Entry::new(terms.carrier.actor.clone(), Kind::Imported)
            .with("what", "drop")
            .with("from_agent", agent.as_str())
            .with("sequence", *sequence)
            .with("created", created.to_string())
            .with("manifest_sha256", hex::digits(&self.sha256))
            .with("carried_by", by)
            .with("device_count", devices.len())
            .with("observations", taken.observations)
            .with("repeated", taken.repeated)
            .with("captures", taken.captures);
        if let Some(sink) = sink {
            entry = entry.with("sink", sink.as_str());
        }
        if let Some(at) = terms.carrier.at {
            entry = entry.with("carried_at", at.to_string());
        }
        if !taken.findings.is_empty() {
            entry = entry.with("findings", taken.findings.iter().map(|it| it.kind).collect::<Vec<_>>());
        }
        if let Some(key) = signer.map(|key| key.to_string()) {
            if terms.accept_key.as_ref() == Some(&key) {
                entry = entry.with("accepted_key", key.as_str());
            }
            entry = entry.with("signed_by", key);
        }
        tx.account(&entry)?;
        let message = format!("Drop {sequence} of {agent} was taken in, carried by {by}.");
        let event = Event::new(events::Kind::Imported, message)
            .with("carried_by", by)
            .with("from_agent", agent.as_str())
            .with("sequence", *sequence)
            .with("observations", taken.observations);
        tx.tell(&event)?;
        Ok(())
    }
}

/// What a drop's number says, beside those of the others of its agent's sink.
fn judge_number(
    connection: &Connection,
    supposed: &Supposed,
    carried: &Carried,
    taken: &mut Taken,
) -> Result<(), IngestError> {
    let Carried { agent, sink, sequence, .. } = carried;
    let other = match supposed.other_of_number(carried) {
        Some(other) => Some(other.created),
        None => ingest::other_of_number(connection, carried)?,
    };
    if let Some(created) = other {
        taken.findings.push(Finding {
            kind: "number_again",
            text: format!("another drop of {agent} with the number {sequence} was made at {created}"),
            remedy: "its numbering began anew (a new store, or a folder that was emptied for `poll --drop`): what is missing cannot be told from the numbers".to_owned(),
        });
    }
    let numbers = supposed.numbers(agent, sink);
    if numbers.is_empty() && !ingest::is_known(connection, agent, sink)? && *sequence > 1 {
        taken.notes.push(format!(
            "it is the first drop of {agent} that comes here; those before number {sequence} are not missed"
        ));
    }
    // A gap that it only makes narrower is not closed.
    let gap = (*sequence, *sequence);
    if ingest::gaps(connection, agent, sink, &numbers)?.contains(&gap) {
        taken.closed.push(gap);
    }
    Ok(())
}
