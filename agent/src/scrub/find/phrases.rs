//! Originals within sentences and lines of configuration, which have no label.
//!
//! ```text
//! br3-acc-stack1 uptime is 31 weeks, 4 days, 6 hours, 12 minutes
//! Processor board ID FOC2411X0A1
//! %SYS-5-CONFIG_I: Configured from console by noc on vty1 (192.0.2.17)
//! snmp-server community h4rbour RO
//! username noc privilege 15 secret 9 $9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6
//! ```

use memchr::memmem;

use super::labels::length_of;
use super::rules::Extent;
use super::{Found, Line};
use crate::scrub::Kind;

pub(super) fn find(line: Line<'_>, found: &mut Vec<Found>) {
    let text = line.text();
    if text.len() > LONGEST {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for (words, kind, extent) in BEHIND {
        for at in memmem::find_iter(&lower, words) {
            let start = at + words.len();
            let rest = text.get(start..).unwrap_or_default();
            let skipped = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
            let value = rest.get(skipped..).unwrap_or_default();
            line.add(found, *kind, start + skipped, start + skipped + length_of(value, *extent));
        }
    }
    uptime(line, &lower, found);
    configured(line, found);
    plain_serials(line, found);
}

/// Devices print no longer sentences, and configurations no longer lines.
const LONGEST: usize = 4096;

const BEHIND: &[(&[u8], Kind, Extent)] = &[
    (b"processor board id ", Kind::SerialNumber, Extent::Word),
    (b"serial number is ", Kind::SerialNumber, Extent::Word),
    // Software that runs on anything gives its host's name for a serial number.
    (b"p:ucm,s:", Kind::HostName, Extent::Word),
    (b"p:ucm, s:", Kind::HostName, Extent::Word),
    (b"snmp-server chassis-id ", Kind::SerialNumber, Extent::Word),
    (b"snmp-server location ", Kind::Location, Extent::Line),
    (b"snmp-server contact ", Kind::Contact, Extent::Line),
    (b"contact-email-addr ", Kind::Contact, Extent::Word),
    (b"phone-number ", Kind::Contact, Extent::Line),
    (b"street-address ", Kind::Location, Extent::Line),
    (b"customer-id ", Kind::Location, Extent::Line),
    (b"contract-id ", Kind::Location, Extent::Line),
    (b"site-id ", Kind::Location, Extent::Line),
    (b"ip domain name ", Kind::HostName, Extent::Word),
    (b"ip domain-name ", Kind::HostName, Extent::Word),
    (b"from console by ", Kind::User, Extent::Word),
    (b"last modified by ", Kind::User, Extent::Word),
    (b"logged in as ", Kind::User, Extent::Word),
    (b"license smart custom_id ", Kind::Location, Extent::Line),
];

/// The host name that began to run: `br3 uptime is`, and on an ASA `fw1 up 31 days`.
fn uptime(line: Line<'_>, lower: &[u8], found: &mut Vec<Found>) {
    const NOBODY: [&[u8]; 6] = [b"kernel", b"system", b"switch", b"failover", b"router", b"uptime"];
    const UNITS: [&[u8]; 10] =
        [b"years", b"year", b"weeks", b"week", b"days", b"day", b"hours", b"hour", b"mins", b"secs"];
    let mut words = lower.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let Some(name) = words.next().filter(|name| !NOBODY.contains(name)) else { return };
    let is = match (words.next(), words.next(), words.next()) {
        (Some(b"uptime"), Some(b"is"), _) => true,
        (Some(b"up"), Some(count), Some(unit)) => {
            count.iter().all(u8::is_ascii_digit) && UNITS.contains(&unit)
        }
        _ => false,
    };
    if is && let Some(start) = lower.iter().position(|byte| !byte.is_ascii_whitespace()) {
        line.add(found, Kind::HostName, start, start + name.len());
    }
}

/// Lines of configuration that hold a name or a secret behind a word.
fn configured(line: Line<'_>, found: &mut Vec<Found>) {
    let words: Vec<(usize, &[u8])> = words(line.text()).take(MOST_WORDS).collect();
    let word = |at: usize| words.get(at).map(|(_, word)| *word);
    let mut add = |kind, at: usize| {
        if let Some((start, word)) = words.get(at) {
            line.add(found, kind, *start, start + word.len());
        }
    };
    let Some(first) = word(0) else { return };
    match first {
        b"hostname" if words.len() == 2 => add(Kind::HostName, 1),
        b"username" => add(Kind::User, 1),
        b"snmp-server" if word(1) == Some(b"community") => add(Kind::Community, 2),
        // `snmp-server host 192.0.2.9 traps version 2c NAME`
        b"snmp-server" if word(1) == Some(b"host") => {
            let version = words.iter().position(|(_, word)| *word == b"version");
            add(Kind::Community, version.map_or(3, |at| at + 2));
        }
        _ => {}
    }
    if !STARTS.contains(&first) {
        return;
    }
    for (at, (_, marker)) in words.iter().enumerate() {
        if !MARKERS.contains(marker) {
            continue;
        }
        // `password 7 0822455D0A16`, `secret 9 $9$…`, `md5 encrypted X`
        let typed = word(at + 1).is_some_and(|word| {
            matches!(word, b"encrypted" | b"clear" | b"hex" | b"ascii-text")
                || (word.len() == 1 && word.is_ascii_digits())
        });
        add(Kind::Secret, if typed { at + 2 } else { at + 1 });
    }
}

trait Digits {
    fn is_ascii_digits(&self) -> bool;
}

impl Digits for [u8] {
    fn is_ascii_digits(&self) -> bool {
        self.iter().all(u8::is_ascii_digit)
    }
}

/// No line of configuration that holds a secret has more words.
const MOST_WORDS: usize = 40;

/// Words that begin a line of configuration with a secret.
const STARTS: &[&[u8]] = &[
    b"username",
    b"enable",
    b"password",
    b"secret",
    b"key",
    b"key-string",
    b"tacacs-server",
    b"radius-server",
    b"tacacs",
    b"radius",
    b"server",
    b"server-private",
    b"address",
    b"ntp",
    b"crypto",
    b"neighbor",
    b"ppp",
    b"snmp-server",
    b"ip",
    b"wpa-psk",
    b"authentication",
    b"pre-shared-key",
    b"standby",
    b"vrrp",
    b"aaa-server",
    b"passphrase",
    b"license",
];

/// Words that a secret stands behind.
const MARKERS: &[&[u8]] = &[
    b"password",
    b"secret",
    b"key",
    b"key-string",
    b"shared-secret",
    b"md5",
    b"auth",
    b"priv",
    b"pre-shared-key",
    b"psk",
    b"passphrase",
    b"authentication-key",
    b"encrypted-key",
    b"idtoken",
    b"proxy-password",
    b"0x",
];

fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split(u8::is_ascii_whitespace).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// Serial numbers in Cisco's own form, in tables that label only their columns: the maker, year and week, and four
/// more: `JAD2347X0PK`.
fn plain_serials(line: Line<'_>, found: &mut Vec<Found>) {
    let text = line.text();
    for token in crate::scrub::tokens::tokens(text) {
        let word = crate::scrub::tokens::text_of(text, token);
        let (Some(maker), Some(date), Some(rest)) = (word.get(..3), word.get(3..7), word.get(7..11)) else {
            continue;
        };
        let week = |tens: u8, ones: u8| (tens - b'0') * 10 + (ones - b'0');
        let dated = match date {
            [a, b, c, d] if date.iter().all(u8::is_ascii_digit) => {
                *a <= b'9' && *b <= b'9' && (1..=53).contains(&week(*c, *d))
            }
            _ => false,
        };
        let shouted = rest.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if word.len() == 11 && maker.iter().all(u8::is_ascii_uppercase) && dated && shouted {
            line.add(found, Kind::SerialNumber, token.start, token.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::all;

    fn found(text: &str) -> Vec<&str> {
        all(text.as_bytes()).into_iter().map(|it| text.get(it.span.range()).unwrap()).collect()
    }

    #[test]
    fn sentences_tell_names() {
        assert_eq!(found("br3-acc uptime is 31 weeks"), ["br3-acc"]);
        assert_eq!(found("fw1 up 31 days 2 hours\nfailover cluster up 3 days"), ["fw1"]);
        assert_eq!(
            found("Kernel uptime is 3 day(s)\nUptime for this control processor is 31 weeks"),
            [""; 0]
        );
        assert_eq!(found("%SYS-5-CONFIG_I: Configured from console by olga on vty1"), ["olga"]);
        assert_eq!(found(" 1  32  C9200-24P   JAD2347X0PK  V01   17.05.01"), ["JAD2347X0PK"]);
    }

    #[test]
    fn configuration_tells_secrets() {
        for (text, values) in [
            ("hostname br3-acc", &["br3-acc"][..]),
            ("username olga privilege 15 password 7 0822455D0A16", &["olga", "0822455D0A16"]),
            ("enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0", &["1$mERr$hx5rVt7rPNoS4wqbXKX7m0"]),
            ("snmp-server community h4rbour RO", &["h4rbour"]),
            ("snmp-server host 198.51.100.9 version 2c h4rbour", &["198.51.100.9", "h4rbour"]),
            ("snmp-server location Pier 4, shed 2", &["Pier 4, shed 2"]),
            ("tacacs-server key 7 13061E010803", &["13061E010803"]),
            (" key-string 7 070C285F4D06", &["070C285F4D06"]),
            ("The flash permanent activation key is the SAME as the running permanent key.", &[]),
            ("The password-recovery mechanism is enabled.", &[]),
        ] {
            assert_eq!(found(text), values, "{text}");
        }
    }
}
