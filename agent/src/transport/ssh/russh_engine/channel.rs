//! Channels: a shell or a subsystem, and the bytes that flow through them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};
use russh::client::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::ReusableBoxFuture;

use super::client::{Client, Shared};
use crate::transport::{Failure, Kind, Stage};

/// The terminal: wide enough that no line of a Cisco device wraps.
const TERMINAL: &str = "vt100";
const COLUMNS: u32 = 511;
const ROWS: u32 = 1000;
/// More than this before a channel is ready is no banner.
const MOST_EARLY: usize = 1 << 20;

/// What a channel is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    Shell,
    Subsystem(&'a str),
}

impl Purpose<'_> {
    pub(super) fn stage(self) -> Stage {
        match self {
            Self::Shell => Stage::Shell,
            Self::Subsystem(_) => Stage::Subsystem,
        }
    }
}

/// Opens a channel and starts what it is for.
pub(super) async fn open(
    handle: &Handle<Client>,
    shared: &Arc<Shared>,
    purpose: Purpose<'_>,
) -> Result<Link, Failure> {
    let mut channel = handle.channel_open_session().await.map_err(|error| match error {
        russh::Error::ChannelOpenFailure(reason) => Failure::new(
            purpose.stage(),
            Kind::Refused,
            format!("the device opens no session: {}", reason.description()),
            "all its lines may be in use; see `show users`, and `show ssh`",
        ),
        _ => ended(shared, purpose),
    })?;
    let sent = match purpose {
        // Both requests at once, as OpenSSH sends them; the answers come in the same order.
        Purpose::Shell => match channel.request_pty(true, TERMINAL, COLUMNS, ROWS, 0, 0, &[]).await {
            Ok(()) => channel.request_shell(true).await,
            refused => refused,
        },
        Purpose::Subsystem(name) => channel.request_subsystem(true, name).await,
    };
    sent.map_err(|_| ended(shared, purpose))?;

    let wanted = match purpose {
        Purpose::Shell => ["a terminal", "a shell"].as_slice(),
        Purpose::Subsystem(_) => ["the subsystem"].as_slice(),
    };
    let mut early = Vec::new();
    for what in wanted {
        confirmed(&mut channel, &mut early, what, shared, purpose).await?;
    }
    Ok(Link::new(channel, shared, early))
}

/// Waits for the answer to one request, and keeps what the device says before it.
async fn confirmed(
    channel: &mut Channel<Msg>,
    early: &mut Vec<u8>,
    what: &str,
    shared: &Arc<Shared>,
    purpose: Purpose<'_>,
) -> Result<(), Failure> {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(()),
            Some(ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof) => {
                return Err(refused(what, purpose));
            }
            Some(ChannelMsg::Data { data }) if early.len() + data.len() <= MOST_EARLY => {
                early.extend_from_slice(&data);
            }
            Some(ChannelMsg::Data { .. }) => {
                return Err(Failure::new(
                    purpose.stage(),
                    Kind::ReplyTooLarge,
                    format!("the device sent more than {MOST_EARLY} bytes before it granted {what}"),
                    "check what the device shows at login",
                ));
            }
            Some(_) => {}
            None => return Err(ended(shared, purpose)),
        }
    }
}

fn refused(what: &str, purpose: Purpose<'_>) -> Failure {
    match purpose {
        Purpose::Shell => Failure::new(
            Stage::Shell,
            Kind::CommandRefused,
            format!("the device refused {what}"),
            "check that this login may open a terminal on the device (exec authorization)",
        ),
        Purpose::Subsystem(name) => Failure::new(
            Stage::Subsystem,
            Kind::SubsystemMissing,
            format!("the device has no subsystem {name} on this port"),
            "enable it on the device (`netconf-yang`), check the port (830), or poll over `ssh`",
        ),
    }
}

fn ended(shared: &Shared, purpose: Purpose<'_>) -> Failure {
    Failure::new(
        purpose.stage(),
        Kind::Closed,
        format!("the connection {}", shared.end_text()),
        "see the log of the device; its lines may be in use, or a session limit is reached",
    )
}

/// A channel as a stream. russh's own takes an empty packet for the end, and panics when it is dropped outside of
/// a runtime.
pub(super) struct Link {
    /// The next message, with the half that it comes from.
    next: ReusableBoxFuture<'static, (ChannelReadHalf, Option<ChannelMsg>)>,
    data: Bytes,
    ended: bool,
    writer: Pin<Box<dyn AsyncWrite + Send>>,
    half: ChannelWriteHalf<Msg>,
    shared: Arc<Shared>,
}

impl Link {
    pub(super) fn new(channel: Channel<Msg>, shared: &Arc<Shared>, early: Vec<u8>) -> Self {
        let (reader, half) = channel.split();
        Self {
            next: ReusableBoxFuture::new(next(reader)),
            data: early.into(),
            ended: false,
            writer: Box::pin(half.make_writer()),
            half,
            shared: Arc::clone(shared),
        }
    }
}

async fn next(mut reader: ChannelReadHalf) -> (ChannelReadHalf, Option<ChannelMsg>) {
    let message = reader.wait().await;
    (reader, message)
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.data.is_empty() {
            if this.ended {
                return Poll::Ready(Ok(()));
            }
            let (reader, message) = ready!(this.next.poll(context));
            this.next.set(next(reader));
            match message {
                Some(ChannelMsg::Data { data }) => this.data = data,
                Some(ChannelMsg::Eof | ChannelMsg::Close) => this.ended = true,
                Some(_) => {}
                None => {
                    this.ended = true;
                    let text = format!("the connection {}", this.shared.end_text());
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionReset, text)));
                }
            }
        }
        let length = this.data.len().min(buffer.remaining());
        buffer.put_slice(&this.data.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !bytes.has_remaining() {
            return Poll::Ready(Ok(0));
        }
        self.writer.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_shutdown(context)
    }
}

impl Drop for Link {
    /// Asks the device to close the channel, if the request can be queued at once. The end of the connection
    /// closes it in any case.
    fn drop(&mut self) {
        let close = std::pin::pin!(self.half.close());
        let _ = close.poll(&mut Context::from_waker(Waker::noop()));
    }
}
