//! The journal's table and its key.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Store, StoreError, Tx};
use crate::journal::{
    Actor, Anchor, Broken, Entry, GENESIS, Head, JournalKey, Kept, KeyError, Kind, Verified, Verifier, seal,
};

/// Where the chain ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct End {
    /// The number of the last entry; 0 for an empty journal.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// Where the chain ends now.
pub fn end(connection: &Connection) -> Result<End, StoreError> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(End { seq: row.get(0)?, hash: row.get(1)? }))
        .optional()?;
    Ok(last.unwrap_or_else(|| End { seq: 0, hash: GENESIS.to_owned() }))
}

/// Hands on every entry as it is kept, in order, until `take` says to stop.
pub fn each(connection: &Connection, mut take: impl FnMut(Kept<'_>) -> bool) -> Result<(), StoreError> {
    walk(connection, "SELECT seq, entry, prev, hash FROM journal ORDER BY seq", &mut take)
}

/// [`each`], from the last entry to the first.
pub fn each_from_the_end(
    connection: &Connection,
    mut take: impl FnMut(Kept<'_>) -> bool,
) -> Result<(), StoreError> {
    walk(connection, "SELECT seq, entry, prev, hash FROM journal ORDER BY seq DESC", &mut take)
}

fn walk(
    connection: &Connection,
    sql: &str,
    take: &mut dyn FnMut(Kept<'_>) -> bool,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let odd =
        |what: rusqlite::types::FromSqlError| StoreError::Content(format!("the journal's table: {what}"));
    while let Some(row) = rows.next()? {
        let kept = Kept {
            seq: row.get(0)?,
            entry: row.get_ref(1)?.as_bytes().map_err(odd)?,
            prev: Some(row.get_ref(2)?.as_str().map_err(odd)?),
            hash: row.get_ref(3)?.as_str().map_err(odd)?,
        };
        if !take(kept) {
            break;
        }
    }
    Ok(())
}

/// Follows the whole chain, and compares it with heads that are known. `progress` is told the number of each entry.
pub fn verify(
    connection: &Connection,
    anchors: Vec<Anchor>,
    progress: &mut dyn FnMut(u64),
) -> Result<Result<Verified, Broken>, StoreError> {
    let mut chain = Verifier::new(anchors);
    let mut broken = None;
    each(connection, |kept| {
        progress(u64::try_from(kept.seq).unwrap_or_default());
        broken = chain.take(kept).err();
        broken.is_none()
    })?;
    Ok(broken.map_or_else(|| chain.finish(), Err))
}

/// Follows the last entries, at most so many, and compares them with the newest head. The entry before them is believed.
pub fn verify_end(
    connection: &Connection,
    newest: Option<Anchor>,
    most: u64,
) -> Result<Result<(), Broken>, StoreError> {
    let end = end(connection)?.seq;
    if end <= most {
        let whole = verify(connection, newest.into_iter().collect(), &mut |_| {})?;
        return Ok(whole.map(drop));
    }
    let before = end - most;
    let mut hash_of = connection.prepare("SELECT hash FROM journal WHERE seq = ?")?;
    let mut hash_of = |seq: u64| hash_of.query_row([seq], |row| row.get::<_, String>(0)).optional();
    if let Some(Anchor { name, head }) = newest.as_ref().filter(|it| it.head.seq <= before)
        && hash_of(head.seq)?.as_ref() != Some(&head.hash)
    {
        return Ok(Err(Broken::Rewritten { name: name.clone(), seq: head.seq }));
    }
    let first: Option<Vec<u8>> =
        connection.query_row("SELECT entry FROM journal WHERE seq = 1", [], |row| row.get(0)).optional()?;
    let (Some(first), Some(hash)) = (first, hash_of(before)?) else {
        return Ok(Err(Broken::Number {
            expected: before,
            found: i64::try_from(before + 1).unwrap_or(i64::MAX),
        }));
    };
    let mut chain = match Verifier::behind(before, hash, &first, newest.into_iter().collect()) {
        Ok(chain) => chain,
        Err(broken) => return Ok(Err(broken)),
    };
    let mut broken = None;
    // The number is one of ours.
    let last = format!("SELECT seq, entry, prev, hash FROM journal WHERE seq > {before} ORDER BY seq");
    walk(connection, &last, &mut |kept| {
        broken = chain.take(kept).err();
        broken.is_none()
    })?;
    Ok(broken.map_or_else(|| chain.finish().map(drop), Err))
}

pub use super::heads::{HeadError, newest_head};
pub use super::presence::read_only;

impl Tx<'_> {
    /// Appends an entry to the journal, in the transaction that it tells of.
    pub fn account(&mut self, entry: &Entry) -> Result<End, StoreError> {
        append(self.sql(), self.agent(), self.now(), entry)
    }
}

fn append(connection: &Connection, agent: &str, now: Timestamp, entry: &Entry) -> Result<End, StoreError> {
    // Another process may have written since the last transaction: the end is read each time.
    let End { seq, hash: prev } = end(connection)?;
    let seq = seq + 1;
    let line = entry.line(seq, now, agent);
    let hash = seal(&prev, &line);
    connection
        .prepare_cached("INSERT INTO journal (seq, entry, prev, hash) VALUES (?, ?, ?, ?)")?
        .execute(params![seq, line, prev, hash])?;
    Ok(End { seq, hash })
}

/// The journal's key; with an empty journal, its first entry is made, and the key if there is none.
pub(super) fn begin(
    connection: &mut Connection,
    folder: &Path,
    agent: &str,
    now: Timestamp,
) -> Result<JournalKey, StoreError> {
    // Two processes may begin at once: one of them makes the key, within its transaction.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let file = folder.join(crate::journal::KEY_FILE);
    let entries = end(&transaction)?.seq;
    let key = match JournalKey::read(folder)? {
        Some(key) => key,
        None if entries == 0 => JournalKey::make(folder)?,
        None => return Err(KeyError::Missing { file, entries }.into()),
    };
    if entries == 0 {
        let entry = Entry::new(Actor::Daemon, Kind::Begun).with("public_key", key.public().to_string());
        append(&transaction, agent, now, &entry)?;
        transaction.commit()?;
        return Ok(key);
    }
    let first: Option<Vec<u8>> = transaction
        .query_row("SELECT entry FROM journal ORDER BY seq LIMIT 1", [], |row| row.get(0))
        .optional()?;
    let first: serde_json::Value = serde_json::from_slice(&first.unwrap_or_default()).unwrap_or_default();
    let named = first.get("public_key").and_then(serde_json::Value::as_str).unwrap_or("nothing");
    if named != key.public().to_string() {
        return Err(KeyError::Other { file, named: named.to_owned() }.into());
    }
    Ok(key)
}

impl Store {
    /// The head of the journal as it is now, signed: what manifests, receipts and reports carry.
    pub async fn signed_head(&self) -> Result<Head, StoreError> {
        let end = self.read(end).await?;
        Ok(self.shared.heads.sign(&end))
    }

    /// [`Store::signed_head`] for code that is not async.
    pub fn signed_head_blocking(&self) -> Result<Head, StoreError> {
        Ok(self.shared.heads.sign(&self.read_blocking(end)?))
    }

    /// The key of the journal, for what leaves in the agent's name ([`crate::journal::document`]). Nobody else can take
    /// its secret half out of it.
    pub fn key(&self) -> Arc<JournalKey> {
        self.shared.heads.key()
    }

    /// Signs a head for an end that was read before.
    pub fn sign_head(&self, end: &End) -> Head {
        self.shared.heads.sign(end)
    }

    /// Whether a head was signed by the key of this journal.
    pub fn has_signed(&self, head: &Head) -> bool {
        self.shared.heads.has_signed(head)
    }
}
