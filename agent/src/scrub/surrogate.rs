//! What stands in for an original: of its length and form, from a key that nobody keeps.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::candidate;
use super::tokens::{is_word, text_of, tokens};

/// The random key of one session.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key of bytes that must be random, and are used for nothing else.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
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
    /// Words of originals.
    words: HashSet<Vec<u8>>,
    /// What is an original by itself: a word, the digits of a MAC address, an IPv4 address.
    originals: HashSet<Vec<u8>>,
}

impl Surrogates {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            made: HashMap::new(),
            used: HashSet::new(),
            words: HashSet::new(),
            originals: HashSet::new(),
        }
    }

    /// No replacement made from now on shows this word of an original, where its form leaves a choice.
    pub(super) fn reserve(&mut self, word: &[u8]) {
        let word = word.to_ascii_lowercase();
        if word.is_empty() {
            return;
        }
        // Behind the `0x` of its original, a replacement would show it.
        if let Some(digits) = word.strip_prefix(b"0x") {
            self.words.insert(digits.to_vec());
        }
        self.words.insert(word);
    }

    /// No replacement made from now on shows this original, which is one word or of an exact form.
    pub(super) fn reserve_whole(&mut self, form: Form, original: &[u8]) {
        let original = match form {
            Form::Mac => digits_of(original),
            _ => original.to_ascii_lowercase(),
        };
        if let Some(digits) = original.strip_prefix(b"0x") {
            self.originals.insert(digits.to_vec());
        }
        self.originals.insert(original);
    }

    /// Writes what stands in for a word.
    pub(super) fn word(&mut self, word: &[u8], out: &mut Vec<u8>) {
        let made = self.made(Form::Word, &word.to_ascii_lowercase());
        recased(word, made, out);
    }

    /// Writes what stands in for a text of an exact form.
    pub(super) fn replace(&mut self, form: Form, text: &[u8], out: &mut Vec<u8>) {
        match form {
            Form::Ipv4 => out.extend_from_slice(self.made(form, text)),
            Form::Mac => {
                let mut made = self.made(form, &digits_of(text)).iter();
                let shown =
                    |byte: &u8| if byte.is_ascii_hexdigit() { *made.next().unwrap_or(byte) } else { *byte };
                let shown: Vec<u8> = text.iter().map(shown).collect();
                recased(text, &shown, out);
            }
            Form::Ipv6 if text.contains(&b'.') => {
                let tail = text.iter().rposition(|byte| *byte == b':').map_or(0, |colon| colon + 1);
                let (groups, numbers) = text.split_at_checked(tail).unwrap_or((text, b""));
                self.groups(form, groups, out);
                out.extend_from_slice(self.made(Form::Ipv4, numbers));
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
                let made = self.made(Form::Hex, &digits.to_ascii_lowercase());
                recased(digits, made, out);
            }
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// The replacement of an original: the one that it has, else the first that serves.
    fn made(&mut self, form: Form, original: &[u8]) -> &[u8] {
        let Self { key, made, used, words, originals } = self;
        made.entry((form, original.to_vec())).or_insert_with(|| {
            let flaw = |candidate: &[u8]| {
                let shows = |known: &HashSet<Vec<u8>>| {
                    candidate::words(form, candidate).any(|word| known.contains(word))
                };
                match (used.contains(&(form, candidate.to_vec())), shows(words)) {
                    _ if candidate == original => Flaw::Itself,
                    _ if shows(originals) => Flaw::Original,
                    (false, false) => Flaw::None,
                    (false, true) => Flaw::Word,
                    (true, false) => Flaw::Taken,
                    (true, true) => Flaw::TakenWord,
                }
            };
            let drawn = (0..ATTEMPTS).map(|attempt| {
                let bearable = if form.is_exact() && attempt >= STRICT { Flaw::Word } else { Flaw::None };
                (bearable, candidate::drawn(key, form, attempt, original))
            });
            // Where chance finds none, the form is short, and one after the other is looked at.
            let every = candidate::every(key, form, original, EVERY).map(|text| (Flaw::None, text));
            let mut best: Option<(Flaw, Vec<u8>)> = None;
            for (bearable, text) in drawn.chain(every) {
                let flaw = flaw(&text);
                let is_better = best.as_ref().is_none_or(|(least, _)| flaw < *least);
                if is_better {
                    best = Some((flaw, text));
                }
                if flaw <= bearable {
                    break;
                }
            }
            let made = best.map_or_else(|| original.to_vec(), |(_, text)| text);
            used.insert((form, made.clone()));
            made
        })
    }
}

/// What is wrong with a replacement; the lesser is borne where nothing better is left.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Flaw {
    None,
    /// It shows a word of an original, which by itself says nothing: `10`.
    Word,
    /// It stands for another original, too.
    Taken,
    TakenWord,
    /// It shows an original.
    Original,
    Itself,
}

