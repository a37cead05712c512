//! Raw answers of devices, each kept once.

use std::sync::Arc;

use jiff::Timestamp;
use licwatch_parsers::Command;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::packed::{pack, unpack};
use super::{StoreError, Tx, micros};
use crate::capture::{Capture, Origin};
use crate::hex;

/// Bytes of a raw answer as the store keeps them, made before a transaction begins.
#[derive(Debug)]
pub struct Packed {
    sha256: [u8; 32],
    bytes: usize,
    sensitive: bool,
    zstd: Vec<u8>,
}

impl Packed {
    /// Digests and compresses.
    pub fn new(capture: &Capture) -> Result<Self, StoreError> {
        let (sha256, sensitive) = (digest(capture), capture.is_sensitive());
        Ok(Self { sha256, bytes: capture.raw.len(), sensitive, zstd: pack(&capture.raw)? })
    }

    /// How many bytes it takes, compressed.
    pub fn size(&self) -> usize {
        self.zstd.len()
    }
}

/// A raw answer whose bytes may be those of others, too.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The bytes.
    pub raw: Arc<Packed>,
    /// What was asked, where that is known.
    pub command: Option<Command>,
    /// How it came.
    pub origin: Origin,
    /// The agent's clock at the middle of the exchange.
    pub at: Option<Timestamp>,
}

impl Answer {
    /// Compresses a raw answer.
    pub(super) fn of(capture: &Capture) -> Result<Self, StoreError> {
        let Capture { command, origin, at, .. } = capture;
        Ok(Self { raw: Arc::new(Packed::new(capture)?), command: *command, origin: *origin, at: *at })
    }

    /// The SHA-256 of its bytes, as text.
    pub(super) fn name(&self) -> String {
        hex::digits(&self.raw.sha256)
    }
}

/// The bytes of a raw answer, if they are still kept. Bytes that are not what they were are an error.
pub fn raw(connection: &Connection, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let packed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT zstd FROM captures WHERE sha256 = ?")?
        .query_row([sha256], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(None) };
    let named = |error| StoreError::Content(format!("capture {}: {error}", hex::digits(sha256)));
    let bytes = unpack(&packed).map_err(|error| named(error.to_string()))?;
    if Sha256::digest(&bytes).as_slice() != sha256 {
        return Err(named("its bytes have changed".to_owned()));
    }
    Ok(Some(bytes))
}

/// The digest that a capture names; where somebody made it up, the true one.
fn digest(capture: &Capture) -> [u8; 32] {
    hex::bytes(&capture.sha256).unwrap_or_else(|| Sha256::digest(&capture.raw).into())
}

impl Tx<'_> {
    /// Keeps the raw answers of an observation.
    pub(super) fn keep_captures(&mut self, observation: i64, answers: &[Answer]) -> Result<(), StoreError> {
        let sql = self.sql();
        let mut known = sql.prepare_cached("SELECT 1 FROM captures WHERE sha256 = ?")?;
        let mut keep =
            sql.prepare_cached("INSERT INTO captures (sha256, bytes, sensitive, zstd) VALUES (?, ?, ?, ?)")?;
        let mut link = sql.prepare_cached(
            "INSERT INTO observation_captures (observation, position, sha256, command, origin, at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?;
        for (position, answer) in answers.iter().enumerate() {
            let Packed { sha256, bytes, sensitive, zstd } = answer.raw.as_ref();
            if !known.exists([sha256])? {
                keep.execute(params![sha256, bytes, sensitive, zstd])?;
            }
            link.execute(params![
                observation,
                position,
                sha256,
                answer.command.map(|command| command.spelling()),
                answer.origin.word(),
                answer.at.map(micros),
            ])?;
        }
        Ok(())
    }

    /// Lets go of the raw answers of an observation; how many no other needed and are gone.
    pub(super) fn drop_captures(&mut self, observation: i64) -> Result<u64, StoreError> {
        let sql = self.sql();
        let mut linked =
            sql.prepare_cached("SELECT DISTINCT sha256 FROM observation_captures WHERE observation = ?")?;
        let linked: Vec<[u8; 32]> =
            linked.query_map([observation], |row| row.get(0))?.collect::<Result<_, _>>()?;
        sql.prepare_cached("DELETE FROM observation_captures WHERE observation = ?")?
            .execute([observation])?;
        sql.prepare_cached("UPDATE observations SET captures = 0 WHERE seq = ?")?.execute([observation])?;
        let mut drop = sql.prepare_cached(
            "DELETE FROM captures WHERE sha256 = ?1
             AND NOT EXISTS (SELECT 1 FROM observation_captures WHERE sha256 = ?1)",
        )?;
        let mut count = 0;
        for sha256 in linked {
            count += drop.execute([sha256])? as u64;
        }
        Ok(count)
    }
}
