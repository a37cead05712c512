//! The raw answers of a drop: each is read, checked and compressed once, however many lines rest on it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use licwatch_parsers::Command;

use super::bounded::Folder;
use super::line::Source;
use super::manifest::Listed;
use super::{IngestError, drop};
use crate::capture::{Capture, Origin};
use crate::store::captures::{Answer, Packed};

/// No raw answer is larger; real ones have a few hundred kilobytes.
const LARGEST: u64 = 64 << 20;
/// All of a drop take no more than this, compressed.
const MOST: usize = 256 << 20;

/// The raw answers of a drop, by digest.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    packed: BTreeMap<String, Arc<Packed>>,
    size: usize,
}

impl Evidence {
    /// Reads a file and makes sure that it is what the manifest says.
    pub(super) fn read(
        &mut self,
        manifest: &Path,
        folder: &Folder,
        listed: &Listed,
    ) -> Result<(), IngestError> {
        let path = folder.path_of(&listed.name);
        let (file, mut raw) = (drop::open(folder, listed, LARGEST)?, Vec::new());
        file.take(LARGEST + 1)
            .read_to_end(&mut raw)
            .map_err(|error| IngestError::unreadable(&path, error))?;
        let capture = Capture::new(None, Origin::File, raw, None);
        drop::check(&path, listed, capture.raw.len() as u64, &capture.sha256)?;
        if self.packed.contains_key(&capture.sha256) {
            return Ok(());
        }
        let packed = Packed::new(&capture)?;
        self.size = self.size.saturating_add(packed.size());
        if self.size > MOST {
            let limit = format!("{} MiB of raw answers", MOST >> 20);
            return Err(IngestError::TooLarge { path: manifest.to_owned(), limit });
        }
        self.packed.insert(capture.sha256, Arc::new(packed));
        Ok(())
    }

    /// The answers that a line rests on, as far as the drop has them.
    pub(super) fn of(&self, sources: &[Source]) -> Vec<Answer> {
        let answer = |source: &Source| {
            let raw = Arc::clone(self.packed.get(source.sha256.as_deref()?)?);
            let origin = match source.transport.as_deref() {
                Some("ssh") => Origin::Ssh,
                Some("netconf") => Origin::Netconf,
                _ => Origin::File,
            };
            let command = source.command.as_deref().and_then(Command::typed);
            Some(Answer { raw, command, origin, at: source.at })
        };
        sources.iter().filter_map(answer).collect()
    }
}
