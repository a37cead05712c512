//! Connections that bring syslog: so many, each with its limits, none of which holds up another.
//!
//! IOS keeps one connection open for as long as it runs, so that there may be one for each device. Those of addresses
//! that no device has, relays among them, are few, and have room of their own: whoever reaches the port cannot take that
//! of the devices. Where there is no more room, the connection that has brought nothing for longest is closed.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{self, AbortHandle, JoinSet};

use super::frame::Frames;

/// Connections at the same time from addresses that no device has.
const UNKNOWN: usize = 32;
/// Connections from one address.
const OF_ONE: usize = 8;
/// A connection that brings nothing for so long is closed; devices open another one when they have something to say.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// Bytes that are read at once.
const READ: usize = 4 << 10;

/// The connections that are open.
#[derive(Debug)]
pub(super) struct Streams {
    messages: mpsc::Sender<(IpAddr, Vec<u8>)>,
    /// Connections at the same time from devices.
    most_known: usize,
    reading: JoinSet<()>,
    open: HashMap<task::Id, Connection>,
    /// Rises with whatever is read.
    turns: Arc<AtomicU64>,
    cut: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Connection {
    from: IpAddr,
    known: bool,
    /// The turn in which something was read from it last.
    heard: Arc<AtomicU64>,
    reading: AbortHandle,
}

impl Streams {
    pub(super) fn new(messages: mpsc::Sender<(IpAddr, Vec<u8>)>, most_known: usize) -> Self {
        let (reading, open) = (JoinSet::new(), HashMap::new());
        Self { messages, most_known, reading, open, turns: Arc::default(), cut: Arc::default() }
    }

    /// Reads from a connection until it ends; `known` says whether a device has its address. False if there were too
    /// many, so that one of them was closed.
    pub(super) fn take(&mut self, stream: TcpStream, from: IpAddr, known: bool) -> bool {
        while let Some(ended) = self.reading.try_join_next_with_id() {
            self.open.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
        }
        if self.open.values().filter(|open| open.from == from).count() >= OF_ONE {
            return false;
        }
        let alike = self.open.iter().filter(|(_, open)| open.known == known);
        let crowded = alike.clone().count() >= if known { self.most_known } else { UNKNOWN };
        let idle = alike.min_by_key(|(_, open)| open.heard.load(Ordering::Relaxed)).map(|(id, _)| *id);
        if crowded && let Some(closed) = idle.and_then(|id| self.open.remove(&id)) {
            closed.reading.abort();
        }
        let heard = Arc::new(AtomicU64::new(self.turns.fetch_add(1, Ordering::Relaxed)));
        let reader = Reader {
            stream,
            from,
            messages: self.messages.clone(),
            turns: Arc::clone(&self.turns),
            heard: Arc::clone(&heard),
            cut: Arc::clone(&self.cut),
        };
        let reading = self.reading.spawn(reader.run());
        self.open.insert(reading.id(), Connection { from, known, heard, reading });
        !crowded
    }

    /// Messages that were cut since this was asked last.
    pub(super) fn cut(&self) -> u64 {
        self.cut.swap(0, Ordering::Relaxed)
    }

    /// Closes every connection.
    pub(super) async fn close(mut self) {
        self.reading.shutdown().await;
    }
}

/// Reads from one connection.
struct Reader {
    stream: TcpStream,
    from: IpAddr,
    messages: mpsc::Sender<(IpAddr, Vec<u8>)>,
    turns: Arc<AtomicU64>,
    heard: Arc<AtomicU64>,
    cut: Arc<AtomicU64>,
}

impl Reader {
    async fn run(self) {
        let (mut frames, mut ended) = (Frames::default(), Vec::new());
        let mut open = true;
        while open {
            // What a peer that resets or stalls had begun is not worth a word.
            let Ok(Ok(())) = tokio::time::timeout(IDLE, self.stream.readable()).await else { return };
            match self.read(&mut frames, &mut ended) {
                Ok(length) => open = length > 0,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return,
            }
            if !open {
                std::mem::take(&mut frames).finish(|message| ended.push(message.to_vec()));
            }
            for message in ended.drain(..) {
                if self.messages.send((self.from, message)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Reads what is there. Who waits for more holds no buffer.
    fn read(&self, frames: &mut Frames, ended: &mut Vec<Vec<u8>>) -> io::Result<usize> {
        let mut bytes = [0; READ];
        let length = self.stream.try_read(&mut bytes)?;
        self.heard.store(self.turns.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let before = frames.cut;
        frames.take(bytes.get(..length).unwrap_or_default(), |message| ended.push(message.to_vec()));
        self.cut.fetch_add(frames.cut - before, Ordering::Relaxed);
        Ok(length)
    }
}
