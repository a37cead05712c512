//! From a learned prompt to a session that takes commands: paging off, privilege, the other settings.

use std::time::{Duration, Instant};

use super::answer;
use super::dialect::{Dialect, LoginInShell, SessionSetting};
use super::exchange::{Asked, Exchange};
use super::failures;
use super::learn::{Login, Step, mark};
use super::limits::CliLimits;
use super::machine::{Event, Machine, Phase};
use super::pager;
use super::prompt::Prompt;
use super::screen::Screen;
use super::secrets::Sending;
use crate::transport::Stage;

/// What is known about the session so far.
#[derive(Debug, Default)]
pub(super) struct Preparation {
    pub(super) paging_off: bool,
    /// Typed-ahead commands were lost once; it is not tried again.
    pub(super) asked_again: bool,
    paging_attempts: u8,
    enable_tried: bool,
    /// The enable secret was sent.
    enable_sent: bool,
    privilege_checked: bool,
    checking_privilege: bool,
}

impl Preparation {
    pub(super) fn stage(&self) -> Stage {
        if self.checking_privilege { Stage::Privilege } else { Stage::Shell }
    }
}

/// The dialogue after `enable`. None of it is kept.
#[derive(Debug)]
pub(super) struct Enabling {
    since: Instant,
    /// The screen when something was last sent.
    reacted: (u64, usize),
    secret_sent: bool,
    nudges: u8,
}

/// What to do in that dialogue when a wait is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EnableStep {
    /// The device asks for the secret.
    Asked,
    /// The prompt is back.
    Back,
    /// Send RETURN.
    Nudge,
    /// Time is up.
    GiveUp,
}

impl Enabling {
    pub(super) fn due(
        &self,
        screen: &Screen,
        prompt: &Prompt,
        heard: Instant,
        moved: Instant,
        limits: &CliLimits,
    ) -> (Instant, EnableStep) {
        let line = screen.current();
        let fresh = mark(screen) != self.reacted;
        let end = (self.since + limits.prompt, EnableStep::GiveUp);
        let reaction = if pager::asks_password(line) {
            fresh.then_some((heard + limits.quiet, EnableStep::Asked))
        } else if prompt.is_bare(line) && screen.lines() > self.reacted.0 {
            Some((heard + limits.quiet, EnableStep::Back))
        } else {
            let may_nudge = fresh && self.nudges < 3 && line.trim_ascii().is_empty();
            may_nudge.then_some((moved + limits.nudge, EnableStep::Nudge))
        };
        reaction.filter(|reaction| reaction.0 < end.0).unwrap_or(end)
    }
}

impl Machine {
    /// The last sending was held back for so long: that is not the device's time.
    pub fn was_held(&mut self, time: Duration) {
        self.sent += time;
        match &mut self.phase {
            Phase::Learning(_) => self.opened += time,
            Phase::Enabling(enabling) => enabling.since += time,
            _ => {}
        }
    }

    /// Whether the device has answered every credential that was sent.
    pub fn has_answer(&self) -> bool {
        !matches!(self.phase, Phase::Learning(_) | Phase::Enabling(_) | Phase::Over)
    }

    /// Acts while the prompt is learned.
    pub(super) fn learn(&mut self, step: Step, now: Instant) {
        let Phase::Learning(learning) = &mut self.phase else { return };
        let login = learning.login();
        let prompt = learning.prompt(&self.screen);
        learning.reacted(step, &self.screen);
        match step {
            Step::Learned => {
                self.prompt = prompt;
                self.settle(Dialect::of_prompt(self.screen.current()));
                self.turn_paging_off(now);
            }
            Step::Try | Step::Nudge => self.send_return(now),
            Step::Page(key) => self.send(Sending::plain(key.to_vec()), now),
            Step::AskedUser | Step::AskedPassword => self.log_in(step, login, now),
            Step::GiveUp => {
                let failure = if learning.is_garbage() {
                    failures::garbage(learning.heard, learning.unprintable)
                } else {
                    let last = failures::quote(self.screen.current(), &self.redactor);
                    failures::no_prompt(self.options.limits.prompt, learning.heard, &last)
                };
                self.fail(failure);
            }
        }
    }

