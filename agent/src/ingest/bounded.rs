//! Reading within bounds: so many bytes, nothing outside a folder, and no link is followed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::IngestError;

/// Opens a file that somebody named or that lies in a folder. It must be an ordinary one, and no link: what lies on a
/// medium that came here may lead to any file of this host.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let name = path.file_name().ok_or_else(|| invalid("it is no file"))?;
    ordinary(step(&File::open(parent(path))?, name, OFlags::NONBLOCK)?)
}

/// The folder that a file lies in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The bytes of a file, as [`open`] opens it, up to a limit.
pub(super) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, IngestError> {
    let file = open(path).map_err(|error| IngestError::unreadable(path, error))?;
    read(file, path, limit)
}

/// The bytes of an open file, up to a limit. `path` names it to people.
pub(super) fn read(file: File, path: &Path, limit: u64) -> Result<Vec<u8>, IngestError> {
    let unreadable = |error| IngestError::unreadable(path, error);
    let too_large = || IngestError::TooLarge { path: path.to_owned(), limit: format!("{} MiB", limit >> 20) };
    if file.metadata().map_err(unreadable)?.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// A folder out of which nothing is read.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where a file of it lies, for people.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens a file below the folder. No part of the name may be a link, and the file must be an ordinary one.
    pub(super) fn file(&self, name: &str) -> io::Result<File> {
        if !is_below(name) {
            return Err(invalid("it is no file below its folder"));
        }
        let mut at = File::open(&self.path)?;
        let mut parts = name.split('/').peekable();
        while let Some(part) = parts.next() {
            // A pipe in the place of a file must not hold us up.
            let kind = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::NONBLOCK };
            at = step(&at, OsStr::new(part), kind)?;
        }
        ordinary(at)
    }
}

fn step(folder: impl AsFd, name: &OsStr, kind: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | kind;
    match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP) => Err(invalid("it is a link, and links are not followed")),
        Err(error) => Err(error.into()),
    }
}

fn ordinary(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(invalid("it is no ordinary file")) }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Whether a name stays below its folder: plain parts, with `/` between.
pub(super) fn is_below(name: &str) -> bool {
    const DEEPEST: usize = 8;
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.len() <= 255
            && !part.contains(|c: char| c == '\\' || c.is_control())
    };
    name.split('/').count() <= DEEPEST && name.split('/').all(plain)
}

/// The digest of what was read through it.
pub(super) struct Digesting<R> {
    source: R,
    digest: Sha256,
    pub(super) read: u64,
}

impl<R: Read> Digesting<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, digest: Sha256::new(), read: 0 }
    }

    /// Lower-case hexadecimal.
    pub(super) fn sha256(&self) -> String {
        self.digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.digest.update(buffer.get(..count).unwrap_or_default());
        self.read += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("drop/a.raw/edge")).unwrap();
        std::fs::write(place.path().join("secret"), "x").unwrap();
        std::fs::write(place.path().join("drop/a.raw/edge/f"), "y").unwrap();
        symlink("../secret", place.path().join("drop/link")).unwrap();
        symlink("..", place.path().join("drop/up")).unwrap();
        let folder = Folder::new(&place.path().join("drop"));
        assert!(folder.file("a.raw/edge/f").is_ok());
        for outside in ["link", "up/secret", "../secret", "./link", "a.raw", "a.raw/../../secret", ""] {
            assert!(folder.file(outside).is_err(), "{outside}");
        }
        assert!(folder.file(&place.path().join("secret").display().to_string()).is_err());
        let said = open(&place.path().join("drop/link")).unwrap_err().to_string();
        assert_eq!(said, "it is a link, and links are not followed");
        assert!(open(&place.path().join("drop/a.raw")).is_err() && open(Path::new("..")).is_err());
        assert!(open(&place.path().join("secret")).is_ok());
        for name in ["", "/etc/passwd", "../x", "a//b", "a/../b", "a/.", "a\\b", "a\nb", "1/2/3/4/5/6/7/8/9"]
        {
            assert!(!is_below(name), "{name:?}");
        }
        assert!(is_below("licwatch-hq.raw/edge-1/01-show.txt"));
    }
}
