//! How messages are told apart on the wire (RFC 6242).
//!
//! ```text
//! base:1.0   <hello>…</hello>]]>]]>
//! base:1.1   LF #4 LF <rpc LF #18 LF  message-id="102"/> LF ## LF
//! ```
//! A session begins with the first form; both sides change to the second after both hellos, if both announced it.
//!
//! Bytes are kept in one buffer. Chunk headers are taken out in place, so that a message is contiguous when it is
//! complete and every byte is moved once, however the input was cut. Nothing is allocated for a size that a peer
//! merely announces.

use std::ops::Range;

use memchr::memmem;

/// The largest message that is taken unless the caller says otherwise.
pub const MESSAGE_CAP: usize = 16 * 1024 * 1024;

const END_OF_MESSAGE: &[u8] = b"]]>]]>";

/// The largest chunk that RFC 6242 allows.
const LARGEST_CHUNK: u64 = u32::MAX as u64;

/// How messages are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// `]]>]]>` after each message: base:1.0, and every hello.
    EndOfMessage,
    /// Chunks with their sizes: base:1.1.
    Chunked,
}

/// Why the bytes of a peer are no messages. The session cannot go on after any of them.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// A message outgrew the cap. (device, operator)
    #[error("a NETCONF message is larger than {cap} bytes")]
    TooLarge {
        /// The cap that was set.
        cap: usize,
    },
    /// No chunk begins where one must. (device)
    #[error("no NETCONF chunk begins at byte {at} of the session: {expected}, found \"{found}\"")]
    BadChunkHeader {
        /// What should stand there.
        expected: &'static str,
        /// What stands there, escaped.
        found: String,
        /// Number of bytes that the peer had sent before it.
        at: u64,
    },
    /// The peer announced base:1.1 and goes on with the framing of base:1.0. (device)
    #[error("the device announced base:1.1 but does not send chunks (byte {at} of the session)")]
    EndOfMessageUnderChunked {
        /// Number of bytes that the peer had sent before it.
        at: u64,
    },
}

/// Takes messages out of a stream of bytes that may be cut anywhere.
///
/// ```
/// # use licwatch_parsers::netconf::{Deframer, Framing, MESSAGE_CAP};
/// let mut deframer = Deframer::new(MESSAGE_CAP);
/// deframer.feed(b"<hello/>]]>]]>\n#3\n<a");
/// assert_eq!(deframer.next_message().unwrap().unwrap(), b"<hello/>");
/// deframer.switch(Framing::Chunked);
/// assert_eq!(deframer.next_message().unwrap(), None);
/// deframer.feed(b"/\n#1\n>\n##\n");
/// assert_eq!(deframer.next_message().unwrap().unwrap(), b"<a/>");
/// ```
#[derive(Debug)]
pub struct Deframer {
    framing: Framing,
    cap: usize,
    /// `[start, kept)` is the message as far as it is known, `[read, len)` what has not been looked at. Between
    /// them lies what was taken out.
    buffer: Vec<u8>,
    start: usize,
    kept: usize,
    read: usize,
    chunk: Chunk,
    /// Bytes that were fed and have left the buffer's front.
    gone: u64,
    failed: Option<FramingError>,
}

/// Where in the chunked form the reading stands.
#[derive(Clone, Copy, Debug)]
enum Chunk {
    /// Before a header. Only before the first chunk of a message stray blanks are forgiven.
    Header { first: bool },
    /// In a chunk, with as many bytes to come.
    Data { left: usize },
}

impl Deframer {
    /// A deframer for a new session, which starts with [`Framing::EndOfMessage`]; `cap` is the largest message
    /// that it takes.
    pub fn new(cap: usize) -> Self {
        Self {
            framing: Framing::EndOfMessage,
            cap,
            buffer: Vec::new(),
            start: 0,
            kept: 0,
            read: 0,
            chunk: Chunk::Header { first: true },
            gone: 0,
            failed: None,
        }
    }

    /// The framing in force.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Changes the framing, after both hellos. Bytes that were already fed are read with the new one.
    pub fn switch(&mut self, framing: Framing) {
        self.framing = framing;
        self.compact();
        (self.kept, self.read) = (self.start, self.start);
        self.chunk = Chunk::Header { first: true };
    }

