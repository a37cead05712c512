//! The labels before originals, as one table: `label: value`, `label = value`, `label........ value`,
//! `<label>value</label>` and `"label":"value"` alike. Labels are in lower case, with blanks for `-` and `_`.

use crate::scrub::Kind;

/// How far the value behind a label goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// To the next blank, comma, quote or bracket.
    Word,
    /// To the end of the line, or to two blanks, or to `As of`.
    Line,
}

/// The kind and extent of what stands behind a label: the longest that the text ends with.
pub(super) fn behind(label: &[u8]) -> Option<(Kind, Extent)> {
    let ends = |it: &&(&str, Kind, Extent)| ends_with_words(label, it.0.as_bytes());
    if NOT.iter().any(|not| ends_with_words(label, not.as_bytes())) {
        return None;
    }
    LABELS.iter().filter(ends).max_by_key(|it| it.0.len()).map(|(_, kind, extent)| (*kind, *extent))
}

/// Whether a text ends with these words and not within one.
fn ends_with_words(text: &[u8], words: &[u8]) -> bool {
    text.strip_suffix(words).is_some_and(|before| {
        let inside = before.last().is_some_and(u8::is_ascii_alphanumeric);
        !inside || !words.first().is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// The longest label, and something before it.
pub(super) const WIDEST: usize = 40;

/// Labels whose last words are those of others, and whose values say nothing.
const NOT: &[&str] =
    &["sending hostname", "timezone location", "build host", "built by", "rommon location", "nodename"];

const LABELS: &[(&str, Kind, Extent)] = &[
    // What identifies hardware.
    ("sn", Kind::SerialNumber, Extent::Word),
    ("s", Kind::SerialNumber, Extent::Word),
    ("s/n", Kind::SerialNumber, Extent::Word),
    ("serial", Kind::SerialNumber, Extent::Word),
    ("serial#", Kind::SerialNumber, Extent::Word),
    ("serial no", Kind::SerialNumber, Extent::Word),
    ("serial no.", Kind::SerialNumber, Extent::Word),
    ("serial num", Kind::SerialNumber, Extent::Word),
    ("serial number", Kind::SerialNumber, Extent::Word),
    ("serialnumber", Kind::SerialNumber, Extent::Word),
    ("board id", Kind::SerialNumber, Extent::Word),
    ("vdh", Kind::SerialNumber, Extent::Word),
    ("hostid", Kind::SerialNumber, Extent::Word),
    ("host id", Kind::SerialNumber, Extent::Word),
    ("chassis id", Kind::SerialNumber, Extent::Word),
    // What it is called.
    ("hostname", Kind::HostName, Extent::Word),
    ("host name", Kind::HostName, Extent::Word),
    ("device name", Kind::HostName, Extent::Word),
    ("system name", Kind::HostName, Extent::Line),
    ("sysname", Kind::HostName, Extent::Word),
    ("nas id", Kind::HostName, Extent::Word),
    ("domain", Kind::HostName, Extent::Word),
    ("domain name", Kind::HostName, Extent::Word),
    ("management domain", Kind::HostName, Extent::Word),
    ("management domain name", Kind::HostName, Extent::Word),
    ("proxy address", Kind::HostName, Extent::Word),
    ("vrf", Kind::HostName, Extent::Word),
    // Whose it is.
    ("smart account", Kind::Account, Extent::Line),
    ("virtual account", Kind::Account, Extent::Line),
    ("account name", Kind::Account, Extent::Line),
    ("smart account id", Kind::Account, Extent::Line),
    ("virtual account id", Kind::Account, Extent::Line),
    ("specification va", Kind::Account, Extent::Line),
    ("specification va id", Kind::Account, Extent::Line),
    ("policyname", Kind::Policy, Extent::Line),
    ("policy name", Kind::Policy, Extent::Line),
    ("custom id", Kind::Location, Extent::Line),
    ("customer id", Kind::Location, Extent::Line),
    ("contract id", Kind::Location, Extent::Line),
    ("site id", Kind::Location, Extent::Line),
    ("site name", Kind::Location, Extent::Line),
    ("site location", Kind::Location, Extent::Line),
    ("system location", Kind::Location, Extent::Line),
    ("physical location", Kind::Location, Extent::Line),
    ("snmp location", Kind::Location, Extent::Line),
    ("syslocation", Kind::Location, Extent::Line),
    ("street address", Kind::Location, Extent::Line),
    ("system contact", Kind::Contact, Extent::Line),
    ("snmp contact", Kind::Contact, Extent::Line),
    ("syscontact", Kind::Contact, Extent::Line),
    ("contact", Kind::Contact, Extent::Line),
    ("contact name", Kind::Contact, Extent::Line),
    ("contact person", Kind::Contact, Extent::Line),
    ("contact email", Kind::Contact, Extent::Line),
    ("phone", Kind::Contact, Extent::Line),
    ("phone number", Kind::Contact, Extent::Line),
    ("telephone", Kind::Contact, Extent::Line),
    ("username", Kind::User, Extent::Word),
    ("user name", Kind::User, Extent::Word),
    ("user", Kind::User, Extent::Word),
    ("userid", Kind::User, Extent::Word),
    ("user id", Kind::User, Extent::Word),
    ("login", Kind::User, Extent::Word),
    // What opens something.
    ("password", Kind::Secret, Extent::Word),
    ("passwd", Kind::Secret, Extent::Word),
    ("passphrase", Kind::Secret, Extent::Word),
    ("secret", Kind::Secret, Extent::Word),
    ("shared secret", Kind::Secret, Extent::Word),
    ("pre shared key", Kind::Secret, Extent::Word),
    ("auth key", Kind::Secret, Extent::Word),
    ("api key", Kind::Secret, Extent::Word),
    ("idtoken", Kind::Secret, Extent::Word),
    ("id token", Kind::Secret, Extent::Word),
    ("token", Kind::Secret, Extent::Word),
    ("community", Kind::Community, Extent::Word),
    ("community name", Kind::Community, Extent::Word),
    ("community string", Kind::Community, Extent::Word),
    ("community securityname", Kind::Community, Extent::Word),
    // What was bought, reserved, returned.
    ("pak", Kind::Purchase, Extent::Word),
    ("pak number", Kind::Purchase, Extent::Word),
    ("product authorization key", Kind::Purchase, Extent::Word),
    ("licfileid", Kind::Purchase, Extent::Word),
    ("subscription id", Kind::Purchase, Extent::Word),
    ("subscriptionid", Kind::Purchase, Extent::Word),
    ("order number", Kind::Purchase, Extent::Word),
    ("confirmation code", Kind::Code, Extent::Word),
    ("return code", Kind::Code, Extent::Word),
    ("request code", Kind::Code, Extent::Word),
    ("reservation code", Kind::Code, Extent::Word),
    ("authorization code", Kind::Code, Extent::Word),
    ("return key", Kind::Code, Extent::Word),
    ("confirm code", Kind::Code, Extent::Word),
    ("remove code", Kind::Code, Extent::Word),
    ("trustcode", Kind::Code, Extent::Word),
    ("trustid", Kind::Instance, Extent::Word),
    ("trust id", Kind::Instance, Extent::Word),
    ("piid", Kind::Instance, Extent::Word),
    ("uuid", Kind::Instance, Extent::Word),
    ("csr", Kind::Certificate, Extent::Word),
    ("sign", Kind::Certificate, Extent::Word),
    ("sign2", Kind::Certificate, Extent::Word),
    ("signature", Kind::Certificate, Extent::Word),
    ("fingerprint", Kind::Certificate, Extent::Word),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_label_decides() {
        assert_eq!(behind(b"  virtual account").map(|it| it.0), Some(Kind::Account));
        assert_eq!(behind(b"udi serial number").map(|it| it.0), Some(Kind::SerialNumber));
        assert_eq!(behind(b"pid:c9300,sn").map(|it| it.0), Some(Kind::SerialNumber));
        assert_eq!(behind(b"system timezone location"), None);
        assert_eq!(behind(b"sending hostname"), None);
        assert_eq!(behind(b"dns"), None);
        assert!(LABELS.iter().all(|it| it.0.len() < WIDEST));
    }
}
