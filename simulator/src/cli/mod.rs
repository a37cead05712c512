//! The command line: prompt, echo, paging, privilege, and only read commands.

mod answer;
pub(crate) mod dialect;
mod keyboard;
mod line;

use std::borrow::Cow;
use std::sync::Arc;

use licwatch_parsers::Command;

use crate::fault::{Fault, Stage};
use crate::live::Served;
use crate::ssh::{HungUp, Wire};
use dialect::Dialect;
use keyboard::Keyboard;
use line::{Setting, Verb};

/// Serves one shell until the user leaves or the peer closes.
pub(crate) async fn session(served: Arc<Served>, wire: Wire) -> Wire {
    let mut shell = Shell::new(served, wire);
    // However it ended, the channel is closed.
    let _ = shell.run().await;
    shell.wire
}

/// One session at a terminal line.
struct Shell {
    served: Arc<Served>,
    dialect: &'static Dialect,
    wire: Wire,
    keyboard: Keyboard,
    privilege: u8,
    /// Lines on a page; 0 does not page.
    page: usize,
    timestamps: bool,
    monitor: bool,
    /// Commands typed so far.
    typed: usize,
    /// Answers that still come whole, whatever the device's faults.
    spared: usize,
}

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    Prompt,
    Leave,
}

impl Shell {
    fn new(served: Arc<Served>, wire: Wire) -> Self {
        let manners = &served.device.manners;
        let dialect = Dialect::of(served.device.personality.platform());
        let low = served.device.faults.has(&Fault::PrivilegeTooLow);
        Self {
            privilege: match (low, dialect.privilege) {
                (true, _) => 1,
                (false, Some(_)) => manners.privilege,
                (false, None) => 15,
            },
            page: manners.page,
            timestamps: manners.timestamps || dialect.timestamps,
            dialect,
            monitor: true,
            typed: 0,
            spared: served.device.spared,
            keyboard: Keyboard::new(manners.double_return),
            served,
            wire,
        }
    }

    async fn run(&mut self) -> Result<(), HungUp> {
        if self.served.device.faults.silent_at(Stage::Greeting) {
            return Err(self.wire.fall_silent().await);
        }
        self.wire.think().await;
        if self.dialect.login_in_shell {
            self.log_in().await?;
        }
        let banner = self.served.device.manners.exec_banner.as_deref().map(in_terminal_lines);
        self.wire.send(format!("\r\n{}", banner.unwrap_or_default())).await?;
        loop {
            let prompt = self.prompt();
            self.wire.send(prompt.clone()).await?;
            let line = self.keyboard.line(&mut self.wire).await?;
            if line.trim().is_empty() {
                continue;
            }
            self.typed += 1;
            self.served.count(|tally| tally.command(line.trim()));
            self.wire.think().await;
            if self.command(&line, prompt.len()).await? == Next::Leave {
                return self.leave().await;
            }
        }
    }

    fn prompt(&self) -> String {
        let faults = &self.served.device.faults;
        if let Some(prompt) = faults.prompt() {
            return prompt.to_owned();
        }
        let hostname = self.served.device.personality.hostname();
        let hostname = match faults.has(&Fault::ChangingPrompt) {
            true => format!("{hostname}-{}", self.typed).into(),
            false => hostname,
        };
        (self.dialect.prompt)(&hostname, self.privilege > 1)
    }

    /// Asks for user and password, three times at most.
    async fn log_in(&mut self) -> Result<(), HungUp> {
        for _ in 0..3 {
            self.wire.send("\r\n(Cisco Controller) \r\nUser: ").await?;
            let user = self.keyboard.line(&mut self.wire).await?;
            self.wire.send("Password:").await?;
            let password = self.keyboard.starred(&mut self.wire).await?;
            let credentials = &self.served.credentials;
            let correct = user == credentials.user() && password == credentials.password();
            self.served.consult().await;
            let accepted = correct && !self.served.device.faults.has(&Fault::LoginRefused);
            self.served.count(|tally| tally.login(accepted));
            if accepted {
                return Ok(());
            }
        }
        Err(HungUp)
    }

    /// Says goodbye. To save the configuration would change the device.
    async fn leave(&mut self) -> Result<(), HungUp> {
        if self.dialect.asks_to_save {
            self.wire
                .send("\r\nThe system has unsaved changes.\r\nWould you like to save them now? (y/N) ")
                .await?;
            let answer = self.keyboard.key(&mut self.wire).await?;
            if answer.eq_ignore_ascii_case(&b'y') {
                self.served.count(|tally| tally.violation("save"));
            }
            self.wire.send(format!("{}\r\n\r\nConfiguration Not Saved!\r\n", char::from(answer))).await?;
        }
        self.wire.send(in_terminal_lines(self.dialect.farewell)).await
    }

