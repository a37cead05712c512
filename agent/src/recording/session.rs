//! The manifest of a recorded session.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::observation::Outcome;
use crate::transport::Failure;

/// The form of the manifest that this version writes and reads.
pub(super) const SCHEMA: &str = "licwatch/capture-session/1";
/// The name of the manifest.
pub const SESSION_FILE: &str = "session.json";

/// A recorded session.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    /// `licwatch/capture-session/1`
    pub schema: String,
    /// The version that recorded it.
    pub licwatch: String,
    /// When the poll began.
    pub recorded_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The operating system, where it was told or recognized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The ways that were asked.
    pub transport: String,
    /// How it went.
    pub outcome: Outcome,
    /// Where it failed. The words of the failure may name the device, and are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<FailedAt>,
    /// The answers, in the order in which they came.
    pub captures: Vec<CaptureFile>,
}

/// One answer's file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CaptureFile {
    /// Its name in the folder.
    pub file: String,
    /// What was asked.
    pub command: String,
    /// `ssh` or `netconf`.
    pub transport: String,
    /// The agent's clock at the middle of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, which holds no original.
    pub sha256: String,
}

/// At which stage a poll failed, and how.
#[derive(Clone, Debug, Serialize)]
pub struct FailedAt {
    /// The stage.
    pub stage: crate::transport::Stage,
    /// What kind of failure.
    pub kind: crate::transport::Kind,
}

impl From<&Failure> for FailedAt {
    fn from(failure: &Failure) -> Self {
        Self { stage: failure.stage, kind: failure.kind }
    }
}

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Operator: the file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Operator: it was damaged on its way.
    #[error("{} is a recorded session that cannot be read ({text}); copy the folder again, or remove the file to have every capture recognized by itself", path.display())]
    Broken {
        /// The manifest.
        path: PathBuf,
        /// Where and why.
        text: String,
    },
}

/// What a folder's manifest says about its files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Listed {
    /// The operating system of the device.
    pub platform: Option<Platform>,
    /// Each file with the command that it answers.
    pub files: Vec<(PathBuf, Option<Command>)>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    platform: Option<String>,
    captures: Vec<CaptureFile>,
}

impl Session {
    /// What the manifest in a folder lists; nothing if the folder is no recorded session.
    pub fn listed_in(folder: &Path) -> Result<Option<Listed>, SessionError> {
        let path = folder.join(SESSION_FILE);
        let mut text = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SessionError::Unreadable { path, error }),
            Ok(_) => {}
        }
        Self::listed(folder, &text)
    }

    /// [`Session::listed_in`], of the text of a manifest that was read already.
    pub fn listed(folder: &Path, text: &[u8]) -> Result<Option<Listed>, SessionError> {
        let path = folder.join(SESSION_FILE);
        // Somebody's own file of this name is theirs.
        let is_ours = memchr::memmem::find(text, SCHEMA.as_bytes()).is_some();
        let value: Value = match serde_json::from_slice(text) {
            Ok(value) => value,
            Err(error) if is_ours => return Err(SessionError::Broken { path, text: error.to_string() }),
            Err(_) => return Ok(None),
        };
        if value.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
            return Ok(None);
        }
        let manifest = Manifest::deserialize(value)
            .map_err(|error| SessionError::Broken { path: path.clone(), text: error.to_string() })?;
        let mut listed = Listed {
            platform: manifest.platform.as_deref().and_then(Platform::from_word),
            files: Vec::new(),
        };
        for capture in manifest.captures {
            if !is_plain(&capture.file) {
                let text = format!("{:?} is no name of a file in this folder", capture.file);
                return Err(SessionError::Broken { path, text });
            }
            listed.files.push((folder.join(&capture.file), Command::typed(&capture.command)));
        }
        Ok(Some(listed))
    }
}

/// No manifest is larger.
const LARGEST: u64 = 4 << 20;

/// Whether a name stays in its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn listed(text: &str) -> Result<Option<Listed>, SessionError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SESSION_FILE), text).unwrap();
        Session::listed_in(folder.path()).map(|listed| {
            listed.map(|listed| Listed {
                files: listed
                    .files
                    .into_iter()
                    .map(|(path, command)| (path.strip_prefix(folder.path()).unwrap().to_owned(), command))
                    .collect(),
                ..listed
            })
        })
    }

    fn manifest(file: &str) -> String {
        format!(
            r#"{{"schema": "{SCHEMA}", "platform": "nx-os", "captures": [
                {{"file": "{file}", "command": "show license usage", "transport": "ssh", "bytes": 1, "sha256": ""}}]}}"#
        )
    }

    #[test]
    fn a_manifest_tells_platform_and_commands() {
        let listed = listed(&manifest("show_license_usage.txt")).unwrap().unwrap();
        assert_eq!(listed.platform, Some(Platform::NxOs));
        assert_eq!(
            listed.files,
            [(PathBuf::from("show_license_usage.txt"), Some(Command::ShowLicenseUsage))]
        );
    }

    #[test]
    fn no_file_outside_the_folder_is_read() {
        for name in ["../secret", "/etc/passwd", "", ".."] {
            assert!(matches!(listed(&manifest(name)), Err(SessionError::Broken { .. })), "{name}");
        }
    }

    #[test]
    fn other_files_of_this_name_are_not_ours() {
        assert_eq!(listed("{}").unwrap(), None);
        assert_eq!(listed("no JSON").unwrap(), None);
        assert!(matches!(listed(manifest("x").get(..80).unwrap()), Err(SessionError::Broken { .. })));
    }
}
