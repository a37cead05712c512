//! Whose drop it is: by the key that signed its manifest.
//!
//! The key that an agent's first signed drop shows is believed and remembered, and told so that somebody can compare it.
//! From then on the agent is held to it: what another key signed, or none, is refused until somebody says otherwise.

use super::manifest::Manifest;
use super::supposed::Supposed;
use super::{Finding, IngestError, Taken, Terms};
use crate::journal::{GENESIS, PublicKey};
use crate::plain_name::plain_name;
use crate::store::Store;
use crate::store::ingest::{KnownHead, known_head};

/// Who takes it in.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The agent's name.
    pub(super) agent: String,
    /// The key of its journal.
    key: PublicKey,
}

impl Own {
    pub(super) fn of(store: &Store) -> Self {
        Self { agent: store.agent().to_owned(), key: store.key().public() }
    }

    /// Whether a manifest says that this agent made the drop.
    pub(super) fn made(&self, manifest: &Manifest) -> bool {
        manifest.agent == plain_name(&self.agent)
    }
}

/// Compares the key with the one that is known of the agent, and the journal's head with the newest one that was seen.
/// Yields what is to be remembered from now on.
pub(super) fn judge(
    connection: &rusqlite::Connection,
    supposed: &Supposed,
    own: &Own,
    manifest: &Manifest,
    terms: &Terms,
    taken: &mut Taken,
) -> Result<Option<KnownHead>, IngestError> {
    let agent = &manifest.agent;
    let known = match supposed.head(agent) {
        Some(known) => Some(known.clone()),
        None => known_head(connection, agent)?,
    };
    let ours = own.made(manifest).then(|| own.key.to_string());
    let expected = known.as_ref().map(|known| known.public_key.clone()).or_else(|| ours.clone());
    let Some(signer) = manifest.signer else {
        unsigned(agent, expected, terms, taken)?;
        return Ok(None);
    };
    let key = signer.to_string();
    let (seq, hash, signed_at) = match &manifest.head {
        Some(head) => (head.seq, head.hash.clone(), head.at),
        None => (0, GENESIS.to_owned(), manifest.created),
    };
    let shown = KnownHead { public_key: key.clone(), seq, hash, signed_at };
    if ours.as_ref() == Some(&key) {
        return Ok(None);
    }
    let Some(expected) = expected else {
        taken.notes.push(format!(
            "{agent} is believed to have the key {key} from now on: compare it with what `licwatch journal verify` says there"
        ));
        return Ok(Some(shown));
    };
    if key != expected {
        if terms.accept_key.as_ref() != Some(&key) {
            return Err(IngestError::OtherKey { agent: agent.clone(), key, known: expected });
        }
        taken.notes.push(format!("the key of {agent} is {key} from now on, before it was {expected}"));
        return Ok(Some(shown));
    }
    let (Some(known), Some(_)) = (known, &manifest.head) else { return Ok(None) };
    let other = shown.seq == known.seq && shown.hash != known.hash;
    if other || (shown.seq < known.seq && shown.signed_at > known.signed_at) {
        taken.findings.push(Finding {
            kind: "journal_rewritten",
            text: format!(
                "the journal of {agent} ended with entry {} at {}, and with entry {} at {}: it was cut off, put back from an older copy, or written anew",
                known.seq, known.signed_at, shown.seq, shown.signed_at
            ),
            remedy: format!("run `licwatch journal verify --head` with this manifest and an earlier one on {agent}"),
        });
        return Ok(None);
    }
    Ok((shown.seq > known.seq).then_some(shown))
}

fn unsigned(
    agent: &str,
    expected: Option<String>,
    terms: &Terms,
    taken: &mut Taken,
) -> Result<(), IngestError> {
    match expected {
        None => taken.notes.push(format!("it is not signed: nothing shows that {agent} made it")),
        Some(key) if !terms.unsigned => {
            let (path, agent) = (taken.path.clone(), agent.to_owned());
            return Err(IngestError::Unsigned { path, agent, key });
        }
        Some(_) => taken.findings.push(Finding {
            kind: "unsigned",
            text: format!("this drop of {agent} is not signed, and was taken in by --unsigned"),
            remedy: "a poll by hand without the agent's store signs none; if it was none, ask who carried it"
                .to_owned(),
        }),
    }
    Ok(())
}
