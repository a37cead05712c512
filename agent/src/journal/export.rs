//! An export: the entries as they are, with all that is needed to verify them elsewhere without licwatch.
//!
//! What stands in the folder, and how it is verified by hand, is told by its `README.txt` (`export-readme.txt` here).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tempfile::TempDir;

use super::{Anchor, Broken, Head, Kept, Verified, Verifier};

const README: &str = include_str!("export-readme.txt");
const README_FILE: &str = "README.txt";
const ENTRIES: &str = "journal.ndjson";
const HASHES: &str = "journal.hashes";
const HEAD: &str = "journal.head.json";
const TEXT: &str = "journal.head.txt";
const SIGNATURE: &str = "journal.head.sig";
const KEY: &str = "journal.pub.pem";
/// No entry is longer.
const LONGEST: u64 = 16 << 20;

/// An export that could not be made. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Operator: an export never replaces anything.
    #[error("{} exists already; name a new folder", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// Operator: no room, no right, no folder above.
    #[error("cannot write the export {} ({error}); nothing was kept", folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// An export that is being written; it appears under its name when it is whole.
#[derive(Debug)]
pub struct Exporting {
    out: PathBuf,
    parent: PathBuf,
    folder: TempDir,
    entries: BufWriter<File>,
    hashes: BufWriter<File>,
}

impl Exporting {
    /// Begins an export that will be `out`, which must not exist.
    pub fn begin(out: &Path) -> Result<Self, ExportError> {
        // Without the slash that a shell's completion leaves.
        let out: PathBuf = out.components().collect();
        if fs::symlink_metadata(&out).is_ok() {
            return Err(ExportError::Exists { folder: out });
        }
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let failed = |error| ExportError::Write { folder: out.clone(), error };
        let folder = tempfile::Builder::new()
            .prefix(".licwatch-journal-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(failed)?;
        let entries = BufWriter::new(create(&folder.path().join(ENTRIES)).map_err(failed)?);
        let hashes = BufWriter::new(create(&folder.path().join(HASHES)).map_err(failed)?);
        Ok(Self { out, parent, folder, entries, hashes })
    }

    /// Adds the next entry, as it is kept.
    pub fn add(&mut self, kept: &Kept<'_>) -> Result<(), ExportError> {
        let written = self.entries.write_all(kept.entry).and_then(|()| self.entries.write_all(b"\n"));
        let written = written.and_then(|()| writeln!(self.hashes, "{} {}", kept.seq, kept.hash));
        written.map_err(|error| self.failed(error))
    }

    /// Adds the head, and makes sure that all of it is on disk.
    pub fn seal(&mut self, head: &Head) -> Result<(), ExportError> {
        self.complete(head).map_err(|error| self.failed(error))
    }

    /// Gives it its name.
    pub fn publish(self) -> Result<PathBuf, ExportError> {
        let Self { out, parent, folder, .. } = self;
        let failed = |error| ExportError::Write { folder: out.clone(), error };
        match rustix::fs::renameat_with(CWD, folder.path(), CWD, &out, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => return Err(ExportError::Exists { folder: out }),
            // File systems without an exclusive rename: a folder is never renamed over another that holds something.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if !out.exists() => {
                fs::rename(folder.path(), &out).map_err(failed)?;
            }
            renamed => renamed.map_err(|errno| failed(errno.into()))?,
        }
        // The name is gone; there is nothing left to remove.
        let _ = folder.keep();
        let synced = File::open(&parent).and_then(|parent| parent.sync_all());
        // Whether it outlasts a power cut is not known: then it shall not be there at all.
        synced.inspect_err(|_| drop(fs::remove_dir_all(&out))).map_err(failed)?;
        Ok(out)
    }

    fn complete(&mut self, head: &Head) -> io::Result<()> {
        for file in [&mut self.entries, &mut self.hashes] {
            file.flush()?;
            file.get_ref().sync_all()?;
        }
        for (name, bytes) in beside(head) {
            let mut file = create(&self.folder.path().join(name))?;
            file.write_all(&bytes)?;
            file.sync_all()?;
        }
        File::open(self.folder.path())?.sync_all()
    }

