//! The connection under SSH, which can be cut, and which remembers how the peer began.
//!
//! russh runs a session in a task of its own that lives as long as the peer keeps the connection open, whatever
//! becomes of its handle. Cutting the wire ends that task: the socket closes, and nothing stays behind.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::Stream;

/// As much of the beginning as tells what the peer speaks.
const OPENING: usize = 256;

/// The first bytes that a peer sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening(Arc<Mutex<Vec<u8>>>);

impl Opening {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, bytes: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = OPENING.saturating_sub(heard.len());
        heard.extend(bytes.iter().take(room));
    }
}

/// A stream that ends when its token is cancelled.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    cut: CancellationToken,
    cutting: Pin<Box<WaitForCancellationFutureOwned>>,
    opening: Opening,
    opened: usize,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, cut: CancellationToken, opening: Opening) -> Self {
        let cutting = Box::pin(cut.clone().cancelled_owned());
        Self { stream, cut, cutting, opening, opened: 0 }
    }

    /// Whether the wire is cut; if not, the task wakes when it is.
    fn is_cut(&mut self, context: &mut Context<'_>) -> bool {
        self.cut.is_cancelled() || self.cutting.as_mut().poll(context).is_ready()
    }
}

fn cut<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "we ended the connection")))
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_cut(context) {
            return cut();
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.opened < OPENING {
            let heard = buffer.filled().get(before..).unwrap_or_default();
            self.opening.hear(heard);
            self.opened += heard.len();
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_cut(context) {
            return cut();
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(context) {
            return cut();
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// russh lets an error here hide the error that ended the session, so there is none.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context).map(|_| Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, Empty, Join, Sink, empty, join, sink};

    use super::*;

    /// A socket that the peer has reset: it says so when it is shut down.
    struct Reset(Join<Empty, Sink>);

    impl AsyncRead for Reset {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Reset {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
        }
    }

    fn wire(stream: impl Stream + 'static) -> (Wire, CancellationToken, Opening) {
        let (cut, opening) = (CancellationToken::new(), Opening::default());
        (Wire::new(Box::new(stream), cut.clone(), opening.clone()), cut, opening)
    }

    #[tokio::test]
    async fn a_failing_shutdown_hides_nothing() {
        let (mut wire, ..) = wire(Reset(join(empty(), sink())));
        wire.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn a_cut_wakes_a_reader_that_waits() {
        let (near, _far) = tokio::io::duplex(64);
        let (mut wire, cut, _) = wire(near);
        let reading = tokio::spawn(async move {
            let read = wire.read(&mut [0; 8]).await;
            (read.map_err(|error| error.kind()), wire.write(b"x").await.map_err(|error| error.kind()))
        });
        tokio::task::yield_now().await;
        cut.cancel();
        let aborted = io::ErrorKind::ConnectionAborted;
        assert_eq!(reading.await.unwrap(), (Err(aborted), Err(aborted)));
    }

    #[tokio::test]
    async fn the_opening_is_kept_and_no_more() {
        let (near, mut far) = tokio::io::duplex(2048);
        let (mut wire, _, opening) = wire(near);
        far.write_all(&[b"SSH-2.0-x\r\n".as_slice(), &[7; 1000]].concat()).await.unwrap();
        drop(far);
        wire.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(opening.bytes().len(), OPENING);
        assert!(opening.bytes().starts_with(b"SSH-2.0-x\r\n\x07"));
    }
}
