//! Commands on their way and the answers to them.
//!
//! An answer ends where a line begins with the learned prompt and the echo of the next command, if that was typed
//! ahead; else at the prompt at the very end, after a quiet time. When typed-ahead commands and answers cannot be
//! matched any more (a pager ate a command, an echo came back changed), what was read is thrown away and the
//! commands are asked again, one by one.

use std::collections::VecDeque;
use std::time::Instant;

use super::command::ReadCommand;
use super::dialect::SessionSetting;
use super::echo::{Echo, Heard};
use super::limits::CliLimits;
use super::pager;
use super::prompt::{self, Prompt};
use super::screen::{Line, Screen};
use super::syslog::is_syslog;

/// A line that is sent and answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    Setting(SessionSetting),
    Read(ReadCommand),
}

impl Asked {
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::Setting(setting) => setting.line(),
            Self::Read(command) => command.line(),
        }
    }
}

/// What the machine must do when a wait is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wake {
    /// The prompt stands at the end: the answer is complete.
    Complete,
    /// A pager waits.
    Page,
    /// Send RETURN to make the device show its prompt again.
    Nudge,
    /// The line looks like another prompt: send RETURN and see.
    Doubt,
    /// The same unknown prompt came twice: it is the prompt now.
    Adopt,
    /// Ask again, one by one.
    AskAgain,
    /// Nothing came for too long.
    Silent,
    /// The answer takes too long.
    Endless,
}

/// What the exchange looks at to tell its waits.
pub(super) struct View<'a> {
    pub(super) prompt: &'a Prompt,
    pub(super) screen: &'a Screen,
    pub(super) limits: &'a CliLimits,
    /// When the last byte came.
    pub(super) heard: Instant,
    /// When the last byte came or went.
    pub(super) moved: Instant,
    /// Whether the device echoes, once known.
    pub(super) echoes: Option<bool>,
}

/// The commands of one run.
#[derive(Debug)]
pub(super) struct Exchange {
    waiting: VecDeque<Asked>,
    /// Sent; the first is being answered.
    flying: VecDeque<Asked>,
    type_ahead: bool,
    reading: Reading,
}

/// The answer that is being read.
#[derive(Debug)]
struct Reading {
    started: Instant,
    first_line: u64,
    echo: Option<Echo>,
    next_echo: Option<Echo>,
    /// Output other than blank lines, prompts and system messages was seen.
    output: bool,
    /// Where the last bare prompt line ended, if only blank lines and system messages followed it.
    parted: Option<usize>,
    /// Commands and answers no longer match.
    spoiled: bool,
    nudges: u8,
    pages: usize,
    doubted: Option<(Vec<u8>, u64)>,
    adopted: bool,
    /// How many bytes had come when something was last sent in reaction to them.
    reacted: usize,
}

impl Reading {
    fn new(started: Instant, screen: &Screen) -> Self {
        Self {
            started,
            first_line: screen.lines(),
            echo: None,
            next_echo: None,
            output: false,
            parted: None,
            spoiled: false,
            nudges: 0,
            pages: 0,
            doubted: None,
            adopted: false,
            reacted: 0,
        }
    }
}

impl Exchange {
    pub(super) fn new(
        asked: impl IntoIterator<Item = Asked>,
        type_ahead: bool,
        now: Instant,
        screen: &Screen,
    ) -> Self {
        Self {
            waiting: asked.into_iter().collect(),
            flying: VecDeque::new(),
            type_ahead,
            reading: Reading::new(now, screen),
        }
    }

    /// The command that is being answered.
    pub(super) fn current(&self) -> Option<Asked> {
        self.flying.front().copied()
    }

    /// Whether everything is answered.
    pub(super) fn is_done(&self) -> bool {
        self.flying.is_empty() && self.waiting.is_empty()
    }

    /// When the answer that is being read began.
    pub(super) fn started(&self) -> Instant {
        self.reading.started
    }

