//! The session as a state machine without input or output: bytes and time go in, bytes, events and the next
//! deadline come out.
//!
//! After each call that takes `now`, drain [`Machine::poll_output`] and [`Machine::poll_event`] until they are
//! empty, then ask [`Machine::poll_timeout`] how long to wait for input. The same bytes give the same answers
//! however they are cut, because everything that is decided before a line has ended is decided by time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::answer::{self, Answer};
use super::command::ReadCommand;
use super::dialect::{Dialect, Settings};
use super::exchange::{Asked, Exchange, View, Wake};
use super::failures;
use super::learn::{Learning, Moments, Step};
use super::options::CliOptions;
use super::pager;
use super::prompt::Prompt;
use super::screen::Screen;
use super::secrets::{Redactor, Sending};
use super::setup::{EnableStep, Enabling, Preparation};
use super::tape::Tape;
use crate::transport::{Failure, Stage};

/// What the machine has to tell.
#[derive(Debug)]
pub enum Event {
    /// The session is prepared and takes commands.
    Ready,
    /// One answer.
    Answer(Answer),
    /// Every command of the run is answered.
    Done,
    /// The session is over.
    Failed(Failure),
    /// The session is over as was asked.
    Left,
}

/// A CLI session.
pub struct Machine {
    pub(super) dialect: Dialect,
    pub(super) settings: &'static Settings,
    pub(super) options: CliOptions,
    pub(super) redactor: Redactor,
    pub(super) screen: Screen,
    pub(super) tape: Tape,
    pub(super) prompt: Option<Prompt>,
    pub(super) exchange: Exchange,
    pub(super) phase: Phase,
    pub(super) preparation: Preparation,
    /// Whether the device echoes what is typed, once that is known.
    pub(super) echoes: Option<bool>,
    pub(super) opened: Instant,
    pub(super) heard: Instant,
    pub(super) sent: Instant,
    received: usize,
    output: VecDeque<Sending>,
    events: VecDeque<Event>,
    failure: Option<Failure>,
}

#[derive(Debug)]
pub(super) enum Phase {
    Learning(Learning),
    Preparing,
    Enabling(Enabling),
    Ready,
    Running,
    Leaving { reacted: usize, since: Instant },
    Over,
}

impl Machine {
    /// A session on a shell that was opened at `now`.
    pub fn new(dialect: Dialect, options: CliOptions, now: Instant) -> Self {
        let screen = Screen::default();
        Self {
            dialect,
            settings: dialect.settings(),
            redactor: options.redactor(),
            options,
            exchange: Exchange::new([], false, now, &screen),
            screen,
            tape: Tape::default(),
            prompt: None,
            phase: Phase::Learning(Learning::default()),
            preparation: Preparation::default(),
            echoes: None,
            opened: now,
            heard: now,
            sent: now,
            received: 0,
            output: VecDeque::new(),
            events: VecDeque::new(),
            failure: None,
        }
    }

    /// Runs commands. The session must be ready.
    pub fn start(&mut self, commands: &[ReadCommand], now: Instant) {
        if !matches!(self.phase, Phase::Ready) {
            let failure = self.failure.clone().unwrap_or_else(failures::not_ready);
            self.events.push_back(Event::Failed(failure));
            return;
        }
        self.tape.wind();
        let ahead = self.may_type_ahead();
        let asked = commands.iter().copied().map(Asked::Read);
        self.exchange = Exchange::new(asked, ahead, now, &self.screen);
        self.phase = Phase::Running;
        self.go_on(now);
    }