    /// Answers a shell that asks for user and password, each once.
    fn log_in(&mut self, step: Step, login: Login, now: Instant) {
        let asks = self.settings.login;
        if asks == LoginInShell::Never {
            return self.fail(failures::login_missing());
        }
        let Some((user, password)) = &self.options.login else {
            return self.fail(failures::password_missing());
        };
        let (sending, next) = match (step, login) {
            (Step::AskedUser, Login::Open) if !user.chars().any(char::is_control) => {
                // The turn is waited for here, not before the password: a shell that gave up meanwhile would ask for
                // the user again, and take the password for one.
                let user = Sending::plain(format!("{user}\n").into_bytes()).beginning_login();
                (Some(user), Login::UserSent)
            }
            // Who was not expected to ask may want something else: a new password, or that of another account.
            (Step::AskedPassword, Login::Open) if asks == LoginInShell::Perhaps => {
                return self.fail(failures::login_missing());
            }
            (Step::AskedPassword, Login::UserSent) => (Sending::secret(password), Login::PasswordSent),
            (Step::AskedPassword, Login::Open) => {
                (Sending::secret(password).map(Sending::beginning_login), Login::PasswordSent)
            }
            (Step::AskedUser, Login::Open) => (None, Login::Open),
            _ => {
                let last = failures::quote(self.screen.current(), &self.redactor);
                return self.fail(failures::login_refused(&last));
            }
        };
        let Some(sending) = sending else {
            return self.fail(failures::unfit_secret(Stage::Login, "the user name or the password"));
        };
        if let Phase::Learning(learning) = &mut self.phase {
            learning.logged(next);
        }
        self.send(sending, now);
    }

    /// Sends paging-off, alone: until it is accepted, a pager would eat whatever is typed ahead.
    fn turn_paging_off(&mut self, now: Instant) {
        self.preparation.paging_attempts += 1;
        self.ask(&[self.settings.paging_off], false, now);
    }

    fn ask(&mut self, settings: &[SessionSetting], ahead: bool, now: Instant) {
        self.tape.wind();
        let asked = settings.iter().copied().map(Asked::Setting);
        self.exchange = Exchange::new(asked, ahead, now, &self.screen);
        self.phase = Phase::Preparing;
        self.send_asked(now);
    }

    /// Takes the answer to a setting and goes on with the next.
    pub(super) fn setting_answered(
        &mut self,
        setting: SessionSetting,
        raw: &[u8],
        echoed: bool,
        adopted: bool,
        now: Instant,
    ) {
        let settings = self.settings;
        let words = answer::setting_refusal(raw);
        self.settle(words.as_deref().and_then(Dialect::of_refusal));
        if setting == settings.paging_off {
            self.echoes = Some(echoed);
            // The first prompt was not the prompt: what came is no answer.
            if adopted && self.preparation.paging_attempts < 3 {
                return self.turn_paging_off(now);
            }
            // It is another shell, which turns paging off by another line.
            if self.settings.paging_off != settings.paging_off && self.preparation.paging_attempts < 3 {
                return self.turn_paging_off(now);
            }
            if let Some(words) = &words {
                let words = failures::quote(words.as_bytes(), &self.redactor);
                tracing::info!(%words, "The device refused to turn paging off; pages are asked for one by one.");
            }
            self.preparation.paging_off = words.is_none();
            self.check_privilege(now);
        } else if Some(setting) == settings.privilege {
            self.privilege_told(raw, now);
        } else if self.exchange.is_done() {
            self.phase = Phase::Ready;
            self.tell(Event::Ready);
        } else {
            self.send_asked(now);
        }
    }

