//! Words: runs of letters and digits. Everything is replaced word by word, so that what stands between them stays.

use std::ops::Range;

/// A part of some bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The bytes of a span.
pub(super) fn text_of(bytes: &[u8], span: Span) -> &[u8] {
    bytes.get(span.range()).unwrap_or_default()
}

/// Whether a byte belongs to a word: ASCII letters and digits, and whatever is not ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The words, in order.
pub(super) fn tokens(bytes: &[u8]) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(|byte| is_word(*byte))?;
        let length = bytes.get(start..)?.iter().position(|byte| !is_word(*byte));
        at = length.map_or(bytes.len(), |length| start + length);
        Some(Span { start, end: at })
    })
}

/// The span from the first word to the end of the last one; nothing if there is no word.
pub(super) fn trimmed(bytes: &[u8], span: Span) -> Option<Span> {
    let text = text_of(bytes, span);
    let first = text.iter().position(|byte| is_word(*byte))?;
    let last = text.iter().rposition(|byte| is_word(*byte))?;
    Some(Span { start: span.start + first, end: span.start + last + 1 })
}

/// Whether a word is the name of an XML entity (`&amp;`, `&#233;`), or a percent escape with no word behind it (`%2F`).
pub(super) fn is_escape(bytes: &[u8], token: Span) -> bool {
    let before = bytes.get(..token.start).unwrap_or_default();
    let opened = before.ends_with(b"&") || before.ends_with(b"&#");
    let (escape, rest) = percent_escape(bytes, token);
    (opened && bytes.get(token.end) == Some(&b';')) || (!escape.is_empty() && rest.is_empty())
}

/// Parts the two digits of a percent escape from the word behind them: `%20North`.
pub(super) fn percent_escape(bytes: &[u8], token: Span) -> (&[u8], &[u8]) {
    let word = text_of(bytes, token);
    let escaped = token.start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'%');
    match word.split_at_checked(2) {
        Some((digits, rest)) if escaped && digits.iter().all(u8::is_ascii_hexdigit) => (digits, rest),
        _ => (&[], word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        let text = "SN:FOC2411X0A1, Zürich-7".as_bytes();
        let words: Vec<_> =
            tokens(text).map(|span| String::from_utf8_lossy(text_of(text, span)).into_owned()).collect();
        assert_eq!(words, ["SN", "FOC2411X0A1", "Zürich", "7"]);
        assert_eq!(tokens(b"--- ").count(), 0);
    }

    #[test]
    fn escapes_are_no_words_of_anybodys() {
        let text = b"R&amp;D %20North";
        let spans: Vec<_> = tokens(text).collect();
        assert!(is_escape(text, spans[1]) && !is_escape(text, spans[2]));
        assert_eq!(percent_escape(text, spans[3]), (&b"20"[..], &b"North"[..]));
    }
}
