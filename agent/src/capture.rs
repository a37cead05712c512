//! Raw device bytes as they came, with their digest: the evidence that a record rests on.

use jiff::Timestamp;
use licwatch_parsers::Command;
use licwatch_parsers::record::Source;
use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::scrub::holds_code;

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

    /// Whether the bytes hold what unlocks licences elsewhere: an activation key, a PAK, a licence file, or a code
    /// that reserves, authorizes or returns licences. Such a capture leaves the host only scrubbed.
    pub fn is_sensitive(&self) -> bool {
        let text = self.raw.to_ascii_lowercase();
        let stands = |words: &[u8]| memmem::find(&text, words).is_some();
        UNLOCKING.iter().any(|words| stands(words))
            || LABELS.iter().any(|label| states_value(&text, label))
            || ACTIVATION.iter().any(|label| states_key(&text, label))
            // A licence file of FlexLM: its lines are signed for one host.
            || ((stands(b"increment ") || stands(b"feature ")) && (stands(b"sign=") || stands(b"hostid=")))
            || holds_code(&self.raw)
    }
}

/// Elements of Cisco's own that hold an authorization or a trust.
const UNLOCKING: [&[u8]; 4] =
    [b"<specificplr>", b"<authorizationcode>", b"<smartlicenseauthorization>", b"<trustcode>"];

/// Labels of codes and purchases, in lower case.
const LABELS: [&[u8]; 13] = [
    b"authorization code:",
    b"return code:",
    b"return key:",
    b"<authorization-code>",
    b"<return-code>",
    b"<pak>",
    b"pak:",
    b"pak number:",
    b"product authorization key:",
    b"\"authorization-code\":",
    b"\"return-code\":",
    b"\"remove_code\":",
    b"\\\"remove_code\\\":",
];

/// Labels of activation keys, and the command that sets one.
const ACTIVATION: [&[u8]; 2] = [b"activation key:", b"activation-key "];

/// Whether a value stands behind a label on its line.
fn states_value(text: &[u8], label: &[u8]) -> bool {
    const NOTHING: [&[u8]; 5] = [b"<none>", b"<empty>", b"none", b"null", b"n/a"];
    memmem::find_iter(text, label).any(|at| {
        let rest = text.get(at + label.len()..).unwrap_or_default();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let value = line.trim_ascii();
        let value = value.strip_prefix(b"\\").unwrap_or(value);
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let says_nothing = value.is_empty()
            || value.starts_with(b"</")
            || value.starts_with(b"\"")
            || value.starts_with(b"\\\"")
            || NOTHING.iter().any(|word| {
                value
                    .strip_prefix(*word)
                    .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
            });
        !says_nothing
    })
}

/// Whether an activation key stands behind a label, there or on the next line.
fn states_key(text: &[u8], label: &[u8]) -> bool {
    memmem::find_iter(text, label).any(|at| {
        let rest = text.get(at + label.len()..).unwrap_or_default();
        rest.trim_ascii_start().starts_with(b"0x")
    })
}

/// SHA-256 of some bytes, lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    crate::hex::digits(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

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
        assert!(sensitive(b"Active Timebased Activation Key:\r\n0x07c2d9b6 0xe15f3a84"));
        assert!(!sensitive(b"The flash permanent activation key is the SAME as the running permanent key."));
        assert!(sensitive(b"      Last return code: CEHL4w-Sq7m") && !sensitive(b"Last return code: <none>"));
        assert!(
            sensitive(b"<return-code>CEHL4w</return-code>") && !sensitive(b"<return-code></return-code>")
        );
        assert!(sensitive(b"<PAK>N3K77</PAK>") && !sensitive(b"<PAK></PAK>"));
        assert!(sensitive(br#""remove_code":"CEHL4w""#) && !sensitive(br#""remove_code":null"#));
        assert!(sensitive(b"INCREMENT LAN_PKG cisco 1.0 permanent uncounted HOSTID=VDH=X SIGN=0B0E"));
        assert!(!sensitive(b"Feature name: ap_count"));
    }

    /// By what each capture and file in the tree is.
    #[test]
    fn what_unlocks_licences_is_told_from_all_else_in_the_tree() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
        let mut sensitive = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "txt" || it == "xml")
                    && Capture::new(None, Origin::File, fs::read(&path).unwrap(), None).is_sensitive()
                {
                    sensitive.push(path.strip_prefix(&root).unwrap().display().to_string());
                }
            }
        }
        sensitive.sort();
        let told = [
            "captures/asa/show_activation-key/asa5516.txt",
            "captures/asa/show_activation-key/wrapped.txt",
            "captures/asa/show_version/asa5505-7.2.txt",
            "captures/asa/show_version/asa5516.txt",
            "captures/asa/show_version/time-based.txt",
            "captures/ios-xe/show_license_all/slr.txt",
            "captures/ios-xe/show_license_authorization/words.txt",
            "captures/ios-xe/show_license_reservation/requested.txt",
            "captures/nx-os/show_license/counted.txt",
            "captures/nx-os/show_license/n5k.txt",
            "exchange/cucm-authorization.txt",
            "exchange/reservation-return-session.txt",
            "exchange/return-code.txt",
            "exchange/slac-return.txt",
            "exchange/slac.txt",
            "exchange/slr-c9500.txt",
            "exchange/trust-code.txt",
            "exchange/universal-authorization.txt",
            "netconf/xr-reservation.xml",
        ];
        assert_eq!(sensitive, told);
    }
}
