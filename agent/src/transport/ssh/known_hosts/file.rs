//! Writing a `known_hosts` file, so that two processes at once lose no line.
//!
//! Everybody who writes holds a lock on the file itself. Keys are appended in one write; a rewrite goes to a
//! temporary file that takes the old one's place and mode. A writer that waited for the lock looks again whether
//! the file it locked is still the one at the path.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use russh::keys::PublicKey;

use super::{Entry, HostName, KnownHosts, KnownKey, Line, Marker, Standing, fingerprint};

/// A file larger than this is not what it should be.
const LARGEST: u64 = 64 << 20;
/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a held file is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// What `trust` did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trusted {
    /// The key was written.
    Added,
    /// The key was on record before.
    AlreadyKnown,
}

/// What `forget` did.
#[derive(Clone, Debug, Default)]
pub struct Forgotten {
    /// The entries that no longer name the host.
    pub removed: Vec<Entry>,
    /// Entries that still concern the host: wider patterns, and revoked keys, which stay revoked.
    pub kept: Vec<Entry>,
}

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownHostsError {
    /// The file system refused. (operator)
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is too large to be a list of keys. (operator)
    #[error("{} is larger than 64 MiB; that is no known_hosts file", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// Another process did not let go of the file. (operator)
    #[error("another process has held {} for 5 seconds", path.display())]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// The host has another key of this type on record. (operator, security)
    #[error("{name} has another key on record: {} in line {}; the new one is {offered}", known.fingerprint, known.line)]
    Changed {
        /// The host.
        name: String,
        /// The key on record.
        known: KnownKey,
        /// The fingerprint of the key that was to be trusted.
        offered: String,
    },
    /// The name would stand for other hosts, too, or break the line. (operator)
    #[error("\"{name}\" is not the name of one host")]
    NotOneHost {
        /// The name.
        name: String,
    },
    /// The key is marked as revoked. (operator, security)
    #[error("the key {offered} is revoked in line {line}")]
    Revoked {
        /// The line that says so.
        line: usize,
        /// The key's fingerprint.
        offered: String,
    },
}

/// Reads a file. One that does not exist holds no keys.
pub fn load(path: &Path) -> Result<KnownHosts, KnownHostsError> {
    match File::open(path) {
        Ok(mut file) => read(&mut file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(KnownHosts::default()),
        Err(error) => Err(io("read", path)(error)),
    }
}

/// Puts a key on record for a host, unless the file speaks against it.
pub fn trust(path: &Path, name: &HostName, key: &PublicKey) -> Result<Trusted, KnownHostsError> {
    if !name.is_one_host() {
        return Err(KnownHostsError::NotOneHost { name: name.to_string() });
    }
    let mut locked = Locked::open(path)?;
    let known = read(&mut locked.file, path)?;
    let offered = fingerprint(key);
    match known.standing(name, key) {
        Standing::Known => return Ok(Trusted::AlreadyKnown),
        Standing::Revoked { line } => return Err(KnownHostsError::Revoked { line, offered }),
        Standing::Changed { known } => {
            if let Some(known) = known.into_iter().next() {
                return Err(KnownHostsError::Changed { name: name.to_string(), known, offered });
            }
        }
        Standing::Unknown { .. } => {}
    }
    let torn = known.lines.last().is_some_and(|line| line.raw.last() != Some(&b'\n'));
    let openssh = PublicKey::from(key.key_data().clone())
        .to_openssh()
        .map_err(|error| io("write", path)(io::Error::other(error)))?;
    let line = format!("{}{name} {openssh}\n", if torn { "\n" } else { "" });
    locked.file.write_all(line.as_bytes()).map_err(io("write", path))?;
    locked.file.sync_all().map_err(io("write", path))?;
    Ok(Trusted::Added)
}

/// Takes a host's name off every key it has. Entries for other hosts, comments and unknown lines stay as they are.
pub fn forget(path: &Path, name: &HostName) -> Result<Forgotten, KnownHostsError> {
    if !path.exists() {
        return Ok(Forgotten::default());
    }
    let mut locked = Locked::open(path)?;
    let known = read(&mut locked.file, path)?;
    let mut forgotten = Forgotten::default();
    let mut content = Vec::new();
    for line in &known.lines {
        match line.entry.as_ref().filter(|entry| name.is_named_by(&entry.hosts)) {
            None => content.extend_from_slice(&line.raw),
            Some(entry) if entry.marker != Marker::Trusted || !entry.names_exactly(name) => {
                forgotten.kept.push(entry.clone());
                content.extend_from_slice(&line.raw);
            }
            Some(entry) => {
                forgotten.removed.push(entry.clone());
                content.extend(line.without(name, entry));
            }
        }
    }
    if !forgotten.removed.is_empty() {
        locked.replace(&content)?;
    }
    Ok(forgotten)
}

impl Entry {
    fn names_exactly(&self, name: &HostName) -> bool {
        self.hosts.split(',').any(|pattern| name.is_exactly(pattern))
    }
}

impl Line {
    /// The line without one of its names; nothing if it has no other.
    fn without(&self, name: &HostName, entry: &Entry) -> Vec<u8> {
        let others: Vec<&str> = entry.hosts.split(',').filter(|pattern| !name.is_exactly(pattern)).collect();
        let (Some(before), Some(after)) = (self.raw.get(..self.hosts.start), self.raw.get(self.hosts.end..))
        else {
            return self.raw.clone();
        };
        if others.is_empty() { Vec::new() } else { [before, others.join(",").as_bytes(), after].concat() }
    }
}

/// The file, locked against other writers until it is dropped.
struct Locked {
    file: File,
    /// The file behind symbolic links.
    path: PathBuf,
}

impl Locked {
    fn open(path: &Path) -> Result<Self, KnownHostsError> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(io("create the folder of", &path))?;
        }
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true).mode(0o600);
            options.open(&path).map_err(io("open", &path))
        };
        let mut file = open()?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match file.try_lock() {
                Ok(()) if stands_at(&file, &path) => return Ok(Self { file, path }),
                // Somebody put another file in its place while we waited.
                Ok(()) => file = open()?,
                Err(TryLockError::WouldBlock) => std::thread::sleep(RETRY),
                Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
            }
        }
        Err(KnownHostsError::Busy { path })
    }

    fn replace(&self, content: &[u8]) -> Result<(), KnownHostsError> {
        let failed = || io("write", &self.path);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mode = self.file.metadata().map_err(failed())?.permissions();
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
        fresh.write_all(content).map_err(failed())?;
        fresh.as_file().set_permissions(mode).map_err(failed())?;
        fresh.as_file().sync_all().map_err(failed())?;
        fresh.persist(&self.path).map_err(|error| failed()(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed())
    }
}