    /// Takes bytes as they come. After an error they are dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole message, as the peer framed it. Blank messages are passed over.
    ///
    /// # Errors
    /// The peer breaks the framing or the cap; from then on every call says the same.
    pub fn next_message(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let next = match self.framing {
            Framing::EndOfMessage => self.next_delimited(),
            Framing::Chunked => self.next_chunked(),
        };
        if let Err(error) = &next {
            self.failed = Some(error.clone());
            self.buffer = Vec::new();
            (self.start, self.kept, self.read) = (0, 0, 0);
        }
        next
    }

    /// Whether nothing but blanks is left over: a peer that closes now does not cut a message.
    pub fn is_empty(&self) -> bool {
        let partial = match (self.framing, self.chunk) {
            (Framing::EndOfMessage, _) => self.start..self.buffer.len(),
            (Framing::Chunked, Chunk::Header { first: true }) => self.read..self.buffer.len(),
            (Framing::Chunked, _) => return false,
        };
        self.slice(partial).iter().all(u8::is_ascii_whitespace)
    }

    fn next_delimited(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        loop {
            // The delimiter may have been cut.
            let from = self.read.saturating_sub(END_OF_MESSAGE.len() - 1).max(self.start);
            let found = memmem::find(self.slice(from..self.buffer.len()), END_OF_MESSAGE);
            let end = found.map_or(self.buffer.len(), |at| from + at);
            let spare = if found.is_some() { 0 } else { END_OF_MESSAGE.len() - 1 };
            if end - self.start > self.cap.saturating_add(spare) {
                return Err(FramingError::TooLarge { cap: self.cap });
            }
            if found.is_none() {
                self.compact();
                (self.kept, self.read) = (self.start, self.buffer.len());
                return Ok(None);
            }
            let blank = self.slice(self.start..end).iter().all(u8::is_ascii_whitespace);
            (self.kept, self.read) = (end, end + END_OF_MESSAGE.len());
            let message = self.take();
            if !blank {
                return Ok(Some(message));
            }
        }
    }

    fn next_chunked(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        loop {
            match self.chunk {
                Chunk::Data { left } => {
                    let taken = left.min(self.buffer.len() - self.read);
                    self.buffer.copy_within(self.read..self.read + taken, self.kept);
                    (self.kept, self.read) = (self.kept + taken, self.read + taken);
                    if taken < left {
                        self.chunk = Chunk::Data { left: left - taken };
                        self.close_gap();
                        return Ok(None);
                    }
                    self.chunk = Chunk::Header { first: false };
                }
                Chunk::Header { first } => match self.header(first)? {
                    Header::Cut => {
                        self.close_gap();
                        return Ok(None);
                    }
                    Header::Size { size, length } => {
                        if size > self.cap.saturating_sub(self.kept - self.start) {
                            return Err(FramingError::TooLarge { cap: self.cap });
                        }
                        self.read += length;
                        self.chunk = Chunk::Data { left: size };
                    }
                    Header::End { length } => {
                        self.read += length;
                        self.chunk = Chunk::Header { first: true };
                        let message = self.take();
                        if !message.iter().all(u8::is_ascii_whitespace) {
                            return Ok(Some(message));
                        }
                    }
                },
            }
        }
    }

