//! A device that behaves as scripted: it takes keys one by one and prints what a Cisco shell would.

use std::collections::BTreeMap;

/// The device. Fields are the script; what it prints depends on nothing but them and the keys.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) banner: String,
    pub(super) prompt: String,
    /// The prompt after `enable`.
    pub(super) privileged_prompt: Option<String>,
    pub(super) echo: bool,
    /// A terminal line echoes, not the shell: at once, whatever the shell is at.
    pub(super) echoes_at_once: bool,
    /// What ends the echoed line.
    pub(super) echo_end: String,
    /// The terminal is this wide: longer lines are wrapped while they are typed.
    pub(super) width: usize,
    pub(super) outputs: BTreeMap<&'static str, String>,
    /// Lines per page, while paging is on.
    pub(super) page: Option<usize>,
    pub(super) pager: String,
    /// What the pager prints over itself.
    pub(super) pager_erase: String,
    pub(super) refused: Vec<&'static str>,
    pub(super) privilege: u8,
    pub(super) secret: String,
    pub(super) granted: u8,
    /// Printed once, before the echo of a command.
    pub(super) before_echo: BTreeMap<&'static str, String>,
    /// Printed once behind the prompt that follows a command.
    pub(super) after_prompt: BTreeMap<&'static str, String>,
    /// The prompt changes to this with the answer to a command.
    pub(super) renamed: BTreeMap<&'static str, String>,
    /// What is echoed instead of a command.
    pub(super) echoed_as: BTreeMap<&'static str, String>,
    /// User and password that the shell asks for.
    pub(super) login: Option<(String, String)>,
    /// A broken terminal that shows what is typed at a password prompt.
    pub(super) echoes_secrets: bool,
    pub(super) hangs_after_secret: bool,
    pub(super) typed: Vec<String>,
    pub(super) commands: Vec<String>,
    pub(super) passwords: usize,
    pub(super) mode: Mode,
    pub(super) line: Vec<u8>,
    pub(super) column: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    Shell,
    User,
    Password,
    Enable,
    Pager(Vec<String>, String),
    Gone,
}

pub(super) const VERSION: &str = "Cisco IOS XE Software, Version 17.09.04a\n\nedge-1 uptime is 3 weeks\nSystem image file is \"bootflash:x\"\n\nProcessor board ID FOC0000X0AA\n";
pub(super) const INVENTORY: &str =
    "NAME: \"Chassis\", DESCR: \"Test chassis\"\nPID: C9300-24UX , VID: V02 , SN: FOC0000X0AA\n\n";

/// A licence output of some length.
pub(super) fn license_all() -> String {
    let mut text = String::from("Smart Licensing Status\n======================\n\n");
    for line in 0..60 {
        text.push_str(&format!("  Policy line {line}: value {line}\n"));
    }
    text
}

impl Default for Device {
    fn default() -> Self {
        Self {
            banner: String::new(),
            prompt: "edge-1#".into(),
            privileged_prompt: None,
            echo: true,
            echoes_at_once: false,
            echo_end: "\r\n".into(),
            width: 511,
            outputs: BTreeMap::from([
                ("show version", VERSION.to_owned()),
                ("show inventory", INVENTORY.to_owned()),
                ("show license all", license_all()),
                ("show clock", "*17:05:54.449 UTC Mon Jul 29 2024\n".to_owned()),
                ("terminal width 0", String::new()),
                ("terminal no monitor", String::new()),
                ("terminal exec prompt no-timestamp", String::new()),
            ]),
            page: Some(24),
            pager: " --More-- ".into(),
            pager_erase: format!("{0}{1}{0}", "\x08".repeat(10), " ".repeat(10)),
            refused: Vec::new(),
            privilege: 15,
            secret: "unset".into(),
            granted: 15,
            before_echo: BTreeMap::new(),
            after_prompt: BTreeMap::new(),
            renamed: BTreeMap::new(),
            echoed_as: BTreeMap::new(),
            login: None,
            echoes_secrets: false,
            hangs_after_secret: false,
            typed: Vec::new(),
            commands: Vec::new(),
            passwords: 0,
            mode: Mode::Shell,
            line: Vec::new(),
            column: 0,
        }
    }
}

impl Device {
    /// What it prints when the shell opens.
    pub(super) fn open(&mut self) -> Vec<u8> {
        let mut out = self.banner.replace('\n', "\r\n");
        if self.login.is_some() {
            self.mode = Mode::User;
            out.push_str("\r\n\r\nUser: ");
        } else {
            out.push_str("\r\n");
            out.push_str(&self.prompt);
        }
        out.into_bytes()
    }

    /// Whether it has hung up.
    pub(super) fn is_gone(&self) -> bool {
        self.mode == Mode::Gone
    }

    /// It prints nothing any more.
    pub(super) fn mute(&mut self) {
        self.mode = Mode::Gone;
    }

