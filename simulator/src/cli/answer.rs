//! The answer to one command, with what can go wrong with it: banner, log lines, pages, faults.

use licwatch_parsers::Command;

use super::{Shell, in_terminal_lines};
use crate::fault::{Fault, Faults, Stage, garbage};
use crate::manners::Syslog;
use crate::ssh::HungUp;

impl Shell {
    /// Sends an output, whole or in pages, or what the device's faults make of it.
    pub(super) async fn answer(&mut self, text: &str) -> Result<(), HungUp> {
        let none = Faults::default();
        let faults = if self.spared > 0 { &none } else { &self.served.device.faults };
        self.spared = self.spared.saturating_sub(1);
        if faults.silent_at(Stage::Answer) {
            return Err(self.wire.fall_silent().await);
        }
        if faults.has(&Fault::Garbage) {
            return self.wire.send(garbage()).await;
        }
        let (silent, reset) = (faults.silent_at(Stage::MidAnswer), faults.has(&Fault::ResetMidAnswer));
        let (endless, endless_pager) = (faults.has(&Fault::EndlessAnswer), faults.has(&Fault::EndlessPager));
        let huge = faults.huge_answer();
        let mut whole = self.banner() + &in_terminal_lines(text);
        self.burst(&mut whole);
        if silent || reset {
            let half = first_half(&whole).to_owned();
            if reset {
                return Err(self.wire.send_and_reset(half).await);
            }
            self.wire.send(half).await?;
            return Err(self.wire.fall_silent().await);
        }
        if endless {
            loop {
                self.wire.send(at_least(&whole, CHUNK)).await?;
            }
        }
        if let Some(bytes) = huge {
            whole = at_least(&whole, bytes);
        }
        match self.page {
            _ if endless_pager => self.pages(whole.lines().cycle(), self.page.max(2)).await,
            0 => self.wire.send(whole).await,
            page => self.pages(whole.lines(), page).await,
        }
    }

    /// Sends lines page by page; a blank asks for the next page, a return for one line, anything else leaves.
    async fn pages<'t>(&mut self, lines: impl Iterator<Item = &'t str>, page: usize) -> Result<(), HungUp> {
        let erase = self.dialect.erase;
        let mut lines = lines.peekable();
        let mut room = page.saturating_sub(1).max(1);
        let mut sheet = String::new();
        while let Some(line) = lines.next() {
            sheet.push_str(line);
            sheet.push_str("\r\n");
            room -= 1;
            if room > 0 || lines.peek().is_none() {
                continue;
            }
            sheet.push_str(self.dialect.more);
            self.wire.send(std::mem::take(&mut sheet)).await?;
            room = match self.keyboard.key(&mut self.wire).await? {
                b' ' => page.saturating_sub(1).max(1),
                b'\r' | b'\n' => 1,
                _ => return self.wire.send(format!("{erase}\r\n")).await,
            };
            sheet.push_str(erase);
        }
        self.wire.send(sheet).await
    }

    /// What stands above each output while timestamps are on.
    fn banner(&self) -> String {
        if !self.timestamps {
            return String::new();
        }
        let captured = || {
            let text = self.served.device.personality.text(Command::ShowClock)?;
            text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
        };
        let clock = self.served.device.clock.show_clock().or_else(captured);
        in_terminal_lines(&(self.dialect.timestamp)(clock.as_deref().unwrap_or_default()))
    }

    /// Lets a log line burst in behind the line in the middle.
    fn burst(&self, whole: &mut String) {
        let bursts = match self.served.device.manners.syslog {
            Syslog::Quiet => false,
            Syslog::UntilNoMonitor => self.monitor,
            Syslog::Always => true,
        };
        if bursts {
            let middle = first_half(whole).rfind('\n').map_or(0, |end| end + 1);
            whole.insert_str(middle, &format!("{}\r\n", self.dialect.log_line));
        }
    }
}

fn first_half(text: &str) -> &str {
    text.get(..text.floor_char_boundary(text.len() / 2)).unwrap_or_default()
}

/// The text, repeated until it has so many bytes.
fn at_least(text: &str, bytes: usize) -> String {
    let unit = if text.is_empty() { "\r\n" } else { text };
    unit.repeat(bytes.div_ceil(unit.len()).max(1))
}

const CHUNK: usize = 16 * 1024;
