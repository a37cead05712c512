//! What differs between the shells of the platforms: one row each.

use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;

use super::line::{Setting, abbreviates};

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The prompt of a host, privileged or not.
    pub(super) prompt: fn(&str, bool) -> String,
    /// Whether the shell asks for user and password, and SSH lets everybody in.
    pub(crate) login_in_shell: bool,
    /// The setting that a line means.
    pub(super) setting: fn(&[&str]) -> Option<Setting>,
    /// Whether the pager obeys the privileged alone.
    pub(super) paging_is_privileged: bool,
    /// The words that leave, with the fewest letters that are taken for them.
    pub(super) leave: &'static [(&'static str, usize)],
    /// Whether leaving is put off by a question.
    pub(super) asks_to_save: bool,
    /// What is printed last.
    pub(super) farewell: &'static str,
    /// Whether there is `enable`, and what it says to three wrong secrets.
    pub(super) bad_secrets: Option<&'static str>,
    /// How the privilege level of a user is shown.
    pub(super) privilege: Option<Privilege>,
    /// Whether a session without privilege may run a command.
    pub(super) open: fn(Command) -> bool,
    /// What such a session reads instead; none if the command is then unknown to it.
    pub(super) closed: Option<&'static str>,
    /// What a command is answered with that AAA does not permit.
    pub(super) unauthorized: &'static str,
    /// How an unknown line is refused.
    pub(super) refusals: Refusals,
    /// What the pager prints, and what takes it away.
    pub(super) more: &'static str,
    pub(super) erase: &'static str,
    /// Whether there is `show clock`.
    pub(super) has_clock: bool,
    /// What stands above every output while timestamps are on, made of a reading of the clock.
    pub(super) timestamp: fn(&str) -> String,
    /// Whether timestamps are on in a fresh session.
    pub(super) timestamps: bool,
    /// A line that bursts into outputs.
    pub(super) log_line: &'static str,
}

/// The command that shows the privilege level, and its output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Privilege {
    pub(super) command: &'static str,
    pub(super) shown: fn(&str, u8) -> String,
}

/// How an unknown line is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusals {
    /// Whether a caret points at the first wrong word.
    pub(super) caret: bool,
    pub(super) invalid: &'static str,
    pub(super) incomplete: &'static str,
    /// What a single word is taken for that is no command.
    pub(super) host: Option<&'static str>,
    /// What `show` alone is answered with.
    pub(super) show: Option<&'static str>,
}

impl Dialect {
    pub(crate) fn of(platform: Platform) -> &'static Self {
        match platform {
            Platform::Ios | Platform::IosXe => &IOS,
            Platform::NxOs => &NX_OS,
            Platform::IosXr => &IOS_XR,
            Platform::Asa => &ASA,
            Platform::AireOs => &AIREOS,
        }
    }
}

const IOS: Dialect = Dialect {
    prompt: |hostname, privileged| format!("{hostname}{}", if privileged { '#' } else { '>' }),
    login_in_shell: false,
    setting: |words| Setting::of_terminal(words),
    paging_is_privileged: false,
    leave: &[("exit", 2), ("logout", 2), ("quit", 1)],
    asks_to_save: false,
    farewell: "",
    bad_secrets: Some("% Bad secrets\n\n"),
    privilege: Some(Privilege {
        command: "show privilege",
        shown: |_, level| format!("Current privilege level is {level}\n"),
    }),
    open: |command| !begins(command, "show license") && !begins(command, "show platform"),
    closed: None,
    unauthorized: "Command authorization failed.\n\n",
    refusals: Refusals {
        caret: true,
        invalid: "% Invalid input detected at '^' marker.\n\n",
        incomplete: "% Incomplete command.\n\n",
        host: Some("% Unknown command or computer name, or unable to find computer address\n"),
        show: Some("% Type \"show ?\" for a list of subcommands\n"),
    },
    more: " --More-- ",
    erase: "\x08\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08\x08\x08\x08\x08\x08\x08",
    has_clock: true,
    timestamp: |clock| {
        let source = match clock {
            "" => String::new(),
            time if time.starts_with('*') => format!("No time source, {time}\n"),
            time => format!("Time source is NTP, {time}\n"),
        };
        format!("Load for five secs: 1%/0%; one minute: 2%; five minutes: 1%\n{source}\n")
    },
    timestamps: false,
    log_line: "*Nov 21 09:14:02.117: %SYS-5-CONFIG_I: Configured from console by noc on vty1 (192.0.2.17)",
};

