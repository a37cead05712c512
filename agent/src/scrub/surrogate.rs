//! What stands in for an original: of its length and form, from a key that nobody keeps.

use std::collections::{HashMap, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::tokens::{is_word, text_of, tokens};

/// The random key of one session.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key of bytes that must be random, and are used for nothing else.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What an original looks like.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Form {
    /// Words: digits become digits, letters letters of the same case.
    Word,
    /// Hexadecimal digits, behind `0x` or not.
    Hex,
    /// Four numbers up to 255.
    Ipv4,
    /// Groups of hexadecimal digits between colons.
    Ipv6,
    /// Twelve hexadecimal digits, however they are parted.
    Mac,
}

impl Form {
    /// Whether the whole is replaced at once and not word by word.
    pub(super) fn is_exact(self) -> bool {
        self != Self::Word
    }
}

/// The replacements of a session.
pub(super) struct Surrogates {
    key: Key,
    made: HashMap<(Form, Vec<u8>), Vec<u8>>,
    used: HashSet<(Form, Vec<u8>)>,
    /// Words of originals, which no replacement may be.
    reserved: HashSet<Vec<u8>>,
}

impl Surrogates {
    pub(super) fn new(key: Key) -> Self {
        Self { key, made: HashMap::new(), used: HashSet::new(), reserved: HashSet::new() }
    }

    /// No replacement made from now on is this word.
    pub(super) fn reserve(&mut self, word: &[u8]) {
        self.reserved.insert(word.to_ascii_lowercase());
    }

    /// Writes what stands in for a word.
    pub(super) fn word(&mut self, word: &[u8], out: &mut Vec<u8>) {
        let made = self.made(Form::Word, &word.to_ascii_lowercase(), in_word);
        recased(word, made, out);
    }

    /// Writes what stands in for a text of an exact form.
    pub(super) fn replace(&mut self, form: Form, text: &[u8], out: &mut Vec<u8>) {
        match form {
            Form::Ipv4 => out.extend_from_slice(self.made(form, text, in_ipv4)),
            Form::Mac => {
                let digits: Vec<u8> =
                    text.iter().filter(|byte| byte.is_ascii_hexdigit()).map(u8::to_ascii_lowercase).collect();
                let made = self.made(form, &digits, in_hex);
                let mut made = made.iter();
                let shown =
                    |byte: &u8| if byte.is_ascii_hexdigit() { *made.next().unwrap_or(byte) } else { *byte };
                let shown: Vec<u8> = text.iter().map(shown).collect();
                recased(text, &shown, out);
            }
            Form::Word | Form::Hex | Form::Ipv6 => self.groups(form, text, out),
        }
    }

