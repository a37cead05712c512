//! Lines as they wait, read page by page.

use jiff::Timestamp;
use licwatch_parsers::Command;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use super::super::packed::unpack;
use super::super::{StoreError, timestamp};
use super::{Letter, Wants};
use crate::capture::{Capture, Origin};

/// One line for a sink.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the outbox.
    pub seq: i64,
    /// The id of the observation or of the event: receivers drop repeats by it.
    pub id: String,
    /// The record or the event, one line of JSON without its line end.
    pub text: String,
    /// The raw answers, only where the sink keeps them.
    pub captures: Vec<Capture>,
}

/// Where lines lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// They wait.
    Waiting,
    /// They were refused.
    Refused,
}

impl Place {
    fn table(self) -> &'static str {
        match self {
            Self::Waiting => "outbox",
            Self::Refused => "dead_letters",
        }
    }
}

/// What of a queue is read.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Only numbers behind this one.
    pub after: i64,
    /// Only numbers up to this one.
    pub until: i64,
    /// Lines, at most.
    pub lines: usize,
    /// Bytes, at most, but for the first line.
    pub bytes: usize,
    /// Whether the raw answers are read, too.
    pub raw: bool,
}

/// What was read of a queue, in its order.
#[derive(Debug, Default)]
pub struct Page {
    /// The lines that are whole.
    pub lines: Vec<Line>,
    /// Those that cannot be delivered, as they are no longer what was kept.
    pub damaged: Vec<Letter>,
    /// How many of the records are complete, partial and failed polls.
    pub outcomes: [u64; 3],
    /// The bytes of the lines, and of their captures.
    pub bytes: usize,
    /// Whether the limits ended it.
    pub is_cut: bool,
}

/// The lines of a sink. Every one is checked against the digest that was kept with it.
pub fn page(
    connection: &Connection,
    sink: &str,
    wants: Wants,
    place: Place,
    reach: Reach,
) -> Result<Page, StoreError> {
    let table = place.table();
    let sql = match wants {
        Wants::Records => format!(
            "SELECT q.seq, q.item, o.id, o.line_sha256, o.line, o.outcome
             FROM {table} q LEFT JOIN observations o ON o.seq = q.item
             WHERE q.sink = ? AND q.seq > ? AND q.seq <= ? ORDER BY q.seq"
        ),
        Wants::Events => format!(
            "SELECT q.seq, q.item, e.id, e.event
             FROM {table} q LEFT JOIN events e ON e.seq = q.item
             WHERE q.sink = ? AND q.seq > ? AND q.seq <= ? ORDER BY q.seq"
        ),
    };
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params![sink, reach.after, reach.until])?;
    let mut page = Page::default();
    while let Some(row) = rows.next()? {
        if page.lines.len() + page.damaged.len() >= reach.lines {
            page.is_cut = true;
            break;
        }
        let seq: i64 = row.get(0)?;
        let id: Option<String> = row.get(2)?;
        let letter =
            |reason: &str| Letter { seq, id: id.clone().unwrap_or_default(), reason: reason.to_owned() };
        let text = match (&id, wants) {
            (None, _) => Err("it is no longer in the store"),
            (Some(_), Wants::Records) => record(row)?,
            (Some(_), Wants::Events) => Ok(row.get(3)?),
        };
        let (text, id) = match (text, &id) {
            (Ok(text), Some(id)) => (text, id.clone()),
            (Err(reason), _) => {
                page.damaged.push(letter(reason));
                continue;
            }
            (Ok(_), None) => continue,
        };
        let captures = match wants {
            Wants::Records if reach.raw => captures(connection, row.get(1)?)?,
            _ => Vec::new(),
        };
        let bytes = text.len() + captures.iter().map(|capture| capture.raw.len()).sum::<usize>();
        if !page.lines.is_empty() && page.bytes + bytes > reach.bytes {
            page.is_cut = true;
            break;
        }
        if wants == Wants::Records {
            let outcome: String = row.get(5)?;
            let [complete, partial, failed] = &mut page.outcomes;
            *match outcome.as_str() {
                "complete" => complete,
                "partial" => partial,
                _ => failed,
            } += 1;
        }
        page.bytes += bytes;
        page.lines.push(Line { seq, id, text, captures });
    }
    Ok(page)
}

/// The record of a row, or why it is none.
fn record(row: &Row<'_>) -> Result<Result<String, &'static str>, StoreError> {
    let digest: Vec<u8> = row.get(3)?;
    let packed = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
    let Ok(bytes) = unpack(packed) else {
        return Ok(Err("the store's copy is damaged: it cannot be decompressed"));
    };
    if Sha256::digest(&bytes).as_slice() != digest {
        return Ok(Err("the store's copy is damaged: its digest is another"));
    }
    Ok(String::from_utf8(bytes).map_err(|_| "the store's copy is damaged: it is not UTF-8"))
}

/// The raw answers that an observation rests on. One that is damaged is left out, and told: the record stands without.
fn captures(connection: &Connection, observation: i64) -> Result<Vec<Capture>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT oc.command, oc.origin, oc.at, c.sha256, c.zstd
         FROM observation_captures oc JOIN captures c ON c.sha256 = oc.sha256
         WHERE oc.observation = ? ORDER BY oc.position",
    )?;
    let mut rows = query.query([observation])?;
    let mut captures = Vec::new();
    while let Some(row) = rows.next()? {
        let command: Option<String> = row.get(0)?;
        let origin = match row.get::<_, String>(1)?.as_str() {
            "netconf" => Origin::Netconf,
            "file" => Origin::File,
            _ => Origin::Ssh,
        };
        let at: Option<i64> = row.get(2)?;
        let digest: Vec<u8> = row.get(3)?;
        let packed = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
        match unpack(packed).ok().filter(|raw| Sha256::digest(raw).as_slice() == digest) {
            Some(raw) => captures.push(Capture::new(
                command.as_deref().and_then(Command::typed),
                origin,
                raw,
                at.map(timestamp),
            )),
            None => {
                tracing::error!(
                    observation,
                    command = command.unwrap_or_default(),
                    "A raw answer in the store is damaged, and is not delivered."
                );
            }
        }
    }
    Ok(captures)
}

/// A line as people choose it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its number.
    pub seq: i64,
    /// The id of its observation or event; none if that is gone.
    pub id: Option<String>,
    /// The device that it is about.
    pub device: Option<String>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was refused.
    pub refused_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// The first lines of a sink.
pub fn list(
    connection: &Connection,
    sink: &str,
    wants: Wants,
    place: Place,
    most: usize,
) -> Result<Vec<Listed>, StoreError> {
    let refusal = match place {
        Place::Waiting => "NULL, NULL",
        Place::Refused => "q.dead_at, q.reason",
    };
    let items = match wants {
        Wants::Records => "observations",
        Wants::Events => "events",
    };
    let mut query = connection.prepare_cached(&format!(
        "SELECT q.seq, i.id, d.name, q.queued_at, {refusal}
         FROM {} q LEFT JOIN {items} i ON i.seq = q.item LEFT JOIN devices d ON d.id = i.device
         WHERE q.sink = ? ORDER BY q.seq LIMIT ?",
        place.table()
    ))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = query.query_map(params![sink, most], |row| {
        Ok(Listed {
            seq: row.get(0)?,
            id: row.get(1)?,
            device: row.get(2)?,
            queued_at: timestamp(row.get(3)?),
            refused_at: row.get::<_, Option<i64>>(4)?.map(timestamp),
            reason: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
