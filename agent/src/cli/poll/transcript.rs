//! `--transcript FILE`: what is said to and by devices, secrets replaced, for a person who looks for a fault.
//!
//! ```text
//! core-1 > "show version\r"
//! core-1 < "show version\r\nCisco IOS Software …"
//! ```

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::{Exit, print};
use crate::poll::Recorder;
use crate::transport::Direction;

/// Begins a transcript; one that exists is never written over.
pub(super) fn to_file(path: &Path) -> Result<Recorder, Exit> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        print::error(format_args!(
            "cannot begin the transcript {}: {error}; name a new file",
            path.display()
        ));
        Exit::Usage
    })?;
    let file = Arc::new(Mutex::new(file));
    Ok(Arc::new(move |device: &str| {
        let (file, device) = (Arc::clone(&file), device.to_owned());
        Box::new(move |direction, bytes| {
            let arrow = if direction == Direction::Sent { '>' } else { '<' };
            let line = format!("{device} {arrow} \"{}\"\n", bytes.escape_ascii());
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = file.write_all(line.as_bytes()) {
                tracing::warn!(%error, "The transcript could not be written.");
            }
        })
    }))
}
