//! How OpenSSH names a host: `host` on port 22, `[host]:port` elsewhere, and the patterns that match it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use russh::keys::ssh_encoding::{Base64Reader, Reader};
use sha1::Sha1;

/// The port that is not written.
const DEFAULT_PORT: u16 = 22;
/// A salt and a digest of SHA-1 are 20 bytes each; more is not read.
const LONGEST_DIGEST: usize = 64;

/// A host as `known_hosts` names it, in lower case.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HostName {
    host: String,
    port: u16,
    text: String,
}

impl HostName {
    /// The name of `host` on `port`.
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.to_ascii_lowercase();
        let text = if port == DEFAULT_PORT { host.clone() } else { format!("[{host}]:{port}") };
        Self { host, port, text }
    }

    /// The name that somebody typed: `host`, or `[host]:port`.
    pub fn typed(typed: &str) -> Self {
        let bracketed = typed.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        match bracketed {
            Some((host, "")) => Self::new(host, DEFAULT_PORT),
            Some((host, port)) => match port.strip_prefix(':').and_then(|port| port.parse().ok()) {
                Some(port) => Self::new(host, port),
                None => Self::new(typed, DEFAULT_PORT),
            },
            None => Self::new(typed, DEFAULT_PORT),
        }
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that its keys are for.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same host on port 22, whose keys OpenSSH also takes for other ports.
    pub(super) fn without_port(&self) -> Option<Self> {
        (self.port != DEFAULT_PORT).then(|| Self::new(&self.host, DEFAULT_PORT))
    }

    /// Whether the name can stand in a file and mean one host.
    pub(super) fn is_one_host(&self) -> bool {
        let allowed = |c: char| !c.is_whitespace() && !c.is_control() && !"*?!,|@#[]".contains(c);
        !self.host.is_empty() && self.host.chars().all(allowed)
    }

    /// Whether a comma list of patterns names this host: `*` and `?` match, `!` excludes, `|1|…` is hashed.
    pub(super) fn is_named_by(&self, patterns: &str) -> bool {
        let mut named = false;
        for pattern in patterns.split(',') {
            match pattern.strip_prefix('!') {
                Some(excluded) if self.matches(excluded) => return false,
                Some(_) => {}
                None => named |= self.matches(pattern),
            }
        }
        named
    }

    /// Whether one entry of a list is this very name, plain or hashed, and not a wider pattern.
    pub(super) fn is_exactly(&self, pattern: &str) -> bool {
        if pattern.starts_with("|1|") {
            self.is_hashed_as(pattern)
        } else {
            pattern.eq_ignore_ascii_case(&self.text)
        }
    }

    fn matches(&self, pattern: &str) -> bool {
        if pattern.starts_with("|1|") {
            self.is_hashed_as(pattern)
        } else {
            glob(pattern.to_ascii_lowercase().as_bytes(), self.text.as_bytes())
        }
    }

    /// `|1|base64(salt)|base64(HMAC-SHA1(salt, name))`, as `ssh-keygen -H` writes it.
    fn is_hashed_as(&self, pattern: &str) -> bool {
        let parts = pattern.strip_prefix("|1|").and_then(|rest| rest.split_once('|'));
        let Some((salt, digest)) = parts.and_then(|(salt, digest)| Some((bytes(salt)?, bytes(digest)?)))
        else {
            return false;
        };
        Hmac::<Sha1>::new_from_slice(&salt)
            .is_ok_and(|hmac| hmac.chain_update(self.text.as_bytes()).verify_slice(&digest).is_ok())
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A short base64 text.
fn bytes(base64: &str) -> Option<Vec<u8>> {
    let mut reader = Base64Reader::new(base64.as_bytes()).ok()?;
    let length = reader.remaining_len();
    if length > LONGEST_DIGEST {
        return None;
    }
    let mut bytes = vec![0; length];
    let read = reader.read(&mut bytes).ok()?.len();
    (read == length).then_some(bytes)
}

/// Whether `text` is matched by a pattern of `*` and `?`. It goes back to the last star only, so the work is
/// bounded by the product of both lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            (Some((wanted, after)), Some((found, left))) if *wanted == b'?' || wanted == found => {
                (pattern, text) = (after, left);
            }
            (None, None) => return true,
            _ => match retry {
                Some((after_star, from)) => match from.split_first() {
                    Some((_, left)) => {
                        retry = Some((after_star, left));
                        (pattern, text) = (after_star, left);
                    }
                    None => return false,
                },
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_their_port_unless_it_is_22() {
        assert_eq!(HostName::new("Core-1.Example.NET", 22).as_str(), "core-1.example.net");
        assert_eq!(HostName::new("2001:db8::1", 830).as_str(), "[2001:db8::1]:830");
        assert_eq!(HostName::typed("[192.0.2.1]:830"), HostName::new("192.0.2.1", 830));
        assert_eq!(HostName::typed("2001:db8::1"), HostName::new("2001:db8::1", 22));
        assert_eq!(HostName::typed("[2001:db8::1]"), HostName::new("2001:db8::1", 22));
    }

    #[test]
    fn patterns_match_as_in_openssh() {
        let host = HostName::new("edge-7.example.net", 22);
        assert!(host.is_named_by("*.example.net"));
        assert!(host.is_named_by("core,edge-?.example.net"));
        assert!(host.is_named_by("EDGE-7.example.net"));
        assert!(!host.is_named_by("*.example.net,!edge-7.*"));
        assert!(!host.is_named_by("!core"));
        assert!(!host.is_named_by("edge-7.example.ne"));
        assert!(!host.is_named_by(""));
        assert!(HostName::new("edge-7", 830).is_named_by("[edge-*]:830"));
        assert!(!HostName::new("edge-7", 830).is_named_by("edge-7"));
    }

    /// Hashed by `ssh-keygen -H` of OpenSSH 9.2.
    #[test]
    fn hashed_names_are_recognized() {
        let plain = "|1|qe2erlS3iFxiI4CKxX6aKIDAQB0=|bmcULLmWYrEd78mMjSqRQF5PVZk=";
        let with_port = "|1|1cMHViHxIXYmYtzuu9u2mA8GtZg=|T2ZdOJwi5ArSB+RpqZR1UeV0EWs=";
        assert!(HostName::new("192.0.2.7", 22).is_named_by(plain));
        assert!(HostName::new("192.0.2.7", 830).is_named_by(with_port));
        assert!(!HostName::new("192.0.2.7", 830).is_named_by(plain));
        assert!(!HostName::new("192.0.2.8", 22).is_named_by(plain));
        for broken in ["|1|", "|1||", "|1|not base64|x", "|1|qe2erlS3iFxiI4CKxX6aKIDAQB0="] {
            assert!(!HostName::new("192.0.2.7", 22).is_named_by(broken), "{broken}");
        }
    }

    #[test]
    fn stars_do_not_explode() {
        let text = "a".repeat(200);
        assert!(!glob(format!("{}b", "*a".repeat(50)).as_bytes(), text.as_bytes()));
    }
}
