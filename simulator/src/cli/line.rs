//! What a typed line means, and how it is refused.

use std::borrow::Cow;

use licwatch_parsers::Command;

use super::dialect::{Dialect, leaves};

/// What a line asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verb<'l> {
    /// `! anything`.
    Comment,
    /// `exit`, `logout`, `quit`.
    Leave,
    /// `enable`.
    Enable,
    /// `disable`.
    Disable,
    /// `terminal …`, or what the dialect has in its place.
    Set(Setting),
    /// `show privilege`, or what the dialect has in its place.
    Privilege,
    /// `show …`, known to the parsers.
    Show {
        /// Which.
        command: Command,
        /// What stands behind the pipe.
        filter: Filter<'l>,
    },
    /// A session setting or a `show` that the device does not know.
    Unknown,
    /// Anything that is no read command.
    Violation,
}

/// A setting of the session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Setting {
    /// `terminal length N`.
    Length(usize),
    /// `terminal width N`.
    Width,
    /// `terminal monitor`, `terminal no monitor`.
    Monitor(bool),
    /// `terminal exec prompt timestamp`, `… no-timestamp`.
    Timestamps(bool),
}

/// An output filter. Words stand for themselves, not for a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Filter<'l> {
    /// All lines.
    None,
    /// `| include WORDS`.
    Include(&'l str),
    /// `| exclude WORDS`.
    Exclude(&'l str),
    /// `| begin WORDS`.
    Begin(&'l str),
}

impl<'l> Verb<'l> {
    /// Reads a line. Abbreviations are those that IOS takes.
    pub(super) fn read(line: &'l str, dialect: &Dialect) -> Self {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return Self::Comment };
        let is = |full, least| abbreviates(first, full, least);
        let spelled: &str = Command::typed(line).map_or(line, |command| command.spelling());
        let levels = dialect.privilege.is_some_and(|privilege| privilege.command == spelled);
        if first.starts_with('!') {
            Self::Comment
        } else if rest.is_empty() && leaves(dialect, first) {
            Self::Leave
        } else if rest.is_empty() && is("enable", 2) {
            if dialect.bad_secrets.is_some() { Self::Enable } else { Self::Unknown }
        } else if rest.is_empty() && is("disable", 4) {
            if dialect.bad_secrets.is_some() { Self::Disable } else { Self::Unknown }
        } else if levels {
            Self::Privilege
        } else if let Some(setting) = (dialect.setting)(&words) {
            Self::Set(setting)
        } else if is("terminal", 3) || (rest.is_empty() && ["exit", "logout", "quit"].contains(first)) {
            Self::Unknown
        } else if is("show", 2) || (*first == "admin" && rest.first().is_some_and(|it| *it == "show")) {
            Self::show(line)
        } else {
            Self::Violation
        }
    }

    fn show(line: &'l str) -> Self {
        let (command, pipe) = match line.split_once('|') {
            Some((command, pipe)) => (command, Some(pipe.trim())),
            None => (line, None),
        };
        let filter = match pipe {
            None => Filter::None,
            Some(pipe) => {
                let (verb, words) = pipe.split_once(' ').unwrap_or((pipe, ""));
                let words = words.trim();
                if ["redirect", "append", "tee"].iter().any(|full| abbreviates(verb, full, 1)) {
                    // These write to a file.
                    return Self::Violation;
                } else if words.is_empty() {
                    return Self::Unknown;
                } else if abbreviates(verb, "include", 1) {
                    Filter::Include(words)
                } else if abbreviates(verb, "exclude", 1) {
                    Filter::Exclude(words)
                } else if abbreviates(verb, "begin", 1) {
                    Filter::Begin(words)
                } else {
                    return Self::Unknown;
                }
            }
        };
        Command::typed(command).map_or(Self::Unknown, |command| Self::Show { command, filter })
    }
}

impl Setting {
    /// What a line that begins with `terminal` means to IOS.
    pub(super) fn of_terminal(words: &[&str]) -> Option<Self> {
        let is = |word: &str, full, least| abbreviates(word, full, least);
        let (terminal, words) = words.split_first()?;
        match words {
            _ if !is(terminal, "terminal", 3) => None,
            [what, lines] if is(what, "length", 1) => {
                lines.parse().ok().filter(|lines| *lines <= 512).map(Self::Length)
            }
            [what, columns] if is(what, "width", 1) => {
                columns.parse::<u16>().ok().filter(|columns| *columns <= 512).map(|_| Self::Width)
            }
            [what] if is(what, "monitor", 3) => Some(Self::Monitor(true)),
            ["no", what] if is(what, "monitor", 3) => Some(Self::Monitor(false)),
            [exec, prompt, what] if is(exec, "exec", 4) && is(prompt, "prompt", 1) => {
                let off = is(what, "no-timestamp", 1);
                (off || is(what, "timestamp", 1)).then_some(Self::Timestamps(!off))
            }
            ["no", exec, prompt, what]
                if is(exec, "exec", 4) && is(prompt, "prompt", 1) && is(what, "timestamp", 1) =>
            {
                Some(Self::Timestamps(false))
            }
            _ => None,
        }
    }
}

impl Filter<'_> {
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        let keep = |test: &dyn Fn(&str) -> bool| {
            text.lines().filter(|line| test(line)).flat_map(|line| [line, "\n"]).collect::<String>().into()
        };
        match self {
            Self::None => Cow::Borrowed(text),
            Self::Include(words) => keep(&|line| line.contains(words)),
            Self::Exclude(words) => keep(&|line| !line.contains(words)),
            Self::Begin(words) => text
                .lines()
                .skip_while(|line| !line.contains(words))
                .flat_map(|line| [line, "\n"])
                .collect::<String>()
                .into(),
        }
    }
}

