//! The sockets that are listened at: each at the address that the configuration wants, as soon as that is to be had. A
//! host may get its addresses after the agent has started, and another program may leave the port later.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::{ListenError, TOLD};

/// The socket of one protocol, if it has any.
#[derive(Debug)]
pub(super) struct Post<S> {
    protocol: &'static str,
    socket: Option<S>,
    /// The address that the socket was bound for; another one may be wanted by now.
    held: Option<SocketAddr>,
    /// What is in the way of the wanted address, and when that was said last.
    trouble: Option<(String, Instant)>,
}

impl<S> Post<S> {
    /// None yet; `protocol` is `udp` or `tcp`.
    pub(super) fn new(protocol: &'static str) -> Self {
        Self { protocol, socket: None, held: None, trouble: None }
    }

    pub(super) fn socket(&self) -> Option<&S> {
        self.socket.as_ref()
    }

    /// Takes the address that is wanted, unless it is held. Where it is not to be had, the socket stays where it is, and
    /// the next call tries again.
    pub(super) async fn take<B: Future<Output = io::Result<S>>>(
        &mut self,
        wanted: Option<SocketAddr>,
        bind: impl FnOnce(SocketAddr) -> B,
    ) {
        let Some(address) = wanted else {
            *self = Self::new(self.protocol);
            return;
        };
        if self.held == wanted {
            self.trouble = None;
            return;
        }
        let protocol = self.protocol;
        let bound = match ListenError::of_every(protocol, address) {
            Some(error) => Err(error),
            None => bind(address).await.map_err(|reason| {
                let reason = Arc::new(reason);
                ListenError::Unusable { protocol, address, reason }
            }),
        };
        match bound {
            Ok(socket) => {
                tracing::info!(protocol, %address, "Syslog of devices is listened for.");
                *self = Self { socket: Some(socket), held: wanted, ..Self::new(protocol) };
            }
            Err(error) => self.complain(error.to_string()),
        }
    }

    /// Says what is in the way: at once, and every hour as long as it is so.
    fn complain(&mut self, error: String) {
        let said = |(before, at): &(String, Instant)| *before == error && at.elapsed() < TOLD;
        if self.trouble.as_ref().is_some_and(said) {
            return;
        }
        let held = self.held.map_or_else(|| "nowhere".to_owned(), |held| held.to_string());
        tracing::error!(
            error,
            listens_at = held,
            "Syslog of devices is not listened for where it should be; it is tried again and again."
        );
        self.trouble = Some((error, Instant::now()));
    }
}
