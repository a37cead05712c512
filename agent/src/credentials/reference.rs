//! Where the secrets of a login are.

use std::fmt::{self, Display};
use std::path::PathBuf;

/// A login by reference: nothing in it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// Its name in the configuration, for people.
    pub name: String,
    /// Who logs in.
    pub user: String,
    /// Where the password is.
    pub password: Option<SecretSource>,
    /// Where the private key is.
    pub key: Option<KeySource>,
    /// Whether the keys of the SSH agent may be used.
    pub agent: bool,
    /// Where the enable secret is.
    pub enable: Option<SecretSource>,
}

/// Where a private key is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySource {
    /// Its file.
    pub path: PathBuf,
    /// Where its passphrase is.
    pub passphrase: Option<SecretSource>,
}

/// Where one secret is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SecretSource {
    /// The one line of a file.
    File(PathBuf),
    /// A systemd credential, by name.
    Systemd(String),
    /// A person at the terminal.
    Prompt,
    /// An environment variable, by name.
    Environment(String),
    /// What a program prints.
    Program(Program),
}

impl Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Systemd(name) => write!(f, "systemd credential {name}"),
            Self::Prompt => f.write_str("prompt"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Program(program) => program.fmt(f),
        }
    }
}

/// A program with its arguments, which may be secrets themselves and are never shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
}

impl Program {
    /// From its words: the path, then the arguments.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut words = words.into_iter();
        Self { path: words.next().unwrap_or_default().into(), arguments: words.collect() }
    }

    /// The program itself.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    pub(super) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.path);
        command.args(&self.arguments);
        command
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "program {}", self.path.display())?;
        match self.arguments.len() {
            0 => Ok(()),
            1 => f.write_str(" (1 argument)"),
            many => write!(f, " ({many} arguments)"),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}
