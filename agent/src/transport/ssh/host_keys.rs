//! Which host keys are taken: what stands in `known_hosts`, and what happens to a key that does not.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use russh::keys::PublicKey;

use super::super::{Failure, Kind, Stage};
use super::known_hosts::{self, HostName, KnownHosts, KnownHostsError, Standing, Trusted, fingerprint};

/// What happens to the key of a host that has none on record.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Policy {
    /// It is refused.
    #[default]
    Strict,
    /// It is put on record and taken. A changed or revoked key is refused all the same.
    AcceptNew,
}

/// A `known_hosts` file and what is done with it. The file is read again when it changed.
#[derive(Debug)]
pub struct HostKeys {
    path: PathBuf,
    policy: Policy,
    read: Mutex<Option<(Stamp, Arc<KnownHosts>)>>,
}

/// What tells one content of a file from the next.
type Stamp = Option<(u64, u64, i64, i64)>;

impl HostKeys {
    /// The keys in `path`.
    pub fn new(path: impl Into<PathBuf>, policy: Policy) -> Self {
        Self { path: path.into(), policy, read: Mutex::new(None) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says now.
    pub(super) fn current(&self) -> Result<Arc<KnownHosts>, Failure> {
        let stamp = stamp(&self.path);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = read.as_ref().filter(|(seen, _)| *seen == stamp) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(known_hosts::load(&self.path).map_err(|error| not_read(&error))?);
        *read = Some((stamp, Arc::clone(&known)));
        Ok(known)
    }

    /// Takes or refuses the key that a host shows; whether it is yet to be put on record.
    pub(super) fn check(
        &self,
        name: &HostName,
        key: &PublicKey,
        known: &KnownHosts,
    ) -> Result<bool, Failure> {
        match known.standing(name, key) {
            Standing::Known => Ok(false),
            Standing::Revoked { line } => Err(self.revoked(name, key, line)),
            Standing::Changed { known } => Err(self.changed(name, key, &list(&known))),
            Standing::Unknown { others } if self.policy == Policy::Strict => {
                Err(self.unknown(name, key, &list(&others)))
            }
            Standing::Unknown { .. } => Ok(true),
        }
    }

    /// Puts a key on record; whether it was not there before. Waits for the file.
    pub(super) fn record(&self, name: &HostName, key: &PublicKey) -> Result<bool, Failure> {
        match known_hosts::trust(&self.path, name, key) {
            Ok(trusted) => Ok(trusted == Trusted::Added),
            // Somebody else wrote between our look and now.
            Err(KnownHostsError::Changed { known, .. }) => {
                Err(self.changed(name, key, &list(std::slice::from_ref(&known))))
            }
            Err(KnownHostsError::Revoked { line, .. }) => Err(self.revoked(name, key, line)),
            Err(error) => Err(Failure::new(
                Stage::HostKey,
                Kind::HostKeyUnknown,
                format!("the new host key {} of {name} cannot be put on record: {error}", shown(key)),
                "make the file writable, or name another with --known-hosts",
            )),
        }
    }

    fn unknown(&self, name: &HostName, key: &PublicKey, others: &str) -> Failure {
        let shown = shown(key);
        let path = self.path.display();
        let known = if others.is_empty() {
            format!("no host key of {name} is on record in {path}")
        } else {
            format!("{path} knows {name} only by {others}")
        };
        Failure::new(
            Stage::HostKey,
            Kind::HostKeyUnknown,
            format!("{known}; the device shows {shown}"),
            format!("compare the fingerprint with the device's own, then `{}`", trusting(name)),
        )
    }

    fn changed(&self, name: &HostName, key: &PublicKey, known: &str) -> Failure {
        let shown = shown(key);
        Failure::new(
            Stage::HostKey,
            Kind::HostKeyChanged,
            format!(
                "the host key of {name} changed: {} has {known}, the device shows {shown}",
                self.path.display()
            ),
            format!(
                "somebody may stand in between; if the device or its key was replaced, `licwatch keys forget '{name}'`, \
                 then `{}`",
                trusting(name)
            ),
        )
    }

    fn revoked(&self, name: &HostName, key: &PublicKey, line: usize) -> Failure {
        let shown = shown(key);
        Failure::new(
            Stage::HostKey,
            Kind::HostKeyRevoked,
            format!("{name} shows the key {shown}, which line {line} of {} revokes", self.path.display()),
            "give the device a new host key and trust that one",
        )
    }
}

/// The command that puts a host's key on record, to be copied into a shell.
fn trusting(name: &HostName) -> String {
    let port = if name.port() == 22 { String::new() } else { format!(" --port {}", name.port()) };
    format!("licwatch keys trust {}{port}", name.host())
}

fn shown(key: &PublicKey) -> String {
    format!("{} {}", key.algorithm().as_str(), fingerprint(key))
}

fn list(keys: &[known_hosts::KnownKey]) -> String {
    let shown: Vec<String> =
        keys.iter().map(|key| format!("{} {} (line {})", key.algorithm, key.fingerprint, key.line)).collect();
    shown.join(", ")
}

fn not_read(error: &KnownHostsError) -> Failure {
    Failure::new(
        Stage::HostKey,
        Kind::HostKeyUnknown,
        format!("the host keys on record are not readable: {error}"),
        "make the file readable, or name another with --known-hosts",
    )
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
}