/// So many tries find a free word of two letters among a hundred that are taken.
const ATTEMPTS: u8 = 48;

/// So many tries look for an address without a number that stands in any other: among thousands of addresses none is left.
const STRICT: u8 = 4;

/// Of forms with more texts than this, not all are ever taken.
const EVERY: u64 = 4096;

/// The digits of a MAC address, however they are parted.
fn digits_of(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|byte| byte.is_ascii_hexdigit()).map(u8::to_ascii_lowercase).collect()
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
        let other = replaced(surrogates, Form::Ipv6, "::ffff:10.20.0.5");
        let tail = replaced(surrogates, Form::Ipv4, "10.20.0.5");
        assert!(other.parse::<std::net::Ipv6Addr>().is_ok() && other.ends_with(&tail), "{other}");
    }

    #[test]
    fn no_replacement_shows_an_original_where_one_is_left_that_does_not() {
        // Of 260 words of a letter and a digit, all but two are originals.
        let surrogates = &mut surrogates();
        let all: Vec<_> =
            ('a'..='z').flat_map(|letter| (0..=9).map(move |digit| format!("{letter}{digit}"))).collect();
        for name in all.iter().filter(|name| !matches!(name.as_str(), "q7" | "b0")) {
            surrogates.reserve(name.as_bytes());
            surrogates.reserve_whole(Form::Word, name.as_bytes());
        }
        let made: HashSet<_> =
            ["f8", "a1"].map(|name| replaced(surrogates, Form::Word, name)).into_iter().collect();
        assert_eq!(made, HashSet::from(["q7".to_owned(), "b0".to_owned()]));
        // A third name shares one of them rather than show another's.
        assert!(made.contains(&replaced(surrogates, Form::Word, "c3")));
        // An address shows its groups as words.
        for number in 0..2_000 {
            let mac = replaced(
                surrogates,
                Form::Mac,
                &format!("6c:8b:d3:10:{:02x}:{:02x}", number / 256, number % 256),
            );
            assert!(
                mac.split(':')
                    .all(|pair| !all.iter().any(|name| name == pair && !matches!(pair, "q7" | "b0"))),
                "{mac}"
            );
            let group = replaced(surrogates, Form::Ipv6, &format!("2001:db8:{number:x}::"));
            assert!(
                group.split(':').all(|group| !surrogates.originals.contains(group.as_bytes())),
                "{group}"
            );
        }
    }

    #[test]
    fn numbers_that_are_all_taken_still_change() {
        let surrogates = &mut surrogates();
        for number in 0..256 {
            surrogates.reserve(number.to_string().as_bytes());
        }
        let addresses: Vec<_> = (0..200).map(|number| format!("10.20.{number}.5")).collect();
        addresses.iter().for_each(|address| surrogates.reserve_whole(Form::Ipv4, address.as_bytes()));
        let made: HashSet<_> = addresses.iter().map(|it| replaced(surrogates, Form::Ipv4, it)).collect();
        assert!(made.len() == addresses.len() && addresses.iter().all(|it| !made.contains(it)), "{made:?}");
        assert_ne!(replaced(surrogates, Form::Word, "5"), "5");
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
