//! Following the chain from its first entry, and finding where it first differs.

use jiff::Timestamp;
use serde::Deserialize;

use super::{GENESIS, Head, Kind, PublicKey, seal};

/// An entry as it is kept: its bytes, and what is on record beside it.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'k> {
    /// Its number on record.
    pub seq: i64,
    /// Its bytes.
    pub entry: &'k [u8],
    /// The hash before it on record; an export has none.
    pub prev: Option<&'k str>,
    /// Its hash on record.
    pub hash: &'k str,
}

/// A head from outside, and the name of the file that carries it.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The file.
    pub name: String,
    /// The head.
    pub head: Head,
}

/// The first difference. Who acts: the security officer; nothing that follows it can be relied on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// The numbers do not follow each other.
    #[error("entry {expected} is missing or moved: in its place stands entry {found}")]
    Number {
        /// Which should stand there.
        expected: u64,
        /// Which does.
        found: i64,
    },
    /// The bytes do not give the hash.
    #[error("entry {seq} was changed: its bytes do not give the hash on record, or the hash was changed")]
    Changed {
        /// Its number.
        seq: u64,
    },
    /// The entry is bound to another than the one before it.
    #[error("entry {seq} is not bound to the entry before it: another hash is on record there")]
    Unbound {
        /// Its number.
        seq: u64,
    },
    /// The hashes hold, and yet it is no entry. Only who rewrote the chain can do that.
    #[error("entry {seq} is no entry of a journal: {why}")]
    Form {
        /// Its number.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// There is no entry at all.
    #[error("the journal is empty: every journal has a first entry")]
    Empty,
    /// A head is not signed by its key.
    #[error("the signature of the head in {name} (entry {seq}) is wrong: the head was changed")]
    Signature {
        /// Where the head stands.
        name: String,
        /// The entry that it is of.
        seq: u64,
    },
    /// A head is signed by a stranger.
    #[error(
        "the head in {name} is signed by the key {key}, the journal's first entry names {named}: one of them is not this journal's"
    )]
    Key {
        /// Where the head stands.
        name: String,
        /// Its key.
        key: String,
        /// The journal's.
        named: String,
    },
    /// The chain was written anew.
    #[error(
        "entry {seq} is not the one that the head in {name} was signed for: the journal was rewritten at or before it"
    )]
    Rewritten {
        /// Where the head stands.
        name: String,
        /// The entry.
        seq: u64,
    },
    /// The tail is gone.
    #[error(
        "the journal ends with entry {end}, and the head in {name} was signed for entry {seq}: its tail was cut off, or an older copy was put back"
    )]
    Cut {
        /// Where the head stands.
        name: String,
        /// The entry that it is of.
        seq: u64,
        /// The last that is there.
        end: u64,
    },
    /// Of an export: an entry follows the end that was signed.
    #[error("entry {seq} stands behind the end that the head of this export was signed for: it was added")]
    Beyond {
        /// Its number.
        seq: u64,
    },
    /// Of an export: one of its two lists ends too early.
    #[error("{file} ends before entry {seq} does")]
    Torn {
        /// Which.
        file: &'static str,
        /// The entry that is missing or torn there.
        seq: u64,
    },
    /// A file beside the entries is damaged: of an export, or the newest head in the store's folder.
    #[error("{file} is damaged: {why}")]
    Beside {
        /// Which.
        file: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl Broken {
    /// A word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Number { .. } => "missing_or_moved",
            Self::Changed { .. } => "changed",
            Self::Unbound { .. } => "unbound",
            Self::Form { .. } => "form",
            Self::Empty => "empty",
            Self::Signature { .. } => "signature",
            Self::Key { .. } => "other_key",
            Self::Rewritten { .. } => "rewritten",
            Self::Cut { .. } => "cut",
            Self::Beyond { .. } => "added",
            Self::Torn { .. } => "torn",
            Self::Beside { .. } => "damaged_file",
        }
    }

    /// The first entry that cannot be relied on, where it is about one.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Number { expected, .. } => Some(*expected),
            Self::Changed { seq }
            | Self::Unbound { seq }
            | Self::Form { seq, .. }
            | Self::Rewritten { seq, .. }
            | Self::Beyond { seq }
            | Self::Torn { seq, .. } => Some(*seq),
            Self::Cut { end, .. } => Some(end + 1),
            Self::Empty | Self::Key { .. } | Self::Signature { .. } | Self::Beside { .. } => None,
        }
    }
}