    /// Leaves the session.
    pub fn leave(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Over) {
            self.events.push_back(Event::Left);
            return;
        }
        self.send(Sending::plain(format!("{}\n", self.settings.leave.line()).into_bytes()), now);
        self.phase = Phase::Leaving { reacted: self.screen.taken(), since: now };
    }

    /// Takes what the device sent.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() || matches!(self.phase, Phase::Over) {
            return;
        }
        self.heard = now;
        self.received += bytes.len();
        match &mut self.phase {
            Phase::Preparing | Phase::Running => self.read_lines(bytes, now),
            phase => {
                if let Phase::Learning(learning) = phase {
                    learning.count(bytes);
                }
                self.screen.pass(bytes);
                self.tape.skip(bytes.len());
            }
        }
        if self.received > self.options.limits.session_bytes {
            let cap = self.options.limits.session_bytes;
            self.fail(match &self.phase {
                Phase::Learning(learning) if learning.is_garbage() => {
                    failures::garbage(learning.heard, learning.unprintable)
                }
                _ => failures::flood(self.stage(), &self.doing(), cap),
            });
        }
    }

    /// The device closed the stream; `why` is the reason, if there was an error.
    pub fn handle_end(&mut self, why: Option<&str>, now: Instant) {
        match &self.phase {
            Phase::Over => return,
            Phase::Leaving { .. } => return self.left(),
            Phase::Running => {
                let at_end = |prompt| self.exchange.is_at_end(prompt, &self.screen);
                if self.prompt.as_ref().is_some_and(at_end) {
                    self.conclude(None, self.heard, now);
                }
            }
            _ => {}
        }
        let failure = failures::closed(self.stage(), &self.doing(), why);
        if matches!(self.phase, Phase::Ready) {
            // Nothing was lost; who asks for more is told.
            self.phase = Phase::Over;
            self.failure = Some(failure);
        } else {
            self.fail(failure);
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Each turn reacts to something that only new input can bring back; the bound is for mistakes of ours.
        for _ in 0..8 {
            match self.due() {
                Some((at, due)) if at <= now => self.act(due, now),
                _ => return,
            }
        }
    }

    /// The next bytes to send.
    pub fn poll_output(&mut self) -> Option<Sending> {
        self.output.pop_front()
    }

    /// When to call [`Machine::handle_timeout`] if nothing comes.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.due().map(|(at, _)| at)
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The dialect, as far as it is known now.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether paging was turned off.
    pub fn is_paging_off(&self) -> bool {
        self.preparation.paging_off
    }

    pub(super) fn close_limit(&self) -> Duration {
        self.options.limits.close
    }

    fn read_lines(&mut self, bytes: &[u8], now: Instant) {
        self.tape.record(bytes);
        let mut rest = bytes;
        while let Some(line) = self.screen.next_line(&mut rest) {
            let Some(prompt) = &self.prompt else { return };
            if let Some(place) = self.exchange.observe(&line, prompt) {
                self.conclude(Some(place), now, now);
            }
        }
        let cap = self.options.limits.answer_bytes;
        if self.tape.len() > cap {
            self.fail(failures::flood(self.stage(), &self.doing(), cap));
        }
    }

    /// The answer that is being read is complete: at a place of the stream, or with all that came.
    fn conclude(&mut self, place: Option<usize>, finished: Instant, now: Instant) {
        let (started, echoed) = (self.exchange.started(), self.exchange.echoed());
        let adopted = self.exchange.adopted();
        let cap = self.options.limits.answer_bytes;
        let doing = self.doing();
        let raw = place.map(|place| self.tape.take_until(place)).unwrap_or_else(|| self.tape.take());
        if raw.len() > cap {
            return self.fail(failures::flood(self.stage(), &doing, cap));
        }
        match self.exchange.finish(place.is_some(), now, &self.screen) {
            Some(Asked::Read(command)) => {
                let refused = answer::refusal(&raw);
                self.events.push_back(Event::Answer(Answer { command, raw, refused, started, finished }));
            }
            Some(Asked::Setting(setting)) => {
                self.setting_answered(setting, &raw, echoed, adopted, now);
            }
            None => {}
        }
        if matches!(self.phase, Phase::Running) {
            self.go_on(now);
        }
    }

    fn go_on(&mut self, now: Instant) {
        self.send_asked(now);
        if self.exchange.is_done() {
            self.phase = Phase::Ready;
            self.events.push_back(Event::Done);
        }
    }

    /// Sends what the exchange may send now.
    pub(super) fn send_asked(&mut self, now: Instant) {
        let bytes = self.exchange.send(self.options.limits.in_flight_bytes, now, &self.screen);
        if !bytes.is_empty() {
            self.send(Sending::plain(bytes), now);
        }
    }

    fn act(&mut self, due: Due, now: Instant) {
        match due {
            Due::Learn(step) => self.learn(step, now),
            Due::Enable(step) => self.enable(step, now),
            Due::Exchange(wake) => self.wake(wake, now),
            Due::Decline => {
                if let Phase::Leaving { reacted, .. } = &mut self.phase {
                    *reacted = self.screen.taken();
                }
                self.send(Sending::plain(b"n\n".to_vec()), now);
            }
            Due::Left => self.left(),
        }
    }

    fn wake(&mut self, wake: Wake, now: Instant) {
        let limits = self.options.limits;
        let doing = self.doing();
        match wake {
            Wake::Complete => return self.conclude(None, self.heard, now),
            Wake::Page if self.exchange.pages() >= limits.pages => {
                return self.fail(failures::endless_pager(self.stage(), &doing, limits.pages));
            }
            Wake::Page => {
                let key = pager::key(self.screen.current()).unwrap_or(b" ");
                self.send(Sending::plain(key.to_vec()), now);
            }
            Wake::Nudge | Wake::Doubt => self.send_return(now),
            Wake::Adopt => {
                if let Some(prompt) = self.exchange.new_prompt(&self.screen) {
                    tracing::debug!(%doing, "The prompt has changed.");
                    self.prompt = Some(prompt);
                    self.exchange.adopt();
                }
                return;
            }
            Wake::AskAgain => {
                tracing::debug!(%doing, "Typed-ahead commands were lost; asking again one by one.");
                self.preparation.asked_again = true;
                self.tape.wind();
                self.exchange.ask_again();
                return self.send_asked(now);
            }
            Wake::Silent => {
                if let Some(unprintable) = self.tape.garbage() {
                    let heard = self.tape.len();
                    return self.fail(failures::garbled(self.stage(), &doing, heard, unprintable));
                }
                let last = failures::quote(self.screen.current(), &self.redactor);
                let last = (!self.screen.current().trim_ascii().is_empty() && self.exchange.has_output())
                    .then_some(last);
                return self.fail(failures::silent(self.stage(), &doing, limits.inactivity, last.as_deref()));
            }
            Wake::Endless => {
                let pages = self.exchange.pages();
                return self.fail(failures::endless(self.stage(), &doing, limits.command, pages));
            }
        }
        self.exchange.reacted(wake, &self.screen);
    }

    fn due(&self) -> Option<(Instant, Due)> {
        let limits = &self.options.limits;
        let moved = self.heard.max(self.sent);
        match &self.phase {
            Phase::Learning(learning) => {
                let at = Moments { opened: self.opened, heard: self.heard, moved };
                let (at, step) = learning.due(&self.screen, at, self.settings.login, limits);
                Some((at, Due::Learn(step)))
            }
            Phase::Enabling(enabling) => {
                let prompt = self.prompt.as_ref()?;
                let (at, step) = enabling.due(&self.screen, prompt, self.heard, moved, limits);
                Some((at, Due::Enable(step)))
            }
            Phase::Preparing | Phase::Running => {
                let view = View {
                    prompt: self.prompt.as_ref()?,
                    screen: &self.screen,
                    limits,
                    heard: self.heard,
                    moved,
                    echoes: self.echoes,
                };
                self.exchange.due(&view).map(|(at, wake)| (at, Due::Exchange(wake)))
            }
            Phase::Leaving { reacted, since } => {
                let end = *since + limits.close;
                let asked = pager::asks_yes_or_no(self.screen.current()) && self.screen.taken() > *reacted;
                let quiet = self.heard.max(*since) + limits.quiet;
                Some(if asked && quiet < end { (quiet, Due::Decline) } else { (end, Due::Left) })
            }
            Phase::Ready | Phase::Over => None,
        }
    }

    pub(super) fn may_type_ahead(&self) -> bool {
        let safe = self.preparation.paging_off && self.echoes == Some(true) && !self.preparation.asked_again;
        safe && self.options.pipeline && self.settings.type_ahead
    }

    pub(super) fn send(&mut self, sending: Sending, now: Instant) {
        self.sent = now;
        self.output.push_back(sending);
    }

    pub(super) fn send_return(&mut self, now: Instant) {
        self.send(Sending::plain(b"\n".to_vec()), now);
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.phase = Phase::Over;
        self.tape.wind();
        self.failure = Some(failure.clone());
        self.events.push_back(Event::Failed(failure));
    }

    fn left(&mut self) {
        self.phase = Phase::Over;
        self.events.push_back(Event::Left);
    }

    pub(super) fn stage(&self) -> Stage {
        match &self.phase {
            Phase::Learning(_) => Stage::Shell,
            Phase::Preparing => self.preparation.stage(),
            Phase::Enabling(_) => Stage::Privilege,
            Phase::Ready | Phase::Running | Phase::Leaving { .. } | Phase::Over => Stage::Command,
        }
    }

    /// What the session is at, for people.
    pub(super) fn doing(&self) -> String {
        match (&self.phase, self.exchange.current()) {
            (Phase::Learning(_), _) => "its prompt was awaited".into(),
            (Phase::Enabling(_), _) => "it was asked for more privilege".into(),
            (Phase::Preparing | Phase::Running, Some(asked)) => format!("it answered \"{}\"", asked.line()),
            (Phase::Leaving { .. }, _) => "it was left".into(),
            _ => "it was idle".into(),
        }
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("phase", &self.doing())
            .field("prompt", &self.prompt)
            .finish_non_exhaustive()
    }
}

/// What the machine itself has to do when a wait is over.
#[derive(Clone, Copy, Debug)]
enum Due {
    Learn(Step),
    Enable(EnableStep),
    Exchange(Wake),
    Decline,
    Left,
}