    async fn command(&mut self, line: &str, indent: usize) -> Result<Next, HungUp> {
        if self.is_unauthorized(line) {
            self.wire.send(in_terminal_lines(self.dialect.unauthorized)).await?;
            return Ok(Next::Prompt);
        }
        match Verb::read(line, self.dialect) {
            Verb::Comment => {}
            Verb::Leave => return Ok(Next::Leave),
            Verb::Enable => self.enable().await?,
            Verb::Disable => self.privilege = 1,
            Verb::Set(setting) => match self.set(setting) {
                true => {}
                false => self.refuse(line, indent).await?,
            },
            Verb::Privilege => {
                let user = self.served.credentials.user();
                let shown = self.dialect.privilege.map(|it| (it.shown)(user, self.privilege));
                self.wire.send(in_terminal_lines(&shown.unwrap_or_default())).await?;
            }
            Verb::Show { command, .. } if self.is_closed(command) => match self.dialect.closed {
                Some(words) => self.wire.send(in_terminal_lines(words)).await?,
                None => self.refuse(line, indent).await?,
            },
            Verb::Show { command, filter } => match self.output(command) {
                Some(text) => {
                    let text = filter.apply(&text).into_owned();
                    self.answer(&text).await?;
                }
                None => self.refuse(line, indent).await?,
            },
            Verb::Unknown => self.refuse(line, indent).await?,
            Verb::Violation => {
                self.served.count(|tally| tally.violation(line.trim()));
                self.refuse(line, indent).await?;
            }
        }
        Ok(Next::Prompt)
    }

    async fn refuse(&mut self, line: &str, indent: usize) -> Result<(), HungUp> {
        self.wire.send(in_terminal_lines(&line::refusal(line, indent, self.dialect))).await
    }

    /// Whether the session's privilege is too low for a command.
    fn is_closed(&self, command: Command) -> bool {
        self.privilege < 15 && !(self.dialect.open)(command)
    }

    /// Whether TACACS+ forbids the command.
    fn is_unauthorized(&self, line: &str) -> bool {
        let spelled = Command::typed(line).map_or_else(|| line.trim(), |command| command.spelling());
        self.served.device.manners.unauthorized.iter().any(|words| spelled.starts_with(words.as_str()))
    }

    /// Applies a setting; false if the device refuses it.
    fn set(&mut self, setting: Setting) -> bool {
        match setting {
            Setting::Length(0) if self.served.device.faults.paging_stays() => return false,
            Setting::Length(_) if self.dialect.paging_is_privileged && self.privilege <= 1 => return false,
            Setting::Length(lines) => self.page = lines,
            Setting::Timestamps(on) => self.timestamps = on,
            Setting::Monitor(on) => self.monitor = on,
            Setting::Width => {}
        }
        true
    }

    /// Asks for the enable secret, three times at most.
    async fn enable(&mut self) -> Result<(), HungUp> {
        if self.privilege >= 15 {
            return Ok(());
        }
        for _ in 0..3 {
            self.wire.send("Password: ").await?;
            let secret = self.keyboard.secret(&mut self.wire).await?;
            self.served.consult().await;
            self.served.count(|tally| tally.enable());
            if self.served.device.faults.has(&Fault::PrivilegeTooLow) {
                let words = if self.dialect.paging_is_privileged {
                    "Access denied.\n"
                } else {
                    "% Error in authentication.\n\n"
                };
                return self.wire.send(in_terminal_lines(words)).await;
            }
            if secret == self.served.credentials.enable_secret() {
                self.privilege = 15;
                return Ok(());
            }
        }
        self.wire.send(in_terminal_lines(self.dialect.bad_secrets.unwrap_or_default())).await
    }

    /// What the device prints for a command; none if it does not know it.
    fn output(&self, command: Command) -> Option<Cow<'_, str>> {
        let device = &self.served.device;
        match (command, device.clock.show_clock()) {
            (Command::ShowClock, _) if !self.dialect.has_clock => None,
            (Command::ShowClock, Some(clock)) => Some(format!("{clock}\n").into()),
            _ => device.personality.text(command),
        }
    }
}

/// Every line as it goes to a terminal, the last one ended too.
fn in_terminal_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 16 + 2);
    for line in text.lines() {
        lines.push_str(line);
        lines.push_str("\r\n");
    }
    lines
}
