//! The TCP connection under a session, which can be cut from outside.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Cuts a connection, and knows how much went out over it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<State>);

#[derive(Debug, Default)]
struct State {
    severed: CancellationToken,
    reset: AtomicBool,
    written: AtomicU64,
    progress: Notify,
}

impl Cut {
    /// Ends the connection; whatever waits in it fails.
    pub(crate) fn sever(&self) {
        self.0.severed.cancel();
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Release);
        self.sever();
    }

    /// Waits until the connection was cut.
    pub(crate) async fn severed(&self) {
        self.0.severed.cancelled().await;
    }

    /// How many bytes the system took for sending.
    pub(crate) fn written(&self) -> u64 {
        self.0.written.load(Ordering::Acquire)
    }

    /// Waits until so many bytes are out.
    pub(crate) async fn until_written(&self, bytes: u64) {
        loop {
            let progress = self.0.progress.notified();
            if self.written() >= bytes {
                return;
            }
            progress.await;
        }
    }
}

/// The connection itself.
pub(crate) struct Line {
    stream: TcpStream,
    cut: Cut,
    severed: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Line {
    pub(crate) fn new(stream: TcpStream, cut: Cut) -> Self {
        // A connection that cannot do without delay is only slower.
        let _ = stream.set_nodelay(true);
        let severed = Box::pin(cut.0.severed.clone().cancelled_owned());
        Self { stream, cut, severed }
    }

    fn poll_severed(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        match self.severed.as_mut().poll(context) {
            Poll::Ready(()) => {
                if self.cut.0.reset.load(Ordering::Acquire) {
                    // Failing that, the peer sees an orderly end in mid-answer, which is as wrong.
                    let _ = self.stream.set_zero_linger();
                }
                Poll::Ready(io::ErrorKind::ConnectionReset.into())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(error) = self.poll_severed(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(error) = self.poll_severed(context) {
            return Poll::Ready(Err(error));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = written {
            self.cut.0.written.fetch_add(count as u64, Ordering::AcqRel);
            self.cut.0.progress.notify_waiters();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// What a client reads until the end, after the device wrote `half` and its connection was cut.
    async fn cut_after_half(cut: impl FnOnce(&Cut)) -> (Vec<u8>, io::Result<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let handle = Cut::default();
        let mut line = Line::new(listener.accept().await.unwrap().0, handle.clone());
        line.write_all(b"half").await.unwrap();
        handle.until_written(4).await;
        cut(&handle);
        assert!(line.read_u8().await.is_err() && line.write_all(b"rest").await.is_err());
        drop(line);
        let mut read = Vec::new();
        let end = client.read_to_end(&mut read).await;
        (read, end)
    }

    #[tokio::test]
    async fn a_severed_line_ends_and_a_reset_one_fails() {
        let (read, end) = cut_after_half(Cut::sever).await;
        assert_eq!((read.as_slice(), end.unwrap()), (b"half".as_slice(), 4));
        let (_, end) = cut_after_half(Cut::reset).await;
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
