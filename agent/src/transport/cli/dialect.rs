//! What differs between the shells of the platforms: one row of settings each.

use licwatch_parsers::record::Platform;

/// The shell that a device speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Dialect {
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
    pub const ALL: [Self; 5] = [Self::Ios, Self::NxOs, Self::IosXr, Self::Asa, Self::Aireos];

    /// The dialect of a platform; an unknown one is spoken to as IOS, whose settings do no harm elsewhere.
    pub fn of(platform: Option<Platform>) -> Self {
        match platform {
            None | Some(Platform::Ios | Platform::IosXe) => Self::Ios,
            Some(Platform::NxOs) => Self::NxOs,
            Some(Platform::IosXr) => Self::IosXr,
            Some(Platform::Asa) => Self::Asa,
            Some(Platform::AireOs) => Self::Aireos,
        }
    }

    pub(super) fn settings(self) -> &'static Settings {
        match self {
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
    pub(super) login_in_shell: bool,
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

const IOS: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthZero, SessionSetting::NoMonitor, SessionSetting::NoTimestamp],
    privilege: Some(SessionSetting::ShowPrivilege),
    leave: SessionSetting::Exit,
    type_ahead: true,
    login_in_shell: false,
};

const NX_OS: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthMost, SessionSetting::NoMonitor],
    privilege: None,
    leave: SessionSetting::Exit,
    type_ahead: false,
    login_in_shell: false,
};

const IOS_XR: Settings = Settings {
    paging_off: SessionSetting::LengthZero,
    best_effort: &[SessionSetting::WidthZero, SessionSetting::MonitorDisable, SessionSetting::NoTimestamp],
    privilege: None,
    leave: SessionSetting::Exit,
    type_ahead: false,
    login_in_shell: false,
};

/// `terminal width` is configuration on ASA, so it is not sent.
const ASA: Settings = Settings {
    paging_off: SessionSetting::PagerZero,
    best_effort: &[SessionSetting::NoMonitor],
    privilege: Some(SessionSetting::ShowCurrentPrivilege),
    leave: SessionSetting::Exit,
    type_ahead: true,
    login_in_shell: false,
};

const AIREOS: Settings = Settings {
    paging_off: SessionSetting::PagingDisable,
    best_effort: &[],
    privilege: None,
    leave: SessionSetting::Logout,
    type_ahead: false,
    login_in_shell: true,
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
