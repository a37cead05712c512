//! The signed head: what the end of the chain was at a time, so that a tail that was cut off later is missed.
//!
//! What is signed is this text, every line with its line end (the name of the agent as a JSON string):
//!
//! ```text
//! licwatch journal head 1
//! agent "hq-1"
//! seq 42
//! hash 5508d2b710e64bc470079e1b211d9c58e21011e59d0559e422345dc19d659a75
//! at 2026-11-22T00:47:31.25Z
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::GENESIS;
use super::key::{JournalKey, PublicKey};
use crate::hex;

/// The form of a head as JSON.
pub const HEAD_SCHEMA: &str = "licwatch/journal-head/1";
/// The file in the store's folder that holds the newest head.
pub const HEAD_FILE: &str = "journal.head";

/// Where a journal ended at a time, with a signature. It verifies by itself ([`Head::is_signed`]); whose key it is
/// must be known from elsewhere: from the journal's first entry, or from an earlier head.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The agent that signed it.
    pub agent: String,
    /// The number of the last entry.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// When it was signed, by the agent's clock.
    pub at: Timestamp,
    /// The key.
    pub public_key: PublicKey,
    /// The signature under [`Head::text`].
    pub signature: [u8; 64],
}

/// A head as JSON.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Form {
    schema: String,
    agent: String,
    seq: u64,
    hash: String,
    at: Timestamp,
    public_key: String,
    signature: String,
}

/// What is no head.
#[derive(Debug, thiserror::Error)]
#[error("it holds no signed head of a journal ({HEAD_SCHEMA}): {0}")]
pub struct NotAHead(String);

impl Head {
    /// Signs where a journal ends.
    pub fn sign(key: &JournalKey, agent: &str, seq: u64, hash: &str, at: Timestamp) -> Self {
        let mut head = Self {
            agent: agent.to_owned(),
            seq,
            hash: hash.to_owned(),
            at,
            public_key: key.public(),
            signature: [0; 64],
        };
        head.signature = key.sign(&head.text());
        head
    }

    /// What is signed.
    pub fn text(&self) -> String {
        let Self { agent, seq, hash, at, .. } = self;
        let agent = Value::from(agent.as_str());
        format!("licwatch journal head 1\nagent {agent}\nseq {seq}\nhash {hash}\nat {at}\n")
    }

    /// Whether the signature is that of its key.
    pub fn is_signed(&self) -> bool {
        self.public_key.has_signed(&self.text(), &self.signature)
    }

    /// The head as one JSON object, as manifests, receipts and reports carry it.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The head as a file holds it: one line.
    pub fn line(&self) -> String {
        // Texts and numbers always have a form in JSON.
        format!("{}\n", serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a head as [`Head::to_json`] made it. The signature is not checked here.
    pub fn from_json(value: &Value) -> Result<Self, NotAHead> {
        let form = Form::deserialize(value).map_err(|error| NotAHead(error.to_string()))?;
        let wrong = |what: &str| NotAHead(format!("its {what} has another form"));
        if form.schema != HEAD_SCHEMA {
            return Err(wrong("schema"));
        }
        if form.hash.len() != GENESIS.len() || hex::bytes::<32>(&form.hash).is_none() {
            return Err(wrong("hash"));
        }
        Ok(Self {
            agent: form.agent,
            seq: form.seq,
            hash: form.hash,
            at: form.at,
            public_key: PublicKey::read(&form.public_key).ok_or_else(|| wrong("public_key"))?,
            signature: hex::bytes(&form.signature).ok_or_else(|| wrong("signature"))?,
        })
    }

    /// Reads a head, or the one that a manifest, a receipt or a report carries.
    pub fn within(text: &[u8]) -> Result<Self, NotAHead> {
        let value: Value = serde_json::from_slice(text).map_err(|error| NotAHead(error.to_string()))?;
        match carried(&value) {
            Some(head) => Self::from_json(head),
            None => Err(NotAHead("there is none".to_owned())),
        }
    }
}

/// The head that a document is or has as a member.
pub(crate) fn carried(value: &Value) -> Option<&Value> {
    let is_head = |value: &&Value| value.get("schema").and_then(Value::as_str) == Some(HEAD_SCHEMA);
    Some(value).filter(is_head).or_else(|| value.as_object()?.values().find(is_head))
}

impl Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Form {
            schema: HEAD_SCHEMA.to_owned(),
            agent: self.agent.clone(),
            seq: self.seq,
            hash: self.hash.clone(),
            at: self.at,
            public_key: self.public_key.to_string(),
            signature: hex::digits(&self.signature),
        };
        form.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let folder = tempfile::tempdir().unwrap();
        let key = JournalKey::make(folder.path()).unwrap();
        Head::sign(&key, "hq \"1\"\nseq 9", 7, GENESIS, "2026-11-22T00:47:31.25Z".parse().unwrap())
    }

    #[test]
    fn every_member_is_signed() {
        let head = head();
        assert_eq!(head.text().lines().count(), 5, "a name cannot pose as another line:\n{}", head.text());
        assert!(head.is_signed());
        let others = [
            Head { agent: "other".to_owned(), ..head.clone() },
            Head { seq: 8, ..head.clone() },
            Head { hash: GENESIS.replacen('0', "1", 1), ..head.clone() },
            Head { at: "2026-11-22T00:47:31Z".parse().unwrap(), ..head.clone() },
            Head { public_key: self::head().public_key, ..head.clone() },
        ];
        assert!(others.iter().all(|other| !other.is_signed()));
    }

    #[test]
    fn a_head_is_read_alone_and_out_of_a_manifest() {
        let head = head();
        assert_eq!(Head::within(head.line().as_bytes()).unwrap(), head);
        let manifest = serde_json::json!({"schema": "licwatch/drop-manifest/1", "journal_head": head});
        assert_eq!(Head::within(manifest.to_string().as_bytes()).unwrap(), head);
        for (from, to) in
            [("\"seq\":7", "\"seq\":-7"), ("\"seq\"", "\"sex\""), ("\"hash\":\"00", "\"hash\":\"0G")]
        {
            let broken = head.line().replace(from, to);
            assert_ne!(broken, head.line());
            Head::within(broken.as_bytes()).unwrap_err();
        }
        assert!(Head::within(b"{}").unwrap_err().to_string().contains("there is none"));
    }
}
