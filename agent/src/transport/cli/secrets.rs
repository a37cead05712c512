//! Secrets on their way to the device, and kept out of everything else.

use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What stands where a secret was.
const REDACTED: &[u8] = b"<secret>";

/// Bytes to be sent.
pub struct Sending {
    bytes: Zeroizing<Vec<u8>>,
    secret: bool,
    begins_login: bool,
}

impl Sending {
    pub(super) fn plain(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), secret: false, begins_login: false }
    }

    /// A secret and the RETURN behind it; `None` if it holds a control character, which would end it early.
    pub(super) fn secret(secret: &SecretString) -> Option<Self> {
        let text = secret.expose_secret();
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(b'\n');
        (!text.chars().any(char::is_control)).then_some(Self { bytes, secret: true, begins_login: false })
    }

    /// These bytes begin a dialogue that shows a credential.
    pub(super) fn beginning_login(self) -> Self {
        Self { begins_login: true, ..self }
    }

    /// Whether they begin a dialogue that shows a credential, so that its turn must be waited for.
    pub fn begins_login(&self) -> bool {
        self.begins_login
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether they hold a secret and must not be shown.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// The bytes as they may be shown.
    pub fn shown(&self) -> &[u8] {
        if self.secret { b"<secret>\n" } else { &self.bytes }
    }
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.shown()))
    }
}

/// Takes secrets out of what a device sends back.
#[derive(Clone, Debug, Default)]
pub(super) struct Redactor {
    secrets: Vec<SecretString>,
    held: Zeroizing<Vec<u8>>,
}

impl Redactor {
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s SecretString>) -> Self {
        let stated = |secret: &&SecretString| !secret.expose_secret().is_empty();
        let mut secrets: Vec<_> = secrets.into_iter().filter(stated).cloned().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self { secrets, held: Zeroizing::default() }
    }

    /// The text without secrets.
    pub(super) fn whole(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        for secret in &self.secrets {
            let secret = secret.expose_secret().as_bytes();
            let mut clean = Vec::with_capacity(text.len());
            let mut from = 0;
            for found in memmem::find_iter(&text, secret) {
                clean.extend_from_slice(text.get(from..found).unwrap_or_default());
                clean.extend_from_slice(REDACTED);
                from = found + secret.len();
            }
            clean.extend_from_slice(text.get(from..).unwrap_or_default());
            text = clean;
        }
        text
    }

    /// The next piece of a stream without secrets. What may be the first part of one is held back.
    pub(super) fn piece(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let end = self.held.len() - self.undecided();
        let ready = self.whole(self.held.get(..end).unwrap_or_default());
        self.held.drain(..end);
        ready
    }

    /// What was held back: the stream is over.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let rest = self.whole(&self.held);
        self.held.clear();
        rest
    }

    /// How many bytes at the end may be the first part of a secret.
    fn undecided(&self) -> usize {
        let may_begin = |secret: &SecretString| {
            let secret = secret.expose_secret().as_bytes();
            let longest = secret.len().saturating_sub(1).min(self.held.len());
            (1..=longest)
                .rev()
                .find(|&length| secret.get(..length).is_some_and(|part| self.held.ends_with(part)))
        };
        self.secrets.iter().filter_map(may_begin).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_whatever_the_cut() {
        let secrets =
            [SecretString::from("hunter2"), SecretString::from("hunter2-long"), SecretString::from("")];
        let text = b"a hunter2 b hunter2-long c hunter hunt";
        for size in 1..text.len() {
            let mut redactor = Redactor::new(&secrets);
            let mut shown: Vec<u8> = text.chunks(size).flat_map(|piece| redactor.piece(piece)).collect();
            shown.extend(redactor.rest());
            assert_eq!(
                String::from_utf8(shown).unwrap(),
                "a <secret> b <secret> c hunter hunt",
                "cut at {size}"
            );
        }
    }

    #[test]
    fn a_secret_on_its_way_shows_itself_to_nobody() {
        let sending = Sending::secret(&SecretString::from("hunter2")).unwrap();
        assert_eq!(sending.bytes(), b"hunter2\n");
        assert_eq!(format!("{sending:?}"), "\"<secret>\\n\"");
        assert!(Sending::secret(&SecretString::from("two\nlines")).is_none());
    }
}
