//! IPv4, IPv6 and MAC addresses, and UUIDs, by their form.
//!
//! Four numbers may also be a version (`8.10.185.0`) or the beginning of an object identifier: what stands before
//! them decides.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Found;
use crate::scrub::Kind;
use crate::scrub::surrogate::Form;

pub(super) fn find(raw: &[u8], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < raw.len() {
        let here = raw.get(at..(at + WIDEST).min(raw.len())).unwrap_or_default();
        let starts = here.first().is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':');
        if !starts || !is_start(raw, at) {
            at += 1;
            continue;
        }
        let matched = uuid(raw, at, here)
            .or_else(|| mac(here))
            .or_else(|| fingerprint(raw, at))
            .or_else(|| ipv4(raw, at, here))
            .or_else(|| ipv6(here));
        let Some((length, original)) = matched else {
            at += 1;
            continue;
        };
        if let Some((kind, form)) = original {
            found.push(Found::exact(kind, form, at, at + length));
        }
        at += length;
    }
}

/// How long it is, and what; nothing where it is to be kept.
type Matched = Option<(usize, Option<(Kind, Form)>)>;

/// The longest that is looked at at once: an IPv6 address with an IPv4 address in it, or a UUID.
const WIDEST: usize = 48;

/// Whether an address may begin here: behind no word, and not in the middle of another number.
fn is_start(raw: &[u8], at: usize) -> bool {
    let before = raw.get(at.saturating_sub(24)..at).unwrap_or_default();
    match before.last() {
        None => true,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte >= 0x80 => false,
        Some(b'.') => false,
        // `address:10.0.0.1` is one, `6c:8b:` is the middle of one.
        Some(b':') => !before
            .iter()
            .rev()
            .skip(1)
            .take_while(|it| it.is_ascii_alphanumeric())
            .all(u8::is_ascii_hexdigit),
        Some(b'-') => !before.iter().rev().nth(1).is_some_and(u8::is_ascii_alphabetic),
        Some(_) => true,
    }
}

/// Whether nothing goes on behind a match: no word, no further group.
fn is_end(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [byte, ..] if byte.is_ascii_alphanumeric() || *byte >= 0x80 || *byte == b'_' => false,
        [b'.' | b'-' | b':', next, ..] if next.is_ascii_alphanumeric() => false,
        _ => true,
    }
}

fn ipv4(raw: &[u8], at: usize, here: &[u8]) -> Matched {
    let length = here.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(here.len());
    let run = here.get(..length)?;
    let run = run.strip_suffix(b".").unwrap_or(run);
    let rest = raw.get(at + run.len()..).unwrap_or_default();
    // A port or a range may follow.
    let ended = is_end(rest) || matches!(rest, [b':' | b'-', next, ..] if next.is_ascii_digit());
    // Leading zeros are a version's; the standard library takes none.
    let address: Ipv4Addr = std::str::from_utf8(run).ok()?.parse().ok()?;
    let underscored = at.checked_sub(1).and_then(|before| raw.get(before)) == Some(&b'_');
    if !ended || underscored || is_version(raw, at) {
        return Some((run.len(), None));
    }
    let told =
        !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || is_mask(address));
    Some((run.len(), told.then_some((Kind::Address, Form::Ipv4))))
}

/// A netmask or its inverse.
fn is_mask(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    let mask = |bits: u32| bits.leading_ones() + bits.trailing_zeros() == 32;
    (mask(bits) && bits.leading_ones() >= 8) || (mask(!bits) && bits.leading_zeros() >= 8)
}

