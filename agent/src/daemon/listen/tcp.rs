//! Connections that bring syslog: so many, each with its limits, none of which holds up another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::frame::Frames;

/// Connections at the same time.
const CONNECTIONS: usize = 128;
/// Of these from one address.
const OF_ONE: usize = 8;
/// A connection that brings nothing for so long is closed; devices open another one when they have something to say.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// Bytes that are read at once.
const READ: usize = 4 << 10;

/// The connections that are open.
#[derive(Debug)]
pub(super) struct Streams {
    messages: mpsc::Sender<(IpAddr, Vec<u8>)>,
    open: JoinSet<IpAddr>,
    by_address: HashMap<IpAddr, usize>,
    cut: Arc<AtomicU64>,
}

impl Streams {
    pub(super) fn new(messages: mpsc::Sender<(IpAddr, Vec<u8>)>) -> Self {
        Self { messages, open: JoinSet::new(), by_address: HashMap::new(), cut: Arc::default() }
    }

    /// Reads from a connection until it ends; false if there are too many.
    pub(super) fn take(&mut self, stream: TcpStream, from: IpAddr) -> bool {
        while let Some(ended) = self.open.try_join_next() {
            if let Ok(from) = ended
                && let Some(count) = self.by_address.get_mut(&from)
            {
                *count = count.saturating_sub(1);
            }
        }
        self.by_address.retain(|_, count| *count > 0);
        let of_one = self.by_address.get(&from).copied().unwrap_or(0);
        if self.open.len() >= CONNECTIONS || of_one >= OF_ONE {
            return false;
        }
        self.by_address.insert(from, of_one + 1);
        let (messages, cut) = (self.messages.clone(), Arc::clone(&self.cut));
        self.open.spawn(async move {
            read(stream, from, &messages, &cut).await;
            from
        });
        true
    }

    /// Messages that were cut since this was asked last.
    pub(super) fn cut(&self) -> u64 {
        self.cut.swap(0, Ordering::Relaxed)
    }

    /// Closes every connection.
    pub(super) async fn close(mut self) {
        self.open.shutdown().await;
    }
}

async fn read(
    mut stream: TcpStream,
    from: IpAddr,
    messages: &mpsc::Sender<(IpAddr, Vec<u8>)>,
    cut: &AtomicU64,
) {
    let (mut frames, mut bytes) = (Frames::default(), vec![0; READ]);
    let mut ended = Vec::new();
    loop {
        // What a peer that resets or stalls had begun is not worth a word.
        let Ok(Ok(length)) = tokio::time::timeout(IDLE, stream.read(&mut bytes)).await else { return };
        let before = frames.cut;
        match bytes.get(..length).unwrap_or_default() {
            [] => break,
            read => frames.take(read, |message| ended.push(message.to_vec())),
        }
        cut.fetch_add(frames.cut - before, Ordering::Relaxed);
        for message in ended.drain(..) {
            if messages.send((from, message)).await.is_err() {
                return;
            }
        }
    }
    frames.finish(|message| ended.push(message.to_vec()));
    for message in ended {
        if messages.send((from, message)).await.is_err() {
            return;
        }
    }
}
