//! From an open shell to a learned prompt.
//!
//! Banners come first, of any length and at any speed, with lines that end in `#` or `>`; some shells ask for
//! user and password, some wait for RETURN. What stands still at the end and looks like a prompt is a candidate:
//! RETURN is sent, and what then stands at the end again, on a later line, is the prompt.

use std::time::Instant;

use super::dialect::LoginInShell;
use super::limits::CliLimits;
use super::pager;
use super::prompt::{self, Prompt};
use super::screen::Screen;
use super::tape;

/// What is known while the prompt is learned.
#[derive(Debug, Default)]
pub(super) struct Learning {
    candidate: Option<(Vec<u8>, u64)>,
    login: Login,
    /// The screen when something was last sent: its lines and what its last line showed.
    reacted: Option<(u64, usize)>,
    pub(super) heard: usize,
    pub(super) unprintable: usize,
}

/// How far a login inside the shell is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Login {
    #[default]
    Open,
    UserSent,
    PasswordSent,
}

/// What to do when a wait is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// The prompt is known.
    Learned,
    /// The line may be the prompt: remember it and send RETURN.
    Try,
    /// Send RETURN.
    Nudge,
    /// Answer a pager.
    Page(&'static [u8]),
    /// The shell asks for the user.
    AskedUser,
    /// The shell asks for the password.
    AskedPassword,
    /// Time is up.
    GiveUp,
}

/// The moments that waits count from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) opened: Instant,
    pub(super) heard: Instant,
    pub(super) moved: Instant,
}

impl Learning {
    pub(super) fn count(&mut self, bytes: &[u8]) {
        self.heard += bytes.len();
        self.unprintable += bytes.iter().filter(|byte| !tape::is_plain(**byte)).count();
    }

    /// Whether what came is no text of a shell.
    pub(super) fn is_garbage(&self) -> bool {
        tape::is_garbage(self.heard, self.unprintable)
    }

    pub(super) fn login(&self) -> Login {
        self.login
    }

    pub(super) fn logged(&mut self, login: Login) {
        self.login = login;
    }

    /// Something was sent in reaction to what the screen shows.
    pub(super) fn reacted(&mut self, step: Step, screen: &Screen) {
        self.reacted = Some(mark(screen));
        if step == Step::Try {
            self.candidate = Some((screen.current().to_vec(), screen.lines()));
        }
    }

    /// The prompt, if the candidate stands at the end again.
    pub(super) fn prompt(&self, screen: &Screen) -> Option<Prompt> {
        let (line, lines) = self.candidate.as_ref()?;
        (screen.lines() > *lines).then(|| Prompt::learn(line, screen.current())).flatten()
    }

    /// The next thing to do if nothing comes, and when.
    pub(super) fn due(
        &self,
        screen: &Screen,
        at: Moments,
        login_in_shell: LoginInShell,
        limits: &CliLimits,
    ) -> (Instant, Step) {
        let end = (at.opened + limits.prompt, Step::GiveUp);
        match self.reaction(screen, at, login_in_shell, limits) {
            Some(reaction) if reaction.0 < end.0 => reaction,
            _ => end,
        }
    }

    fn reaction(
        &self,
        screen: &Screen,
        at: Moments,
        login_in_shell: LoginInShell,
        limits: &CliLimits,
    ) -> Option<(Instant, Step)> {
        let (quiet, still) = (at.heard + limits.quiet, at.moved + limits.nudge);
        let line = screen.current();
        let fresh = self.reacted != Some(mark(screen));
        if pager::asks_user(line) {
            return fresh.then_some((quiet, Step::AskedUser));
        }
        if pager::asks_password(line) {
            return fresh.then_some((quiet, Step::AskedPassword));
        }
        if let Some(key) = pager::key(line) {
            return fresh.then_some((quiet, Step::Page(key)));
        }
        if self.prompt(screen).is_some() {
            return Some((quiet, Step::Learned));
        }
        if prompt::is_shaped(line) && fresh {
            return Some((quiet, Step::Try));
        }
        // RETURN would be an empty user name where the shell is about to ask for one.
        let awaited = login_in_shell == LoginInShell::Always && self.login != Login::PasswordSent;
        let may_nudge = !awaited || prompt::is_shaped(line);
        may_nudge.then_some((still, Step::Nudge))
    }
}

/// What tells two looks at the screen apart; blanks that trickle in behind a question do not.
pub(super) fn mark(screen: &Screen) -> (u64, usize) {
    (screen.lines(), screen.current().trim_ascii_end().len())
}