fn stands_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(found)) => (held.dev(), held.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

fn read(file: &mut File, path: &Path) -> Result<KnownHosts, KnownHostsError> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(io("read", path))?;
    file.take(LARGEST + 1).read_to_end(&mut content).map_err(io("read", path))?;
    if content.len() as u64 > LARGEST {
        return Err(KnownHostsError::TooLarge { path: path.to_path_buf() });
    }
    Ok(KnownHosts::parse(&content))
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KnownHostsError {
    move |source| KnownHostsError::Io { action, path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use russh::keys::key::safe_rng;
    use russh::keys::{Algorithm, PrivateKey};

    use super::*;

    fn key() -> PublicKey {
        PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap().public_key().clone()
    }

    fn name(host: &str) -> HostName {
        HostName::new(host, 22)
    }

    #[test]
    fn trusting_appends_once_and_ends_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("known_hosts");
        let first = key();
        assert_eq!(trust(&path, &name("a"), &first).unwrap(), Trusted::Added);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(trust(&path, &name("a"), &first).unwrap(), Trusted::AlreadyKnown);
        let mut torn = fs::read_to_string(&path).unwrap();
        torn.push_str("# no line end");
        fs::write(&path, &torn).unwrap();
        trust(&path, &name("b"), &first).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{torn}\nb {}\n", first.to_openssh().unwrap()));
    }

    #[test]
    fn trusting_never_overrides_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        let (old, new) = (key(), key());
        trust(&path, &name("a"), &old).unwrap();
        let error = trust(&path, &name("a"), &new).unwrap_err().to_string();
        assert!(error.contains(&fingerprint(&old)) && error.contains(&fingerprint(&new)), "{error}");
        fs::write(&path, format!("@revoked * {}\n", new.to_openssh().unwrap())).unwrap();
        assert!(matches!(trust(&path, &name("a"), &new), Err(KnownHostsError::Revoked { line: 1, .. })));
    }

    #[test]
    fn a_pattern_is_never_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        for host in ["*", "core-?", "a,b", "!a", "", "a b", "a\nb", "@revoked", "#a", "|1|x|y", "\u{7f}"] {
            for port in [22, 830] {
                let trusted = trust(&path, &HostName::new(host, port), &key());
                assert!(matches!(trusted, Err(KnownHostsError::NotOneHost { .. })), "{host:?}");
            }
        }
        assert!(!path.exists());
    }

    #[test]
    fn forgetting_leaves_everything_else_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        let key = key().to_openssh().unwrap();
        let hashed = "|1|qe2erlS3iFxiI4CKxX6aKIDAQB0=|bmcULLmWYrEd78mMjSqRQF5PVZk=";
        let before = format!(
            "# kept \u{e9}\r\n192.0.2.7 {key}\n{hashed} {key}\n  b,192.0.2.7,c\t{key} note  \n192.0.2.* {key}\n\
             @revoked 192.0.2.7 {key}\nnot a line\n"
        );
        fs::write(&path, &before).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let forgotten = forget(&path, &name("192.0.2.7")).unwrap();
        let lines = |entries: &[Entry]| entries.iter().map(|entry| entry.line).collect::<Vec<_>>();
        assert_eq!(lines(&forgotten.removed), [2, 3, 4]);
        assert_eq!(lines(&forgotten.kept), [5, 6]);
        let after = format!(
            "# kept \u{e9}\r\n  b,c\t{key} note  \n192.0.2.* {key}\n@revoked 192.0.2.7 {key}\nnot a line\n"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), after);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    }

    #[test]
    fn forgetting_in_no_file_creates_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        assert!(forget(&path, &name("a")).unwrap().removed.is_empty());
        assert!(!path.exists());
    }

    #[test]
    fn writers_at_once_lose_no_line() {
        const WRITERS: usize = 8;
        const EACH: usize = 12;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        let key = key();
        trust(&path, &name("doomed"), &key).unwrap();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (path, key) = (&path, &key);
                scope.spawn(move || {
                    for number in 0..EACH {
                        trust(path, &name(&format!("host-{writer}-{number}")), key).unwrap();
                        forget(path, &name("doomed")).unwrap();
                        trust(path, &name("doomed"), key).unwrap();
                    }
                });
            }
        });
        let known = load(&path).unwrap();
        for writer in 0..WRITERS {
            for number in 0..EACH {
                let host = name(&format!("host-{writer}-{number}"));
                assert_eq!(known.standing(&host, &key), Standing::Known, "{host}");
            }
        }
        assert_eq!(known.unreadable().count(), 0);
    }
}
