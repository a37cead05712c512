//! NETCONF: hello, `get` with a subtree filter, `close-session`. Anything that could change the device is refused.

mod reply;
mod tree;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use licwatch_parsers::netconf::{Deframer, Framing, Hello, Operation, Request, frame, server_hello};

use crate::fault::{Fault, Stage};
use crate::live::Served;
use crate::manners::Base;
use crate::ssh::{HungUp, Wire};
pub(crate) use tree::Element;

/// Serves one NETCONF session until the client closes it or hangs up.
pub(crate) async fn session(served: Arc<Served>, wire: Wire) -> Wire {
    let mut session = Session {
        spared: served.device.spared,
        served,
        wire,
        deframer: Deframer::new(LARGEST_REQUEST),
        framing: Framing::EndOfMessage,
    };
    // However it ended, the channel is closed.
    let _ = session.run().await;
    session.wire
}

/// One NETCONF session.
struct Session {
    served: Arc<Served>,
    wire: Wire,
    deframer: Deframer,
    /// The framing of what the device sends.
    framing: Framing,
    /// Replies that still come whole, whatever the device's faults.
    spared: usize,
}

impl Session {
    async fn run(&mut self) -> Result<(), HungUp> {
        if self.served.device.faults.silent_at(Stage::Greeting) {
            return Err(self.wire.fall_silent().await);
        }
        self.wire.think().await;
        // Session ids only need to differ on one device.
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        let hello = server_hello(self.capabilities(), SESSIONS.fetch_add(1, Ordering::Relaxed));
        self.wire.send(frame(Framing::EndOfMessage, &hello)).await?;
        let answer = self.message().await?;
        let hello = Hello::read(&answer).map_err(|_| HungUp)?;
        let framing = hello.framing(self.framings()).ok_or(HungUp)?;
        self.deframer.switch(framing);
        if !self.served.device.faults.has(&Fault::WrongFraming) {
            self.framing = framing;
        }
        loop {
            let message = self.message().await?;
            self.wire.think().await;
            let Ok(request) = Request::read(&message) else {
                let error = reply::error(None, "rpc", "malformed-message", "the message is no rpc");
                self.send(&error).await?;
                continue;
            };
            let id = request.message_id.as_deref();
            let operation = match &request.operation {
                Operation::Get { .. } => "get",
                Operation::CloseSession => "close-session",
                Operation::Other(name) => name,
            };
            self.served.count(|tally| tally.request(operation));
            match &request.operation {
                Operation::CloseSession => return self.send(&reply::ok(id)).await,
                Operation::Get { .. } => self.answer(id, &message).await?,
                Operation::Other(name) => {
                    if !["get-config", "get-schema"].contains(&name.as_ref()) {
                        self.served.count(|tally| tally.violation(name));
                    }
                    let text = "the simulated device answers get alone";
                    self.send(&reply::error(id, "protocol", "operation-not-supported", text)).await?;
                }
            }
        }
    }

    /// The next message of the client.
    async fn message(&mut self) -> Result<String, HungUp> {
        loop {
            match self.deframer.next_message() {
                Ok(Some(message)) => return String::from_utf8(message).map_err(|_| HungUp),
                Ok(None) => {}
                // RFC 6242 §4.1: the session ends.
                Err(_) => return Err(HungUp),
            }
            let bytes = self.wire.receive().await?;
            self.deframer.feed(&bytes);
        }
    }

    async fn send(&mut self, message: &str) -> Result<(), HungUp> {
        let framed = self.framed(message);
        self.wire.send(framed).await
    }

    /// The message in the framing of the session; in chunks as small as devices send them.
    fn framed(&self, message: &str) -> Vec<u8> {
        match self.framing {
            Framing::EndOfMessage => frame(self.framing, message),
            Framing::Chunked => {
                let mut framed = Vec::with_capacity(message.len() + 64);
                for chunk in message.as_bytes().chunks(CHUNK) {
                    framed.extend(reply::chunk(chunk));
                }
                framed.extend_from_slice(b"\n##\n");
                framed
            }
        }
    }

    fn framings(&self) -> &'static [Framing] {
        match self.served.device.manners.base {
            Base::V1_0 => &[Framing::EndOfMessage],
            Base::V1_1 => &[Framing::Chunked],
            Base::Both => &[Framing::EndOfMessage, Framing::Chunked],
        }
    }

    fn capabilities(&self) -> Vec<&str> {
        let device = &self.served.device;
        let base = self.framings().iter().map(|framing| match framing {
            Framing::EndOfMessage => "urn:ietf:params:netconf:base:1.0",
            Framing::Chunked => "urn:ietf:params:netconf:base:1.1",
        });
        let missing = device.faults.has(&Fault::CapabilityMissing);
        let models = device.personality.capabilities().iter().map(String::as_str);
        base.chain(models.filter(|model| !(missing && model.contains("cisco-smart-license")))).collect()
    }
}

/// No client asks for much.
const LARGEST_REQUEST: usize = 1024 * 1024;
const CHUNK: usize = 8 * 1024;
