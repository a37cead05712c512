//! Messages over a stream: writes and reads go on at the same time, so that neither side waits for the other.

use std::time::Instant;

use licwatch_parsers::netconf::{Deframer, Framing};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::sleep_until;

use super::failures;
use super::limits::NetconfLimits;
use crate::transport::{Direction, Failure, Stage, Transcript};

/// The stream with what is on its way.
pub(super) struct Messages<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    deframer: Deframer,
    limits: NetconfLimits,
    outgoing: Vec<u8>,
    written: usize,
    /// Why nothing more can be sent. What the peer still has to say comes first.
    broken: Option<String>,
    buffer: Vec<u8>,
    transcript: Option<Transcript>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Messages<S> {
    pub(super) fn new(stream: S, limits: NetconfLimits, transcript: Option<Transcript>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader,
            writer,
            deframer: Deframer::new(limits.message_bytes),
            limits,
            outgoing: Vec::new(),
            written: 0,
            broken: None,
            buffer: vec![0; 32 << 10],
            transcript,
        }
    }

    pub(super) fn framing(&self) -> Framing {
        self.deframer.framing()
    }

    pub(super) fn switch(&mut self, framing: Framing) {
        self.deframer.switch(framing);
    }

    /// Has a framed message sent, while the next one is received.
    pub(super) fn send(&mut self, framed: &[u8]) {
        if let Some(transcript) = &mut self.transcript {
            transcript(Direction::Sent, framed);
        }
        self.outgoing.drain(..self.written);
        self.written = 0;
        self.outgoing.extend_from_slice(framed);
    }

    /// The next message, with the moment at which its last byte came.
    pub(super) async fn receive(&mut self, stage: Stage) -> Result<(Vec<u8>, Instant), Failure> {
        let started = Instant::now();
        let mut heard = started;
        let mut begun = false;
        loop {
            // Until our message is gone the peer cannot have answered it, and a hello must go out in any case.
            if self.outgoing.is_empty() {
                let next = self.deframer.next_message().map_err(|error| failures::framing(stage, &error))?;
                if let Some(message) = next {
                    return Ok((message, heard));
                }
            }
            let (deadline, late) = self.deadline(stage, started, heard);
            let happened = tokio::select! {
                biased;
                written = write(&mut self.writer, &self.outgoing, &mut self.written), if !self.outgoing.is_empty() => {
                    Happened::Written(written)
                }
                read = self.reader.read(&mut self.buffer) => Happened::Read(read),
                () = sleep_until(deadline.into()) => return Err(late),
            };
            match happened {
                Happened::Read(Ok(0)) => return Err(self.closed(stage, None)),
                Happened::Read(Ok(count)) => {
                    heard = Instant::now();
                    let bytes = self.buffer.get(..count).unwrap_or_default();
                    if let Some(transcript) = &mut self.transcript {
                        transcript(Direction::Received, bytes);
                    }
                    if stage == Stage::Hello && !begun {
                        begun = begins_hello(bytes)?;
                    }
                    self.deframer.feed(bytes);
                }
                Happened::Read(Err(error)) => return Err(self.closed(stage, Some(error.to_string()))),
                Happened::Written(result) => {
                    self.outgoing.clear();
                    self.written = 0;
                    self.broken = result.err().map(|error| error.to_string());
                }
            }
        }
    }

    /// Closes our side.
    pub(super) async fn shut_down(&mut self) -> std::io::Result<()> {
        self.writer.shutdown().await
    }

    fn closed(&self, stage: Stage, why: Option<String>) -> Failure {
        let why = why.or_else(|| self.broken.clone());
        failures::closed(stage, !self.deframer.is_empty(), why.as_deref())
    }

    fn deadline(&self, stage: Stage, started: Instant, heard: Instant) -> (Instant, Failure) {
        let limits = &self.limits;
        if stage == Stage::Hello {
            return (started + limits.hello, failures::silent(stage, limits.hello));
        }
        let (end, silence) = (started + limits.reply, heard + limits.inactivity);
        if end <= silence {
            (end, failures::endless(stage, limits.reply))
        } else {
            (silence, failures::silent(stage, limits.inactivity))
        }
    }
}

enum Happened {
    Read(std::io::Result<usize>),
    Written(std::io::Result<()>),
}

/// Whether a hello has begun. Anything but blanks and a byte order mark before it is no NETCONF, and there is no
/// use in waiting for more.
fn begins_hello(bytes: &[u8]) -> Result<bool, Failure> {
    let is_mark = |byte: &u8| matches!(byte, 0xef | 0xbb | 0xbf);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !is_mark(byte)) {
        None => Ok(false),
        Some(b'<') => Ok(true),
        Some(_) => Err(failures::no_hello(&failures::quote(bytes))),
    }
}

/// Writes what is to be sent. May be dropped at any await: what was written stays counted.
async fn write<S: AsyncWrite>(
    writer: &mut WriteHalf<S>,
    outgoing: &[u8],
    written: &mut usize,
) -> std::io::Result<()> {
    while let Some(rest) = outgoing.get(*written..).filter(|rest| !rest.is_empty()) {
        match writer.write(rest).await? {
            0 => return Err(std::io::ErrorKind::WriteZero.into()),
            count => *written += count,
        }
    }
    writer.flush().await
}
