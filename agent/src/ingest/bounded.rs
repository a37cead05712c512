//! Reading within bounds: so many bytes, and nothing outside a folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

use super::IngestError;

/// The bytes of a file, up to a limit.
pub(super) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, IngestError> {
    let unreadable = |error| IngestError::unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
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
        let mut at = File::open(&self.path)?;
        let mut parts = name.split('/').peekable();
        while let Some(part) = parts.next() {
            // A pipe in the place of a file must not hold us up.
            let kind = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::NONBLOCK };
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | kind;
            at = rustix::fs::openat(&at, part, flags, Mode::empty())?.into();
        }
        if at.metadata()?.is_file() {
            Ok(at)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"))
        }
    }
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
        for outside in ["link", "up/secret", "../secret", "a.raw"] {
            assert!(folder.file(outside).is_err() || !is_below(outside), "{outside}");
        }
        assert!(folder.file("link").is_err() && folder.file("up/secret").is_err());
        for name in ["", "/etc/passwd", "../x", "a//b", "a/../b", "a/.", "a\\b", "a\nb", "1/2/3/4/5/6/7/8/9"]
        {
            assert!(!is_below(name), "{name:?}");
        }
        assert!(is_below("licwatch-hq.raw/edge-1/01-show.txt"));
    }
}
