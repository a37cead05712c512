//! The key that signs the journal's heads and drop manifests. It is made once, with the store, and never replaced: a
//! head that another key signed is a finding.
//!
//! ```text
//! licwatch-journal-key-1 <32 bytes, the secret seed of an Ed25519 key, as 64 hexadecimal digits>
//! ```

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::hex;

/// The name of the file in the store's folder.
pub const KEY_FILE: &str = "journal.key";
/// What the file begins with.
const FORM: &str = "licwatch-journal-key-1 ";

/// A key that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Operator: the file cannot be read or written.
    #[error("the journal's key {} cannot be used: {reason}; see that the agent's user owns it", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: Arc<io::Error>,
    },
    /// Operator, security: others may have read it.
    #[error(
        "the journal's key {} can be read by others (mode {mode:03o}); find out who may have read it, for they can sign heads and drops in its name, and `chmod 600` it",
        file.display()
    )]
    Open {
        /// The file.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Operator: it is damaged.
    #[error("{} holds no key of a journal; put it back from a backup of its folder", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// Operator: it is gone. No other is made, for nobody could tell that from a forger's.
    #[error(
        "the journal has {entries} entries and its key {} is gone; put it back from a backup of its folder. If there is none, export the journal (`licwatch journal export`), move the whole folder away, keep both, and begin a new store",
        file.display()
    )]
    Missing {
        /// The file.
        file: PathBuf,
        /// How many entries there are.
        entries: u64,
    },
    /// Operator: it is another journal's.
    #[error(
        "{} is not the key that the journal's first entry names ({named}); put that one back from a backup of its folder",
        file.display()
    )]
    Other {
        /// The file.
        file: PathBuf,
        /// The public key of the first entry, or what stands in its place.
        named: String,
    },
}

/// The key of a journal.
pub struct JournalKey(SigningKey);

impl JournalKey {
    /// Reads the key of a folder, if there is one.
    pub fn read(folder: &Path) -> Result<Option<Self>, KeyError> {
        let path = folder.join(KEY_FILE);
        let unusable =
            |reason: io::Error| KeyError::Unusable { file: path.clone(), reason: Arc::new(reason) };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        let mode = file.metadata().map_err(unusable)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { file: path, mode });
        }
        let mut text = Zeroizing::new(String::new());
        let damaged = || KeyError::Damaged { file: path.clone() };
        file.take(1024).read_to_string(&mut text).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => damaged(),
            _ => unusable(error),
        })?;
        let digits = text.strip_prefix(FORM).and_then(|rest| rest.strip_suffix('\n')).ok_or_else(damaged)?;
        let seed = Zeroizing::new(hex::bytes::<32>(digits).ok_or_else(damaged)?);
        Ok(Some(Self(SigningKey::from_bytes(&seed))))
    }

    /// Makes the key of a folder that has none. It is on disk when this returns, and for its owner only.
    pub fn make(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(KEY_FILE);
        let unusable =
            |reason: io::Error| KeyError::Unusable { file: path.clone(), reason: Arc::new(reason) };
        let mut seed = Zeroizing::new([0; 32]);
        File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut *seed)).map_err(unusable)?;
        let key = Self(SigningKey::from_bytes(&seed));
        let text = Zeroizing::new(format!("{FORM}{}\n", *Zeroizing::new(hex::digits(&*seed))));
        let mut file = tempfile::Builder::new()
            .prefix(".journal-")
            .suffix(".tmp")
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(folder)
            .map_err(unusable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(unusable)?;
        file.persist_noclobber(&path).map_err(|error| unusable(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unusable)?;
        Ok(key)
    }

    /// What its signatures are checked with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, text: &str) -> [u8; 64] {
        self.0.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JournalKey({})", self.public())
    }
}

/// What the signatures of a journal's heads are checked with. Its text is 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads 64 lower-case hexadecimal digits.
    pub fn read(digits: &str) -> Option<Self> {
        hex::bytes(digits).map(Self)
    }

    /// Whether it made this signature under this text.
    pub fn has_signed(&self, text: &str, signature: &[u8; 64]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        key.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok()
    }

    /// The key as `openssl` reads it: SubjectPublicKeyInfo (RFC 8410) in PEM.
    pub fn pem(&self) -> String {
        // SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING } around the 32 bytes.
        const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let info: Vec<u8> = HEAD.into_iter().chain(self.0).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64(&info))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::digits(&self.0))
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three =
            (0..3).fold(0_u32, |sum, place| sum << 8 | chunk.get(place).map_or(0, |it| u32::from(*it)));
        for place in 0..4 {
            let letter = ALPHABET.get((three >> (18 - 6 * place) & 63) as usize).copied();
            text.push(if place > chunk.len() { '=' } else { letter.map_or('=', char::from) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        assert!(JournalKey::read(folder.path()).unwrap().is_none());
        let made = JournalKey::make(folder.path()).unwrap();
        assert!(
            matches!(JournalKey::make(folder.path()), Err(KeyError::Unusable { .. })),
            "never overwritten"
        );
        let read = JournalKey::read(folder.path()).unwrap().unwrap();
        assert_eq!(read.public(), made.public());
        let path = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
        let seed = fs::read_to_string(&path).unwrap().replace(FORM, "").trim().to_owned();
        assert!(!format!("{made:?}").contains(&seed));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(JournalKey::read(folder.path()), Err(KeyError::Open { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for damaged in [b"".as_slice(), b"licwatch-journal-key-1 00\n", b"\xff\xfe"] {
            fs::write(&path, damaged).unwrap();
            assert!(matches!(JournalKey::read(folder.path()), Err(KeyError::Damaged { .. })));
        }
    }

    /// RFC 8032, section 7.1, test 2; the PEM is what `openssl pkey -pubin` prints of it.
    #[test]
    fn a_signature_is_what_the_standard_says() {
        let key =
            PublicKey::read("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let signature = hex::bytes::<64>(concat!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ))
        .unwrap();
        assert!(key.has_signed("\x72", &signature));
        assert!(!key.has_signed("\x73", &signature));
        assert!(
            key.pem().contains("\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"),
            "{}",
            key.pem()
        );
    }
}
