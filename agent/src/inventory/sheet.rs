//! An inventory file that is changed without being written anew: what nobody touches stays byte for byte, comments,
//! order and spelling of columns too.
//!
//! A change is made to the text in memory, the text is read again as the inventory would be, and only then does it
//! take the file's place, by one rename. What stood there is kept beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::columns::{COLUMNS, NAME};
use super::rows::{Rows, beginning, cells};
use crate::config::{self, Problem, Problems};

/// A file of devices, to be changed.
#[derive(Clone, Debug)]
pub struct Sheet {
    path: PathBuf,
    /// What stands in the file; nothing if there is none yet.
    original: Option<Vec<u8>>,
    has_mark: bool,
    line_end: &'static str,
    header: usize,
    /// The columns, by their names in the inventory.
    columns: Vec<String>,
    lines: Vec<Line>,
    /// Where the row of a device stands.
    places: BTreeMap<String, usize>,
}

/// A record of the file, or lines between records.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    /// The name of the device whose row it is.
    device: Option<String>,
}

/// Where a file and what stood there before it are now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replaced {
    /// The file.
    pub path: PathBuf,
    /// What stood there, if anything did.
    pub backup: Option<PathBuf>,
}

impl Sheet {
    /// Reads a file of devices; one that is not there is begun. A file that the inventory cannot read is refused.
    pub fn open(path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        if !path.exists() {
            let header = std::iter::once(NAME).chain(COLUMNS.iter().map(|(name, _)| *name));
            let text = format!("{}\n", header.collect::<Vec<_>>().join(","));
            let (rows, _) = Rows::read(&name, text.clone().into_bytes());
            return Ok(Self { original: None, ..Self::of(path, text.into_bytes(), &rows) });
        }
        let bytes = config::bytes_of(path, &name, config::LARGEST_INVENTORY)?;
        let (rows, problems) = Rows::read(&name, bytes.clone());
        problems.into_result(())?;
        Ok(Self::of(path, bytes, &rows))
    }

    fn of(path: &Path, bytes: Vec<u8>, rows: &Rows) -> Self {
        // It is UTF-8, or it would have been refused.
        let whole = String::from_utf8_lossy(&bytes).into_owned();
        let has_mark = whole.starts_with('\u{feff}');
        let text = whole.strip_prefix('\u{feff}').unwrap_or(&whole);
        let mut sheet = Self {
            path: path.to_owned(),
            original: Some(bytes),
            has_mark,
            line_end: if text.contains("\r\n") { "\r\n" } else { "\n" },
            header: 0,
            columns: Vec::new(),
            lines: Vec::new(),
            places: BTreeMap::new(),
        };
        let mut devices = rows.rows.iter().peekable();
        let (mut at, mut number, mut is_header) = (0, 1, true);
        while at < text.len() {
            let start = beginning(text, at);
            // Comments and empty lines, as they stand.
            if start > at {
                sheet.push(text, at..start, None, &mut number);
            }
            if start >= text.len() {
                break;
            }
            let (spans, end) = cells(text, start);
            let end = line_end(text, end);
            if is_header {
                (is_header, sheet.header) = (false, sheet.lines.len());
                let name = |span: &Range<usize>| {
                    let cell = text.get(span.clone()).unwrap_or_default().trim_matches('"').trim();
                    cell.to_lowercase().replace([' ', '-'], "_")
                };
                sheet.columns = spans.iter().map(name).collect();
                sheet.push(text, start..end, None, &mut number);
            } else {
                let device = devices.next_if(|row| row.line == number).map(|row| row.name.clone());
                sheet.push(text, start..end, device, &mut number);
            }
            at = end;
        }
        sheet
    }

    fn push(&mut self, text: &str, span: Range<usize>, device: Option<String>, number: &mut usize) {
        let text = text.get(span).unwrap_or_default().to_owned();
        *number += text.bytes().filter(|byte| *byte == b'\n').count();
        self.append(Line { text, device });
    }

    fn append(&mut self, line: Line) {
        if let Some(device) = &line.device {
            self.places.insert(device.clone(), self.lines.len());
        }
        self.lines.push(line);
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a device has a row here.
    pub fn holds(&self, device: &str) -> bool {
        self.places.contains_key(device)
    }

    /// Sets cells of a device's row.
    pub fn set<'c>(&mut self, device: &str, changes: impl IntoIterator<Item = (&'static str, &'c str)>) {
        for (column, value) in changes {
            let place = self.column(column);
            let Some(line) = self.places.get(device).and_then(|at| self.lines.get_mut(*at)) else {
                return;
            };
            let (spans, _) = cells(&line.text, 0);
            if let Some(span) = spans.get(place) {
                line.text.replace_range(span.clone(), &quoted(value));
            }
        }
    }

