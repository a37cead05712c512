//! Atomic publishing: a name appears only with its whole content behind it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tempfile::Builder;

use super::DropError;

/// Makes sure that files can be created in the folder, by creating one and removing it.
pub(super) fn probe(folder: &Path) -> Result<(), DropError> {
    let metadata = fs::metadata(folder).map_err(|error| DropError::at(folder, error))?;
    if !metadata.is_dir() {
        return Err(DropError::NotAFolder { folder: folder.to_owned() });
    }
    let mut file = temporary().tempfile_in(folder).map_err(|error| DropError::at(folder, error))?;
    file.write_all(b"licwatch").map_err(|error| DropError::at(folder, error))?;
    file.close().map_err(|error| DropError::at(folder, error))
}

/// Publishes one file under `path`, which must not exist yet.
pub(super) fn file(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), DropError> {
    let failed = |error| blame(folder, path, error);
    // The group may read a drop: the gateway that takes it is another user.
    let readable = fs::Permissions::from_mode(0o640);
    let mut file = temporary().permissions(readable).tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let temporary = file.into_temp_path();
    match rename(&temporary, path) {
        // File systems without an exclusive rename (CIFS, NFS): create the final name exclusively instead.
        Err(error) if is_unsupported(&error) => exclusive(path, bytes).map_err(failed)?,
        renamed => {
            renamed.map_err(failed)?;
            // The name is gone; there is nothing left to remove.
            let _ = temporary.keep();
        }
    }
    sync_folder(folder).map_err(failed)
}

/// Publishes a folder of files under `path`, which must not exist yet.
pub(super) fn folder(parent: &Path, path: &Path, files: &[(String, &[u8])]) -> Result<(), DropError> {
    let failed = |error| blame(parent, path, error);
    let staging = temporary().tempdir_in(parent).map_err(failed)?;
    for (name, bytes) in files {
        let target = staging.path().join(name);
        if let Some(below) = target.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(below).map_err(failed)?;
        }
        exclusive(&target, bytes).map_err(failed)?;
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

fn temporary() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".licwatch-").suffix(".tmp");
    builder
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

fn exclusive(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
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
