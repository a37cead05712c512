//! Device host keys, in the `known_hosts` form of OpenSSH (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
//!
//! ```text
//! # a comment
//! core-1,192.0.2.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… added 2026-11-21
//! [edge-7.example.net]:830 ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYA…
//! |1|qe2erlS3iFxiI4CKxX6aKIDAQB0=|bmcULLmWYrEd78mMjSqRQF5PVZk= ssh-ed25519 AAAAC3NzaC1…
//! @revoked * ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ…
//! ```
//!
//! The reader is ours because russh's knows no `@revoked`. Lines that nobody here understands, comments included,
//! are kept byte for byte when the file is written.

mod file;
mod name;

use std::ops::Range;

use russh::keys::{Algorithm, HashAlg, PublicKey};

pub use file::{Forgotten, KnownHostsError, Trusted, forget, load, trust};
pub use name::HostName;

/// The content of a `known_hosts` file.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
}

/// A line that holds a key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The line's number, from 1.
    pub line: usize,
    /// What the line does with its key.
    pub marker: Marker,
    /// The host names as they stand there: a comma list of patterns, or one hashed name.
    pub hosts: String,
    /// The key.
    pub key: PublicKey,
    /// What follows the key.
    pub comment: String,
}

/// What a line does with its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Marker {
    /// The hosts may show this key.
    Trusted,
    /// `@revoked`: nobody may show this key.
    Revoked,
    /// `@cert-authority`: the key signs host certificates. No Cisco device shows one, so it is not used.
    CertAuthority,
}

/// A key on record, as it is shown to people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownKey {
    /// The line it stands in.
    pub line: usize,
    /// Its type, such as `ssh-ed25519`.
    pub algorithm: String,
    /// Its fingerprint, such as `SHA256:xrSr7hGVf1trlNmcniT3BPIl262OouxFF7Rfem7oYNE`.
    pub fingerprint: String,
}

/// How a host's key stands to what is on record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// The key is on record for the host.
    Known,
    /// No key of this type is on record. Keys of other types may be.
    Unknown {
        /// The host's keys of other types.
        others: Vec<KnownKey>,
    },
    /// Another key of this type is on record.
    Changed {
        /// The host's keys of this type.
        known: Vec<KnownKey>,
    },
    /// The key is marked as revoked.
    Revoked {
        /// The line that says so.
        line: usize,
    },
}

impl KnownHosts {
    /// Reads a file's content. What is not understood stays in it, unread.
    pub fn parse(content: &[u8]) -> Self {
        let lines = content
            .split_inclusive(|&byte| byte == b'\n')
            .zip(1..)
            .map(|(raw, number)| Line::parse(raw, number))
            .collect();
        Self { lines }
    }

    /// The lines that hold keys.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lines.iter().filter_map(|line| line.entry.as_ref())
    }

    /// The numbers of lines that hold neither a key nor a comment.
    pub fn unreadable(&self) -> impl Iterator<Item = usize> {
        self.lines.iter().filter(|line| line.unreadable).map(|line| line.number)
    }

    /// The types of the keys on record for `name`, in the order of the file.
    pub fn key_types(&self, name: &HostName) -> Vec<Algorithm> {
        let fallback = name.without_port();
        self.trusted(name)
            .chain(fallback.iter().flat_map(|plain| self.trusted(plain)))
            .map(|entry| entry.key.algorithm())
            .collect()
    }

    /// Decides as OpenSSH does: a revoked key is refused; a key on record is taken; another key of the same type
    /// means that it changed; a key of another type alone is an unknown one. What is on record for port 22 is
    /// good for any port that has no record of its own.
    pub fn standing(&self, name: &HostName, key: &PublicKey) -> Standing {
        let fallback = name.without_port();
        let names = || std::iter::once(name).chain(fallback.as_ref());
        if let Some(revoked) = self.entries().find(|entry| {
            entry.marker == Marker::Revoked
                && same_key(&entry.key, key)
                && names().any(|name| name.is_named_by(&entry.hosts))
        }) {
            return Standing::Revoked { line: revoked.line };
        }
        let own: Vec<&Entry> = self.trusted(name).collect();
        if own.iter().any(|entry| same_key(&entry.key, key)) {
            return Standing::Known;
        }
        let (same_type, others): (Vec<&Entry>, Vec<&Entry>) =
            own.into_iter().partition(|entry| same_type(&entry.key.algorithm(), &key.algorithm()));
        if !same_type.is_empty() {
            return Standing::Changed { known: same_type.into_iter().map(Entry::known).collect() };
        }
        if fallback.iter().flat_map(|plain| self.trusted(plain)).any(|entry| same_key(&entry.key, key)) {
            return Standing::Known;
        }
        Standing::Unknown { others: others.into_iter().map(Entry::known).collect() }
    }

    fn trusted<'a>(&'a self, name: &'a HostName) -> impl Iterator<Item = &'a Entry> {
        self.entries().filter(|entry| entry.marker == Marker::Trusted && name.is_named_by(&entry.hosts))
    }
}

impl Entry {
    /// Whether the line is about this host, by name, by pattern or by its hash.
    pub fn concerns(&self, name: &HostName) -> bool {
        name.is_named_by(&self.hosts)
    }

    /// The key as it is shown to people.
    pub fn known(&self) -> KnownKey {
        KnownKey {
            line: self.line,
            algorithm: self.key.algorithm().as_str().to_owned(),
            fingerprint: fingerprint(&self.key),
        }
    }
}

