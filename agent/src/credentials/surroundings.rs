//! What secrets are taken from besides files: the person at the terminal and the environment. Tests bring their own.

use std::ffi::OsString;
use std::io;

use secrecy::SecretString;

/// The person and the environment that a run has.
pub trait Surroundings: Send + Sync {
    /// Asks for a secret; what is typed is not shown.
    fn ask(&self, prompt: &str) -> io::Result<SecretString>;

    /// An environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;
}

/// Those of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process;

impl Surroundings for Process {
    fn ask(&self, prompt: &str) -> io::Result<SecretString> {
        rpassword::prompt_password(prompt).map(SecretString::from)
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }
}
