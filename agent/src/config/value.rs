//! The kinds of value that keys and columns take. Each is read from text once, here, and says what it must be.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use licwatch_parsers::record::Platform;

use super::spelling;

/// Why a text is not a value: the rest of a sentence that begins with the name of the key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NotAValue(pub(crate) String);

/// Reads and writes a type as its text, in TOML, JSON and the schema.
macro_rules! as_text {
    ($type:ty, $name:expr, $schema:tt) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(crate) use as_text;

/// Declares an enumeration by its words.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// The word for it in configuration and inventory.
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }
        }

        impl FromStr for $name {
            type Err = NotAValue;

            fn from_str(text: &str) -> Result<Self, NotAValue> {
                match text { $($word => Ok(Self::$value),)+ _ => Err(no_such_word(text, &[$($word),+])) }
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        as_text!($name, stringify!($name), { "type": "string", "enum": [$($word),+] });
    };
}

choice! {
    /// How a device is read.
    Transport {
        /// NETCONF first, with the commands that it cannot answer; the CLI alone where there is no NETCONF.
        Auto = "auto",
        /// NETCONF only.
        Netconf = "netconf",
        /// The CLI over SSH only.
        Ssh = "ssh",
    }
}

choice! {
    /// What becomes of host keys that are not on record. Keys that changed are always refused.
    HostKeys {
        /// They are refused.
        Strict = "strict",
        /// They are accepted and recorded.
        AcceptNew = "accept-new",
    }
}

choice! {
    /// What a sink is.
    SinkKind {
        /// Files in a folder, with a manifest.
        FileDrop = "file-drop",
        /// A collector, by HTTP.
        Http = "http",
        /// Events, by syslog.
        Syslog = "syslog",
        /// Records, on standard output.
        Stdout = "stdout",
        /// A file for node_exporter.
        Metrics = "metrics",
    }
}

choice! {
    /// The form of a syslog message.
    SyslogForm {
        /// RFC 5424, with structured data.
        Rfc5424 = "rfc5424",
        /// ArcSight Common Event Format within RFC 5424.
        Cef = "cef",
    }
}

fn no_such_word(text: &str, words: &[&str]) -> NotAValue {
    let near = spelling::nearest(text, words.iter().copied());
    let near = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
    NotAValue(format!("must be one of {}{near}", spelling::listed(words.iter().copied())))
}

/// The operating system of a device, as the operator names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlatformName(pub Platform);

impl FromStr for PlatformName {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let words: Vec<_> = Platform::ALL.iter().map(|platform| platform.word()).collect();
        Platform::from_word(text).map(Self).ok_or_else(|| no_such_word(text, &words))
    }
}

impl Display for PlatformName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.word())
    }
}

as_text!(PlatformName, "Platform", {
    "type": "string", "enum": ["ios", "ios-xe", "nx-os", "ios-xr", "aireos", "asa"]
});

/// A length of time, from a millisecond to a day.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Limit(Duration);

impl Limit {
    /// So many seconds; for defaults.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// As the clock counts it.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Limit {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        let wrong =
            || NotAValue("must be a duration such as \"500ms\", \"15s\", \"2m\" or \"1h 30m\"".into());
        let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
        let duration = Duration::try_from(duration).map_err(|_| wrong())?;
        if duration < Duration::from_millis(1) || duration > LONGEST {
            return Err(NotAValue("must be at least \"1ms\" and at most \"24h\"".into()));
        }
        Ok(Self(duration))
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX))
    }
}

as_text!(Limit, "Limit", { "type": "string", "examples": ["500ms", "15s", "2m", "1h 30m"] });

/// A time from a second to some years, as it counts for schedules and retention.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span(Duration);

impl Span {
    /// So many minutes; for defaults.
    pub(crate) const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// So many days; for defaults.
    pub(crate) const fn days(days: u64) -> Self {
        Self(Duration::from_secs(days * 24 * 60 * 60))
    }

    /// As the clock counts it.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        const LONGEST: u64 = 100 * 366 * 24 * 60 * 60;
        let wrong =
            || NotAValue("must be a time such as \"90s\", \"15m\", \"6h\", \"1 day\" or \"3 years\"".into());
        let span: jiff::Span = text.parse().map_err(|_| wrong())?;
        // A day has 24 hours here, a year 365 of them.
        let days =
            i64::from(span.get_days()) + 7 * i64::from(span.get_weeks()) + 365 * i64::from(span.get_years());
        if span.get_months() != 0 {
            return Err(NotAValue("must be in days or years, not months".into()));
        }
        let clock = span.days(0).weeks(0).years(0).to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        let clock = clock.map_err(|_| wrong())?;
        let seconds = days.checked_mul(86_400).and_then(|days| days.checked_add(clock.as_secs()));
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok()).ok_or_else(wrong)?;
        if seconds > LONGEST {
            return Err(NotAValue("must be at most 100 years".into()));
        }
        let millis = u64::try_from(clock.subsec_millis()).map_err(|_| wrong())?;
        Ok(Self(Duration::from_secs(seconds) + Duration::from_millis(millis)))
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 24 * 60 * 60;
        let seconds = self.0.as_secs();
        if seconds >= DAY && seconds.is_multiple_of(DAY) && self.0.subsec_nanos() == 0 {
            let days = seconds / DAY;
            return write!(f, "{days}d");
        }
        write!(f, "{:#}", SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX))
    }
}

as_text!(Span, "Span", { "type": "string", "examples": ["90s", "15m", "6h", "1 day", "3 years"] });