    fn failed(&self, error: io::Error) -> ExportError {
        ExportError::Write { folder: self.out.clone(), error }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// What stands beside the entries under a head. Whoever verifies by hand does what `README.txt` says.
fn beside(head: &Head) -> [(&'static str, Vec<u8>); 5] {
    [
        (README_FILE, README.as_bytes().to_vec()),
        (HEAD, head.line().into_bytes()),
        (TEXT, head.text().into_bytes()),
        (SIGNATURE, head.signature.to_vec()),
        (KEY, head.public_key.pem().into_bytes()),
    ]
}

/// Where an export first differs.
#[derive(Debug)]
pub struct Place {
    /// What is wrong.
    pub broken: Broken,
    /// The line of `journal.ndjson`, from 1, and the byte that it begins at; of the entries alone.
    pub at: Option<(u64, u64)>,
}

/// An export that cannot be read. Who acts: the operator.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {} ({error}); name the folder that `licwatch journal export` made", path.display())]
pub struct Unreadable {
    path: PathBuf,
    error: io::Error,
}

/// Verifies an export by itself, and against heads from elsewhere. `progress` is told the bytes that were read.
pub fn verify_export(
    folder: &Path,
    mut anchors: Vec<Anchor>,
    progress: &mut dyn FnMut(u64),
) -> Result<Result<Verified, Place>, Unreadable> {
    let open = |name: &str| {
        let path = folder.join(name);
        File::open(&path).map(BufReader::new).map_err(|error| Unreadable { path, error })
    };
    let (mut entries, mut hashes) = (open(ENTRIES)?, open(HASHES)?);
    let head = match own_head(folder) {
        Ok(head) => head,
        Err(broken) => return Ok(Err(Place { broken, at: None })),
    };
    anchors.push(Anchor { name: HEAD.to_owned(), head: head.clone() });
    let mut chain = Verifier::new(anchors);
    let (mut line, mut offset) = (0, 0);
    loop {
        let read = |reader: &mut BufReader<File>, name: &str| {
            read_line(reader).map_err(|error| Unreadable { path: folder.join(name), error })
        };
        let (entry, hash) = (read(&mut entries, ENTRIES)?, read(&mut hashes, HASHES)?);
        line += 1;
        let taken = match (&entry, &hash) {
            (Line::End, Line::End) => break,
            (Line::Whole(entry), Line::Whole(hash)) => {
                let (seq, hash) = listed(hash).unwrap_or((i64::try_from(line).unwrap_or(i64::MAX), ""));
                chain.take(Kept { seq, entry, prev: None, hash })
            }
            (Line::Whole(_), _) => Err(Broken::Torn { file: HASHES, seq: line }),
            _ => Err(Broken::Torn { file: ENTRIES, seq: line }),
        };
        if let Err(broken) = taken {
            return Ok(Err(Place { broken, at: Some((line, offset)) }));
        }
        if let Line::Whole(entry) = &entry {
            offset += entry.len() as u64 + 1;
            progress(offset);
        }
    }
    let verified = match chain.finish() {
        Ok(verified) if verified.entries > head.seq => Err(Broken::Beyond { seq: head.seq + 1 }),
        other => other,
    };
    Ok(verified.map_err(|broken| Place { broken, at: None }))
}

/// The head of the export, if everything that stands beside the entries agrees with it.
fn own_head(folder: &Path) -> Result<Head, Broken> {
    let bytes = |name: &'static str| {
        let mut bytes = Vec::new();
        let read = File::open(folder.join(name)).and_then(|file| file.take(1 << 20).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| Broken::Beside { file: name, why: error.to_string() })
    };
    let head =
        Head::within(&bytes(HEAD)?).map_err(|error| Broken::Beside { file: HEAD, why: error.to_string() })?;
    for (file, expected) in beside(&head) {
        if bytes(file)? != expected {
            let why = match file {
                README_FILE => "it is not what this licwatch writes".to_owned(),
                _ => format!("it is not what {HEAD} says"),
            };
            return Err(Broken::Beside { file, why });
        }
    }
    Ok(head)
}

/// One line of a file.
enum Line {
    Whole(Vec<u8>),
    /// It has no end, or none within reason.
    Torn,
    End,
}

fn read_line(reader: &mut BufReader<File>) -> io::Result<Line> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(match line.pop() {
        None => Line::End,
        Some(b'\n') => Line::Whole(line),
        Some(_) => Line::Torn,
    })
}

/// The number and the hash of a line, if it is written as an export writes it.
fn listed(line: &[u8]) -> Option<(i64, &str)> {
    let (number, hash) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let seq: i64 = number.parse().ok()?;
    (seq.to_string() == number).then_some((seq, hash))
}
