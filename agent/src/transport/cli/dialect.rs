//! What differs between the shells of the platforms: one row of settings each.

use licwatch_parsers::record::Platform;

/// The shell that a device speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Dialect {
    /// Not known yet. It is spoken to as IOS, whose settings do no harm elsewhere, until its prompt or the words with
    /// which it refuses a setting tell which shell it is.
    Unknown,
    /// IOS and IOS XE.
    Ios,
    /// NX-OS.
    NxOs,
    /// IOS XR.
    IosXr,
    /// ASA.
    Asa,
    /// AireOS, which asks for user and password inside the shell.
    Aireos,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 6] = [Self::Unknown, Self::Ios, Self::NxOs, Self::IosXr, Self::Asa, Self::Aireos];

    /// The dialect of a platform.
    pub fn of(platform: Option<Platform>) -> Self {
        match platform {
            None => Self::Unknown,
            Some(Platform::Ios | Platform::IosXe) => Self::Ios,
            Some(Platform::NxOs) => Self::NxOs,
            Some(Platform::IosXr) => Self::IosXr,
            Some(Platform::Asa) => Self::Asa,
            Some(Platform::AireOs) => Self::Aireos,
        }
    }

    /// The platform that alone speaks so.
    pub fn platform(self) -> Option<Platform> {
        match self {
            Self::Unknown | Self::Ios => None,
            Self::NxOs => Some(Platform::NxOs),
            Self::IosXr => Some(Platform::IosXr),
            Self::Asa => Some(Platform::Asa),
            Self::Aireos => Some(Platform::AireOs),
        }
    }

    /// The dialect of a shell that shows this prompt, where no other shows the like.
    ///
    /// ```text
    /// RP/0/RP0/CPU0:edge-1#          (Cisco Controller) >
    /// ```
    pub(super) fn of_prompt(line: &[u8]) -> Option<Self> {
        let line = line.trim_ascii();
        if line.starts_with(b"(") && line.ends_with(b") >") {
            return Some(Self::Aireos);
        }
        let node = line.split(|&byte| byte == b':').next().filter(|node| node.len() < line.len())?;
        let node = std::str::from_utf8(node).ok()?;
        (node.starts_with("RP/") && node.contains("/CPU")).then_some(Self::IosXr)
    }

    /// The dialect of a shell that refuses in these words, where no other uses them.
    pub(super) fn of_refusal(words: &str) -> Option<Self> {
        let refusals = [
            ("ERROR: %", Self::Asa),
            ("Incorrect usage", Self::Aireos),
            ("% Invalid command at", Self::NxOs),
        ];
        refusals.into_iter().find(|(begin, _)| words.starts_with(begin)).map(|(_, dialect)| dialect)
    }

    /// Whether its shells may ask for user and password, beside what SSH asked for.
    pub fn may_ask_for_login(self) -> bool {
        self.settings().login != LoginInShell::Never
    }

    pub(super) fn settings(self) -> &'static Settings {
        match self {
            Self::Unknown => &UNKNOWN,
            Self::Ios => &IOS,
            Self::NxOs => &NX_OS,
            Self::IosXr => &IOS_XR,
            Self::Asa => &ASA,
            Self::Aireos => &AIREOS,
        }
    }
}

/// Every line beside the read commands that a session of this dialect may send, in the order in which it does.
/// The enable secret and a login inside the shell are answers to questions and not in the list.
pub fn session_settings(dialect: Dialect) -> Vec<&'static str> {
    let may_turn_out = match dialect {
        Dialect::Unknown => &Dialect::ALL[..],
        _ => &[],
    };
    let mut lines = lines_of(dialect);
    for line in may_turn_out.iter().flat_map(|dialect| lines_of(*dialect)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn lines_of(dialect: Dialect) -> Vec<&'static str> {
    let settings = dialect.settings();
    let privilege = settings.privilege.into_iter().flat_map(|check| [check, SessionSetting::Enable]);
    let all = std::iter::once(settings.paging_off).chain(privilege);
    let all = all.chain(settings.best_effort.iter().copied()).chain([settings.leave]);
    all.map(SessionSetting::line).collect()
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Settings {
    /// Turns the pager off for this session; sent alone, its answer is checked.
    pub(super) paging_off: SessionSetting,
    /// Sent after it; a refusal changes nothing.
    pub(super) best_effort: &'static [SessionSetting],
    /// Tells the privilege level, where there is one.
    pub(super) privilege: Option<SessionSetting>,
    /// Ends the session.
    pub(super) leave: SessionSetting,
    /// Whether commands may be typed ahead. IOS and ASA echo what was typed ahead behind the next prompt. The
    /// shells of the others sit on terminals that may echo it at once, into the running output.
    pub(super) type_ahead: bool,
    /// Whether it asks for user and password inside the shell.
    pub(super) login: LoginInShell,
}

/// Whether a shell asks for user and password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LoginInShell {
    /// Who asks is not answered.
    Never,
    /// Who asks for the user is answered.
    Perhaps,
    /// It is waited for.
    Always,
}

