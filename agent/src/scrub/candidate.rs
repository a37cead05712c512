//! What might stand in for an original: texts of its form, by chance, or one after the other where there are few.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::surrogate::{Form, Key};

/// A text of the form of an original, drawn by the key. Each attempt draws another.
pub(super) fn drawn(key: &Key, form: Form, attempt: u8, original: &[u8]) -> Vec<u8> {
    let mut stream = Stream::new(key, form, attempt, original);
    made(form, original, &mut |limit| stream.below(limit))
}

/// Every text of the form of an original, once, from one that the key draws; where they are many, the first `most`.
pub(super) fn every(key: &Key, form: Form, original: &[u8], most: u64) -> impl Iterator<Item = Vec<u8>> {
    let first = u64::from(Stream::new(key, form, u8::MAX, original).below(u32::MAX));
    let mut room = most;
    let mut step = 0;
    std::iter::from_fn(move || {
        if step >= room {
            return None;
        }
        // The choices are the digits of a number, each in its own base, so that as many numbers in a row as there are
        // texts give every text.
        let (mut number, mut texts) = (first + step, 1_u64);
        let text = made(form, original, &mut |limit| {
            let base = u64::from(limit.max(1));
            texts = texts.saturating_mul(base);
            let choice = number % base;
            number /= base;
            u32::try_from(choice).unwrap_or_default()
        });
        room = room.min(texts);
        step += 1;
        Some(text)
    })
}

/// The words as which a text may be shown: a MAC address is parted in pairs or fours, or not at all.
pub(super) fn words(form: Form, text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (pairs, fours) = match form {
        Form::Mac => (2, 4),
        _ => (text.len().max(1), text.len().max(1)),
    };
    let numbers = text.split(move |byte| form == Form::Ipv4 && *byte == b'.');
    numbers.chain(text.chunks(pairs)).chain(text.chunks(fours))
}

/// A text by a choice at each place of the original; `choose` gives a number below the one it is given.
fn made(form: Form, original: &[u8], choose: &mut dyn FnMut(u32) -> u32) -> Vec<u8> {
    match form {
        Form::Word => word(original, choose),
        Form::Ipv4 => ipv4(original, choose),
        Form::Hex | Form::Ipv6 | Form::Mac => {
            original.iter().map(|_| one_of(b"0123456789abcdef", choose)).collect()
        }
    }
}

/// Digits for digits, letters for letters, and other characters of the same length for what is not ASCII.
fn word(lower: &[u8], choose: &mut dyn FnMut(u32) -> u32) -> Vec<u8> {
    let mut made = Vec::with_capacity(lower.len());
    for chunk in lower.utf8_chunks() {
        for letter in chunk.valid().chars() {
            let other = match letter.len_utf8() {
                1 if letter.is_ascii_digit() => char::from(one_of(b"0123456789", choose)),
                1 => char::from(one_of(b"abcdefghijklmnopqrstuvwxyz", choose)),
                // ß to ö, Han, Han beyond the first plane.
                2 => char::from_u32(0xdf + choose(24)).unwrap_or(letter),
                3 => char::from_u32(0x4e00 + choose(0x4000)).unwrap_or(letter),
                _ => char::from_u32(0x2_0000 + choose(0x8000)).unwrap_or(letter),
            };
            made.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
        }
        made.extend(chunk.invalid().iter().map(|_| 0xdf + u8::try_from(choose(24)).unwrap_or(0)));
    }
    made
}

/// Numbers of as many digits as there were, and the first not of a reserved network.
fn ipv4(text: &[u8], choose: &mut dyn FnMut(u32) -> u32) -> Vec<u8> {
    let mut made: Vec<u8> = Vec::with_capacity(text.len());
    for (place, number) in text.split(|byte| *byte == b'.').enumerate() {
        let (least, most) = match (number.len(), place) {
            (1, 0) => (1, 9),
            (1, _) => (0, 9),
            (2, _) => (10, 99),
            (_, 0) => (128, 223),
            _ => (100, 255),
        };
        if place > 0 {
            made.push(b'.');
        }
        made.extend_from_slice((least + choose(most - least + 1)).to_string().as_bytes());
    }
    made
}

fn one_of(bytes: &[u8], choose: &mut dyn FnMut(u32) -> u32) -> u8 {
    let at = choose(u32::try_from(bytes.len()).unwrap_or(1));
    bytes.get(at as usize).copied().unwrap_or(b'x')
}

/// Pseudo-random bytes that depend on the key and on what they are for.
struct Stream<'k> {
    key: &'k Key,
    purpose: Vec<u8>,
    block: Vec<u8>,
    blocks: u32,
    at: usize,
}

impl<'k> Stream<'k> {
    fn new(key: &'k Key, form: Form, attempt: u8, original: &[u8]) -> Self {
        let mut purpose = vec![form as u8, attempt];
        purpose.extend_from_slice(original);
        Self { key, purpose, block: Vec::new(), blocks: 0, at: 0 }
    }

    fn byte(&mut self) -> u8 {
        if self.at >= self.block.len() {
            self.blocks += 1;
            self.at = 0;
            // A key of any length is taken.
            self.block = Hmac::<Sha1>::new_from_slice(self.key.bytes())
                .map(|mac| mac.chain_update(self.blocks.to_be_bytes()).chain_update(&self.purpose))
                .map(|mac| mac.finalize().into_bytes().to_vec())
                .unwrap_or_else(|_| vec![0]);
        }
        self.at += 1;
        self.block.get(self.at - 1).copied().unwrap_or_default()
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u32) -> u32 {
        let wide = u32::from_be_bytes([0, self.byte(), self.byte(), self.byte()]);
        wide % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_of_a_short_form_comes_once() {
        let key = Key::new([7; 32]);
        for (form, original, count) in [
            (Form::Word, "7", 10),
            (Form::Word, "f8", 260),
            (Form::Hex, "a1", 256),
            (Form::Word, "é", 24),
            (Form::Ipv4, "1.1.1.1", 9_000),
        ] {
            let texts: Vec<_> = every(&key, form, original.as_bytes(), 10_000).collect();
            let different: BTreeSet<_> = texts.iter().collect();
            assert_eq!((texts.len(), different.len()), (count, count), "{original}");
        }
        assert_eq!(every(&key, Form::Word, b"FOC2411X0A1", 50).count(), 50);
    }

    #[test]
    fn words_are_those_that_may_be_shown() {
        let shown = |form, text: &'static str| {
            words(form, text.as_bytes())
                .map(|word| std::str::from_utf8(word).unwrap())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(
            shown(Form::Mac, "9a100c4786f8"),
            BTreeSet::from(["9a100c4786f8", "9a", "10", "0c", "47", "86", "f8", "9a10", "0c47", "86f8"])
        );
        assert_eq!(shown(Form::Ipv4, "10.20.0.5"), BTreeSet::from(["10", "20", "0", "5", "10.20.0.5"]));
        assert_eq!(shown(Form::Word, "f8"), BTreeSet::from(["f8"]));
    }
}