/// How a line is refused that stands behind a prompt of this width:
///
/// ```text
/// edge-vr2#show licence all
///                ^
/// % Invalid input detected at '^' marker.
/// ```
pub(super) fn refusal(line: &str, indent: usize, dialect: &Dialect) -> String {
    let refusals = &dialect.refusals;
    let words: Vec<&str> = line.split_whitespace().collect();
    let single = match words.as_slice() {
        [word] if abbreviates(word, "show", 2) => refusals.show,
        [_] => refusals.host,
        _ => None,
    };
    if let Some(words) = single {
        return words.to_owned();
    }
    let known = Command::ALL.iter().map(|command| known_words(&words, command.spelling()));
    let (known, more) = known.max().unwrap_or_default();
    if known == words.len() && more {
        return refusals.incomplete.to_owned();
    }
    if !refusals.caret {
        return refusals.invalid.to_owned();
    }
    let wrong = words.get(known).or(words.last()).copied().unwrap_or_default();
    let column = (wrong.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    format!("{:>width$}\n{}", '^', refusals.invalid, width = indent + column + 1)
}

/// How many leading words a command has in common with what was typed, and whether the command goes on.
fn known_words(words: &[&str], spelling: &str) -> (usize, bool) {
    let known = words.iter().zip(spelling.split(' ')).take_while(|(word, full)| abbreviates(word, full, 2));
    let known = known.count();
    // A command that was typed whole is more than the beginning of another one: it is refused, not incomplete.
    (known, spelling.split(' ').count() > known && !Command::ALL.iter().any(|it| is_whole(words, *it)))
}

fn is_whole(words: &[&str], command: Command) -> bool {
    Command::typed(&words.join(" ")) == Some(command)
}

pub(super) fn abbreviates(word: &str, full: &str, least: usize) -> bool {
    word.len() >= least && full.starts_with(&word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use licwatch_parsers::record::Platform;

    use super::*;

    fn ios() -> &'static Dialect {
        Dialect::of(Platform::Ios)
    }

    #[test]
    fn lines_are_read_as_ios_reads_them() {
        for (line, verb) in [
            ("ter len 0", Verb::Set(Setting::Length(0))),
            ("terminal width 511", Verb::Set(Setting::Width)),
            ("terminal no monitor", Verb::Set(Setting::Monitor(false))),
            ("terminal exec prompt no-timestamp", Verb::Set(Setting::Timestamps(false))),
            ("terminal no exec prompt timestamp", Verb::Set(Setting::Timestamps(false))),
            ("terminal exec prompt timestamp", Verb::Set(Setting::Timestamps(true))),
            ("terminal length many", Verb::Unknown),
            ("show privilege", Verb::Privilege),
            ("en", Verb::Enable),
            ("exit", Verb::Leave),
            ("! note", Verb::Comment),
            ("sh ver", Verb::Show { command: Command::ShowVersion, filter: Filter::None }),
            (
                "show license all | i Status: ",
                Verb::Show { command: Command::ShowLicenseAll, filter: Filter::Include("Status:") },
            ),
            ("show running-config", Verb::Unknown),
        ] {
            assert_eq!(Verb::read(line, ios()), verb, "{line}");
        }
    }

    #[test]
    fn whatever_could_change_the_device_is_a_violation() {
        for line in [
            "configure terminal",
            "conf t",
            "license smart save usage all file flash:u",
            "reload",
            "clear logging",
            "copy running-config startup-config",
            "show license all | redirect flash:x",
            "show version | tee flash:x",
            "get",
        ] {
            assert_eq!(Verb::read(line, ios()), Verb::Violation, "{line}");
        }
    }

    #[test]
    fn the_caret_stands_under_the_first_wrong_word() {
        let caret = |line: &str| refusal(line, "r1#".len(), ios()).find('^');
        assert_eq!(caret("show licence all"), Some("r1#show ".len()));
        assert_eq!(caret("show license nothing"), Some("r1#show license ".len()));
        assert_eq!(caret("conf t"), Some("r1#".len()));
        assert_eq!(caret("show version"), Some("r1#show ".len()));
        assert!(refusal("show license rum", 3, ios()).starts_with("% Incomplete command."));
        assert!(refusal("sh", 3, ios()).contains("show ?"));
        assert!(refusal("frobnicate", 3, ios()).starts_with("% Unknown command"));
    }

    #[test]
    fn each_dialect_refuses_in_its_own_words() {
        use Platform as P;
        for (platform, words) in [
            (P::NxOs, "            ^\n% Invalid command at '^' marker.\n"),
            (P::IosXr, "            ^\n% Invalid input detected at '^' marker.\n"),
            (P::Asa, "            ^\nERROR: % Invalid input detected at '^' marker.\n"),
            (P::AireOs, "\nIncorrect usage.  Use the '?' or <TAB> key to list commands.\n\n"),
        ] {
            let dialect = Dialect::of(platform);
            assert_eq!(refusal("show licence all", "device#".len(), dialect), words, "{platform}");
            assert_eq!(Verb::read("configure terminal", dialect), Verb::Violation, "{platform}");
        }
        let wireless = Dialect::of(P::AireOs);
        assert_eq!(Verb::read("config wlan delete 1", wireless), Verb::Violation);
        assert_eq!(Verb::read("enable", wireless), Verb::Unknown);
        assert_eq!(Verb::read("exit", wireless), Verb::Unknown);
        let firewall = Dialect::of(P::Asa);
        assert_eq!(Verb::read("show curpriv", firewall), Verb::Privilege);
        assert_eq!(Verb::read("terminal width 511", firewall), Verb::Unknown);
    }

    #[test]
    fn filters_pick_lines() {
        let text = "a 1\nb 2\na 3\n";
        assert_eq!(Filter::Include("a").apply(text), "a 1\na 3\n");
        assert_eq!(Filter::Exclude("a").apply(text), "b 2\n");
        assert_eq!(Filter::Begin("b").apply(text), "b 2\na 3\n");
    }
}
