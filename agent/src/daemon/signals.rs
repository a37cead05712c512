//! What the system tells the daemon to do: reload (SIGHUP), or stop (SIGTERM, SIGINT); a second stop is at once.

use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Request {
    /// Read the configuration anew.
    Reload,
    /// Stop.
    Stop,
}

/// The signals of this process.
#[derive(Debug)]
pub struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches the signals from now on. It must be called within a runtime.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next request. No signal is lost when this is not waited for to the end; equal ones may come as one.
    pub async fn next(&mut self) -> Request {
        tokio::select! {
            Some(()) = self.hangup.recv() => Request::Reload,
            Some(()) = self.terminate.recv() => Request::Stop,
            Some(()) = self.interrupt.recv() => Request::Stop,
            // Streams of signals do not end.
            else => std::future::pending().await,
        }
    }
}

/// What follows from requests.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Told when the configuration is to be read anew; requests that come together are one.
    pub reload: Arc<Notify>,
    /// Cancelled when the daemon is to stop, within its limit.
    pub stop: CancellationToken,
    /// Cancelled when it is to stop at once, whatever is going on.
    pub at_once: CancellationToken,
}

impl Orders {
    /// Passes requests on until the daemon is to stop at once.
    pub async fn obey(self, mut next: impl AsyncFnMut() -> Request) {
        while !self.at_once.is_cancelled() {
            match next().await {
                Request::Reload if self.stop.is_cancelled() => {}
                Request::Reload => self.reload.notify_one(),
                Request::Stop if self.stop.is_cancelled() => self.at_once.cancel(),
                Request::Stop => {
                    tracing::info!("Stopping; a second signal stops at once.");
                    self.stop.cancel();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn the_first_stop_is_graceful_and_the_second_is_at_once() {
        let orders = Orders::default();
        let (requests, mut queue) = tokio::sync::mpsc::channel(8);
        let obeying = tokio::spawn(orders.clone().obey(async move || queue.recv().await.unwrap()));
        requests.send(Request::Reload).await.unwrap();
        orders.reload.notified().await;
        assert!(!orders.stop.is_cancelled());
        requests.send(Request::Stop).await.unwrap();
        orders.stop.cancelled().await;
        assert!(!orders.at_once.is_cancelled());
        requests.send(Request::Reload).await.unwrap();
        requests.send(Request::Stop).await.unwrap();
        orders.at_once.cancelled().await;
        obeying.await.unwrap();
    }

    #[tokio::test]
    async fn the_signals_of_the_system_are_heard() {
        let mut signals = Signals::catch().unwrap();
        for (name, request) in [("HUP", Request::Reload), ("TERM", Request::Stop), ("INT", Request::Stop)] {
            let pid = std::process::id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
            assert_eq!(signals.next().await, request, "{name}");
        }
    }
}