/// A line that changes or asks about this session alone. The only lines sent that are no [`ReadCommand`]s.
///
/// [`ReadCommand`]: super::ReadCommand
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SessionSetting {
    LengthZero,
    WidthZero,
    WidthMost,
    NoMonitor,
    MonitorDisable,
    NoTimestamp,
    PagerZero,
    PagingDisable,
    ShowPrivilege,
    ShowCurrentPrivilege,
    Enable,
    Exit,
    Logout,
}

impl SessionSetting {
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::LengthZero => "terminal length 0",
            Self::WidthZero => "terminal width 0",
            Self::WidthMost => "terminal width 511",
            Self::NoMonitor => "terminal no monitor",
            Self::MonitorDisable => "terminal monitor disable",
            Self::NoTimestamp => "terminal exec prompt no-timestamp",
            Self::PagerZero => "terminal pager 0",
            Self::PagingDisable => "config paging disable",
            Self::ShowPrivilege => "show privilege",
            Self::ShowCurrentPrivilege => "show curpriv",
            Self::Enable => "enable",
            Self::Exit => "exit",
            Self::Logout => "logout",
        }
    }
}

const UNKNOWN: Settings = Settings { login: LoginInShell::Perhaps, ..IOS };

const IOS: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthZero, SessionSetting::NoMonitor, SessionSetting::NoTimestamp],
    privilege: Some(SessionSetting::ShowPrivilege),
    leave: SessionSetting::Exit,
    type_ahead: true,
    login: LoginInShell::Never,
};

const NX_OS: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthMost, SessionSetting::NoMonitor],
    privilege: None,
    leave: SessionSetting::Exit,
    type_ahead: false,
    login: LoginInShell::Never,
};

const IOS_XR: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthZero, SessionSetting::MonitorDisable, SessionSetting::NoTimestamp],
    privilege: None,
    leave: SessionSetting::Exit,
    type_ahead: false,
    login: LoginInShell::Never,
};

/// `terminal width` is configuration on ASA, so it is not sent.
const ASA: Settings = Settings {
    paging_off: SessionSetting::PagerZero,
    best_effort: &[SessionSetting::NoMonitor],
    privilege: Some(SessionSetting::ShowCurrentPrivilege),
    leave: SessionSetting::Exit,
    type_ahead: true,
    login: LoginInShell::Never,
};

const AIREOS: Settings = Settings {
    paging_off: SessionSetting::PagingDisable,
    best_effort: &[],
    privilege: None,
    leave: SessionSetting::Logout,
    type_ahead: false,
    login: LoginInShell::Always,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_session_can_be_listed() {
        assert_eq!(
            session_settings(Dialect::Ios),
            [
                "terminal length 0",
                "show privilege",
                "enable",
                "terminal width 0",
                "terminal no monitor",
                "terminal exec prompt no-timestamp",
                "exit"
            ]
        );
        assert_eq!(session_settings(Dialect::Aireos), ["config paging disable", "logout"]);
        let unknown = session_settings(Dialect::Unknown);
        assert!(unknown.starts_with(&session_settings(Dialect::Ios)));
        for dialect in Dialect::ALL {
            assert!(session_settings(dialect).iter().all(|line| unknown.contains(line)), "{dialect:?}");
        }
    }

    #[test]
    fn a_shell_betrays_itself_by_its_prompt_or_its_refusals() {
        for (line, dialect) in [
            ("RP/0/RSP0/CPU0:edge-1#", Some(Dialect::IosXr)),
            ("(Cisco Controller) >", Some(Dialect::Aireos)),
            ("(wlc-1) > ", Some(Dialect::Aireos)),
            ("edge-1#", None),
            ("RP/0/RP0/CPU0#", None),
            ("lab-fw/pri/act# ", None),
        ] {
            assert_eq!(Dialect::of_prompt(line.as_bytes()), dialect, "{line}");
        }
        for (words, dialect) in [
            ("ERROR: % Invalid input detected at '^' marker.", Some(Dialect::Asa)),
            ("Incorrect usage.  Use the '?' or <TAB> key to list commands.", Some(Dialect::Aireos)),
            ("% Invalid command at '^' marker.", Some(Dialect::NxOs)),
            ("% Invalid input detected at '^' marker.", None),
            ("Command authorization failed.", None),
        ] {
            assert_eq!(Dialect::of_refusal(words), dialect, "{words}");
        }
    }

    #[test]
    fn nothing_but_aireos_paging_looks_like_configuration() {
        for dialect in Dialect::ALL {
            for line in session_settings(dialect) {
                assert!(!line.starts_with("config") || line == "config paging disable", "{line}");
            }
        }
    }
}
