//! Syslog of devices, so that one that tells of a change is polled before its time.
//!
//! Nothing that a message says is believed but that its device is worth a look, and who may have sent it is as
//! doubtful as UDP is: the worst that a forger reaches is a poll that would have come anyway, and no more of them than
//! `[on_change]` allows. What comes from unknown senders is counted, not logged message by message.
//!
//! Whatever comes, it holds one message a connection, two entries a device, and never waits for a peer.

mod frame;
mod message;
mod pace;
mod senders;
mod sockets;
mod tcp;
mod watched;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

pub use senders::Senders;

use super::Early;
use super::pulse::Beat;
use crate::clock::Clock;
use message::{Heard, LONGEST};
use pace::EarlyPace;
use sockets::Post;
use tcp::Streams;

/// How often it is looked whose turn it is.
const EVERY: Duration = Duration::from_millis(500);
/// How often what was counted is said.
const TOLD: Duration = Duration::from_secs(3600);
/// Messages from connections that wait to be looked at; connections wait for room.
const QUEUE: usize = 256;
/// Connections of devices at the same time, unless fewer are allowed.
const CONNECTIONS: usize = 4096;

/// Where to listen and how often to poll early.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// `[on_change] udp`
    pub udp: Option<SocketAddr>,
    /// `[on_change] tcp`
    pub tcp: Option<SocketAddr>,
    /// `[on_change] gap`
    pub gap: Duration,
    /// `[on_change] polls_per_minute`
    pub polls_per_minute: u32,
    /// The devices.
    pub senders: Senders,
}

/// Why it cannot be listened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Operator: the address is every address.
    #[error(
        "[on_change] {protocol} = \"{address}\" would listen on every address of this host; name the one that devices reach"
    )]
    EveryAddress {
        /// `udp` or `tcp`.
        protocol: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// Operator: the address or port is not to be had.
    #[error(
        "[on_change] {protocol} = \"{address}\" cannot be listened at: {reason}; see that the address is this host's and the port free, and above 1023 unless the agent may use lower ones"
    )]
    Unusable {
        /// `udp` or `tcp`.
        protocol: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: Arc<io::Error>,
    },
}

impl ListenError {
    /// What is wrong with an address that is every address of the host.
    pub fn of_every(protocol: &'static str, address: SocketAddr) -> Option<Self> {
        let every = address.ip().to_canonical().is_unspecified();
        every.then_some(Self::EveryAddress { protocol, address })
    }
}

/// What was heard so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Messages in all.
    pub messages: u64,
    /// Messages that are worth a look.
    pub watched: u64,
    /// Of these, those that no device could be told from.
    pub unknown: u64,
    /// Early polls that were asked for.
    pub polls: u64,
    /// Connections that were closed because there were too many.
    pub refused: u64,
    /// Messages of which only the beginning was read.
    pub cut: u64,
}

/// Listens.
#[derive(Debug)]
pub struct Listener {
    settings: watch::Receiver<Arc<ListenSettings>>,
    udp: Post<UdpSocket>,
    tcp: Post<TcpListener>,
    connections: usize,
    beat: Option<Beat>,
    early: mpsc::Sender<Early>,
    clock: Arc<dyn Clock>,
    counts: watch::Sender<Counts>,
}

impl Listener {
    /// Takes the addresses, and hands on early polls by `early`. One that is not to be had now is tried again while it
    /// runs; one that means every address is refused. It must be called within a runtime.
    pub async fn bind(
        settings: watch::Receiver<Arc<ListenSettings>>,
        early: mpsc::Sender<Early>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ListenError> {
        let now = Arc::clone(&settings.borrow());
        for (protocol, address) in [("udp", now.udp), ("tcp", now.tcp)] {
            if let Some(error) = address.and_then(|address| ListenError::of_every(protocol, address)) {
                return Err(error);
            }
        }
        let (udp, tcp, counts) = (Post::new("udp"), Post::new("tcp"), watch::Sender::default());
        let mut listener =
            Self { settings, udp, tcp, connections: CONNECTIONS, beat: None, early, clock, counts };
        listener.settle(&now).await;
        Ok(listener)
    }

    /// The same, with so many connections of devices at the same time at most.
    #[must_use]
    pub fn holding(self, connections: usize) -> Self {
        Self { connections: connections.min(CONNECTIONS), ..self }
    }

    /// The same, showing life.
    #[must_use]
    pub fn beating(self, beat: Beat) -> Self {
        Self { beat: Some(beat), ..self }
    }

    /// The addresses that it listens at: UDP and TCP.
    pub fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let udp = self.udp.socket().and_then(|socket| socket.local_addr().ok());
        (udp, self.tcp.socket().and_then(|socket| socket.local_addr().ok()))
    }

