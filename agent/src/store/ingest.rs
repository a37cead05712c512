//! What is remembered of drops that were carried here.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{StoreError, Tx, micros, timestamp};

/// No more gaps of one agent are told; behind so many, its drops are not carried at all.
const MOST_GAPS: usize = 100;

/// One drop, as it is told from all others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Carried {
    /// The agent that made it, as the manifest writes it.
    pub agent: String,
    /// The sink that it was made by; empty where a person polled.
    pub sink: String,
    /// Its number.
    pub sequence: u64,
    /// The number of the drop before it, where its manifest says that those between never come.
    pub follows: Option<u64>,
    /// The SHA-256 of its manifest.
    pub manifest: [u8; 32],
    /// When it was made, by the clock of its agent.
    pub created: Timestamp,
}

/// What is remembered of an agent's journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownHead {
    /// The key that signs its heads.
    pub public_key: String,
    /// The entry that the newest head is of.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// The numbers that are missing between the first and the last drop of an agent's sink, as ranges; `beside`, by
/// [`Carried::sequence`] and [`Carried::follows`], counts as taken in, too.
pub fn gaps(
    connection: &Connection,
    agent: &str,
    sink: &str,
    beside: &[(u64, Option<u64>)],
) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence + 1, last
         FROM (SELECT sequence, MIN(before) OVER (
                   ORDER BY sequence ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS last
               FROM (SELECT sequence, MIN(coalesce(follows, sequence - 1)) AS before
                     FROM (SELECT sequence, follows FROM carried_drops WHERE agent = ?1 AND sink = ?2
                           UNION ALL SELECT value ->> 0, value ->> 1 FROM json_each(?3))
                     GROUP BY sequence))
         WHERE last > sequence ORDER BY sequence LIMIT ?4",
    )?;
    let beside = serde_json::json!(beside).to_string();
    let rows =
        statement.query_map(params![agent, sink, beside, MOST_GAPS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When this very drop was taken in, and who had carried it, if it was.
pub fn taken(connection: &Connection, drop: &Carried) -> Result<Option<(Timestamp, String)>, StoreError> {
    let Carried { agent, sink, sequence, manifest, .. } = drop;
    let taken: Option<(i64, String)> = connection
        .prepare_cached(
            "SELECT taken_at, carried_by FROM carried_drops
             WHERE agent = ? AND sink = ? AND sequence = ? AND manifest_sha256 = ?",
        )?
        .query_row(params![agent, sink, sequence, manifest], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(taken.map(|(at, by)| (timestamp(at), by)))
}

/// When another drop with the same number was made, if one was taken in.
pub fn other_of_number(connection: &Connection, drop: &Carried) -> Result<Option<Timestamp>, StoreError> {
    let Carried { agent, sink, sequence, manifest, .. } = drop;
    let created: Option<i64> = connection
        .prepare_cached(
            "SELECT created_at FROM carried_drops
             WHERE agent = ? AND sink = ? AND sequence = ? AND manifest_sha256 <> ? LIMIT 1",
        )?
        .query_row(params![agent, sink, sequence, manifest], |row| row.get(0))
        .optional()?;
    Ok(created.map(timestamp))
}

/// Whether any drop of an agent's sink was taken in.
pub fn is_known(connection: &Connection, agent: &str, sink: &str) -> Result<bool, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM carried_drops WHERE agent = ? AND sink = ?)")?;
    Ok(query.query_row([agent, sink], |row| row.get(0))?)
}

/// What is remembered of an agent's journal.
pub fn known_head(connection: &Connection, agent: &str) -> Result<Option<KnownHead>, StoreError> {
    let known = connection
        .prepare_cached("SELECT public_key, seq, hash, signed_at FROM agent_heads WHERE agent = ?")?
        .query_row([agent], |row| {
            let signed_at = timestamp(row.get(3)?);
            Ok(KnownHead { public_key: row.get(0)?, seq: row.get(1)?, hash: row.get(2)?, signed_at })
        })
        .optional()?;
    Ok(known)
}

/// When the same output of the same device was taken in, if it was.
pub fn output_taken(connection: &Connection, digest: &[u8; 32]) -> Result<Option<Timestamp>, StoreError> {
    let taken: Option<i64> = connection
        .prepare_cached("SELECT taken_at FROM carried_outputs WHERE digest = ?")?
        .query_row([digest], |row| row.get(0))
        .optional()?;
    Ok(taken.map(timestamp))
}

/// The SHA-256 of the line that was kept under an observation's id.
pub fn kept_line(connection: &Connection, id: Uuid) -> Result<Option<[u8; 32]>, StoreError> {
    let kept = connection
        .prepare_cached("SELECT line_sha256 FROM observations WHERE id = ?")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(kept)
}

impl Tx<'_> {
    /// Remembers that a drop was taken in.
    pub fn remember_drop(&mut self, drop: &Carried, carried_by: &str) -> Result<(), StoreError> {
        let Carried { agent, sink, sequence, follows, manifest, created } = drop;
        self.sql()
            .prepare_cached(
                "INSERT INTO carried_drops
                 (agent, sink, sequence, manifest_sha256, created_at, taken_at, carried_by, follows)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                agent,
                sink,
                sequence,
                manifest,
                micros(*created),
                micros(self.now()),
                carried_by,
                follows
            ])?;
        Ok(())
    }

    /// Remembers an agent's key, and how far its journal had come, in place of what was remembered.
    pub fn remember_head(&mut self, agent: &str, head: &KnownHead) -> Result<(), StoreError> {
        let KnownHead { public_key, seq, hash, signed_at } = head;
        self.sql()
            .prepare_cached("INSERT OR REPLACE INTO agent_heads VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![agent, public_key, seq, hash, micros(*signed_at), micros(self.now())])?;
        Ok(())
    }

    /// Remembers that an output was taken in.
    pub fn remember_output(&mut self, digest: &[u8; 32], observation: Uuid) -> Result<(), StoreError> {
        self.sql().prepare_cached("INSERT INTO carried_outputs VALUES (?, ?, ?)")?.execute(params![
            digest,
            observation.to_string(),
            micros(self.now())
        ])?;
        Ok(())
    }
}