    /// Whether the echo of the command that is being answered was seen.
    pub(super) fn echoed(&self) -> bool {
        self.reading.echo.is_none()
    }

    /// Whether the device has said anything in answer.
    pub(super) fn has_output(&self) -> bool {
        self.reading.output
    }

    /// Whether another prompt was taken over while this answer was read.
    pub(super) fn adopted(&self) -> bool {
        self.reading.adopted
    }

    /// What to send now: the next command, or as many as may be typed ahead.
    pub(super) fn send(&mut self, in_flight_bytes: usize, now: Instant, screen: &Screen) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.flying.is_empty()
            && let Some(first) = self.waiting.pop_front()
        {
            self.reading = Reading { echo: Some(Echo::of(first.line())), ..Reading::new(now, screen) };
            self.fly(first, &mut bytes);
        }
        while self.type_ahead
            && let Some(&next) = self.waiting.front()
            && self.flying.iter().map(|asked| asked.line().len() + 1).sum::<usize>() + next.line().len()
                < in_flight_bytes
        {
            self.waiting.pop_front();
            self.fly(next, &mut bytes);
        }
        self.expect_next_echo();
        bytes
    }

    fn fly(&mut self, asked: Asked, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(asked.line().as_bytes());
        bytes.push(b'\n');
        self.flying.push_back(asked);
    }

    fn expect_next_echo(&mut self) {
        if self.reading.next_echo.is_none() {
            self.reading.next_echo = self.flying.get(1).map(|next| Echo::of(next.line()));
        }
    }

    /// Looks at a line. If it shows that the answer has ended, gives the place in the stream where.
    pub(super) fn observe(&mut self, line: &Line<'_>, prompt: &Prompt) -> Option<usize> {
        let reading = &mut self.reading;
        if !reading.output
            && let Some(echo) = &mut reading.echo
        {
            match echo.hear(line, prompt) {
                Heard::Behind(_) | Heard::Alone => {
                    reading.echo = None;
                    reading.parted = None;
                    return None;
                }
                Heard::Part => return None,
                Heard::Other => {}
            }
        }
        if let Some(next) = &mut reading.next_echo
            && !reading.spoiled
        {
            match (next.hear(line, prompt), reading.parted) {
                (Heard::Behind(place), _) | (Heard::Alone, Some(place)) => return Some(place),
                (Heard::Part, _) => return None,
                _ => {}
            }
        }
        let skipped = |later: &Asked| matches!(Echo::of(later.line()).hear(line, prompt), Heard::Behind(_));
        let shown = line.shown.text;
        match prompt.lead(shown) {
            Some(_) if self.flying.iter().skip(2).any(skipped) => reading.spoiled = true,
            Some(end) if is_noise(shown.get(end..).unwrap_or_default()) => {
                reading.parted = Some(line.shown.place_after(end));
            }
            None if is_noise(shown) => {}
            _ => {
                reading.parted = None;
                reading.output = true;
            }
        }
        None
    }

    /// The answer is complete: gives the command it belongs to. `echo_seen` says that the echo of the next command
    /// ended it.
    pub(super) fn finish(&mut self, echo_seen: bool, now: Instant, screen: &Screen) -> Option<Asked> {
        let finished = self.flying.pop_front();
        self.reading = Reading::new(now, screen);
        self.reading.echo = self.flying.front().filter(|_| !echo_seen).map(|next| Echo::of(next.line()));
        self.expect_next_echo();
        finished
    }

    /// Everything that is not answered is to be asked again, one by one.
    pub(super) fn ask_again(&mut self) {
        self.type_ahead = false;
        while let Some(asked) = self.flying.pop_back() {
            self.waiting.push_front(asked);
        }
    }

    /// The machine reacted to what the screen shows.
    pub(super) fn reacted(&mut self, wake: Wake, screen: &Screen) {
        let reading = &mut self.reading;
        reading.reacted = screen.taken();
        match wake {
            Wake::Page => {
                reading.pages += 1;
                // The pager took what was typed ahead for keys.
                reading.spoiled |= self.flying.len() > 1;
            }
            Wake::Nudge => reading.nudges += 1,
            Wake::Doubt => {
                reading.nudges += 1;
                reading.doubted = Some((screen.current().to_vec(), screen.lines()));
            }
            _ => {}
        }
    }

    /// The unknown prompt that came twice was taken over.
    pub(super) fn adopt(&mut self) {
        self.reading.adopted = true;
    }

    /// How many pages of the answer were asked for.
    pub(super) fn pages(&self) -> usize {
        self.reading.pages
    }

    /// The unknown prompt that came twice.
    pub(super) fn new_prompt(&self, screen: &Screen) -> Option<Prompt> {
        let (line, lines) = self.reading.doubted.as_ref()?;
        (screen.lines() > *lines).then(|| Prompt::learn(line, screen.current())).flatten()
    }

    /// Whether the prompt stands at the end and the answer would be complete if nothing came any more.
    pub(super) fn is_at_end(&self, prompt: &Prompt, screen: &Screen) -> bool {
        let answered =
            self.flying.len() == 1 && !self.reading.spoiled && (self.echoed() || self.has_output());
        answered && self.is_at_prompt(prompt, screen)
    }

    fn is_at_prompt(&self, prompt: &Prompt, screen: &Screen) -> bool {
        match prompt.repeated(screen.current()) {
            0 => false,
            1 => self.echoed() || screen.lines() > self.reading.first_line,
            // A shell without echo prints its next prompt behind the one that the command was typed at, and one
            // whose terminal echoes at once prints the prompts of all commands that were typed ahead.
            _ => true,
        }
    }

    /// The next thing to do if nothing comes, and when.
    pub(super) fn due(&self, view: &View<'_>) -> Option<(Instant, Wake)> {
        self.flying.front()?;
        let limits = view.limits;
        let endless = (self.reading.started + limits.command, Wake::Endless);
        let silent = (view.heard.max(self.reading.started) + limits.inactivity, Wake::Silent);
        let soonest = if endless.0 <= silent.0 { endless } else { silent };
        match self.reaction(view) {
            Some(reaction) if reaction.0 <= soonest.0 => Some(reaction),
            _ => Some(soonest),
        }
    }

    fn reaction(&self, view: &View<'_>) -> Option<(Instant, Wake)> {
        let (reading, limits) = (&self.reading, view.limits);
        let line = view.screen.current();
        let fresh = view.screen.taken() > reading.reacted;
        let (quiet, still) = (view.heard + limits.quiet, view.moved + limits.nudge);
        if pager::key(line).is_some() {
            return fresh.then_some((quiet, Wake::Page));
        }
        // A prompt that stood there before the command was sent is no answer to it.
        let heard_since = view.heard >= reading.started;
        if heard_since && self.is_at_prompt(view.prompt, view.screen) {
            return if self.flying.len() > 1 || reading.spoiled {
                let wake = if reading.nudges == 0 { Wake::Nudge } else { Wake::AskAgain };
                fresh.then_some((still, wake))
            } else if self.echoed() || view.echoes == Some(false) {
                Some((quiet, Wake::Complete))
            } else {
                // Before the echo, a bare prompt is only one that was drawn again.
                (reading.output || view.echoes.is_none())
                    .then_some((view.heard + limits.nudge, Wake::Complete))
            };
        }
        if reading.parted.is_some() && is_noise(line) {
            return (fresh && reading.nudges < 3).then_some((still, Wake::Nudge));
        }
        if !prompt::is_shaped(line) {
            return None;
        }
        if self.new_prompt(view.screen).is_some() {
            return Some((quiet, Wake::Adopt));
        }
        (fresh && reading.nudges < 3).then_some((view.moved + limits.nudge * 2, Wake::Doubt))
    }
}

/// Nothing, or what a device prints by itself.
fn is_noise(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace) || is_syslog(line)
}