    /// Takes keys, prints.
    pub(super) fn take(&mut self, keys: &[u8]) -> Vec<u8> {
        let mut out = String::new();
        if self.echoes_at_once && self.mode == Mode::Shell {
            out.push_str(&String::from_utf8_lossy(keys).replace('\n', "\r\n"));
        }
        for &key in keys {
            match std::mem::replace(&mut self.mode, Mode::Shell) {
                Mode::Gone => self.mode = Mode::Gone,
                Mode::Pager(rest, command) => self.page_key(key, rest, &command, &mut out),
                mode => {
                    self.mode = mode;
                    self.key(key, &mut out);
                }
            }
        }
        out.into_bytes()
    }

    fn key(&mut self, key: u8, out: &mut String) {
        if key != b'\n' {
            self.line.push(key);
            return;
        }
        let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
        if matches!(self.mode, Mode::Password | Mode::Enable) {
            if self.echoes_secrets {
                out.push_str(&line);
            }
            if self.hangs_after_secret {
                self.passwords += 1;
                self.mode = Mode::Gone;
                return;
            }
        }
        match self.mode {
            Mode::User => {
                out.push_str(&format!("{line}\r\nPassword: "));
                self.typed.push(line);
                self.mode = Mode::Password;
            }
            Mode::Password => {
                self.passwords += 1;
                let (user, password) = self.login.clone().unwrap();
                let right = line == password && self.typed.last() == Some(&user);
                self.mode = if right { Mode::Shell } else { Mode::User };
                out.push_str(if right { "\r\n" } else { "\r\nAccess denied\r\nUser: " });
                if right {
                    out.push_str(&self.prompt);
                }
            }
            Mode::Enable => {
                self.passwords += 1;
                if line == self.secret {
                    self.mode = Mode::Shell;
                    self.privilege = self.granted;
                    if let Some(prompt) = self.privileged_prompt.clone() {
                        self.prompt = prompt;
                    }
                    out.push_str("\r\n");
                    out.push_str(&self.prompt);
                } else {
                    out.push_str("\r\nPassword: ");
                }
            }
            _ => self.command(&line, out),
        }
    }

    fn command(&mut self, line: &str, out: &mut String) {
        if line.is_empty() {
            out.push_str(if self.echoes_at_once { "" } else { "\r\n" });
            out.push_str(&self.prompt);
            return;
        }
        self.commands.push(line.to_owned());
        if let Some(noise) = self.before_echo.remove(line) {
            out.push_str(&noise);
        }
        if self.echoes_at_once {
            return self.obey(line, out);
        }
        if self.echo {
            let echoed = self.echoed_as.get(line).map_or(line, String::as_str);
            self.column = self.prompt.len();
            for letter in echoed.chars() {
                if self.column == self.width {
                    out.push_str("\r\n");
                    self.column = 0;
                }
                out.push(letter);
                self.column += 1;
            }
        }
        out.push_str(&self.echo_end);
        self.obey(line, out);
    }

    fn obey(&mut self, line: &str, out: &mut String) {
        if let Some(prompt) = self.renamed.get(line) {
            self.prompt = prompt.clone();
        }
        let refused = self.refused.contains(&line);
        let text =
            match line {
                _ if refused => "            ^\n% Invalid input detected at '^' marker.\n\n".to_owned(),
                "terminal length 0" | "terminal pager 0" | "config paging disable" => {
                    self.page = None;
                    String::new()
                }
                "show privilege" => format!("Current privilege level is {}\n", self.privilege),
                "show curpriv" => format!("Username : x\nCurrent privilege level : {}\n", self.privilege),
                "enable" => {
                    self.mode = Mode::Enable;
                    out.push_str("Password: ");
                    return;
                }
                "exit" | "logout" => {
                    self.mode = Mode::Gone;
                    return;
                }
                known => self.outputs.get(known).cloned().unwrap_or_else(|| {
                    "            ^\n% Invalid input detected at '^' marker.\n\n".to_owned()
                }),
            };
        let lines: Vec<String> = text.lines().map(|line| format!("{line}\r\n")).collect();
        self.print(lines, line, out);
    }

    fn print(&mut self, mut lines: Vec<String>, command: &str, out: &mut String) {
        let page = self.page.unwrap_or(usize::MAX).min(lines.len());
        let rest = lines.split_off(page);
        out.extend(lines);
        if rest.is_empty() {
            self.mode = Mode::Shell;
            out.push_str(&self.prompt);
            out.push_str(&self.after_prompt.remove(command).unwrap_or_default());
        } else {
            out.push_str(&self.pager);
            self.mode = Mode::Pager(rest, command.to_owned());
        }
    }

    fn page_key(&mut self, key: u8, rest: Vec<String>, command: &str, out: &mut String) {
        out.push_str(&self.pager_erase);
        match key {
            b' ' => self.print(rest, command, out),
            _ => self.print(Vec::new(), command, out),
        }
    }
}