    /// Takes an unknown shell for this one from now on.
    fn settle(&mut self, dialect: Option<Dialect>) {
        if let Some(dialect) = dialect.filter(|_| self.dialect == Dialect::Unknown) {
            tracing::debug!(?dialect, "The shell has shown which one it is.");
            self.dialect = dialect;
            self.settings = dialect.settings();
        }
    }

    fn check_privilege(&mut self, now: Instant) {
        match self.settings.privilege {
            Some(check) if self.options.required_privilege > 1 && !self.preparation.privilege_checked => {
                self.preparation.checking_privilege = true;
                self.ask(&[check], false, now);
            }
            _ => self.apply_settings(now),
        }
    }

    fn privilege_told(&mut self, raw: &[u8], now: Instant) {
        let level = answer::privilege_level(raw);
        let required = self.options.required_privilege;
        // Where the question itself is refused, the prompt is the only sign left.
        let enough = level.map_or_else(
            || self.screen.current().trim_ascii_end().ends_with(b"#"),
            |level| level >= required,
        );
        if enough {
            self.preparation.privilege_checked = true;
            self.preparation.checking_privilege = false;
            // Some shells turn paging off only for the privileged.
            if self.preparation.enable_tried
                && !self.preparation.paging_off
                && self.preparation.paging_attempts < 3
            {
                return self.turn_paging_off(now);
            }
            return self.apply_settings(now);
        }
        if self.preparation.enable_sent {
            // Some devices say no and show the prompt again, others say nothing at all.
            self.fail(failures::enable_refused(level, required, "enable did not raise it enough"));
        } else if self.preparation.enable_tried {
            self.fail(failures::privilege_too_low(level, required, "enable did not raise it enough"));
        } else if self.options.enable.is_none() {
            self.fail(failures::privilege_too_low(level, required, "no enable secret is given"));
        } else {
            self.preparation.enable_tried = true;
            self.tape.wind();
            let reacted = mark(&self.screen);
            self.phase = Phase::Enabling(Enabling { since: now, reacted, secret_sent: false, nudges: 0 });
            let line = format!("{}\n", SessionSetting::Enable.line()).into_bytes();
            self.send(Sending::plain(line).beginning_login(), now);
        }
    }

    /// Acts in the enable dialogue.
    pub(super) fn enable(&mut self, step: EnableStep, now: Instant) {
        let Phase::Enabling(enabling) = &mut self.phase else { return };
        enabling.reacted = mark(&self.screen);
        match step {
            EnableStep::Asked if enabling.secret_sent => {
                let required = self.options.required_privilege;
                self.fail(failures::enable_refused(None, required, "the device refused the enable secret"));
            }
            EnableStep::Asked => {
                enabling.secret_sent = true;
                match self.options.enable.as_ref().and_then(Sending::secret) {
                    Some(secret) => {
                        self.preparation.enable_sent = true;
                        self.send(secret, now);
                    }
                    None => self.fail(failures::unfit_secret(Stage::Privilege, "the enable secret")),
                }
            }
            EnableStep::Back => {
                let check = self.settings.privilege;
                self.ask(check.as_slice(), false, now);
            }
            EnableStep::Nudge => {
                enabling.nudges += 1;
                self.send_return(now);
            }
            EnableStep::GiveUp => {
                let last = failures::quote(self.screen.current(), &self.redactor);
                let limit = self.options.limits.prompt;
                self.fail(failures::silent(Stage::Privilege, &self.doing(), limit, Some(&last)));
            }
        }
    }

    /// The settings that only make reading easier, in one go if that is safe.
    fn apply_settings(&mut self, now: Instant) {
        if self.settings.best_effort.is_empty() {
            self.exchange = Exchange::new([], false, now, &self.screen);
            self.phase = Phase::Ready;
            self.tell(Event::Ready);
            return;
        }
        self.ask(self.settings.best_effort, self.may_type_ahead(), now);
    }
}
