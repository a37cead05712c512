//! Atomic publishing: a name appears only with its whole content behind it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tempfile::Builder;

use super::DropError;

/// Makes sure that files can be created in the folder, by creating one and removing it.
pub(super) fn probe(folder: &Path, agent: &str) -> Result<(), DropError> {
    expect(folder)?;
    let mut file = temporary(agent).tempfile_in(folder).map_err(|error| DropError::at(folder, error))?;
    file.write_all(b"licwatch").map_err(|error| DropError::at(folder, error))?;
    file.close().map_err(|error| DropError::at(folder, error))
}

/// Makes sure that the folder is there.
pub(super) fn expect(folder: &Path) -> Result<(), DropError> {
    let metadata = fs::metadata(folder).map_err(|error| DropError::at(folder, error))?;
    if !metadata.is_dir() {
        return Err(DropError::NotAFolder { folder: folder.to_owned() });
    }
    Ok(())
}

/// Publishes one file under `path`, which must not exist yet.
pub(super) fn file(folder: &Path, agent: &str, path: &Path, bytes: &[u8]) -> Result<(), DropError> {
    let failed = |error| blame(folder, path, error);
    // The group may read a drop: the gateway that takes it is another user.
    let readable = fs::Permissions::from_mode(0o640);
    let make = |builder: &mut Builder<'_, '_>| builder.permissions(readable).tempfile_in(folder);
    let mut file = temporary(agent).with(make).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let temporary = file.into_temp_path();
    match rename(&temporary, path) {
        // File systems without an exclusive rename (NFS): a second name is exclusive as well; where there are no
        // second names either, the final name is created exclusively.
        Err(error) if is_unsupported(&error) => {
            let linked = fs::hard_link(&temporary, path);
            match linked {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    exclusive(path, bytes, 0o640).map_err(failed)?;
                }
                linked => linked.map_err(failed)?,
            }
        }
        renamed => {
            renamed.map_err(failed)?;
            // The name is gone; there is nothing left to remove.
            let _ = temporary.keep();
        }
    }
    sync_folder(folder).map_err(failed)
}

/// What stands under a name that shall be published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// Nothing.
    Free,
    /// What shall stand there, or its first part: where no rename is exclusive, a crash leaves such.
    Ours {
        /// How many of its bytes.
        bytes: usize,
    },
    /// Something else.
    Foreign,
}

/// Looks at what stands under a name.
pub(super) fn standing(folder: &Path, path: &Path, bytes: &[u8]) -> Result<Standing, DropError> {
    let failed = |error| DropError::at(folder, error);
    let facts = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::Free),
        facts => facts.map_err(failed)?,
    };
    if !facts.is_file() || facts.len() > bytes.len() as u64 {
        return Ok(Standing::Foreign);
    }
    match fs::read(path) {
        // Somebody took it between the two looks.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Standing::Free),
        Err(error) => Err(failed(error)),
        Ok(found) if bytes.starts_with(&found) => Ok(Standing::Ours { bytes: found.len() }),
        Ok(_) => Ok(Standing::Foreign),
    }
}

/// Sees to it that the file stands under `path` with these bytes, whoever put it there. A file with other bytes is
/// left alone.
pub(super) fn establish(folder: &Path, agent: &str, path: &Path, bytes: &[u8]) -> Result<(), DropError> {
    let failed = |error| blame(folder, path, error);
    for last in [false, true] {
        match standing(folder, path, bytes)? {
            Standing::Free => match file(folder, agent, path, bytes) {
                // Somebody was quicker: perhaps an earlier try of ours that was thought lost.
                Err(DropError::Exists { .. }) if !last => {}
                done => return done,
            },
            Standing::Ours { bytes: there } => {
                let mut file = OpenOptions::new().append(true).open(path).map_err(failed)?;
                file.write_all(bytes.get(there..).unwrap_or_default()).map_err(failed)?;
                // A crash may have come between its name and its disk.
                file.sync_all().and_then(|()| sync_folder(folder)).map_err(failed)?;
                return Ok(());
            }
            Standing::Foreign => break,
        }
    }
    Err(DropError::Foreign { path: path.to_owned() })
}

