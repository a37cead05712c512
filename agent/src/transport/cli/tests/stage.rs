//! Runs the machine against a device in simulated time, with the device's bytes cut as wanted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::device::Device;
use crate::transport::Failure;
use crate::transport::cli::{Answer, CliOptions, Dialect, Event, Machine, Outcome, ReadCommand};

/// How the bytes of the device are cut on their way.
#[derive(Clone, Debug)]
pub(super) enum Cut {
    /// Not at all.
    Whole,
    /// Once, at this byte of the stream.
    At(usize),
    /// Into pieces of these sizes, again and again.
    Pieces(Vec<usize>),
}

pub(super) struct Stage {
    pub(super) device: Device,
    pub(super) machine: Machine,
    pub(super) now: Instant,
    pub(super) cut: Cut,
    /// Time that passes between two pieces.
    pub(super) gap: Duration,
    /// Time that the device takes before it prints anything.
    pub(super) thinks: Duration,
    /// Time that passes before a credential may be shown.
    pub(super) held: Duration,
    /// Everything that the device printed and everything that it got.
    pub(super) printed: Vec<u8>,
    pub(super) got: Vec<u8>,
    /// How often each poll of output gave something.
    pub(super) sendings: usize,
    /// The device falls silent after so many bytes.
    pub(super) goes_silent_after: Option<usize>,
    /// The stream ends after so many bytes.
    pub(super) ends_after: Option<usize>,
    coming: VecDeque<u8>,
    ready_at: Instant,
    opened: Instant,
    piece: usize,
}

impl Stage {
    pub(super) fn new(mut device: Device, dialect: Dialect, options: CliOptions) -> Self {
        let now = Instant::now();
        let coming: VecDeque<u8> = device.open().into();
        Self {
            printed: coming.iter().copied().collect(),
            machine: Machine::new(dialect, options, now),
            device,
            now,
            cut: Cut::Whole,
            gap: Duration::ZERO,
            thinks: Duration::ZERO,
            held: Duration::ZERO,
            got: Vec::new(),
            sendings: 0,
            goes_silent_after: None,
            ends_after: None,
            coming,
            ready_at: now,
            opened: now,
            piece: 0,
        }
    }

    pub(super) fn ios(device: Device) -> Self {
        Self::new(device, Dialect::Ios, CliOptions::default())
    }

    pub(super) fn cut(mut self, cut: Cut) -> Self {
        self.cut = cut;
        self
    }

    /// Opens the session.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        match self.next_event() {
            Event::Ready => Ok(()),
            Event::Failed(failure) => Err(failure),
            other => panic!("{other:?}"),
        }
    }

    /// Runs commands in the open session.
    pub(super) fn run(&mut self, commands: &[ReadCommand]) -> Outcome {
        self.machine.start(commands, self.now);
        let mut outcome = Outcome::default();
        loop {
            match self.next_event() {
                Event::Answer(answer) => outcome.answers.push(answer),
                Event::Done => return outcome,
                Event::Failed(failure) => {
                    outcome.failure = Some(failure);
                    return outcome;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Opens the session and runs commands, all of which must be answered.
    pub(super) fn answers(&mut self, commands: &[ReadCommand]) -> Vec<Answer> {
        self.open().unwrap();
        let outcome = self.run(commands);
        assert_eq!(outcome.failure, None);
        outcome.answers
    }

    /// How long it has taken.
    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.opened
    }

    /// Bytes that come by themselves.
    pub(super) fn print(&mut self, bytes: &[u8]) {
        self.printed.extend_from_slice(bytes);
        self.coming.extend(bytes);
    }

    pub(super) fn next_event(&mut self) -> Event {
        for _ in 0..2_000_000 {
            while let Some(sending) = self.machine.poll_output() {
                if sending.begins_login() {
                    self.now += self.held;
                    self.machine.was_held(self.held);
                }
                self.sendings += 1;
                self.got.extend_from_slice(sending.bytes());
                let printed = self.device.take(sending.bytes());
                if self.coming.is_empty() {
                    self.ready_at = self.now + self.thinks;
                }
                self.printed.extend_from_slice(&printed);
                self.coming.extend(printed);
            }
            if let Some(event) = self.machine.poll_event() {
                return event;
            }
            let given = self.printed.len() - self.coming.len();
            if self.ends_after.is_some_and(|end| given >= end) {
                self.machine.handle_end(None, self.now);
                continue;
            }
            if self.goes_silent_after.is_some_and(|end| given >= end) {
                self.coming.clear();
                self.printed.truncate(given);
            }
            let deadline = self.machine.poll_timeout();
            let arrives = (!self.coming.is_empty()).then_some(self.ready_at.max(self.now));
            match (arrives, deadline) {
                (Some(arrives), deadline) if deadline.is_none_or(|deadline| arrives <= deadline) => {
                    self.now = arrives;
                    let piece = self.next_piece();
                    self.machine.handle_input(&piece, self.now);
                    self.ready_at = self.now + self.gap;
                }
                (_, Some(deadline)) => {
                    self.now = self.now.max(deadline);
                    self.machine.handle_timeout(self.now);
                }
                (_, None) => panic!("the machine waits for nothing"),
            }
        }
        panic!("the machine does not come to an end");
    }

    fn next_piece(&mut self) -> Vec<u8> {
        let given = self.printed.len() - self.coming.len();
        let length = match &self.cut {
            Cut::Whole => self.coming.len(),
            Cut::At(at) if (given + 1..given + self.coming.len()).contains(at) => at - given,
            Cut::At(_) => self.coming.len(),
            Cut::Pieces(sizes) => {
                self.piece += 1;
                sizes[self.piece % sizes.len()].clamp(1, self.coming.len())
            }
        };
        let end = self.goes_silent_after.or(self.ends_after).unwrap_or(usize::MAX);
        let length = length.min(end.saturating_sub(given)).max(1);
        self.coming.drain(..length).collect()
    }
}