/// A key's fingerprint as OpenSSH shows it.
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Whether two algorithms use keys of the same type: RSA keys are one type, whatever hash signs.
pub(crate) fn same_type(one: &Algorithm, other: &Algorithm) -> bool {
    matches!((one, other), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. })) || one == other
}

fn same_key(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_data() == other.key_data()
}

/// One line with its line end.
#[derive(Clone, Debug)]
struct Line {
    raw: Vec<u8>,
    number: usize,
    /// Where the host names stand in `raw`.
    hosts: Range<usize>,
    entry: Option<Entry>,
    unreadable: bool,
}

impl Line {
    fn parse(raw: &[u8], number: usize) -> Self {
        let blank = Self { raw: raw.to_vec(), number, hosts: 0..0, entry: None, unreadable: false };
        let Ok(text) = std::str::from_utf8(raw) else { return Self { unreadable: true, ..blank } };
        let content = text.trim();
        if content.is_empty() || content.starts_with('#') {
            return blank;
        }
        match entry(content, number) {
            Some(entry) => {
                let start = text.find(&entry.hosts).unwrap_or(0);
                Self { hosts: start..start + entry.hosts.len(), entry: Some(entry), ..blank }
            }
            None => Self { unreadable: true, ..blank },
        }
    }
}

fn entry(content: &str, line: usize) -> Option<Entry> {
    let (marker, content) = match word(content) {
        ("@revoked", rest) => (Marker::Revoked, rest),
        ("@cert-authority", rest) => (Marker::CertAuthority, rest),
        (other, _) if other.starts_with('@') => return None,
        _ => (Marker::Trusted, content),
    };
    let (hosts, rest) = word(content);
    let (algorithm, rest) = word(rest);
    let (base64, comment) = word(rest);
    let key = PublicKey::from_openssh(&format!("{algorithm} {base64}")).ok()?;
    Some(Entry { line, marker, hosts: hosts.to_owned(), key, comment: comment.to_owned() })
}

/// The first word and what follows it.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start_matches([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use russh::keys::PrivateKey;
    use russh::keys::key::safe_rng;

    use super::*;

    fn key(algorithm: Algorithm) -> PublicKey {
        PrivateKey::random(&mut safe_rng(), algorithm).unwrap().public_key().clone()
    }

    fn ed25519() -> PublicKey {
        key(Algorithm::Ed25519)
    }

    fn ecdsa() -> PublicKey {
        key(Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP256 })
    }

    fn file(lines: &[(&str, &PublicKey)]) -> KnownHosts {
        let text: String =
            lines.iter().map(|(hosts, key)| format!("{hosts} {}\n", key.to_openssh().unwrap())).collect();
        KnownHosts::parse(text.as_bytes())
    }

    #[test]
    fn a_host_may_have_several_keys() {
        let (one, two, spare) = (ed25519(), ecdsa(), ed25519());
        let known = file(&[("core-1,192.0.2.1", &one), ("core-1", &two), ("core-1", &spare)]);
        let name = HostName::new("core-1", 22);
        for key in [&one, &two, &spare] {
            assert_eq!(known.standing(&name, key), Standing::Known);
        }
        assert_eq!(known.key_types(&name).len(), 3);
        assert_eq!(known.standing(&HostName::new("192.0.2.1", 22), &one), Standing::Known);
    }

    #[test]
    fn another_key_of_the_same_type_is_a_change_and_of_another_type_is_not() {
        let (old, new, other) = (ed25519(), ed25519(), ecdsa());
        let known = file(&[("core-1", &old)]);
        let name = HostName::new("core-1", 22);
        let Standing::Changed { known: keys } = known.standing(&name, &new) else { panic!() };
        assert_eq!(keys[0].fingerprint, fingerprint(&old));
        let Standing::Unknown { others } = known.standing(&name, &other) else { panic!() };
        assert_eq!(others[0].algorithm, "ssh-ed25519");
    }

    #[test]
    fn a_revoked_key_is_refused_wherever_it_is_also_trusted() {
        let lost = ed25519();
        let known = file(&[("core-1", &lost), ("@revoked *", &lost)]);
        assert_eq!(known.standing(&HostName::new("core-1", 22), &lost), Standing::Revoked { line: 2 });
        assert_eq!(known.standing(&HostName::new("core-1", 830), &lost), Standing::Revoked { line: 2 });
        assert_eq!(known.key_types(&HostName::new("core-2", 22)), []);
    }

    #[test]
    fn the_key_of_port_22_is_good_for_a_port_without_its_own() {
        let (main, own) = (ed25519(), ed25519());
        let known = file(&[("core-1", &main)]);
        assert_eq!(known.standing(&HostName::new("core-1", 830), &main), Standing::Known);
        assert!(matches!(known.standing(&HostName::new("core-1", 830), &own), Standing::Unknown { .. }));
        let known = file(&[("core-1", &main), ("[core-1]:830", &own)]);
        assert!(matches!(known.standing(&HostName::new("core-1", 830), &main), Standing::Changed { .. }));
    }

    #[test]
    fn certificate_authorities_and_unknown_lines_trust_nobody() {
        let key = ed25519();
        let text = format!(
            "# old keys\n\n@cert-authority * {key}\n@novel * {key}\ncore-1 ssh-ed25519\n\u{e9}\n",
            key = key.to_openssh().unwrap()
        );
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(b"\xff\xfe\n");
        let known = KnownHosts::parse(&bytes);
        assert!(matches!(known.standing(&HostName::new("core-1", 22), &key), Standing::Unknown { .. }));
        assert_eq!(known.unreadable().collect::<Vec<_>>(), [4, 5, 6, 7]);
        assert_eq!(known.entries().next().unwrap().marker, Marker::CertAuthority);
    }
}
