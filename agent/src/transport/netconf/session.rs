//! One session: hellos, requests by number, the end.

use std::time::Instant;

use licwatch_parsers::netconf::{
    Filter, Framing, Hello, Outcome, Reply, client_hello, close_session, frame, get,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::failures;
use super::limits::NetconfOptions;
use super::stream::Messages;
use crate::transport::{Failure, Stage, Transcript};

/// An open session with a device. Dropping it drops the stream.
pub struct NetconfSession<S> {
    messages: Messages<S>,
    options: NetconfOptions,
    hello: String,
    capabilities: Vec<String>,
    session_id: Option<u64>,
    last_id: u64,
    failure: Option<Failure>,
}

/// A reply as it came.
#[derive(Clone, Eq, PartialEq)]
pub struct Received {
    /// The message without its framing: the evidence. It is a reply to the request, but may be an `rpc-error`.
    pub raw: Vec<u8>,
    /// When the request was sent.
    pub started: Instant,
    /// When the last byte of the reply came.
    pub finished: Instant,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("bytes", &self.raw.len()).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> NetconfSession<S> {
    /// Opens a session on the NETCONF subsystem: exchanges hellos and settles the framing.
    pub async fn open(stream: S, options: NetconfOptions) -> Result<Self, Failure> {
        Self::start(stream, options, None).await
    }

    /// [`NetconfSession::open`], writing a transcript.
    pub async fn open_recorded(
        stream: S,
        options: NetconfOptions,
        transcript: Transcript,
    ) -> Result<Self, Failure> {
        Self::start(stream, options, Some(transcript)).await
    }

    async fn start(
        stream: S,
        options: NetconfOptions,
        transcript: Option<Transcript>,
    ) -> Result<Self, Failure> {
        let ours: &[Framing] = if options.force_base_1_0 {
            &[Framing::EndOfMessage]
        } else {
            &[Framing::EndOfMessage, Framing::Chunked]
        };
        let mut messages = Messages::new(stream, options.limits, transcript);
        // Every hello is framed by end-of-message; only what follows both may be in chunks.
        messages.send(&frame(Framing::EndOfMessage, &client_hello(ours)));
        let (raw, _) = messages.receive(Stage::Hello).await?;
        let hello = String::from_utf8_lossy(&raw).into_owned();
        let (framing, capabilities, session_id) = {
            let read = Hello::read(&hello).map_err(|error| failures::no_hello(&error.to_string()))?;
            let framing = read.framing(ours).ok_or_else(failures::no_common_base)?;
            (framing, read.capabilities.iter().map(|uri| uri.to_string()).collect(), read.session_id)
        };
        messages.switch(framing);
        Ok(Self { messages, options, hello, capabilities, session_id, last_id: 100, failure: None })
    }

    /// What the device's hello says that it can do.
    pub fn capabilities(&self) -> &[String] {
        &self.capabilities
    }

    /// The device's hello.
    pub fn hello(&self) -> Hello<'_> {
        Hello::read(&self.hello).unwrap_or_default()
    }

    /// The number that the device gave the session.
    pub fn session_id(&self) -> Option<u64> {
        self.session_id
    }

    /// The framing that was agreed on.
    pub fn framing(&self) -> Framing {
        self.messages.framing()
    }

    /// Sends one `get` and waits for its reply. An `rpc-error` is a reply. After a failure the session is over:
    /// a late reply could be taken for another one.
    pub async fn get(&mut self, filter: &Filter) -> Result<Received, Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.last_id += 1;
        let id = self.last_id;
        let result = self.ask(id, &get(id, filter)).await;
        self.failure = result.as_ref().err().cloned();
        result
    }

    /// Ends the session in good order, in bounded time.
    pub async fn close(mut self) {
        let limit = self.options.limits.close;
        if self.failure.is_none() {
            let id = self.last_id + 1;
            let farewell = timeout(limit, self.ask(id, &close_session(id))).await;
            if !matches!(farewell, Ok(Ok(_))) {
                tracing::debug!("The device did not answer close-session.");
            }
        }
        if timeout(limit, self.messages.shut_down()).await.is_err() {
            tracing::debug!("The stream did not close in time.");
        }
    }

    async fn ask(&mut self, id: u64, request: &str) -> Result<Received, Failure> {
        let started = Instant::now();
        self.messages.send(&frame(self.messages.framing(), request));
        let (raw, finished) = self.messages.receive(Stage::Rpc).await?;
        check(&raw, id)?;
        Ok(Received { raw, started, finished })
    }
}

/// Whether a message is the reply to a request.
fn check(raw: &[u8], id: u64) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(raw);
    let reply = Reply::read(&text).map_err(|error| failures::no_reply(&error))?;
    match (&reply.message_id, &reply.outcome) {
        (Some(theirs), _) if **theirs == id.to_string() => Ok(()),
        // A request that could not be read has no number that the device could give back (RFC 6241 §4.3).
        (None, Outcome::Errors(_)) => Ok(()),
        (theirs, _) => Err(failures::another_reply(id, theirs.as_deref())),
    }
}

impl<S> std::fmt::Debug for NetconfSession<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetconfSession")
            .field("session_id", &self.session_id)
            .field("capabilities", &self.capabilities.len())
            .finish_non_exhaustive()
    }
}
