//! Why a secret could not be had, without saying anything about it.

use std::io;
use std::path::PathBuf;

/// Why a credential cannot be used. All of them are for the operator to mend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The file cannot be opened or read.
    #[error("{}: {}", path.display(), plain(reason))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may read or write it.
    #[error("{} may be read or written by others than its owner (mode {mode:04o})", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// It is no private key that can be used.
    #[error("{} is not a private key of OpenSSH: {found}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
    },
    /// There is no text in it.
    #[error("the {origin} is empty")]
    Empty {
        /// Where the secret should have been.
        origin: String,
    },
    /// It is longer than any password.
    #[error("the {origin} holds more than {limit} bytes")]
    TooLong {
        /// Where the secret should have been.
        origin: String,
        /// The most that is taken.
        limit: usize,
    },
    /// It is not UTF-8.
    #[error("the {origin} is not UTF-8 text")]
    NotText {
        /// Where the secret should have been.
        origin: String,
    },
    /// It has control characters, or more than one line.
    #[error("the {origin} holds more than one line, or control characters")]
    NotOneLine {
        /// Where the secret should have been.
        origin: String,
    },
    /// We were not started by systemd with credentials.
    #[error("systemd credential {name} is asked for, but $CREDENTIALS_DIRECTORY is not set")]
    NoCredentialsDirectory {
        /// The credential of systemd.
        name: String,
    },
    /// Such a name could lead out of the folder.
    #[error("{name:?} cannot be the name of a systemd credential")]
    BadSystemdName {
        /// The name.
        name: String,
    },
    /// Nobody can be asked.
    #[error("the {what} must be asked for, but there is no terminal: {}", plain(reason))]
    NobodyToAsk {
        /// Which secret.
        what: String,
        /// What the system says.
        reason: io::Error,
    },
    /// The variable is not set.
    #[error("environment variable {name} is not set")]
    NoVariable {
        /// The variable.
        name: String,
    },
    /// The program could not be started.
    #[error("{program} could not be run: {}", plain(reason))]
    ProgramNotRun {
        /// The program, without arguments.
        program: String,
        /// What the system says.
        reason: io::Error,
    },
    /// The program ended with an error.
    #[error("{program} failed ({status})")]
    ProgramFailed {
        /// The program, without arguments.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The program took too long and was killed.
    #[error("{program} did not end within {seconds} seconds and was killed")]
    ProgramTooSlow {
        /// The program, without arguments.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// The SSH agent cannot be found.
    #[error("the keys of the SSH agent are asked for, but $SSH_AUTH_SOCK is not set")]
    NoAgent,
    /// The name is not in the configuration, or was not asked for when the run began.
    #[error("there is no credential \"{name}\"")]
    Unknown {
        /// The name.
        name: String,
    },
}

impl CredentialError {
    /// Whether it may be gone the next time: secrets come from programs and from files that others write.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreadable { .. }
            | Self::NotAKey { .. }
            | Self::Empty { .. }
            | Self::TooLong { .. }
            | Self::NotText { .. }
            | Self::NotOneLine { .. }
            | Self::ProgramNotRun { .. }
            | Self::ProgramFailed { .. }
            | Self::ProgramTooSlow { .. } => true,
            Self::NotAFile { .. }
            | Self::OpenToOthers { .. }
            | Self::NoCredentialsDirectory { .. }
            | Self::BadSystemdName { .. }
            | Self::NobodyToAsk { .. }
            | Self::NoVariable { .. }
            | Self::NoAgent
            | Self::Unknown { .. } => false,
        }
    }

    /// What the operator can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unreadable { path, .. } => {
                format!("see that {} exists and that this user may read it", path.display())
            }
            Self::NotAFile { path } => format!("put a file with the secret on one line at {}", path.display()),
            Self::OpenToOthers { path, .. } => format!("chmod 600 {}", path.display()),
            Self::NotAKey { .. } => {
                "name the private key as ssh-keygen writes it; PuTTY's can be turned into one by puttygen -O private-openssh"
                    .into()
            }
            Self::Empty { .. } => "put the secret there, on one line".into(),
            Self::TooLong { .. } | Self::NotText { .. } | Self::NotOneLine { .. } => {
                "see that it is the right one: it should hold the secret alone, on one line".into()
            }
            Self::NoCredentialsDirectory { name } => format!(
                "run as a systemd service with LoadCredential={name}:… or use password_file here"
            ),
            Self::BadSystemdName { .. } => "use the name that LoadCredential= gives, without \"/\"".into(),
            Self::NobodyToAsk { .. } => "run on a terminal, or use password_file or a systemd credential".into(),
            Self::NoVariable { name } => format!("set {name} where licwatch is started, or use password_file"),
            Self::ProgramNotRun { .. } => "see that the program exists and that this user may run it".into(),
            Self::ProgramFailed { .. } | Self::ProgramTooSlow { .. } => {
                "run the program by hand as this user and see what it says".into()
            }
            Self::NoAgent => "start ssh-agent and ssh-add the key, or use key_file".into(),
            Self::Unknown { name } => format!("add [credentials.{name}] to licwatch.toml"),
        }
    }
}

/// What the system says, without the number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "this user may not".into(),
        _ => error.to_string(),
    }
}