/// Roles take the place of levels; the pager draws in inverse video.
const NX_OS: Dialect = Dialect {
    prompt: |hostname, _| format!("{hostname}# "),
    setting: |words| match words {
        // 24 is the narrowest and 511 the widest; 0 is neither.
        ["terminal", "width", columns] => {
            columns.parse::<u16>().ok().filter(|columns| (24..=511).contains(columns)).map(|_| Setting::Width)
        }
        ["terminal", "exec", ..] => None,
        words => Setting::of_terminal(words),
    },
    leave: &[("exit", 2), ("logout", 4)],
    bad_secrets: None,
    privilege: None,
    open: |command| !begins(command, "show license"),
    closed: Some("% Permission denied for the role\n"),
    unauthorized: "% Permission denied for the role\n",
    refusals: Refusals {
        caret: true,
        invalid: "% Invalid command at '^' marker.\n",
        incomplete: "% Incomplete command at '^' marker.\n",
        host: None,
        show: None,
    },
    more: "\x1b[7m--More--\x1b[m",
    erase: "\r\x1b[K",
    log_line: "2026 Nov 21 09:14:02 switch %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by noc on 192.0.2.17@pts/3",
    ..IOS
};

/// Task groups take the place of levels; the date stands above every output.
const IOS_XR: Dialect = Dialect {
    prompt: |hostname, _| format!("RP/0/RP0/CPU0:{hostname}#"),
    setting: |words| match words {
        ["terminal", "monitor", "disable"] => Some(Setting::Monitor(false)),
        ["terminal", "no", ..] => None,
        words => Setting::of_terminal(words),
    },
    bad_secrets: None,
    privilege: None,
    closed: Some("% This command is not authorized\n"),
    unauthorized: "% This command is not authorized\n",
    refusals: Refusals {
        caret: true,
        invalid: "% Invalid input detected at '^' marker.\n",
        incomplete: "% Incomplete command.\n",
        host: None,
        show: None,
    },
    erase: "\r          \r",
    timestamp: date_line,
    timestamps: true,
    log_line: "RP/0/RP0/CPU0:Nov 21 09:14:02.117 UTC: config[66789]: %MGBL-SYS-5-CONFIG_I : Configured from console by noc on vty1 (192.0.2.17)",
    ..IOS
};

/// A session begins without privilege, in which hardly anything can be asked.
const ASA: Dialect = Dialect {
    prompt: |hostname, privileged| format!("{hostname}{} ", if privileged { '#' } else { '>' }),
    setting: |words| match words {
        ["terminal", "pager", lines] => lines.parse().ok().map(Setting::Length),
        ["terminal", "no", "monitor"] => Some(Setting::Monitor(false)),
        ["terminal", "monitor"] => Some(Setting::Monitor(true)),
        _ => None,
    },
    paging_is_privileged: true,
    farewell: "\nLogoff\n\n",
    bad_secrets: Some("Access denied.\n"),
    privilege: Some(Privilege {
        command: "show curpriv",
        shown: |user, level| {
            let mode = if level > 1 { "P_PRIV" } else { "P_UNPR" };
            format!("Username : {user}\nCurrent privilege level : {level}\nCurrent Mode/s : {mode}\n")
        },
    }),
    open: |command| matches!(command, Command::ShowVersion | Command::ShowClock),
    unauthorized: "Command authorization failed\n",
    refusals: Refusals {
        caret: true,
        invalid: "ERROR: % Invalid input detected at '^' marker.\n",
        incomplete: "ERROR: % Incomplete command\n",
        host: None,
        show: None,
    },
    more: "<--- More --->",
    erase: "\r              \r",
    log_line: "%ASA-5-111010: User 'noc', running 'CLI' from IP 192.0.2.17, executed 'terminal monitor'",
    ..IOS
};