    /// Adds a row behind the last.
    pub fn add<'c>(&mut self, device: &'c str, stated: impl IntoIterator<Item = (&'static str, &'c str)>) {
        let stated: Vec<(usize, &str)> = std::iter::once((NAME, device))
            .chain(stated)
            .map(|(column, value)| (self.column(column), value))
            .collect();
        let mut row = vec![String::new(); self.columns.len()];
        for (place, value) in stated {
            if let Some(cell) = row.get_mut(place) {
                *cell = quoted(value);
            }
        }
        if let Some(last) = self.lines.last_mut().filter(|last| !last.text.ends_with('\n')) {
            last.text.push_str(self.line_end);
        }
        let text = format!("{}{}", row.join(","), self.line_end);
        self.append(Line { text, device: Some(device.to_owned()) });
    }

    /// Takes the rows of devices out.
    pub fn remove(&mut self, devices: &BTreeSet<&str>) {
        let lines = std::mem::take(&mut self.lines);
        self.places.clear();
        for line in lines {
            if line.device.as_deref().is_none_or(|device| !devices.contains(device)) {
                self.append(line);
            }
        }
    }

    /// The place of a column, which is made if need be: then every row gets an empty cell.
    fn column(&mut self, column: &str) -> usize {
        if let Some(place) = self.columns.iter().position(|known| known == column) {
            return place;
        }
        let header = self.header;
        for (at, line) in self.lines.iter_mut().enumerate() {
            if at != header && line.device.is_none() {
                continue;
            }
            let end = line.text.trim_end_matches(['\r', '\n']).len();
            let cell = if at == header { format!(",{column}") } else { ",".to_owned() };
            line.text.insert_str(end, &cell);
        }
        self.columns.push(column.to_owned());
        self.columns.len() - 1
    }

    /// The text as it would be written.
    pub fn text(&self) -> String {
        let mark = if self.has_mark { "\u{feff}" } else { "" };
        std::iter::once(mark).chain(self.lines.iter().map(|line| line.text.as_str())).collect()
    }

    /// Puts the changed text into the file's place. `stamp` tells the backups of a file apart.
    pub fn replace(&self, stamp: &str) -> Result<Replaced, Problems> {
        let name = self.path.display().to_string();
        let text = self.text();
        // What nobody could read again must never stand there.
        let (_, problems) = Rows::read(&name, text.clone().into_bytes());
        problems.into_result(())?;
        let failed = |reason: io::Error| {
            let remedy = "see that this user may write the file and its folder; the file is as it was";
            Problem::of_file(&name, format!("it cannot be written: {reason}"), remedy)
        };
        // A link keeps pointing: what it points to is replaced.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".licwatch-")
            .suffix(".tmp")
            .tempfile_in(folder)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        let mut backup = None;
        if let Some(original) = &self.original {
            let now = fs::read(&path).map_err(failed)?;
            if now != *original {
                let remedy = "somebody else works on it; look at the differences again";
                return Err(Problem::of_file(&name, "it has changed since it was read", remedy).into());
            }
            let mode = fs::metadata(&path).map_err(failed)?.permissions();
            file.as_file().set_permissions(mode).map_err(failed)?;
            backup = Some(keep(&path, original, stamp).map_err(failed)?);
        }
        file.as_file().sync_all().map_err(failed)?;
        if self.original.is_some() {
            file.persist(&path).map_err(|error| failed(error.error))?;
        } else {
            file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(Replaced { path: self.path.clone(), backup })
    }
}

/// Keeps what stood in a file beside it, for its owner alone: `devices.csv.20260112T101453Z.bak`.
fn keep(path: &Path, bytes: &[u8], stamp: &str) -> io::Result<PathBuf> {
    const MOST: usize = 100;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for number in 0..MOST {
        let number = if number == 0 { String::new() } else { format!("-{number}") };
        let backup = path.with_file_name(format!("{name}.{stamp}{number}.bak"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&backup) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => {
                let mut file = opened?;
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(backup);
            }
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many backups of this second"))
}

/// Behind the end of the line that ends at `at`.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
    at + end
}

/// A cell that reads as this value and as no comment.
fn quoted(value: &str) -> String {
    let bare = !value.contains([',', '"', '\r', '\n']) && !value.starts_with('#') && value.trim() == value;
    if bare { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests;
