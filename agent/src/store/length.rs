//! Whether the end of the file is there. SQLite counts a page that is there in part, and believes a log that names more
//! pages than the file has: what is missing reads as zeros, and the next write makes them last.
//!
//! ```text
//! licwatch.sqlite       16: u16 size of a page, 1 for 65,536    24: u32 changes    28: u32 pages
//!                       92: u32 the change that the pages were counted at
//! licwatch.sqlite-wal   8: u32 size of a page    16: u64 salt
//!                       from 32, for each page that was written: u32 its number, u32, u64 the salt, u64, the page
//! ```
//!
//! All numbers are big-endian (<https://www.sqlite.org/fileformat2.html>).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::presence::log_of;

/// How many pages a file should have, and how long it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Length {
    page: u64,
    pages: u64,
    bytes: u64,
}

/// What is missing at the end of a file, in words; nothing where all is there, or where the file does not say how long it
/// should be. Nobody needs to have it open, and everybody may.
pub(crate) fn cut_off(file: &Path) -> io::Result<Option<String>> {
    let Some(first) = missing(file)? else { return Ok(None) };
    // Another process takes over its log from the first page to the last, and begins it anew then.
    let Some(Length { page, pages, bytes }) = missing(file)?.filter(|again| *again == first) else {
        return Ok(None);
    };
    Ok(Some(format!("it is {bytes} bytes long and should have {}: its end was cut off", page * pages)))
}

/// The length of a file that is too short for its pages, and whose log does not have them either.
fn missing(file: &Path) -> io::Result<Option<Length>> {
    let Some(length) = length_of(file)?.filter(|it| it.bytes < it.page * it.pages) else { return Ok(None) };
    let logged = logged(&log_of(file), length.page)?;
    let whole = length.bytes / length.page;
    let is_there = (whole + 1..=length.pages).all(|page| logged.contains(&page));
    Ok((!is_there).then_some(length))
}

fn length_of(path: &Path) -> io::Result<Option<Length>> {
    let Some(file) = open(path)? else { return Ok(None) };
    let mut head = [0; 100];
    match file.read_exact_at(&mut head, 0) {
        Ok(()) => {}
        // SQLite has its own words for what is no database.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let page = u64::from(number(&head, 16) >> 16);
    let page = if page == 1 { 65_536 } else { page };
    let is_counted = number(&head, 24) == number(&head, 92) && number(&head, 28) > 0;
    let is_database = head.starts_with(b"SQLite format 3\0") && page >= 512;
    let length = Length { page, pages: number(&head, 28).into(), bytes: file.metadata()?.len() };
    Ok((is_database && is_counted).then_some(length))
}

/// The numbers of the pages that a log has. One that was not written to its end is among them: SQLite finds that.
fn logged(log: &Path, page: u64) -> io::Result<BTreeSet<u64>> {
    let mut pages = BTreeSet::new();
    let Some(file) = open(log)? else { return Ok(pages) };
    let (mut head, mut frame) = ([0; 32], [0; 24]);
    let bytes = file.metadata()?.len();
    if bytes < 32 {
        return Ok(pages);
    }
    file.read_exact_at(&mut head, 0)?;
    let mut at = 32;
    while u64::from(number(&head, 8)) == page && at + 24 + page <= bytes {
        match file.read_exact_at(&mut frame, at) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        // What follows is left from before the log was begun anew.
        if head.get(16..24) != frame.get(8..16) {
            break;
        }
        pages.insert(number(&frame, 0).into());
        at += 24 + page;
    }
    Ok(pages)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_be_bytes)
}
