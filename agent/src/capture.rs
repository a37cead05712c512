//! Raw device bytes as they came, with their digest: the evidence that a record rests on.

use jiff::Timestamp;
use licwatch_parsers::Command;
use licwatch_parsers::record::Source;
use memchr::memmem;
use sha2::{Digest, Sha256};

/// How a capture came to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A CLI session over SSH.
    Ssh,
    /// A NETCONF session.
    Netconf,
    /// A file that somebody saved.
    File,
}

impl Origin {
    /// The word that records and manifests use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Netconf => "netconf",
            Self::File => "file",
        }
    }
}

/// One command's answer, byte for byte.
#[derive(Clone, Debug)]
pub struct Capture {
    /// What was asked, where that is known.
    pub command: Option<Command>,
    /// How it came.
    pub origin: Origin,
    /// The bytes, unchanged.
    pub raw: Vec<u8>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The agent's clock at the middle of the exchange; absent for a file.
    pub at: Option<Timestamp>,
}

impl Capture {
    /// Takes the bytes and digests them.
    pub fn new(command: Option<Command>, origin: Origin, raw: Vec<u8>, at: Option<Timestamp>) -> Self {
        let sha256 = sha256(&raw);
        Self { command, origin, raw, sha256, at }
    }

    /// Completes what the parsers said of this capture's source.
    pub fn describe<'a>(&'a self, source: &mut Source<'a>) {
        source.transport = Some(self.origin.word().into());
        source.sha256 = Some(self.sha256.as_str().into());
        source.bytes = u64::try_from(self.raw.len()).ok();
        source.at = self.at;
    }

    /// Whether the bytes hold what unlocks licences elsewhere, an activation key or a reservation code. Such a
    /// capture leaves the host only scrubbed.
    pub fn is_sensitive(&self) -> bool {
        const KEY: &[u8] = b"Activation Key: 0x";
        const CODE: &[u8] = b"Reservation authorization code:";
        let value =
            |at: usize| self.raw.get(at + CODE.len()..).and_then(|rest| rest.split(|b| *b == b'\n').next());
        let states_one = |at| value(at).is_some_and(|value| !matches!(value.trim_ascii(), b"" | b"<none>"));
        memmem::find(&self.raw, KEY).is_some() || memmem::find_iter(&self.raw, CODE).any(states_one)
    }
}

/// SHA-256 of some bytes, lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_of_the_bytes_as_they_came() {
        let capture = Capture::new(None, Origin::File, b"abc".to_vec(), None);
        assert_eq!(capture.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(!capture.is_sensitive());
    }

    #[test]
    fn keys_and_codes_make_a_capture_sensitive() {
        let sensitive = |raw: &[u8]| Capture::new(None, Origin::Ssh, raw.to_vec(), None).is_sensitive();
        assert!(sensitive(b"Running Permanent Activation Key: 0x0"));
        assert!(sensitive(
            b"    Reservation authorization code: <none>\n    Reservation authorization code: A1B2\n"
        ));
        assert!(!sensitive(b"    Reservation authorization code: <none>\r\n"));
    }
}
