//! The folder of a recording: there whole, or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that will be published under its name. Dropped before that, nothing is left of it.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    parent: PathBuf,
    folder: TempDir,
}

/// A folder that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Operator: captures are never mixed with anything else.
    #[error("{} is not empty; name a new folder", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// Operator: something else has the name.
    #[error("{} is not a folder; name a new one", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Operator: the folder above is not there or cannot be written to.
    #[error("cannot make a folder in {} ({error}); create it, or give this user write access", parent.display())]
    Parent {
        /// The folder above.
        parent: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Operator: no room, most likely.
    #[error("cannot write {} ({error}); nothing was kept", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl Staging {
    /// Makes sure that a folder can be published at `out`, which must not exist or be empty.
    pub fn prepare(out: &Path) -> Result<Self, FolderError> {
        // Without the slash that a shell's completion leaves.
        let out: PathBuf = out.components().collect();
        match fs::symlink_metadata(&out) {
            Ok(metadata) if !metadata.is_dir() => return Err(FolderError::NotAFolder { path: out }),
            Ok(_) => {
                let mut entries =
                    fs::read_dir(&out).map_err(|error| FolderError::Parent { parent: out.clone(), error })?;
                if entries.next().is_some() {
                    return Err(FolderError::NotEmpty { folder: out });
                }
            }
            Err(_) => {}
        }
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let folder = tempfile::Builder::new()
            .prefix(".licwatch-record-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(|error| FolderError::Parent { parent: parent.clone(), error })?;
        Ok(Self { out, parent, folder })
    }

    /// Publishes the files, and gives the name of the folder.
    pub fn publish(self, files: &[(String, Vec<u8>)]) -> Result<PathBuf, FolderError> {
        for (name, bytes) in files {
            let path = self.folder.path().join(name);
            write(&path, bytes).map_err(|error| FolderError::Write { path: self.out.join(name), error })?;
        }
        let failed = |error| FolderError::Write { path: self.out.clone(), error };
        sync(self.folder.path()).map_err(failed)?;
        match fs::rename(self.folder.path(), &self.out) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                return Err(FolderError::NotEmpty { folder: self.out });
            }
            renamed => renamed.map_err(failed)?,
        }
        // The name is gone; there is nothing left to remove.
        let _ = self.folder.keep();
        sync(&self.parent).map_err(failed)?;
        Ok(self.out)
    }
}

/// Writes a file that must not exist and that only its owner can read.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_folder_appears_whole_and_private() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("case-1");
        let files = [("a.txt".to_owned(), b"x\r\n".to_vec())];
        Staging::prepare(&out).unwrap().publish(&files).unwrap();
        assert_eq!(fs::read(out.join("a.txt")).unwrap(), b"x\r\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&out), mode(&out.join("a.txt"))), (0o700, 0o600));
        assert!(matches!(Staging::prepare(&out), Err(FolderError::NotEmpty { .. })));
        assert_eq!(entries(place.path()), ["case-1"]);
    }

    #[test]
    fn an_empty_folder_is_taken_and_one_that_filled_up_is_not() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("empty");
        fs::create_dir(&out).unwrap();
        let staging = Staging::prepare(&out).unwrap();
        fs::write(out.join("somebody's"), "").unwrap();
        assert!(matches!(staging.publish(&[]), Err(FolderError::NotEmpty { .. })));
        fs::remove_file(out.join("somebody's")).unwrap();
        Staging::prepare(&out).unwrap().publish(&[]).unwrap();
        assert_eq!(entries(place.path()), ["empty"]);
    }

    #[test]
    fn nothing_is_left_of_what_fails() {
        let place = tempfile::tempdir().unwrap();
        let twice = [("a".to_owned(), Vec::new()), ("a".to_owned(), Vec::new())];
        let staging = Staging::prepare(&place.path().join("x")).unwrap();
        assert!(matches!(staging.publish(&twice), Err(FolderError::Write { .. })));
        fs::write(place.path().join("file"), "").unwrap();
        assert!(matches!(Staging::prepare(&place.path().join("file")), Err(FolderError::NotAFolder { .. })));
        let nowhere = place.path().join("nowhere/x");
        assert!(matches!(Staging::prepare(&nowhere), Err(FolderError::Parent { .. })));
        assert_eq!(entries(place.path()), ["file"]);
    }
}
