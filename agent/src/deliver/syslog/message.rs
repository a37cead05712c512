//! What both forms of a message share: the event as it was stored, and the header of RFC 5424.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// An event, as [`crate::events::Event::line`] writes it.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) number: u16,
    pub(super) kind: String,
    pub(super) severity: Severity,
    pub(super) at: Timestamp,
    pub(super) agent: String,
    pub(super) device: Option<String>,
    pub(super) observation: Option<String>,
    pub(super) message: String,
    #[serde(default)]
    pub(super) facts: Map<String, Value>,
}

/// How grave it is; see [`crate::events::Severity`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    Alert,
    Error,
    Warning,
    Notice,
    Info,
}

impl Severity {
    /// As syslog counts it.
    pub(super) fn syslog(self) -> u8 {
        match self {
            Self::Alert => 1,
            Self::Error => 3,
            Self::Warning => 4,
            Self::Notice => 5,
            Self::Info => 6,
        }
    }

    /// As CEF counts it: 0 to 3 low, to 6 medium, to 8 high, to 10 very high.
    pub(super) fn cef(self) -> u8 {
        match self {
            Self::Alert => 10,
            Self::Error => 8,
            Self::Warning => 6,
            Self::Notice => 3,
            Self::Info => 1,
        }
    }
}

/// What of a message had to go for it to fit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cut {
    /// Nothing.
    Nothing,
    /// The particulars.
    Facts,
    /// The particulars, and the sentence after so many of its bytes.
    Message(usize),
}

impl Cut {
    /// The word for it in the message.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Facts => Some("facts"),
            Self::Message(_) => Some("message"),
        }
    }

    /// The sentence, as much of it as is left.
    pub(super) fn of(self, message: &str) -> String {
        match self {
            Self::Message(bytes) => format!("{}...", upto(message, bytes)),
            _ => message.to_owned(),
        }
    }
}

/// Writes a message that has at most `most` bytes: whole if it fits, else without particulars, else with a shorter
/// sentence.
pub(super) fn fit(most: usize, told: &Told, write: impl Fn(Cut) -> Vec<u8>) -> Vec<u8> {
    for cut in [Cut::Nothing, Cut::Facts] {
        let message = write(cut);
        if message.len() <= most {
            return message;
        }
    }
    // Escaping makes some bytes two: the longest sentence that fits is found by trying.
    let (mut fits, mut long) = (0, told.message.len());
    while fits + 1 < long {
        let middle = fits.midpoint(long);
        if write(Cut::Message(middle)).len() <= most { fits = middle } else { long = middle }
    }
    write(Cut::Message(fits))
}

/// The header of RFC 5424, up to and with the message id.
#[derive(Clone, Debug)]
pub(super) struct Header {
    facility: u8,
    pub(super) host: String,
}

impl Header {
    pub(super) fn new(facility: u8, host: &str) -> Self {
        Self { facility, host: printable(host, 255) }
    }

    /// `<108>1 2026-11-22T10:00:00.000000Z host licwatch - licence_added`
    pub(super) fn of(&self, told: &Told) -> String {
        let priority = u16::from(self.facility) * 8 + u16::from(told.severity.syslog());
        // RFC 5424 takes no more than six digits of a second.
        let at = told.at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ");
        format!("<{priority}>1 {at} {} licwatch - {}", self.host, printable(&told.kind, 32))
    }
}

/// A header field: printable ASCII without spaces, `-` for none.
pub(super) fn printable(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// At most so many bytes of a text, whole characters.
pub(super) fn upto(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Text of devices without what steers terminals and tears lines apart.
pub(super) fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A particular as text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