    /// What is heard, as it is counted.
    pub fn counts(&self) -> watch::Receiver<Counts> {
        self.counts.subscribe()
    }

    /// Listens until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut now = Arc::clone(&self.settings.borrow_and_update());
        let mut pace = EarlyPace::new(now.gap, now.polls_per_minute, self.clock.since_boot());
        let (messages, mut queue) = mpsc::channel::<(IpAddr, Vec<u8>)>(QUEUE);
        let mut streams = Streams::new(messages, self.connections);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = (Instant::now(), Counts::default());
        let mut open = true;
        // One byte more shows that a datagram was longer.
        let mut datagram = vec![0; LONGEST + 1];
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = self.settings.changed(), if open => {
                    open = changed.is_ok();
                    now = Arc::clone(&self.settings.borrow_and_update());
                    pace.set(now.gap, now.polls_per_minute, |device| now.senders.has(device));
                    self.settle(&now).await;
                }
                _ = ticks.tick() => {
                    self.settle(&now).await;
                    self.ask(&mut pace);
                    self.tell(&mut told);
                    self.beat.iter().for_each(Beat::touch);
                }
                received = receive(self.udp.socket(), &mut datagram) => match received {
                    Ok((length, from)) => {
                        let cut = u64::from(length > LONGEST);
                        self.counts.send_modify(|counts| counts.cut += cut);
                        self.hear(&now, from.ip(), datagram.get(..length).unwrap_or_default(), &mut pace);
                    }
                    // Errors of earlier answers, which we do not send, or of memory.
                    Err(error) => tracing::warn!(%error, "A datagram was not received."),
                },
                Some((from, message)) = queue.recv() => self.hear(&now, from, &message, &mut pace),
                accepted = accept(self.tcp.socket()) => match accepted {
                    Ok((stream, from)) => {
                        let refused = u64::from(!streams.take(stream, from.ip(), now.senders.knows(from.ip())));
                        self.counts.send_modify(|counts| counts.refused += refused);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "A connection was not accepted.");
                        // Without descriptors the next one would fail at once.
                        tokio::time::sleep(EVERY).await;
                    }
                },
            }
            let cut = streams.cut();
            if cut > 0 {
                self.counts.send_modify(|counts| counts.cut += cut);
            }
        }
        streams.close().await;
        told.0 -= TOLD;
        self.tell(&mut told);
    }

    fn hear(&self, now: &ListenSettings, from: IpAddr, message: &[u8], pace: &mut EarlyPace) {
        let heard = Heard::of(message);
        let device = heard.as_ref().and_then(|heard| now.senders.device(from, heard.words()));
        self.counts.send_modify(|counts| {
            counts.messages += 1;
            counts.watched += u64::from(heard.is_some());
            counts.unknown += u64::from(heard.is_some() && device.is_none());
        });
        if let (Some(heard), Some(device)) = (heard, device) {
            let reason = format!("{} (%{})", heard.watched.means, heard.code);
            pace.heard(device, &reason, heard.watched.settle(), self.clock.since_boot());
        }
    }

    /// Asks for the polls whose turn it is. A schedule that takes none yet is asked again.
    fn ask(&self, pace: &mut EarlyPace) {
        let now = self.clock.since_boot();
        while let Some(early) = pace.next(now) {
            match self.early.try_send(early) {
                Ok(()) => self.counts.send_modify(|counts| counts.polls += 1),
                Err(mpsc::error::TrySendError::Full(early)) => return pace.put_back(early, now),
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    }

    fn tell(&self, told: &mut (Instant, Counts)) {
        let counts = *self.counts.borrow();
        if told.0.elapsed() < TOLD || counts == told.1 {
            return;
        }
        let since = |now: u64, then: u64| now.saturating_sub(then);
        let (unknown, refused) =
            (since(counts.unknown, told.1.unknown), since(counts.refused, told.1.refused));
        let (messages, polls) = (since(counts.messages, told.1.messages), since(counts.polls, told.1.polls));
        if unknown > 0 || refused > 0 {
            tracing::warn!(
                messages,
                polls,
                unknown,
                refused,
                "Syslog came from senders that no device is known by, or over too many connections."
            );
        } else {
            tracing::info!(messages, polls, "Syslog was heard.");
        }
        *told = (Instant::now(), counts);
    }

    /// Takes the addresses that are wanted and not held.
    async fn settle(&mut self, now: &ListenSettings) {
        self.udp.take(now.udp, UdpSocket::bind).await;
        self.tcp.take(now.tcp, TcpListener::bind).await;
    }
}

async fn receive(socket: Option<&UdpSocket>, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    match socket {
        Some(socket) => socket.recv_from(bytes).await,
        None => std::future::pending().await,
    }
}

async fn accept(socket: Option<&TcpListener>) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
    match socket {
        Some(socket) => socket.accept().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
