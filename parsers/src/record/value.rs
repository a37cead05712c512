//! The small values that every part of the record is made of: text, times, attempts.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;

/// Text as the device printed it: borrowed from the capture wherever the capture is clean.
pub type Text<'a> = Cow<'a, str>;

/// The words that mean "not stated" in Cisco output (RECORD.md, *Sentinels*).
const SENTINELS: [&str; 6] = ["<none>", "<empty>", "None", "N/A", "Not Configured", "'nullPtr'"];

/// The value without surrounding blanks, or nothing where the device says that it has none.
///
/// ```
/// # use licwatch_parsers::record::stated;
/// assert_eq!(stated(" SLE Policy "), Some("SLE Policy"));
/// assert_eq!(stated("<none>"), None);
/// assert_eq!(stated(""), None);
/// ```
pub fn stated(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !SENTINELS.contains(&text)).then_some(text)
}

/// What an unset time prints as.
const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// A point in time in the device's own words, resolved to UTC only where its zone leaves no doubt.
///
/// `{"text": "Jan 10 20:32:26 2022 UTC", "utc": "2022-01-10T20:32:26Z"}`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timestamp<'a> {
    /// The device's words, trimmed.
    pub text: Text<'a>,
    /// Present only where the zone is UTC, GMT, Z or a numeric offset; every other zone name is ambiguous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utc: Option<jiff::Timestamp>,
    /// What told `utc` where the words alone do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<ResolvedBy>,
}

/// What told the meaning of an ambiguous zone name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolvedBy {
    /// The device's own clock with the same zone name, beside the agent's, in the same poll.
    DeviceClock,
}

impl<'a> Timestamp<'a> {
    /// A time of which nothing but its words is known.
    pub fn unresolved(text: impl Into<Text<'a>>) -> Self {
        Self { text: text.into(), utc: None, resolved_by: None }
    }

    /// A time whose civil fields and zone name have been read; `None` where the device means "never"
    /// (the epoch, `Jan 01 00:00:00 1970 UTC`).
    pub fn resolved(text: impl Into<Text<'a>>, civil: DateTime, zone: &str) -> Option<Self> {
        if civil == EPOCH {
            return None;
        }
        let utc = zone_offset(zone)
            .and_then(|offset| civil.to_zoned(TimeZone::fixed(offset)).ok())
            .map(|zoned| zoned.timestamp());
        Some(Self { text: text.into(), utc, resolved_by: None })
    }

    /// A YANG `date-and-time` (RFC 6991); `None` for the epoch, which means "never" there too.
    pub fn from_date_and_time(text: impl Into<Text<'a>>) -> Option<Self> {
        let text = text.into();
        let utc = text.trim().parse::<jiff::Timestamp>().ok();
        if text.trim().is_empty() || utc == Some(jiff::Timestamp::UNIX_EPOCH) {
            return None;
        }
        Some(Self { text, utc, resolved_by: None })
    }
}

/// The offset that a zone word states beyond doubt. `PDT`, `est`, `IST`, `pacific` … do not: they are the
/// administrator's own names.
fn zone_offset(zone: &str) -> Option<Offset> {
    if matches!(zone, "UTC" | "GMT" | "Z" | "utc" | "gmt" | "Zulu") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let hours: i32 = hours.parse().ok().filter(|h| (0..=14).contains(h))?;
    let minutes: i32 = minutes.parse().ok().filter(|m| (0..60).contains(m))?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// When something ends: at a time, or never (`Life time`, `Never`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Expiry<'a> {
    /// Printed as the string `"never"`.
    Never(#[serde(serialize_with = "never")] ()),
    /// At this time.
    At(Timestamp<'a>),
}

impl Expiry<'_> {
    /// A licence without an end.
    pub const NEVER: Self = Self::Never(());
}

fn never<S: serde::Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("never")
}

/// Something the device tried: `SUCCEEDED on May 24 18:36:44 2018 UTC`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt<'a> {
    /// Whether it worked.
    pub result: AttemptResult,
    /// When, where the device says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp<'a>>,
    /// Why it failed, in the device's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<'a>>,
}

/// The outcome of an [`Attempt`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    /// `SUCCEEDED`, `SUCCESS`.
    Succeeded,
    /// `FAILED`.
    Failed,
}

/// Whether a value is absent from the printed record.
pub(crate) fn absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(civil: &str, zone: &str) -> Option<String> {
        let civil = civil.parse().unwrap();
        Timestamp::resolved("x", civil, zone).unwrap().utc.map(|utc| utc.to_string())
    }

    #[test]
    fn only_unambiguous_zones_are_resolved() {
        assert_eq!(utc("2022-01-10T20:32:26", "UTC").as_deref(), Some("2022-01-10T20:32:26Z"));
        assert_eq!(utc("2022-01-10T20:32:26", "+02:00").as_deref(), Some("2022-01-10T18:32:26Z"));
        assert_eq!(utc("2022-01-10T20:32:26", "-0530").as_deref(), Some("2022-01-11T02:02:26Z"));
        for zone in ["PDT", "est", "IST", "pacific", "", "+", "+99", "-1:99"] {
            assert_eq!(utc("2022-01-10T20:32:26", zone), None, "{zone}");
        }
    }

    #[test]
    fn the_epoch_means_never() {
        assert_eq!(Timestamp::from_date_and_time("1970-01-01T00:00:00+00:00"), None);
        assert_eq!(Timestamp::resolved("x", "1970-01-01T00:00:00".parse().unwrap(), "UTC"), None);
    }

    #[test]
    fn an_expiry_prints_as_the_word_or_the_time() {
        assert_eq!(serde_json::to_string(&Expiry::NEVER).unwrap(), r#""never""#);
        let at = Expiry::At(Timestamp::unresolved("Jan 10 2022 PDT"));
        assert_eq!(serde_json::to_string(&at).unwrap(), r#"{"text":"Jan 10 2022 PDT"}"#);
    }
}
