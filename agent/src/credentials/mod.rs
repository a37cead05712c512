//! Secrets, by reference.
//!
//! Configuration and inventory say where a secret is ([`Credential`]), never what it is. [`Logins::resolve`] reads
//! the secrets that a run needs, once each and before any device is reached, so that a person is asked before
//! anything happens and a missing file is one error, not one for every device. What it yields ([`Login`]) is wiped
//! when dropped and shows nothing in `Debug`; errors name files, variables and programs, never what they hold.
//!
//! | source | rules |
//! |---|---|
//! | file | a regular file of one line, at most 4 KiB of UTF-8, no mode bits for group and others (`chmod 600`); a symbolic link is followed and its target checked |
//! | systemd credential | the same in `$CREDENTIALS_DIRECTORY`, which systemd itself guards: its mode is not checked |
//! | prompt | asked once for each credential and run, on the terminal, without echo |
//! | environment | by opt-in |
//! | program | by opt-in; no shell, absolute path, at most 30 seconds and 4 KiB of output; its stderr is discarded, since it may repeat the secret |

mod error;
mod logins;
mod program;
mod reference;
mod secret_file;
mod surroundings;

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

pub use error::CredentialError;
pub(crate) use logins::read as read_secret;
pub use logins::{Logins, check, resolve};
pub use reference::{Credential, KeySource, Program, SecretSource};
pub(crate) use secret_file::key_bytes;
pub use surroundings::{Process, Surroundings};

/// What opens a device. Everything that is given may be tried: agent, key, password.
#[derive(Clone)]
pub struct Login {
    /// Who logs in.
    pub user: String,
    /// The password.
    pub password: Option<SecretString>,
    /// The private key.
    pub key: Option<KeyFile>,
    /// Whether the keys of the SSH agent may be used.
    pub agent: bool,
    /// The enable secret.
    pub enable: Option<SecretString>,
}

/// A private key that the transport reads.
#[derive(Clone)]
pub struct KeyFile {
    /// The file in the form of OpenSSH.
    pub path: PathBuf,
    /// What opens it, if it is encrypted.
    pub passphrase: Option<SecretString>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("password", &redacted(self.password.as_ref()))
            .field("key", &self.key)
            .field("agent", &self.agent)
            .field("enable", &redacted(self.enable.as_ref()))
            .finish()
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .field("passphrase", &redacted(self.passphrase.as_ref()))
            .finish()
    }
}

fn redacted(secret: Option<&SecretString>) -> Option<&'static str> {
    secret.map(|_| "[redacted]")
}