/// Whether the words before four numbers speak of a version.
fn is_version(raw: &[u8], at: usize) -> bool {
    let before = raw.get(at.saturating_sub(80)..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().to_ascii_lowercase();
    // Of a document without lines, the element.
    let words = match line.iter().rposition(|byte| *byte == b'<') {
        Some(tag) if line.ends_with(b">") => line.get(tag..).unwrap_or_default(),
        _ => &line,
    };
    let says = |list: &[&str]| list.iter().any(|word| memchr::memmem::find(words, word.as_bytes()).is_some());
    !words.ends_with(b"//") && says(VERSION) && !says(ADDRESS)
}

const VERSION: &[&str] = &[
    "version",
    "release",
    "image",
    "firmware",
    "software",
    "rommon",
    "bios",
    "microcode",
    "package",
    "build",
    "objectid",
    "oid",
    "smart agent for",
    "revision",
    "fpga",
    "ver.",
    " ver ",
];
const ADDRESS: &[&str] = &[
    "address",
    "addr",
    " ip ",
    "host",
    "server",
    "from ",
    "gateway",
    "proxy",
    "url",
    "//",
    "neighbor",
    "peer",
    "source",
    "destination",
    "subnet",
];

fn ipv6(here: &[u8]) -> Matched {
    let part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':' || *byte == b'.';
    let length = here.iter().position(|byte| !part(byte)).unwrap_or(here.len());
    let run = here.get(..length)?;
    let run = run.strip_suffix(b".").unwrap_or(run);
    // `2001:db8::5:` may be followed by text, but an address does not end in one colon.
    let run = if run.ends_with(b"::") { run } else { run.strip_suffix(b":").unwrap_or(run) };
    if run.iter().filter(|byte| **byte == b':').count() < 2 {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(run).ok()?.parse().ok()?;
    if !is_end(here.get(run.len()..).unwrap_or_default()) {
        return None;
    }
    let told = !(address.is_unspecified() || address.is_loopback() || address.is_multicast());
    Some((run.len(), told.then_some((Kind::Address, Form::Ipv6))))
}

/// `6c:8b:d3:10:a1:00`, `6C-8B-D3-10-A1-00`, `6c8b.d310.a100`. All zeros and all ones are nobody's.
fn mac(here: &[u8]) -> Matched {
    let digits_of = |length: usize, group: usize, between: &[u8]| {
        let text = here.get(..length)?;
        let fits = text.iter().enumerate().all(|(at, byte)| {
            if at % (group + 1) == group { between.contains(byte) } else { byte.is_ascii_hexdigit() }
        });
        let uniform = text.iter().skip(group).step_by(group + 1).all(|byte| Some(byte) == text.get(group));
        let alone = is_end(here.get(length..).unwrap_or_default());
        (fits && uniform && alone).then_some(text)
    };
    let text = digits_of(17, 2, b":-").or_else(|| digits_of(14, 4, b"."))?;
    let digits = || text.iter().filter(|byte| byte.is_ascii_hexdigit());
    let nobodys =
        digits().all(|digit| *digit == b'0') || digits().all(|digit| digit.eq_ignore_ascii_case(&b'f'));
    Some((text.len(), (!nobodys).then_some((Kind::MacAddress, Form::Mac))))
}

/// More pairs of digits than a MAC address has: the digest of a key or certificate.
fn fingerprint(raw: &[u8], at: usize) -> Matched {
    let rest = raw.get(at..).unwrap_or_default();
    let pair = |pair: &[u8]| pair.iter().all(u8::is_ascii_hexdigit);
    let mut pairs = 0;
    let mut length = 0;
    while let Some([first, second, tail @ ..]) = rest.get(length..)
        && pair(&[*first, *second])
        && pairs < LONGEST_FINGERPRINT
    {
        pairs += 1;
        length += 2;
        match tail {
            [b':', next, ..] if next.is_ascii_hexdigit() => length += 1,
            _ => break,
        }
    }
    let alone = is_end(rest.get(length..).unwrap_or_default());
    (pairs >= 8 && alone).then_some((length, Some((Kind::Certificate, Form::Hex))))
}

/// SHA-512.
const LONGEST_FINGERPRINT: usize = 64;

/// A UUID; those within an entitlement tag are Cisco's and the same for everybody.
fn uuid(raw: &[u8], at: usize, here: &[u8]) -> Matched {
    const LENGTH: usize = 36;
    let text = here.get(..LENGTH)?;
    let fits = text.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    if !fits || here.get(LENGTH).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let before = raw.get(at.saturating_sub(160)..at).unwrap_or_default();
    let token = before.rsplit(|byte| byte.is_ascii_whitespace() || b"\"'<>".contains(byte)).next();
    let public = token.is_some_and(|token| memchr::memmem::find(token, b"regid.").is_some());
    Some((LENGTH, (!public).then_some((Kind::Instance, Form::Hex))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        super::super::words_of(find, text)
    }

    #[test]
    fn addresses_are_found_where_they_stand() {
        assert_eq!(found("Cslu address: http://10.20.0.5:8182/cslu/v1/pi"), ["10.20.0.5"]);
        assert_eq!(
            found("by noc on vty1 (192.0.2.17)\n10.0.0.1-10.0.0.9, 10.1.0.0/16."),
            ["192.0.2.17", "10.0.0.1", "10.0.0.9", "10.1.0.0"]
        );
        assert_eq!(
            found("IPv6 Address..... 2001:db8::5, fe80::1%2 ::ffff:10.9.8.7"),
            ["2001:db8::5", "fe80::1", "::ffff:10.9.8.7"]
        );
        assert_eq!(
            found("address is 0013.c480.82ce, irq 9; Mac 6C:8B:D3:10:A1:00"),
            ["0013.c480.82ce", "6C:8B:D3:10:A1:00"]
        );
        assert_eq!(found("<ip-address>10.4.5.6</ip-address>"), ["10.4.5.6"]);
        assert_eq!(found("Fingerprint: 0a:1b:2c:3d:4e:5f:60:71:82:93"), ["0a:1b:2c:3d:4e:5f:60:71:82:93"]);
    }

    #[test]
    fn versions_are_no_addresses() {
        for text in [
            "Cisco IOS Software, Version 15.2.4.5, RELEASE SOFTWARE",
            "SW Version 17.09.04a and 17.9.4.1",
            "Product Version.................................. 8.10.185.0",
            "Smart Agent for Licensing: 4.8.5.4_rel/22",
            "system image file is:    bootflash:///n5000-uk9.7.3.13.N1.1.bin",
            "System ObjectID.................................. 1.3.6.1.4.1.9.1.1279",
            "XOS version: 0.12.0.0",
            "<address>10.0</address><software-version>8.5.120.0</software-version>",
            "0.0.0.0 255.255.255.0 127.0.0.1 0.0.0.255 224.0.0.5",
            "00:00:00:00:00:00 ffff.ffff.ffff :: ::1 11:43:15 31:22",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn tags_of_entitlements_are_public() {
        let uuid = "bd1da96e-ec1d-412b-a50e-53846b347d53";
        assert_eq!(found(&format!("regid.2017-03.com.cisco.x,1.0_{uuid}")), [""; 0]);
        assert_eq!(found(&format!("instance {uuid} is not valid")), [uuid]);
    }
}