    /// Reads `LF # size LF` or `LF # # LF` without taking it.
    fn header(&mut self, first: bool) -> Result<Header, FramingError> {
        if first {
            self.skip_stray_blanks();
        }
        let mut bytes = self.slice(self.read..self.buffer.len()).iter().copied();
        match bytes.next() {
            None => return Ok(Header::Cut),
            Some(b'\n') => {}
            Some(b'<' | b']') => {
                return Err(FramingError::EndOfMessageUnderChunked { at: self.position() });
            }
            Some(_) => return Err(self.bad_header("a line feed must begin it")),
        }
        match bytes.next() {
            None => return Ok(Header::Cut),
            Some(b'#') => {}
            Some(b'<' | b']') => {
                return Err(FramingError::EndOfMessageUnderChunked { at: self.position() });
            }
            Some(_) => return Err(self.bad_header("a \"#\" must follow the line feed")),
        }
        let mut size = match bytes.next() {
            None => return Ok(Header::Cut),
            Some(b'#') if first => return Err(self.bad_header("a message must have a chunk")),
            Some(b'#') => {
                return match bytes.next() {
                    None => Ok(Header::Cut),
                    Some(b'\n') => Ok(Header::End { length: 4 }),
                    Some(_) => Err(self.bad_header("a line feed must follow \"##\"")),
                };
            }
            Some(digit @ b'1'..=b'9') => u64::from(digit - b'0'),
            Some(_) => return Err(self.bad_header("a size without leading zeros must follow the \"#\"")),
        };
        let mut length = 3;
        loop {
            match bytes.next() {
                None => return Ok(Header::Cut),
                Some(digit @ b'0'..=b'9') => size = size * 10 + u64::from(digit - b'0'),
                Some(b'\n') => break,
                Some(_) => return Err(self.bad_header("a line feed must follow the size")),
            }
            length += 1;
            if size > LARGEST_CHUNK {
                return Err(self.bad_header("the size must not be larger than 4294967295"));
            }
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(Header::Size { size, length: length + 1 })
    }

    /// Peers put line ends between messages, and behind the last `]]>]]>`. A line feed may be the header's own.
    fn skip_stray_blanks(&mut self) {
        let rest = self.slice(self.read..self.buffer.len());
        let is_stray = |pair: (usize, &u8)| match pair {
            (at, b'\n') => rest.get(at + 1).is_some_and(u8::is_ascii_whitespace),
            (_, byte) => byte.is_ascii_whitespace(),
        };
        self.read += rest.iter().enumerate().take_while(|pair| is_stray(*pair)).count();
    }

    fn bad_header(&self, expected: &'static str) -> FramingError {
        let found = self.slice(self.read..self.buffer.len().min(self.read + 16));
        FramingError::BadChunkHeader {
            expected,
            found: found.escape_ascii().to_string(),
            at: self.position(),
        }
    }

    /// Number of bytes of the session before the one that is read next.
    fn position(&self) -> u64 {
        self.gone + self.read as u64
    }

    /// Takes `[start, kept)` out and begins the next message at `read`.
    fn take(&mut self) -> Vec<u8> {
        if self.start == 0 && self.read == self.buffer.len() {
            self.gone += self.read as u64;
            let mut message = std::mem::take(&mut self.buffer);
            message.truncate(self.kept);
            (self.kept, self.read) = (0, 0);
            return message;
        }
        let message = self.slice(self.start..self.kept).to_vec();
        (self.start, self.kept) = (self.read, self.read);
        message
    }

    /// Moves what has not been read next to the message. It is the rest of a header, or nothing.
    fn close_gap(&mut self) {
        let gap = self.read - self.kept;
        self.buffer.drain(self.kept..self.read);
        self.gone += gap as u64;
        self.read = self.kept;
        self.compact();
    }

    /// Lets messages that were taken go from the front. Only called when no other whole message is there.
    fn compact(&mut self) {
        self.buffer.drain(..self.start);
        self.gone += self.start as u64;
        (self.kept, self.read) = (self.kept.saturating_sub(self.start), self.read.saturating_sub(self.start));
        self.start = 0;
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }
}

/// What stands where a chunk should begin.
enum Header {
    /// Not enough of it has come.
    Cut,
    /// A chunk of this size.
    Size { size: usize, length: usize },
    /// The end of the message.
    End { length: usize },
}

/// A message with its framing. An empty message has none under [`Framing::Chunked`].
pub fn frame(framing: Framing, message: &str) -> Vec<u8> {
    let bytes = message.as_bytes();
    let mut framed = Vec::with_capacity(bytes.len() + 24);
    match framing {
        Framing::EndOfMessage => {
            framed.extend_from_slice(bytes);
            framed.extend_from_slice(END_OF_MESSAGE);
        }
        Framing::Chunked => {
            for chunk in bytes.chunks(u32::MAX as usize) {
                framed.extend_from_slice(format!("\n#{}\n", chunk.len()).as_bytes());
                framed.extend_from_slice(chunk);
            }
            framed.extend_from_slice(b"\n##\n");
        }
    }
    framed
}

#[cfg(test)]
mod tests;