/// What was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// How many entries; the number of the last.
    pub entries: u64,
    /// The hash of the last.
    pub hash: String,
    /// When the first was made.
    pub begun: Timestamp,
    /// When the last was made.
    pub ended: Timestamp,
    /// The key that the first names.
    pub public_key: PublicKey,
}

/// Follows a chain, entry by entry, in constant memory.
#[derive(Debug)]
pub struct Verifier {
    seq: u64,
    hash: String,
    begun: Option<(Timestamp, PublicKey)>,
    ended: Timestamp,
    anchors: Vec<Anchor>,
}

/// What every entry says of itself, and the first of the key.
#[derive(Deserialize)]
struct Said {
    seq: i64,
    at: Timestamp,
    kind: String,
    #[serde(default)]
    public_key: Option<String>,
}

impl Verifier {
    /// Begins before the first entry. The heads must be signed for entries of this chain.
    pub fn new(anchors: Vec<Anchor>) -> Self {
        Self { seq: 0, hash: GENESIS.to_owned(), begun: None, ended: Timestamp::UNIX_EPOCH, anchors }
    }

    /// Begins behind an entry, whose number and hash are believed. `first` is the journal's first entry, for its key.
    pub fn behind(seq: u64, hash: String, first: &[u8], anchors: Vec<Anchor>) -> Result<Self, Broken> {
        let mut chain = Self { seq, hash, ..Self::new(anchors) };
        let said = serde_json::from_slice(first);
        let said: Said = said.map_err(|error| Broken::Form { seq: 1, why: error.to_string() })?;
        chain.begin(1, &said)?;
        Ok(chain)
    }

    /// Takes the next entry.
    pub fn take(&mut self, kept: Kept<'_>) -> Result<(), Broken> {
        let seq = self.seq + 1;
        let said: Result<Said, _> = serde_json::from_slice(kept.entry);
        let is_next = |found: i64| u64::try_from(found) == Ok(seq);
        if !is_next(kept.seq) {
            return Err(Broken::Number { expected: seq, found: kept.seq });
        }
        let hash = seal(&self.hash, kept.entry);
        if hash != kept.hash {
            // An entry that is whole but stands in another's place tells so itself.
            return Err(match said {
                Ok(said) if !is_next(said.seq) => Broken::Number { expected: seq, found: said.seq },
                _ if kept
                    .prev
                    .is_some_and(|prev| prev != self.hash && seal(prev, kept.entry) == kept.hash) =>
                {
                    Broken::Unbound { seq }
                }
                _ => Broken::Changed { seq },
            });
        }
        if kept.prev.is_some_and(|prev| prev != self.hash) {
            return Err(Broken::Unbound { seq });
        }
        let said = said.map_err(|error| Broken::Form { seq, why: error.to_string() })?;
        if !is_next(said.seq) {
            return Err(Broken::Number { expected: seq, found: said.seq });
        }
        if self.begun.is_none() {
            self.begin(seq, &said)?;
        }
        self.ended = said.at;
        for anchor in self.anchors.iter().filter(|anchor| anchor.head.seq == seq) {
            if anchor.head.hash != hash {
                return Err(Broken::Rewritten { name: anchor.name.clone(), seq });
            }
        }
        (self.seq, self.hash) = (seq, hash);
        Ok(())
    }

    /// The end: nothing follows.
    pub fn finish(self) -> Result<Verified, Broken> {
        let Some((begun, public_key)) = self.begun else {
            return Err(Broken::Empty);
        };
        if let Some(Anchor { name, head }) = self.anchors.into_iter().find(|it| it.head.seq > self.seq) {
            return Err(Broken::Cut { name, seq: head.seq, end: self.seq });
        }
        Ok(Verified { entries: self.seq, hash: self.hash, begun, ended: self.ended, public_key })
    }

    fn begin(&mut self, seq: u64, said: &Said) -> Result<(), Broken> {
        let form = |why: &str| Broken::Form { seq, why: why.to_owned() };
        if said.kind != Kind::Begun.word() {
            return Err(form("a journal begins with journal_begun"));
        }
        let key = said.public_key.as_deref().and_then(PublicKey::read);
        let key = key.ok_or_else(|| form("it names no public key"))?;
        self.check_heads(key)?;
        self.begun = Some((said.at, key));
        Ok(())
    }

    fn check_heads(&self, named: PublicKey) -> Result<(), Broken> {
        for Anchor { name, head } in &self.anchors {
            if !head.is_signed() {
                return Err(Broken::Signature { name: name.clone(), seq: head.seq });
            }
            if head.public_key != named {
                let (key, named) = (head.public_key.to_string(), named.to_string());
                return Err(Broken::Key { name: name.clone(), key, named });
            }
        }
        Ok(())
    }
}