/// A number of bytes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Size(u64);

impl Size {
    const UNITS: [(&str, u64); 5] =
        [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

    /// So many mebibytes; for defaults.
    pub(crate) const fn mebibytes(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// As a number.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let wrong = || NotAValue("must be a size such as \"512 MiB\" or \"20 GiB\"".into());
        let digits = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text.trim().strip_prefix(digits).unwrap_or_default();
        let (_, factor) =
            Self::UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?;
        let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
        number.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &(&str, u64)| self.0 >= *factor && self.0.is_multiple_of(*factor);
        let (name, factor) = Self::UNITS.into_iter().find(fits).unwrap_or(("B", 1));
        write!(f, "{} {name}", self.0 / factor)
    }
}

as_text!(Size, "Size", { "type": "string", "examples": ["512 MiB", "20 GiB"] });

/// The time zone that windows are meant in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// The zone.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        match self.0.as_str() {
            "system" => jiff::tz::TimeZone::system(),
            // It was looked up when it was read; a database that has gone since leaves UTC.
            name => jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC),
        }
    }
}

impl Default for TimeZoneName {
    fn default() -> Self {
        Self("system".to_owned())
    }
}

impl FromStr for TimeZoneName {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        if text != "system" && jiff::tz::TimeZone::get(text).is_err() {
            return Err(NotAValue(
                "must be \"system\", \"UTC\" or a time zone that this host knows, such as \"Europe/Oslo\""
                    .into(),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

as_text!(TimeZoneName, "TimeZoneName", { "type": "string", "examples": ["system", "UTC", "Europe/Oslo"] });

/// A name of one line: of a site, an owner, a group.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Label(String);

impl Label {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        const LONGEST: usize = 250;
        let text = text.trim();
        if text.is_empty() {
            Err(NotAValue("must not be empty".into()))
        } else if text.chars().any(char::is_control) {
            Err(NotAValue("must be one line without control characters".into()))
        } else if text.chars().count() > LONGEST {
            Err(NotAValue(format!("must have at most {LONGEST} characters")))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

as_text!(Label, "Label", { "type": "string", "minLength": 1, "maxLength": 250 });

/// Whether a text can name a device: it stands in file names, arguments and tables.
pub(crate) fn device_name(text: &str) -> Result<(), NotAValue> {
    const LONGEST: usize = 128;
    let plain = |character: char| character.is_alphanumeric() || "._-:@+()#".contains(character);
    if text.is_empty() || text.chars().count() > LONGEST {
        Err(NotAValue(format!("must have 1 to {LONGEST} characters")))
    } else if text.starts_with(['-', '.']) || !text.chars().all(plain) {
        Err(NotAValue(
            "must be of letters, digits and . _ - : @ + ( ) # and must not begin with \"-\" or \".\"".into(),
        ))
    } else {
        Ok(())
    }
}

/// A path as the operator writes it: absolute, or relative to the file it stands in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilePath(PathBuf);

impl FilePath {
    /// The path seen from where we run.
    pub fn from_folder(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }
}

impl FromStr for FilePath {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        if text.is_empty() {
            Err(NotAValue("must not be empty".into()))
        } else if text.chars().any(char::is_control) {
            Err(NotAValue("must be a path without control characters".into()))
        } else if text.starts_with('~') {
            Err(NotAValue("must be a whole path: \"~\" is for the shell to expand, not for us".into()))
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

as_text!(FilePath, "FilePath", { "type": "string", "minLength": 1 });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let read = |text: &str| text.parse::<Limit>().map(Limit::duration);
        assert_eq!(read("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(read("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(Limit::seconds(90).to_string(), "1m 30s");
        for wrong in ["15", "", "-3s", "0s", "25h", "1 fortnight", "99999999999999999999h"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_read_back() {
        for text in ["1ms", "15s", "2m 3s", "24h"] {
            let limit: Limit = text.parse().unwrap();
            assert_eq!(limit.to_string().parse::<Limit>().unwrap(), limit);
        }
    }

    #[test]
    fn words() {
        assert_eq!("ssh".parse(), Ok(Transport::Ssh));
        let error = "netconv".parse::<Transport>().unwrap_err().to_string();
        assert_eq!(error, "must be one of \"auto\", \"netconf\", \"ssh\"; did you mean \"netconf\"?");
        assert!(
            "ios_xe".parse::<PlatformName>().unwrap_err().to_string().ends_with("did you mean \"ios-xe\"?")
        );
    }

    #[test]
    fn the_schema_names_every_platform() {
        let schema = schemars::schema_for!(PlatformName);
        let words: Vec<_> = Platform::ALL.iter().map(|platform| platform.word()).collect();
        assert_eq!(schema.get("enum"), Some(&serde_json::json!(words)));
    }

    #[test]
    fn paths_are_relative_to_a_folder() {
        let path: FilePath = "secrets/core".parse().unwrap();
        assert_eq!(path.from_folder(Path::new("/etc/licwatch")), Path::new("/etc/licwatch/secrets/core"));
        assert!("~/.ssh/id".parse::<FilePath>().is_err());
    }

    #[test]
    fn device_names() {
        for good in ["core-1", "sw1.oslo.example", "oslo(2)", "Ålesund-1"] {
            assert_eq!(device_name(good), Ok(()), "{good}");
        }
        for bad in ["", "-x", "../x", "a/b", "a b", "a\u{1b}[2J"] {
            assert!(device_name(bad).is_err(), "{bad}");
        }
    }
}
