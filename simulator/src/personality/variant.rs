//! One device made many: host name and serial numbers replaced by others of the same length.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::kind::NUMBERS;

/// Which words stand for which. Empty for an original.
#[derive(Clone, Debug, Default)]
pub(super) struct Substitution(Arc<BTreeMap<String, String>>);

impl Substitution {
    /// The words of variant `n` of a device with this host name that says these texts.
    pub(super) fn new<'t>(
        n: usize,
        kind: usize,
        hostname: &str,
        texts: impl Iterator<Item = &'t str>,
    ) -> Self {
        if n == 0 {
            return Self::default();
        }
        let mut serials: Vec<&str> = Vec::new();
        for serial in texts.flat_map(serial_numbers) {
            if serials.len() < VARIED && !serials.contains(&serial) {
                serials.push(serial);
            }
        }
        let mut words = BTreeMap::new();
        for (index, serial) in serials.into_iter().enumerate() {
            let number = ((n % VARIANTS) * NUMBERS + kind) * VARIED + index;
            words.insert(serial.to_owned(), with_tail(serial, &base36(number)));
        }
        words.insert(hostname.to_owned(), with_tail(hostname, &format!("{:04}", n % VARIANTS)));
        Self(Arc::new(words))
    }

    /// The text with its words replaced, in one pass.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
            self.replace(word, &mut replaced);
            let (between, next) = after.split_at(after.find(is_word).unwrap_or(after.len()));
            replaced.push_str(between);
            rest = next;
        }
        Cow::Owned(replaced)
    }

    /// A word, or what underscores join: `S:FOC2411X0A1_1763455211` is the key of a usage report.
    fn replace(&self, word: &str, replaced: &mut String) {
        if let Some(other) = self.0.get(word) {
            return replaced.push_str(other);
        }
        for (index, piece) in word.split('_').enumerate() {
            if index > 0 {
                replaced.push('_');
            }
            replaced.push_str(self.0.get(piece).map_or(piece, String::as_str));
        }
    }
}

/// So many variants of a kind differ.
const VARIANTS: usize = 10_000;

/// So many serial numbers of a device are varied: 10,000 variants × 17 kinds × 40 fit into five digits of base 36.
const VARIED: usize = 40;

/// What stands before a serial number in captures and in NETCONF data.
const SERIAL_MARKS: [&str; 13] = [
    "SN:",
    "VDH=",
    "Processor Board ID",
    "S:",
    "Processor board ID",
    "Serial Number:",
    " Serial Number",
    " serial number",
    "Serial#",
    "<sn>",
    "<serial-number>",
    "<serial-no>",
    "\"udi_serial_number\":\"",
];

/// The serial numbers that a text names, in order, with repetitions.
fn serial_numbers(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        SERIAL_MARKS.into_iter().flat_map(move |mark| {
            line.match_indices(mark).filter_map(move |(at, _)| {
                let rest = line.get(at + mark.len()..)?.trim_start_matches([' ', '\t', ':']);
                let ends = |c| !is_word(c) || c == '_';
                let serial = rest.get(..rest.find(ends).unwrap_or(rest.len()))?;
                let plausible = (8..=12).contains(&serial.len())
                    && serial.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && serial.bytes().any(|byte| byte.is_ascii_digit());
                plausible.then_some(serial)
            })
        })
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The word with its end replaced, as long as it was.
fn with_tail(word: &str, tail: &str) -> String {
    let kept = word.len().saturating_sub(tail.len());
    let tail_start = tail.len() - (word.len() - kept).min(tail.len());
    format!("{}{}", word.get(..kept).unwrap_or_default(), tail.get(tail_start..).unwrap_or_default())
}

/// Five digits of base 36.
fn base36(number: usize) -> String {
    [1_679_616, 46_656, 1_296, 36, 1]
        .into_iter()
        .map(|place| char::from_digit((number / place % 36) as u32, 36).unwrap_or('0').to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn serial_numbers_are_found_where_devices_print_them() {
        let text = "PID: C9300-24UX        , VID: V02  , SN: FOC2411X0A1\nUDI: PID:X,SN:FOC2411X0B2\n\
                    Processor board ID FCZ1711X0C3\nSystem Serial Number               : FCZ1711X0D4\n\
                    <sn>FOC0000X0E5</sn>\nNAME: \"x\", SN: N/A\nP:C9300,S:FOC0000X0F6_176345\nDNS: RESOLVING\n\
                    Motherboard Serial Number          : FOC0000X0G7\nHw Serial#: FOC0000X0H8, x\n\
                    use it to get a serial number for licensing\n";
        let found: Vec<_> = serial_numbers(text).collect();
        let wanted = [
            "FOC2411X0A1",
            "FOC2411X0B2",
            "FCZ1711X0C3",
            "FCZ1711X0D4",
            "FOC0000X0E5",
            "FOC0000X0F6",
            "FOC0000X0G7",
            "FOC0000X0H8",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn no_two_variants_share_a_serial_number_or_a_host_name() {
        let text = "SN: FOC2411X0A1\nSN: FOC2411X0A2\nSN: FOC2411X0A3\n";
        let mut seen = BTreeSet::new();
        for kind in 0..2 {
            for n in 1..2_000 {
                let words =
                    Substitution::new(n, kind, ["br3-acc-stack1", "edge-vr2"][kind], [text].into_iter());
                for (was, is) in words.0.iter() {
                    assert_eq!(was.len(), is.len());
                    assert!(seen.insert(is.clone()), "{is} twice");
                }
            }
        }
        assert_eq!(seen.len(), 2 * 1_999 * 4);
    }

    #[test]
    fn only_whole_words_are_replaced() {
        let words = Substitution::new(5, 0, "wan-r4", ["SN:FDO00000001"].into_iter());
        let replaced = words.apply("wan-r4#show\nwan-r44 xwan-r4 wan-r4.example é wan-r4");
        assert_eq!(replaced, "wa0005#show\nwan-r44 xwan-r4 wa0005.example é wa0005");
        let (serial, key) = (words.apply("FDO00000001"), words.apply("P:X,S:FDO00000001_17_"));
        assert_ne!(serial, "FDO00000001");
        assert_eq!(key, format!("P:X,S:{serial}_17_"));
        assert_eq!(Substitution::new(5, 0, "my_router", [].into_iter()).apply("my_router#"), "my_ro0005#");
    }
}
