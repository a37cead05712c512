//! Raw answers of devices, each kept once.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::packed::{pack, unpack};
use super::{StoreError, Tx, micros};
use crate::capture::Capture;
use crate::hex;

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

/// A raw answer as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    bytes: usize,
    sensitive: bool,
    zstd: Vec<u8>,
}

impl Packed {
    pub(super) fn of(capture: &Capture) -> Result<Self, StoreError> {
        let (bytes, sensitive) = (capture.raw.len(), capture.is_sensitive());
        Ok(Self { bytes, sensitive, zstd: pack(&capture.raw)? })
    }
}

impl Tx<'_> {
    /// Keeps the raw answers of an observation. Those that were packed before are in `packed`, in the same order.
    pub(super) fn keep_captures(
        &mut self,
        observation: i64,
        captures: &[Capture],
        packed: &[Packed],
    ) -> Result<(), StoreError> {
        let sql = self.sql();
        let mut known = sql.prepare_cached("SELECT 1 FROM captures WHERE sha256 = ?")?;
        let mut keep =
            sql.prepare_cached("INSERT INTO captures (sha256, bytes, sensitive, zstd) VALUES (?, ?, ?, ?)")?;
        let mut link = sql.prepare_cached(
            "INSERT INTO observation_captures (observation, position, sha256, command, origin, at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?;
        for (position, capture) in captures.iter().enumerate() {
            let sha256 = digest(capture);
            if !known.exists([&sha256])? {
                let made;
                let Packed { bytes, sensitive, zstd } = match packed.get(position) {
                    Some(packed) => packed,
                    None => {
                        made = Packed::of(capture)?;
                        &made
                    }
                };
                keep.execute(params![sha256, bytes, sensitive, zstd])?;
            }
            link.execute(params![
                observation,
                position,
                sha256,
                capture.command.map(|command| command.spelling()),
                capture.origin.word(),
                capture.at.map(micros),
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
