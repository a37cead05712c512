//! Secrets out of files, and what text can be a secret at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::CredentialError;

/// The most that a password, passphrase or enable secret may hold.
pub(super) const LONGEST: usize = 4096;
/// The most that the key of a certificate may hold.
const KEY_MOST: usize = 64 << 10;
/// The most that is read of a key to see what it is.
const KEY_START: usize = 256;

/// Who guards a file.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Guard {
    /// Its mode, which must shut out group and others.
    Mode,
    /// Somebody else: systemd shows an access control list as group bits.
    Systemd,
}

/// The secret in a file.
pub(super) fn read(path: &Path, guard: Guard) -> Result<SecretString, CredentialError> {
    let file = open(path, guard)?;
    let bytes = read_at_most(&file, LONGEST + 2)
        .map_err(|reason| CredentialError::Unreadable { path: path.to_owned(), reason })?;
    secret(&bytes, || format!("file {}", path.display()))
}

/// Whether a file can be the private key that it is said to be.
pub(super) fn check_key(path: &Path) -> Result<(), CredentialError> {
    let file = open(path, Guard::Mode)?;
    let start = read_at_most(&file, KEY_START)
        .map_err(|reason| CredentialError::Unreadable { path: path.to_owned(), reason })?;
    let start = String::from_utf8_lossy(&start);
    let found = if start.contains("-----BEGIN") && start.contains("PRIVATE KEY-----") {
        return Ok(());
    } else if start.starts_with("PuTTY-User-Key-File") {
        "it is a key of PuTTY"
    } else if start.starts_with("ssh-") || start.starts_with("ecdsa-") || start.contains("PUBLIC KEY") {
        "it is a public key"
    } else if start.trim().is_empty() {
        "it is empty"
    } else {
        "it does not begin as one"
    };
    Err(CredentialError::NotAKey { path: path.to_owned(), found })
}

/// The bytes of a private key in PEM, which others than its owner may not read.
pub(crate) fn key_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    let file = open(path, Guard::Mode)?;
    read_at_most(&file, KEY_MOST)
        .map_err(|reason| CredentialError::Unreadable { path: path.to_owned(), reason })
}

/// The one line of `bytes`, as a secret.
pub(super) fn secret(bytes: &[u8], origin: impl Fn() -> String) -> Result<SecretString, CredentialError> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.len() > LONGEST {
        return Err(CredentialError::TooLong { origin: origin(), limit: LONGEST });
    }
    let text = std::str::from_utf8(text).map_err(|_| CredentialError::NotText { origin: origin() })?;
    if text.is_empty() {
        return Err(CredentialError::Empty { origin: origin() });
    }
    if text.chars().any(|character| character.is_control() && character != '\t') {
        return Err(CredentialError::NotOneLine { origin: origin() });
    }
    Ok(SecretString::from(Box::<str>::from(text)))
}

/// Reads at most `limit` bytes into one buffer that is wiped and never moves.
pub(super) fn read_at_most(source: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; limit]);
    let mut source = source.take(limit as u64);
    let mut filled = 0;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        match source.read(free) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Opens a file for its owner's eyes; what is checked is what was opened.
fn open(path: &Path, guard: Guard) -> Result<File, CredentialError> {
    let unreadable = |reason| CredentialError::Unreadable { path: path.to_owned(), reason };
    // A pipe must not hold us up: without this, opening one waits for its writer.
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    if !facts.is_file() {
        return Err(CredentialError::NotAFile { path: path.to_owned() });
    }
    let mode = facts.mode() & 0o7777;
    if guard == Guard::Mode && mode & 0o077 != 0 {
        return Err(CredentialError::OpenToOthers { path: path.to_owned(), mode });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use secrecy::ExposeSecret;

    use super::*;

    fn file(folder: &Path, bytes: &[u8], mode: u32) -> PathBuf {
        let path = folder.join("secret");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn text(result: Result<SecretString, CredentialError>) -> String {
        result.map_or_else(|error| format!("{error}; {}", error.remedy()), |it| it.expose_secret().to_owned())
    }

    #[test]
    fn the_line_is_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        for (bytes, secret) in [
            (&b"hunter2"[..], "hunter2"),
            (b"hunter2\n", "hunter2"),
            (b"hunter2\r\n", "hunter2"),
            (b" hunter 2 \n", " hunter 2 "),
            ("pässwörd\n".as_bytes(), "pässwörd"),
        ] {
            assert_eq!(text(read(&file(folder.path(), bytes, 0o600), Guard::Mode)), secret);
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let long = vec![b'x'; LONGEST + 1];
        for (bytes, said) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"hunter2\nhunter3\n", "more than one line"),
            (b"hunter2\n\n", "more than one line"),
            (b"hunter2\0", "control characters"),
            (b"hunter2\xff", "not UTF-8"),
            (&long, "more than 4096 bytes"),
        ] {
            let error = text(read(&file(folder.path(), bytes, 0o600), Guard::Mode));
            assert!(error.contains(said) && !error.contains("hunter2") && !error.contains("xxxx"), "{error}");
        }
        let longest = text(read(&file(folder.path(), &[&long[1..], b"\r\n"].concat(), 0o600), Guard::Mode));
        assert_eq!(longest.len(), LONGEST);
    }

    #[test]
    fn files_that_others_may_open_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o604, 0o640, 0o660, 0o602, 0o777] {
            let path = file(folder.path(), b"hunter2", mode);
            let error = text(read(&path, Guard::Mode));
            assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
            assert!(error.contains(&format!("mode {mode:04o}")) && !error.contains("hunter2"), "{error}");
            assert_eq!(text(read(&path, Guard::Systemd)), "hunter2");
        }
        assert_eq!(text(read(&file(folder.path(), b"hunter2", 0o400), Guard::Mode)), "hunter2");
    }

    #[test]
    fn a_link_is_as_good_as_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        let path = file(folder.path(), b"hunter2", 0o644);
        symlink(&path, &link).unwrap();
        assert!(text(read(&link, Guard::Mode)).contains("chmod 600"));
        file(folder.path(), b"hunter2", 0o600);
        assert_eq!(text(read(&link, Guard::Mode)), "hunter2");
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(text(read(folder.path(), Guard::Mode)).contains("not a regular file"));
        assert!(text(read(&folder.path().join("none"), Guard::Mode)).contains("there is no such file"));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(text(read(&pipe, Guard::Mode)).contains("not a regular file"));
    }

    #[test]
    fn keys_are_told_from_what_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let check =
            |bytes: &[u8]| check_key(&file(folder.path(), bytes, 0o600)).map_err(|error| error.to_string());
        assert_eq!(check(b"-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"), Ok(()));
        for (bytes, said) in [
            (&b"PuTTY-User-Key-File-3: ssh-ed25519\n"[..], "PuTTY"),
            (b"ssh-ed25519 AAAA me@here\n", "public key"),
            (b"\n", "empty"),
            (b"hunter2\n", "does not begin"),
        ] {
            let error = check(bytes).unwrap_err();
            assert!(error.contains(said) && !error.contains("hunter2"), "{error}");
        }
    }
}
