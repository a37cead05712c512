//! What is delivered next: the batch that was begun, or a new one.

use std::time::Duration;

use jiff::Timestamp;

use super::{Batch, Destination};
use crate::store::outbox::{self, Begun, Letter, Page, Place, Reach, SinkState};
use crate::store::{Store, StoreError};

/// After so many changes by others between reading and beginning, the queue is left alone for a while.
const TURNS: usize = 8;

/// What is to be done for a sink.
pub(super) enum Next {
    /// This batch is to be delivered.
    Batch(Box<Batch>, Begun),
    /// Nothing waits.
    Nothing,
    /// Lines are gathered for so long.
    Gathering(Duration),
    /// Nothing may be delivered until a person acts.
    Stopped(String),
}

/// What was read of the store.
enum Read {
    /// The batch that was begun, or the lines of a new one.
    Lines(Page, Option<Begun>),
    Other(Next),
}

/// Finds what is to be done, and begins a batch in the store if there is one. `lines` is how many it may have;
/// `gathers` says whether lines wait for others.
pub(super) async fn next(
    store: &Store,
    sink: &Destination,
    lines: usize,
    gathers: bool,
    now: Timestamp,
) -> Result<Next, StoreError> {
    for _ in 0..TURNS {
        let (name, pace) = (sink.name.clone(), sink.pace.clone());
        let raw = sink.sink.keeps_raw();
        let gather = if gathers { sink.sink.gather() } else { Duration::ZERO };
        let read = store.read(move |connection| {
            let Some(state) = outbox::state(connection, &name)? else {
                return Ok(Read::Other(Next::Nothing));
            };
            let room = pace.most_refused.saturating_sub(state.refused);
            if room == 0 {
                return Ok(Read::Other(Next::Stopped(stopped(&state))));
            }
            if let Some(begun) = state.begun {
                let lines = usize::try_from(begun.lines).unwrap_or(usize::MAX);
                // It was within the limit when it was begun; if it no longer is, as raw answers are kept now, it is cut.
                let reach = Reach { after: 0, until: begun.last, lines, bytes: pace.batch_bytes, raw };
                let page = outbox::page(connection, &name, state.wants, Place::Waiting, reach)?;
                return Ok(Read::Lines(page, Some(begun)));
            }
            if let Some(left) = gathering(&state, gather, pace.batch_lines, now) {
                return Ok(Read::Other(Next::Gathering(left)));
            }
            // Whatever it refuses must find room among the dead letters.
            let lines = lines.min(usize::try_from(room).unwrap_or(usize::MAX));
            let reach = Reach { after: 0, until: i64::MAX, lines, bytes: pace.batch_bytes, raw };
            let page = outbox::page(connection, &name, state.wants, Place::Waiting, reach)?;
            Ok(Read::Lines(page, None))
        });
        let (page, begun) = match read.await? {
            Read::Lines(page, begun) => (page, begun),
            Read::Other(next) => return Ok(next),
        };
        if !page.damaged.is_empty() {
            bury(store, &sink.name, page.damaged).await?;
            continue;
        }
        let name = sink.name.clone();
        let count = u64::try_from(page.lines.len()).unwrap_or(u64::MAX);
        let Some(last) = page.lines.last().map(|line| line.seq) else {
            if begun.is_none() {
                return Ok(Next::Nothing);
            }
            store.write(move |tx| tx.end_batch(&name, None)).await?;
            continue;
        };
        let begun = match begun {
            // Something took lines out of it: what is left is another batch.
            Some(begun) if begun.lines != count || begun.last != last => {
                store.write(move |tx| tx.end_batch(&name, Some(&begun.key))).await?;
                continue;
            }
            Some(begun) => begun,
            None => match store.write(move |tx| tx.begin_batch(&name, last, count)).await? {
                Some(begun) => begun,
                None => continue,
            },
        };
        let batch = Batch {
            sink: sink.name.clone(),
            sequence: begun.sequence,
            follows: begun.follows,
            key: begun.key.clone(),
            begun_at: begun.at,
            lines: page.lines,
            head: head(store).await,
        };
        return Ok(Next::Batch(Box::new(batch), begun));
    }
    Ok(Next::Nothing)
}

async fn bury(store: &Store, sink: &str, letters: Vec<Letter>) -> Result<(), StoreError> {
    for letter in &letters {
        tracing::error!(sink, line = letter.seq, reason = letter.reason, "A line cannot be delivered.");
    }
    let sink = sink.to_owned();
    store.write(move |tx| tx.bury(&sink, &letters, false)).await
}

fn stopped(state: &SinkState) -> String {
    let (name, refused) = (&state.name, state.refused);
    format!(
        "{refused} lines were refused, as many as may be kept ([sink.{name}] most_refused); see `licwatch outbox list --sink {name} --refused`, then retry, export or discard them"
    )
}

/// How long lines are still gathered. A time that lies in the future is of a clock that was set back.
fn gathering(state: &SinkState, gather: Duration, lines: usize, now: Timestamp) -> Option<Duration> {
    let enough = u64::try_from(lines).unwrap_or(u64::MAX);
    let oldest = state.oldest.filter(|oldest| state.waiting < enough && *oldest <= now)?;
    let waited = Duration::try_from(now.duration_since(oldest)).ok()?;
    gather.checked_sub(waited).filter(|left| !left.is_zero())
}

/// The signed head of the journal as it is now. A receiver can do without one, if need be.
async fn head(store: &Store) -> Option<serde_json::Value> {
    let head = store.signed_head().await.ok()?;
    serde_json::to_value(head).ok()
}