/// Sees to it that the folder stands under `path` with these files and no others.
pub(super) fn establish_folder(
    parent: &Path,
    agent: &str,
    path: &Path,
    files: &[(String, &[u8])],
) -> Result<(), DropError> {
    if fs::symlink_metadata(path).is_err() {
        return folder(parent, agent, path, files);
    }
    let mut same = count(path).map_err(|error| blame(parent, path, error))? == files.len();
    for (name, bytes) in files {
        let found = standing(parent, &path.join(name), bytes)?;
        same &= found == Standing::Ours { bytes: bytes.len() };
    }
    if same { Ok(()) } else { Err(DropError::Foreign { path: path.to_owned() }) }
}

/// How many files stand in a folder and in those directly below it.
fn count(folder: &Path) -> io::Result<usize> {
    let mut files = 0;
    for below in subfolders(folder)? {
        for entry in fs::read_dir(below)? {
            files += usize::from(!entry?.file_type()?.is_dir());
        }
    }
    Ok(files)
}

/// Removes what runs of this agent that were killed before `started` have left half written.
pub(super) fn sweep(folder: &Path, agent: &str, started: Timestamp) -> Result<usize, DropError> {
    let failed = |error| DropError::at(folder, error);
    let mut swept = 0;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(&prefix(agent))?.strip_suffix(ENDING));
        if !random.is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            continue;
        }
        // Whoever removes it meanwhile does our work.
        let Ok(facts) = entry.metadata() else { continue };
        let written = facts.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
        if written.is_none_or(|written| written >= started) {
            continue;
        }
        let path = entry.path();
        let removed = if facts.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Ok(()) => swept += 1,
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "A leftover in the drop folder stays.");
            }
        }
    }
    Ok(swept)
}

/// Publishes a folder of files under `path`, which must not exist yet.
pub(super) fn folder(
    parent: &Path,
    agent: &str,
    path: &Path,
    files: &[(String, &[u8])],
) -> Result<(), DropError> {
    let failed = |error| blame(parent, path, error);
    let staging = temporary(agent).tempdir_in(parent).map_err(failed)?;
    for (name, bytes) in files {
        let target = staging.path().join(name);
        if let Some(below) = target.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(below).map_err(failed)?;
        }
        exclusive(&target, bytes, 0o600).map_err(failed)?;
    }
    for below in subfolders(staging.path()).map_err(failed)? {
        sync_folder(&below).map_err(failed)?;
    }
    match rename(staging.path(), path) {
        // A folder that exists is never renamed over: only the exclusiveness is lost here, not a file.
        Err(error) if is_unsupported(&error) && !path.exists() => {
            fs::rename(staging.path(), path).map_err(failed)?;
        }
        renamed => renamed.map_err(failed)?,
    }
    // The name is gone; there is nothing left to remove.
    let _ = staging.keep();
    sync_folder(parent).map_err(failed)
}

/// What the names of half-written files end in.
const ENDING: &str = ".tmp";

/// What the names of an agent's half-written files begin with; a random part follows.
fn prefix(agent: &str) -> String {
    format!(".licwatch-{agent}-")
}

fn temporary(agent: &str) -> Temporary {
    Temporary(prefix(agent))
}

/// Makes files and folders with names of ours.
struct Temporary(String);

impl Temporary {
    fn with<T>(&self, make: impl FnOnce(&mut Builder<'_, '_>) -> io::Result<T>) -> io::Result<T> {
        make(Builder::new().prefix(&self.0).suffix(ENDING))
    }

    fn tempfile_in(&self, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
        self.with(|builder| builder.tempfile_in(folder))
    }

    fn tempdir_in(&self, folder: &Path) -> io::Result<tempfile::TempDir> {
        self.with(|builder| builder.tempdir_in(folder))
    }
}

/// Errors about the final name speak of it, all others of the folder.
fn blame(folder: &Path, path: &Path, error: io::Error) -> DropError {
    match DropError::at(folder, error) {
        DropError::Exists { .. } => DropError::Exists { path: path.to_owned() },
        other => other,
    }
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

fn is_unsupported(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP))
}

fn exclusive(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // A torn file must not stand under a final name; the first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder and those directly below it.
fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![folder.to_owned()];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}
