//! Runs the machine over a stream.

use std::collections::VecDeque;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::answer::{Answer, Outcome};
use super::command::ReadCommand;
use super::dialect::Dialect;
use super::machine::{Event, Machine};
use super::options::CliOptions;
use super::secrets::{Redactor, Sending};
use crate::transport::ssh::GatedLogin;
use crate::transport::{Direction, Failure, Transcript};

/// An open session with a device, prepared for commands. Dropping it drops the stream.
pub struct CliSession<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    machine: Machine,
    outgoing: VecDeque<Sending>,
    written: usize,
    flushed: bool,
    /// Why nothing more can be sent. What the device still has to say comes first.
    broken: Option<String>,
    buffer: Vec<u8>,
    transcript: Option<(Transcript, Redactor)>,
    /// A credential is shown to the device, which did not answer it yet.
    shows: bool,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> CliSession<S> {
    /// Opens a session on a shell: learns its prompt, turns paging off, reaches the privilege.
    pub async fn open(stream: S, dialect: Dialect, options: CliOptions) -> Result<Self, Failure> {
        Self::open_gated(stream, dialect, options, None, &mut GatedLogin::default()).await
    }

    /// [`CliSession::open`], writing a transcript.
    pub async fn open_recorded(
        stream: S,
        dialect: Dialect,
        options: CliOptions,
        transcript: Transcript,
    ) -> Result<Self, Failure> {
        Self::open_gated(stream, dialect, options, Some(transcript), &mut GatedLogin::default()).await
    }

    /// [`CliSession::open`] for a login that goes on in the shell: its gate is asked before the shell gets user and
    /// password, or an enable secret, and told when that is answered. What became of the login is for the caller to tell.
    pub async fn open_gated(
        stream: S,
        dialect: Dialect,
        options: CliOptions,
        transcript: Option<Transcript>,
        login: &mut GatedLogin,
    ) -> Result<Self, Failure> {
        let (reader, writer) = tokio::io::split(stream);
        let mut session = Self {
            reader,
            writer,
            transcript: transcript.map(|transcript| (transcript, options.redactor())),
            machine: Machine::new(dialect, options, Instant::now()),
            outgoing: VecDeque::new(),
            written: 0,
            flushed: true,
            broken: None,
            buffer: vec![0; 16 << 10],
            shows: false,
        };
        match session.next_event(login).await {
            Event::Failed(failure) => Err(failure),
            _ => Ok(session),
        }
    }

    /// Runs commands and gives their answers, in order. After a failure there are no more.
    pub async fn run(&mut self, commands: &[ReadCommand]) -> Outcome {
        let mut answers = Vec::new();
        let failure = self.run_each(commands, |answer| answers.push(answer)).await;
        Outcome { answers, failure }
    }

    /// [`CliSession::run`], handing on each answer as soon as it is whole, so that a caller who stops waiting keeps
    /// what was answered. Gives the failure that ended it.
    pub async fn run_each(
        &mut self,
        commands: &[ReadCommand],
        mut take: impl FnMut(Answer),
    ) -> Option<Failure> {
        self.machine.start(commands, Instant::now());
        loop {
            match self.next_event(&mut GatedLogin::default()).await {
                Event::Answer(answer) => take(answer),
                Event::Failed(failure) => return Some(failure),
                Event::Done | Event::Ready | Event::Left => return None,
            }
        }
    }

    /// Leaves the session and closes the stream, in bounded time.
    pub async fn close(mut self) {
        self.machine.leave(Instant::now());
        let mut login = GatedLogin::default();
        while !matches!(self.next_event(&mut login).await, Event::Left | Event::Failed(_)) {}
        let limit = self.machine.close_limit();
        if timeout(limit, self.writer.shutdown()).await.is_err() {
            tracing::debug!("The stream did not close in time.");
        }
    }

    /// The dialect of the shell: the one that was given, or what an unknown one turned out to be.
    pub fn dialect(&self) -> Dialect {
        self.machine.dialect()
    }

    /// Whether paging could be turned off.
    pub fn is_paging_off(&self) -> bool {
        self.machine.is_paging_off()
    }

    async fn next_event(&mut self, login: &mut GatedLogin) -> Event {
        loop {
            if self.shows && self.machine.has_answer() {
                self.shows = false;
                login.answered().await;
            }
            while let Some(sending) = self.machine.poll_output() {
                if sending.begins_login() {
                    let asked = Instant::now();
                    if let Err(failure) = login.turn().await {
                        return Event::Failed(failure);
                    }
                    self.machine.was_held(asked.elapsed());
                    self.shows = true;
                }
                self.record(Direction::Sent, sending.shown());
                self.outgoing.push_back(sending);
                self.flushed = false;
            }
            if let Some(event) = self.machine.poll_event() {
                return event;
            }
            self.turn().await;
        }
    }

    /// Waits for input, for room to write, or for the machine's deadline, and tells the machine.
    async fn turn(&mut self) {
        let deadline = self.machine.poll_timeout().map(tokio::time::Instant::from_std);
        let sleep = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let happened = tokio::select! {
            biased;
            written = write(&mut self.writer, &mut self.outgoing, &mut self.written), if !self.flushed => {
                Happened::Written(written)
            }
            read = self.reader.read(&mut self.buffer) => Happened::Read(read),
            () = sleep => Happened::Waited,
        };
        let now = Instant::now();
        match happened {
            Happened::Read(Ok(0)) => self.machine.handle_end(self.broken.as_deref(), now),
            Happened::Read(Ok(count)) => {
                let bytes = self.buffer.get(..count).unwrap_or_default();
                self.machine.handle_input(bytes, now);
                if let Some((transcript, redactor)) = &mut self.transcript {
                    let shown = redactor.piece(bytes);
                    if !shown.is_empty() {
                        transcript(Direction::Received, &shown);
                    }
                }
            }
            Happened::Read(Err(error)) => self.machine.handle_end(Some(&error.to_string()), now),
            Happened::Written(result) => {
                self.outgoing.clear();
                self.flushed = true;
                self.broken = result.err().map(|error| error.to_string());
            }
            Happened::Waited => self.machine.handle_timeout(now),
        }
    }

    fn record(&mut self, direction: Direction, shown: &[u8]) {
        if let Some((transcript, redactor)) = &mut self.transcript {
            let held = redactor.rest();
            if !held.is_empty() {
                transcript(Direction::Received, &held);
            }
            transcript(direction, shown);
        }
    }
}

impl<S> Drop for CliSession<S> {
    fn drop(&mut self) {
        if let Some((transcript, redactor)) = &mut self.transcript {
            let held = redactor.rest();
            if !held.is_empty() {
                transcript(Direction::Received, &held);
            }
        }
    }
}

impl<S> std::fmt::Debug for CliSession<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CliSession").field("machine", &self.machine).finish_non_exhaustive()
    }
}

enum Happened {
    Read(std::io::Result<usize>),
    Written(std::io::Result<()>),
    Waited,
}

/// Writes what is to be sent. May be dropped at any await: what was written stays counted.
async fn write<S: AsyncWrite>(
    writer: &mut WriteHalf<S>,
    outgoing: &mut VecDeque<Sending>,
    written: &mut usize,
) -> std::io::Result<()> {
    while let Some(sending) = outgoing.front() {
        let rest = sending.bytes().get(*written..).unwrap_or_default();
        if rest.is_empty() {
            outgoing.pop_front();
            *written = 0;
            continue;
        }
        match writer.write(rest).await? {
            0 => return Err(std::io::ErrorKind::WriteZero.into()),
            count => *written += count,
        }
    }
    writer.flush().await
}
