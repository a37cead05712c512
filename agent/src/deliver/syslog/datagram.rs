//! Messages as datagrams.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{UdpSocket, UnixDatagram};
use tokio::time::timeout;

use super::stream::addresses;
use crate::config::Peer;

/// The largest datagram to another host: it crosses an Ethernet in one piece.
pub(super) const UDP_MOST: usize = 1400;
/// The largest datagram on this host.
pub(super) const UNIX_MOST: usize = 2048;
/// How long one datagram may wait for room.
const SEND: Duration = Duration::from_secs(10);
/// How long a host may take to say that nobody listens.
const GRACE: Duration = Duration::from_millis(100);
/// So many datagrams leave at once; then the receiver gets a moment to empty its buffer.
const BURST: usize = 32;
const MOMENT: Duration = Duration::from_millis(5);

pub(super) async fn udp(peer: &Peer, messages: &[Vec<u8>]) -> Result<(), String> {
    let address = addresses(peer).await?.into_iter().next().ok_or("the name has no address")?;
    let any: IpAddr = match address {
        std::net::SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        std::net::SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let failed = |error: io::Error| {
        told(&error, "see that the receiver runs and that routes and filters let us through")
    };
    let socket = UdpSocket::bind((any, 0)).await.map_err(failed)?;
    socket.connect(address).await.map_err(failed)?;
    for burst in messages.chunks(BURST) {
        for message in burst {
            within(SEND, socket.send(message)).await?.map_err(failed)?;
        }
        if messages.len() > BURST {
            tokio::time::sleep(MOMENT).await;
        }
    }
    // Only a refusal comes back, and only from hosts that send one.
    if timeout(GRACE, socket.ready(Interest::ERROR)).await.is_ok()
        && let Some(error) = socket.take_error().map_err(failed)?
    {
        return Err(failed(error));
    }
    Ok(())
}

pub(super) async fn unix(path: &Path, messages: &[Vec<u8>]) -> Result<(), String> {
    let failed = |error: io::Error| {
        told(&error, "see that the syslog service of this host runs and that we may write to its socket")
    };
    let socket = UnixDatagram::unbound().map_err(failed)?;
    socket.connect(path).map_err(failed)?;
    for message in messages {
        within(SEND, socket.send(message)).await?.map_err(failed)?;
    }
    Ok(())
}

/// What the system says, and what to do.
pub(super) fn told(error: &io::Error, remedy: &str) -> String {
    format!("{error}; {remedy}")
}

pub(super) async fn within<T>(limit: Duration, what: impl Future<Output = T>) -> Result<T, String> {
    timeout(limit, what).await.map_err(|_| format!("it took nothing for {} s", limit.as_secs()))
}
