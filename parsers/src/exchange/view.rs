//! Text that was decoded, and the way back to the input it came from.
//!
//! A RUM payload is JSON inside a JSON string: its facts can only be read once the string is decoded, and yet they
//! are slices of the input wherever nothing is escaped in them. A view finds those slices again.

use std::borrow::Cow;

use memchr::memchr;

use crate::record::Text;
use crate::text::Offsets;

/// Text to read, and where each of its slices stands in the input.
pub(super) struct View<'a, 't> {
    text: &'t str,
    raw: &'a str,
    start: usize,
    offsets: Offsets,
}

impl<'a> View<'a, 'a> {
    /// The input's own text, which begins at `start`.
    pub(super) fn plain(text: &'a str, start: usize) -> Self {
        Self { text, raw: text, start, offsets: Offsets::default() }
    }
}

impl<'a, 't> View<'a, 't> {
    /// What the inside of a JSON string at `start` means.
    pub(super) fn unescaped(text: &'t str, raw: &'a str, start: usize) -> Self {
        Self { text, raw, start, offsets: escapes(raw) }
    }

    /// Text that is no slice of the input, decoded from something at `start`.
    pub(super) fn detached(text: &'t str, start: usize) -> Self {
        Self { text, raw: "", start, offsets: Offsets::default() }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// A slice of the text: of the input if it stands there just so, a copy if not.
    pub(super) fn keep(&self, slice: &'t str) -> Text<'a> {
        let from = self.offsets.to_raw(self.at(slice));
        match self.raw.get(from..from + slice.len()) {
            Some(found) if found == slice => Cow::Borrowed(found),
            _ => Cow::Owned(slice.to_owned()),
        }
    }

    /// Where a slice of the text begins in the input.
    pub(super) fn place(&self, slice: &str) -> usize {
        self.place_at(self.at(slice))
    }

    /// Where a byte of the text stands in the input.
    pub(super) fn place_at(&self, at: usize) -> usize {
        let last = self.raw.len();
        self.start + self.offsets.to_raw(at).min(last)
    }

    fn at(&self, slice: &str) -> usize {
        let at = slice.as_ptr().addr().checked_sub(self.text.as_ptr().addr());
        at.filter(|at| at + slice.len() <= self.text.len()).unwrap_or_default()
    }
}

/// How the inside of a JSON string grows shorter as it is decoded. The string must be a good one.
fn escapes(raw: &str) -> Offsets {
    let bytes = raw.as_bytes();
    let mut offsets = Offsets::default();
    let (mut text_at, mut raw_at) = (0, 0);
    while let Some(plain) = bytes.get(raw_at..).and_then(|rest| memchr(b'\\', rest)) {
        let (length, decoded) = escape(bytes.get(raw_at + plain + 1..).unwrap_or_default());
        raw_at += plain + length;
        text_at += plain + decoded;
        offsets.note(text_at, raw_at);
    }
    offsets
}

/// The length of an escape, and of what it stands for, from what follows its backslash.
fn escape(behind: &[u8]) -> (usize, usize) {
    if behind.first() != Some(&b'u') {
        return (2, 1);
    }
    let digits = behind.get(1..5).and_then(|digits| std::str::from_utf8(digits).ok());
    match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        // The first of two that make one character beyond the basic plane.
        Some(0xd800..=0xdbff) => (12, 4),
        Some(unit) => (6, char::from_u32(unit).map_or(3, char::len_utf8)),
        None => (2, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_without_escapes_are_the_inputs_own() {
        let raw = r#"{\"pid\":\"C9300\u002d24UX\",\"name\":\"\u00e9\ud83d\ude00 \t\",\"serial\":\"FOC1\"}"#;
        let text: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
        let view = View::unescaped(&text, raw, 100);
        let find = |words: &str| {
            let at = text.find(words).unwrap();
            text.get(at..at + words.len()).unwrap()
        };
        for plain in ["pid", "C9300", "24UX", "serial", "FOC1"] {
            let kept = view.keep(find(plain));
            assert!(matches!(kept, Cow::Borrowed(_)), "{plain}");
            assert_eq!(view.place(find(plain)), 100 + raw.find(plain).unwrap(), "{plain}");
        }
        for escaped in ["C9300-24UX", "\u{e9}\u{1f600} \t"] {
            let kept = view.keep(find(escaped));
            assert!(matches!(kept, Cow::Owned(_)), "{escaped}");
            assert_eq!(kept, escaped);
        }
    }

    #[test]
    fn detached_text_is_copied_and_stands_where_it_came_from() {
        let text = String::from("abc");
        let view = View::detached(&text, 7);
        let slice = text.get(1..).unwrap();
        assert!(matches!(view.keep(slice), Cow::Owned(_)));
        assert_eq!(view.place(slice), 7);
    }
}
