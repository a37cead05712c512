//! Messages on a connection, each with its length before it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::datagram::{told, within};
use super::tls;
use crate::config::{Peer, SyslogSettings};
use crate::deliver::tls::meaning;

/// The largest message: RFC 5425 wants receivers to take so much.
pub(super) const MOST: usize = 8192;
/// How long looking up a name and each try of an address may take.
const CONNECT: Duration = Duration::from_secs(10);
/// So many addresses of a name are tried.
const ADDRESSES: usize = 4;
/// How long one message may wait until it is taken.
const SEND: Duration = Duration::from_secs(30);
/// How long the receiver may take to close its side.
const CLOSE: Duration = Duration::from_secs(5);
/// How long a reset may come after the end of the other side.
const GRACE: Duration = Duration::from_millis(100);
/// What receivers say is not read further than this: syslog has no answers.
const ANSWER: usize = 64 << 10;

const REMEDY: &str = "see that the receiver runs and that routes and filters let us through";

pub(super) async fn tcp(peer: &Peer, messages: &[Vec<u8>]) -> Result<(), String> {
    let mut stream = connect(peer).await?;
    hand_over(&mut stream, |stream| stream, messages).await
}

pub(super) async fn tls(peer: &Peer, settings: &SyslogSettings, messages: &[Vec<u8>]) -> Result<(), String> {
    let connector = tls::connector(settings).await?;
    let name = tls::server_name(peer)?;
    let stream = connect(peer).await?;
    let mut stream = within(CONNECT, connector.connect(name, stream)).await?.map_err(|error| {
        meaning(&error)
            .unwrap_or_else(|| told(&error, "the receiver ended the connection amid the TLS handshake"))
    })?;
    hand_over(&mut stream, |stream| stream.get_ref().0, messages).await
}

/// The addresses of a peer. Nothing is looked up for one that is an address.
pub(super) async fn addresses(peer: &Peer) -> Result<Vec<SocketAddr>, String> {
    if let Some(address) = peer.address() {
        return Ok(vec![SocketAddr::new(address, peer.port)]);
    }
    let found = within(CONNECT, tokio::net::lookup_host((peer.host.as_str(), peer.port))).await?;
    let found = found.map_err(|error| format!("{}: {error}; write an address, or see to DNS", peer.host))?;
    Ok(found.take(ADDRESSES).collect())
}

async fn connect(peer: &Peer) -> Result<TcpStream, String> {
    let mut last = format!("{} has no address", peer.host);
    for address in addresses(peer).await? {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = told(&error, REMEDY),
            Err(_) => last = format!("no answer from {address} within {} s; {REMEDY}", CONNECT.as_secs()),
        }
    }
    Err(last)
}

/// Sends everything, says that this was all, and waits for the receiver to do the same.
async fn hand_over<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    tcp: impl Fn(&S) -> &TcpStream,
    messages: &[Vec<u8>],
) -> Result<(), String> {
    let failed =
        |error: io::Error| told(&error, "the receiver ended the connection; all of it is sent again");
    let mut writer = BufWriter::new(&mut *stream);
    for message in messages {
        let length = format!("{} ", message.len());
        let write = async {
            writer.write_all(length.as_bytes()).await?;
            writer.write_all(message).await
        };
        within(SEND, write).await?.map_err(failed)?;
    }
    within(SEND, writer.flush()).await?.map_err(failed)?;
    // An end that is there before ours cannot be an answer to it.
    if let Ok(early) = timeout(Duration::ZERO, ended(stream)).await {
        early.map_err(failed)?;
        return Err("the receiver closed the connection before the end; all of it is sent again".to_owned());
    }
    within(SEND, stream.shutdown()).await?.map_err(failed)?;
    match timeout(CLOSE, ended(stream)).await {
        Ok(end) => end.map_err(failed)?,
        Err(_) => {
            tracing::debug!("A syslog receiver keeps its side of the connection open; it is believed.");
            return Ok(());
        }
    }
    // What came to a receiver that had closed for itself is answered by a reset, right behind its end.
    let tcp = tcp(stream);
    if timeout(GRACE, tcp.ready(Interest::ERROR)).await.is_ok()
        && let Some(error) = tcp.take_error().map_err(failed)?
    {
        return Err(failed(error));
    }
    Ok(())
}

/// Waits until the other side has ended.
async fn ended<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let mut read = 0;
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(count) if read + count <= ANSWER => read += count,
            Ok(_) => return Err(io::Error::new(ErrorKind::InvalidData, "the receiver talks without end")),
            // An end without the farewell of TLS: many receivers leave it out.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
