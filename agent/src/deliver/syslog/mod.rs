//! Events by syslog: changes of devices and security events, with the published numbers of [`crate::events::Kind`].
//!
//! One event is one message, in the form of RFC 5424 with structured data, or of CEF within RFC 5424. What a message
//! looks like is in [`message`](self), how it travels depends on the target:
//!
//! | target | framing | largest message | a batch counts as taken when |
//! |---|---|---|---|
//! | `udp://` | one datagram (RFC 5426) | 1,400 bytes | every datagram was sent and no host on the way has said at once that nobody listens. It may be lost all the same |
//! | `unix://` | one datagram | 2,048 bytes | the socket's owner has every datagram in its queue |
//! | `tcp://` | octet counting (RFC 6587) | 8,192 bytes | the receiver has closed the connection after our end of it, without a reset: it has read all. One that does not close within 5 s is believed |
//! | `tls://` | octet counting (RFC 5425) | 8,192 bytes | the same; only the authorities of `ca_file` are trusted, and the certificate must name the host |
//!
//! A connection is made for each batch: an end that the receiver must see is the only acknowledgement that plain
//! syslog has. A longer message is cut and says so in `truncated`. Names are looked up only where the operator wrote
//! one. What cannot be handed over is tried again as a whole, so that a receiver may see an event twice; `id` tells.

mod cef;
mod datagram;
mod message;
mod rfc5424;
mod stream;
mod tls;

use crate::config::{SyslogForm, SyslogSettings, Target};
use crate::deliver::{Batch, Receipt, Refusal, Sink};
use crate::transport::ssh::BoxFuture;
use message::{Header, Told};

/// The sink of kind `syslog`.
#[derive(Debug)]
pub struct SyslogSink {
    settings: SyslogSettings,
    header: Header,
}

impl SyslogSink {
    /// A sink whose messages name `host` as the host that they come from.
    pub fn new(settings: &SyslogSettings, host: &str) -> Self {
        Self { settings: settings.clone(), header: Header::new(settings.facility, host) }
    }

    /// What would stand in the way of a delivery, as far as can be told without dialling. It reads files.
    pub fn check(&self) -> Result<(), String> {
        match self.settings.target {
            Target::Tls(_) => tls::config(&self.settings).map(drop),
            Target::Udp(_) | Target::Tcp(_) | Target::Unix(_) => Ok(()),
        }
    }

    /// The messages of a batch, each at most `most` bytes long, and the lines that are no events.
    fn messages(&self, batch: &Batch, most: usize) -> (Vec<Vec<u8>>, Vec<(usize, String)>) {
        let (mut messages, mut refused) = (Vec::new(), Vec::new());
        for (place, line) in batch.lines.iter().enumerate() {
            match serde_json::from_str::<Told>(&line.text) {
                Ok(told) => messages.push(match self.settings.form {
                    SyslogForm::Rfc5424 => rfc5424::message(&self.header, &told, most),
                    SyslogForm::Cef => cef::message(&self.header, &told, most),
                }),
                Err(error) => refused.push((place, format!("it is no event that syslog can tell: {error}"))),
            }
        }
        (messages, refused)
    }
}

impl Sink for SyslogSink {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(async move {
            let most = match self.settings.target {
                Target::Udp(_) => datagram::UDP_MOST,
                Target::Unix(_) => datagram::UNIX_MOST,
                Target::Tcp(_) | Target::Tls(_) => stream::MOST,
            };
            let (messages, refused) = self.messages(batch, most);
            let taken = match &self.settings.target {
                // Nothing to say is said without a connection.
                _ if messages.is_empty() => Ok(()),
                Target::Udp(peer) => datagram::udp(peer, &messages).await,
                Target::Unix(path) => datagram::unix(path, &messages).await,
                Target::Tcp(peer) => stream::tcp(peer, &messages).await,
                Target::Tls(peer) => stream::tls(peer, &self.settings, &messages).await,
            };
            let target = &self.settings.target;
            match taken {
                Ok(()) => Ok(Receipt { refused, note: target.to_string() }),
                Err(reason) => {
                    Err(Refusal::Later { reason: format!("syslog to {target}: {reason}"), after: None })
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