    /// Group by group, so that networks that share a prefix go on to share one.
    fn groups(&mut self, form: Form, text: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        for token in tokens(text) {
            out.extend_from_slice(text.get(at..token.start).unwrap_or_default());
            at = token.end;
            let group = text_of(text, token);
            let digits = group.strip_prefix(b"0x").unwrap_or(group);
            out.extend_from_slice(group.get(..group.len() - digits.len()).unwrap_or_default());
            if form == Form::Word {
                self.word(digits, out);
            } else if digits.iter().all(|digit| *digit == b'0') {
                out.extend_from_slice(digits);
            } else {
                let made = self.made(Form::Hex, &digits.to_ascii_lowercase(), in_hex);
                recased(digits, made, out);
            }
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// The replacement of an original: the one that it has, else the first that nobody has.
    fn made(&mut self, form: Form, original: &[u8], derive: fn(&[u8], &mut Stream<'_>) -> Vec<u8>) -> &[u8] {
        let Self { key, made, used, reserved } = self;
        made.entry((form, original.to_vec())).or_insert_with(|| {
            let mut best = None;
            for attempt in 0..ATTEMPTS {
                let candidate = derive(original, &mut Stream::new(key, form, attempt, original));
                if candidate != original && !reserved.contains(&candidate) {
                    if used.insert((form, candidate.clone())) {
                        return candidate;
                    }
                    best.get_or_insert(candidate);
                } else if candidate != original {
                    best.get_or_insert(candidate);
                }
            }
            // All words of its length are taken, which takes a short one; another's replacement serves.
            best.unwrap_or_else(|| original.to_vec())
        })
    }
}

/// So many tries find a free word of two letters among a hundred that are taken.
const ATTEMPTS: u8 = 48;

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
            self.block = Hmac::<Sha1>::new_from_slice(self.key.0.as_slice())
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

    fn one_of(&mut self, bytes: &[u8]) -> u8 {
        let at = self.below(u32::try_from(bytes.len()).unwrap_or(1));
        bytes.get(at as usize).copied().unwrap_or(b'x')
    }
}

/// Digits for digits, letters for letters, and other characters of the same length for what is not ASCII.
fn in_word(lower: &[u8], stream: &mut Stream<'_>) -> Vec<u8> {
    let mut made = Vec::with_capacity(lower.len());
    for chunk in lower.utf8_chunks() {
        for letter in chunk.valid().chars() {
            let other = match letter.len_utf8() {
                1 if letter.is_ascii_digit() => char::from(stream.one_of(b"0123456789")),
                1 => char::from(stream.one_of(b"abcdefghijklmnopqrstuvwxyz")),
                // ß to ö, Han, Han beyond the first plane.
                2 => char::from_u32(0xdf + stream.below(24)).unwrap_or(letter),
                3 => char::from_u32(0x4e00 + stream.below(0x4000)).unwrap_or(letter),
                _ => char::from_u32(0x2_0000 + stream.below(0x8000)).unwrap_or(letter),
            };
            made.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
        }
        made.extend(chunk.invalid().iter().map(|_| 0xdf + u8::try_from(stream.below(24)).unwrap_or(0)));
    }
    made
}

fn in_hex(lower: &[u8], stream: &mut Stream<'_>) -> Vec<u8> {
    lower.iter().map(|_| stream.one_of(b"0123456789abcdef")).collect()
}

/// Numbers of as many digits as there were, and the first not of a reserved network.
fn in_ipv4(text: &[u8], stream: &mut Stream<'_>) -> Vec<u8> {
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
        made.extend_from_slice((least + stream.below(most - least + 1)).to_string().as_bytes());
    }
    made
}

/// The replacement with upper case where the original has it.
fn recased(original: &[u8], made: &[u8], out: &mut Vec<u8>) {
    debug_assert!(
        original.len() == made.len() && original.iter().zip(made).all(|(a, b)| is_word(*a) == is_word(*b))
    );
    // Hexadecimal letters take the case of the letters there are; digits have none.
    let shouts = original.iter().any(u8::is_ascii_uppercase) && !original.iter().any(u8::is_ascii_lowercase);
    out.extend(original.iter().zip(made).map(|(was, is)| {
        let upper = was.is_ascii_uppercase() || (shouts && !was.is_ascii_alphabetic());
        if upper { is.to_ascii_uppercase() } else { *is }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surrogates() -> Surrogates {
        Surrogates::new(Key::new([7; 32]))
    }

    fn replaced(surrogates: &mut Surrogates, form: Form, text: &str) -> String {
        let mut out = Vec::new();
        surrogates.replace(form, text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_word_keeps_its_form() {
        let surrogates = &mut surrogates();
        let (serial, lower) = (
            replaced(surrogates, Form::Word, "FOC2411X0A1"),
            replaced(surrogates, Form::Word, "foc2411x0a1"),
        );
        assert_ne!(serial, "FOC2411X0A1");
        assert_eq!(serial.to_lowercase(), lower);
        for (was, is) in "FOC2411X0A1".chars().zip(serial.chars()) {
            assert_eq!(
                (was.is_ascii_digit(), was.is_ascii_uppercase()),
                (is.is_ascii_digit(), is.is_ascii_uppercase())
            );
        }
        let city = replaced(surrogates, Form::Word, "Zürich");
        assert!(city.len() == "Zürich".len() && !city.contains('ü'), "{city}");
    }

    #[test]
    fn addresses_stay_addresses() {
        let surrogates = &mut surrogates();
        for address in ["10.20.0.5", "192.168.255.255", "1.1.1.1"] {
            let other = replaced(surrogates, Form::Ipv4, address);
            assert!(other.parse::<std::net::Ipv4Addr>().is_ok() && other.len() == address.len(), "{other}");
            assert_ne!(other, address);
        }
        let other = replaced(surrogates, Form::Ipv6, "2001:DB8::a:0:1");
        assert!(other.parse::<std::net::Ipv6Addr>().is_ok() && other.contains("::"), "{other}");
    }

    #[test]
    fn a_mac_address_is_the_same_in_every_notation() {
        let surrogates = &mut surrogates();
        let (colons, dots) = (
            replaced(surrogates, Form::Mac, "6c:8b:d3:10:a1:00"),
            replaced(surrogates, Form::Mac, "6c8b.d310.a100"),
        );
        assert_eq!(colons.replace(':', ""), dots.replace('.', ""));
        assert_ne!(colons, "6c:8b:d3:10:a1:00");
    }

    #[test]
    fn two_originals_never_share_a_replacement() {
        let surrogates = &mut surrogates();
        let mut seen = HashSet::new();
        for number in 0..2_000 {
            assert!(seen.insert(replaced(surrogates, Form::Word, &format!("FOC{number:04}X"))), "{number}");
        }
    }

    #[test]
    fn another_key_gives_other_replacements() {
        let other = &mut Surrogates::new(Key::new([8; 32]));
        let one = &mut surrogates();
        assert_ne!(
            replaced(one, Form::Word, "br3-acc-stack1"),
            replaced(other, Form::Word, "br3-acc-stack1")
        );
    }

    #[test]
    fn keys_keep_their_prefix() {
        let key = replaced(&mut surrogates(), Form::Hex, "0xa821d549 0x00000000");
        assert!(key.starts_with("0x") && key.ends_with(" 0x00000000") && !key.contains("a821d549"), "{key}");
    }
}
