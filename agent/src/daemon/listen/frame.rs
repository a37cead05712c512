//! Messages out of a TCP stream (RFC 6587): by counted octets, `57 <189>…`, or ended by a line end or NUL. It keeps
//! no more than one message, and of a longer one its beginning.

use super::message::LONGEST;

/// A count of octets has no more digits.
const DIGITS: usize = 7;

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub(super) struct Frames {
    state: State,
    held: Vec<u8>,
    /// Messages that were longer than is kept.
    pub(super) cut: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Before a message: what is held is digits, and then maybe a space, that may count its octets.
    #[default]
    Begin,
    /// Within a message that a line end ends.
    Line,
    /// Within a message of which so many octets are to come.
    Counted(usize),
}

impl Frames {
    /// Takes the next bytes of the stream and hands on each message that they end.
    pub(super) fn take(&mut self, bytes: &[u8], mut message: impl FnMut(&[u8])) {
        for byte in bytes {
            match self.state {
                State::Begin => self.begin(*byte, &mut message),
                State::Line => self.line(*byte, &mut message),
                State::Counted(left) => {
                    self.keep(*byte);
                    match left {
                        0 | 1 => self.end(&mut message),
                        left => self.state = State::Counted(left - 1),
                    }
                }
            }
        }
    }

    /// The stream has ended: what it held is a message if it was no counted one.
    pub(super) fn finish(mut self, message: impl FnMut(&[u8])) {
        if !matches!(self.state, State::Counted(_)) && !self.held.is_empty() {
            self.end(message);
        }
    }

    /// Cisco's sequence numbers begin with digits, too: only `digits space <` counts octets.
    fn begin(&mut self, byte: u8, message: impl FnMut(&[u8])) {
        match (byte, self.held.last()) {
            (b'0'..=b'9', last) if last != Some(&b' ') && self.held.len() < DIGITS => self.held.push(byte),
            (b' ', Some(b'0'..=b'9')) => self.held.push(byte),
            (b'<', Some(b' ')) => {
                let digits = std::str::from_utf8(&self.held).unwrap_or_default();
                let count: usize = digits.trim_end().parse().unwrap_or(0);
                self.held.clear();
                self.held.push(byte);
                match count {
                    0 | 1 => self.end(message),
                    count => self.state = State::Counted(count - 1),
                }
            }
            _ => {
                self.state = State::Line;
                self.line(byte, message);
            }
        }
    }

    fn line(&mut self, byte: u8, message: impl FnMut(&[u8])) {
        if matches!(byte, b'\n' | 0) { self.end(message) } else { self.keep(byte) }
    }

    fn keep(&mut self, byte: u8) {
        if self.held.len() < LONGEST {
            self.held.push(byte);
        } else if self.held.len() == LONGEST {
            // One byte more than is kept marks that it was cut.
            self.held.push(byte);
            self.cut += 1;
        }
    }

    fn end(&mut self, mut message: impl FnMut(&[u8])) {
        if !self.held.is_empty() {
            message(self.held.get(..LONGEST).unwrap_or(&self.held));
        }
        self.held.clear();
        self.state = State::Begin;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn messages<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> Vec<String> {
        let (mut frames, mut messages) = (Frames::default(), Vec::new());
        let mut keep = |message: &[u8]| messages.push(String::from_utf8_lossy(message).into_owned());
        for part in parts {
            frames.take(part, &mut keep);
        }
        frames.finish(&mut keep);
        messages
    }

    #[test]
    fn both_framings_and_ciscos_numbers() {
        let stream = b"<189>45: a\n000123: *Nov 22: b\r\n10 <189>one\ntwo\n12 <189>\nlines<190>c\x0045: d\n7 <1>\n\n\n\n\n8 cut off";
        let expected = [
            "<189>45: a",
            "000123: *Nov 22: b\r",
            "<189>one\nt",
            "wo",
            "<189>\nlines<",
            "190>c",
            "45: d",
            "<1>\n\n\n\n",
            "8 cut off",
        ];
        assert_eq!(messages([&stream[..]]), expected);
        assert_eq!(messages(stream.chunks(1)), expected, "however it comes");
    }

    #[test]
    fn a_counted_message_that_does_not_end_is_none() {
        assert_eq!(messages([&b"100 <189>half"[..]]), [""; 0]);
        assert_eq!(messages([&b"0 <189>x\n1 <\n"[..]]).first().map(String::as_str), Some("<"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_the_next_is_whole() {
        for (begin, end) in [("", "\n".to_owned()), ("100000 ", String::new())] {
            let long = format!("{begin}<{}{end}<189>next\n", "x".repeat(99_999));
            let (mut frames, mut lengths) = (Frames::default(), Vec::new());
            frames.take(long.as_bytes(), |message| lengths.push(message.len()));
            assert_eq!((lengths.as_slice(), frames.cut), (&[LONGEST, 9][..], 1));
            assert!(frames.held.capacity() <= 2 * (LONGEST + 1));
        }
    }

    proptest! {
        #[test]
        fn no_stream_does_harm(bytes in proptest::collection::vec(prop_oneof![Just(b'<'), Just(b' '), Just(b'\n'), b'0'..=b'9', any::<u8>()], 0..256)) {
            let whole = messages([&bytes[..]]);
            prop_assert_eq!(&messages(bytes.chunks(3)), &whole);
            prop_assert!(whole.iter().all(|message| !message.is_empty()));
        }
    }
}
