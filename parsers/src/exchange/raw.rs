//! Text that is handed on as it stands, and that no log shows.

use std::borrow::Cow;
use std::fmt;

use crate::record::Text;

/// A piece of an exchange file, character for character. It may be a signature or a code that unlocks licences, so
/// `Debug` shows its length alone.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Raw<'a>(Text<'a>);

impl<'a> Raw<'a> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text where it is a slice of the input. It is not where an XML entity or a divided CDATA section stands in
    /// it, or where it was decoded from a JSON string that escapes something in it.
    pub fn borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }
}

impl<'a> From<Text<'a>> for Raw<'a> {
    fn from(text: Text<'a>) -> Self {
        Self(text)
    }
}

impl<'a> From<&'a str> for Raw<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

/// Something that no grammar here knows: a member, an element or a line, as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unknown<'a> {
    /// What it belongs to: `payload.meta`.
    pub within: &'static str,
    /// Its name; empty for an item of a list and for a line.
    pub name: Text<'a>,
    /// A JSON value without its name, an XML element with its tags, or a line.
    pub value: Raw<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_code() {
        let raw = Raw::from("AbCdEf-123456");
        assert_eq!(format!("{raw:?}"), "Raw(13 bytes)");
        let unknown = Unknown { within: "data", name: "code".into(), value: raw };
        assert!(!format!("{unknown:?}").contains("AbCdEf"));
    }
}