/// The prompt is the same on every controller until somebody configures another.
const AIREOS: Dialect = Dialect {
    prompt: |_, _| "(Cisco Controller) >".to_owned(),
    login_in_shell: true,
    setting: |words| match words {
        ["config", "paging", "disable"] => Some(Setting::Length(0)),
        ["config", "paging", "enable"] => Some(Setting::Length(24)),
        _ => None,
    },
    leave: &[("logout", 6)],
    asks_to_save: true,
    bad_secrets: None,
    privilege: None,
    open: |_| true,
    unauthorized: "\nAuthorization Failed. No sufficient privileges.\n\n",
    refusals: Refusals {
        caret: false,
        invalid: "\nIncorrect usage.  Use the '?' or <TAB> key to list commands.\n\n",
        incomplete: "\nIncorrect usage.  Use the '?' or <TAB> key to list commands.\n\n",
        host: None,
        show: None,
    },
    more: "--More-- or (q)uit",
    erase: "\r                  \r",
    has_clock: false,
    log_line: "*emWeb: Nov 21 09:14:02.117: %AAA-5-AAA_AUTH_ADMIN_USER: aaa.c:3318 Authentication succeeded for admin user 'noc'",
    ..IOS
};

/// `Sat Nov 21 09:14:02.117 UTC`, from `09:14:02.117 UTC Sat Nov 21 2026`.
fn date_line(clock: &str) -> String {
    let words: Vec<&str> = clock.trim_start_matches(['*', '.']).split_whitespace().collect();
    match words.as_slice() {
        [time, zone, weekday, month, day, ..] => format!("{weekday} {month} {day:>2} {time} {zone}\n"),
        _ => "Sat Nov 21 09:14:02.117 UTC\n".to_owned(),
    }
}

fn begins(command: Command, words: &str) -> bool {
    command.spelling().starts_with(words)
}

/// Whether a line is one of the words that leave.
pub(super) fn leaves(dialect: &Dialect, word: &str) -> bool {
    dialect.leave.iter().any(|(full, least)| abbreviates(word, full, *least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_line_pads_the_day() {
        assert_eq!(date_line("*09:14:02.117 UTC Tue Jul 2 2024"), "Tue Jul  2 09:14:02.117 UTC\n");
        assert_eq!(date_line("09:14:02.117 CET Sat Nov 21 2026"), "Sat Nov 21 09:14:02.117 CET\n");
    }

    #[test]
    fn each_dialect_takes_its_own_settings() {
        let takes = |platform, line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            (Dialect::of(platform).setting)(&words)
        };
        use Platform as P;
        for (platform, line, setting) in [
            (P::NxOs, "terminal length 0", Some(Setting::Length(0))),
            (P::NxOs, "terminal width 511", Some(Setting::Width)),
            (P::NxOs, "terminal width 0", None),
            (P::IosXr, "terminal monitor disable", Some(Setting::Monitor(false))),
            (P::IosXr, "terminal exec prompt no-timestamp", Some(Setting::Timestamps(false))),
            (P::IosXr, "terminal no monitor", None),
            (P::Asa, "terminal pager 0", Some(Setting::Length(0))),
            (P::Asa, "terminal length 0", None),
            (P::Asa, "terminal width 511", None),
            (P::AireOs, "config paging disable", Some(Setting::Length(0))),
            (P::AireOs, "config wlan disable all", None),
            (P::AireOs, "terminal length 0", None),
        ] {
            assert_eq!(takes(platform, line), setting, "{platform} {line}");
        }
    }
}
