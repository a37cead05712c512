//! A poll kept for a bug report: the captures of one device without what tells whose it is.
//!
//! ```text
//! OUT/                      mode 0700, published by one rename
//!   session.json            what was asked, in which order, how it went; digests of the files beside it
//!   show_version.txt        one file per answer, as it came on the wire but for replacements
//!   show_license_all.txt
//!   get.xml                 the NETCONF reply, and
//!   hello.xml               what the device's hello said that it can do
//!   REPLACED.txt            what was replaced: kind, replacement, how often, where; never the originals
//! ```
//! `licwatch parse OUT` reads it as one device, and the simulator serves it as one.

mod folder;
mod session;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use licwatch_parsers::netconf::server_hello;
use licwatch_parsers::record::Platform;
use secrecy::SecretString;
use serde_json::Value;

use crate::capture::{Capture, Origin, sha256};
use crate::collect::with_record;
use crate::inventory::Device;
use crate::poll::{Access, Job, Polled};
use crate::scrub::{Key, Kind, Original, Replaced, Scrubber, differences};

pub use folder::{FolderError, Staging};
pub use session::{CaptureFile, FailedAt, SESSION_FILE, Session, SessionError};

/// What goes into the folder, and what the person who reviews it sees.
#[derive(Debug)]
pub struct Recording {
    /// Name and content of every file, the manifest last.
    pub files: Vec<(String, Vec<u8>)>,
    /// The manifest.
    pub session: Session,
    /// What was replaced.
    pub replaced: Vec<Replaced>,
    /// What it was before; this stays with the operator.
    pub originals: Vec<Original>,
    /// Fields of the record that scrubbing changed in more than an identity; there should be none.
    pub differences: Vec<String>,
}

/// Why a poll cannot be recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// Device or network: there is nothing to keep.
    #[error("{device} answered nothing that could be recorded")]
    Nothing {
        /// The device.
        device: String,
    },
    /// Us: an original would have stayed. With another key it may not.
    #[error(
        "something that identifies the device would still stand in {file}; nothing was written: record it again, and tell us if this comes back"
    )]
    Remains {
        /// The file.
        file: String,
    },
    /// Us: the manifest could not be written as JSON.
    #[error("the manifest could not be encoded: {0}")]
    Encode(#[from] serde_json::Error),
}

/// Scrubs what a poll gathered. `key` must be random and is used for nothing else.
pub fn record(polled: &Polled, job: &Job, key: Key, licwatch: &str) -> Result<Recording, RecordingError> {
    if polled.captures.is_empty() {
        return Err(RecordingError::Nothing { device: job.device.name.clone() });
    }
    let platform = job.device.platform;
    let original = record_of(&polled.captures, platform);
    let mut scrubber = Scrubber::new(key);
    know(&mut scrubber, job);
    for capture in &polled.captures {
        scrubber.learn(&capture.raw);
        scrubber.learn_record(&record_of(std::slice::from_ref(capture), platform));
    }
    scrubber.learn_record(&original);

    let names = names(&polled.captures);
    let mut files = Vec::new();
    let mut captures = Vec::new();
    for (capture, name) in polled.captures.iter().zip(&names) {
        let raw = scrubber.scrub(name, &capture.raw);
        captures.push(Capture::new(capture.command, capture.origin, raw.clone(), capture.at));
        files.push((name.clone(), raw));
    }
    if !polled.capabilities.is_empty() {
        let hello = server_hello(&polled.capabilities, 1);
        files.push((HELLO_FILE.to_owned(), scrubber.scrub(HELLO_FILE, hello.as_bytes())));
    }
    if let Some((file, _)) = files.iter().find(|(_, bytes)| scrubber.remains_in(bytes)) {
        return Err(RecordingError::Remains { file: file.clone() });
    }

    let scrubbed = record_of(&captures, platform);
    let told = original.pointer("/device/platform").and_then(Value::as_str).and_then(Platform::from_word);
    let session = Session {
        schema: session::SCHEMA.to_owned(),
        licwatch: licwatch.to_owned(),
        recorded_at: polled.observation.polled_at,
        duration_ms: polled.observation.duration_ms,
        platform: told.or(platform).map(|platform| platform.word().to_owned()),
        transport: polled.observation.transport.clone(),
        outcome: polled.observation.outcome,
        failed_at: polled.observation.error.as_ref().map(FailedAt::from),
        captures: captures.iter().zip(&names).map(|(capture, name)| CaptureFile::of(capture, name)).collect(),
    };
    let replaced = scrubber.replaced();
    files.push((REPLACED_FILE.to_owned(), list(&replaced).into_bytes()));
    files.push((SESSION_FILE.to_owned(), [serde_json::to_vec_pretty(&session)?, b"\n".to_vec()].concat()));
    if let Some((file, _)) = files.iter().find(|(_, bytes)| scrubber.holds_secret(bytes)) {
        return Err(RecordingError::Remains { file: file.clone() });
    }
    let differences = differences(&original, &scrubbed);
    Ok(Recording { files, session, replaced, originals: scrubber.originals(), differences })
}

/// The list of what was replaced, for people.
pub const REPLACED_FILE: &str = "REPLACED.txt";
/// The device's NETCONF hello.
pub const HELLO_FILE: &str = "hello.xml";

fn record_of(captures: &[Capture], platform: Option<Platform>) -> Value {
    with_record(captures, platform, |record| serde_json::to_value(record).unwrap_or_default())
}

/// What the inventory and the login tell about the device.
fn know(scrubber: &mut Scrubber, job: &Job) {
    let Job { device, access, jump_access, .. } = job;
    let Device { name, address, serial_number, smart_account, virtual_account, .. } = device;
    let jump = device.jump.as_ref().map(|jump| jump.address.to_string());
    let known = [
        (Kind::HostName, Some(name)),
        (Kind::HostName, Some(&address.to_string())),
        (Kind::HostName, jump.as_ref()),
        (Kind::SerialNumber, serial_number.as_ref()),
        (Kind::Account, smart_account.as_ref()),
        (Kind::Account, virtual_account.as_ref()),
        (Kind::User, Some(&access.user)),
        (Kind::User, jump_access.as_ref().map(|access| &access.user)),
    ]
    .map(|(kind, text)| text.map(|text| (kind, text.clone())));
    known.into_iter().flatten().for_each(|(kind, text)| scrubber.know(kind, &text));
    let secrets = |access: &Access| [access.password.clone(), access.enable.clone()];
    let all = [Some(access), jump_access.as_ref()].into_iter().flatten().flat_map(secrets);
    all.flatten().for_each(|secret: SecretString| scrubber.know_secret(&secret));
}

/// One file name per capture, by its command: `show_license_all.txt`, `get.xml`.
fn names(captures: &[Capture]) -> Vec<String> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let name = |capture: &Capture| {
        let command = capture.command.map_or("capture", |command| command.spelling());
        let ending = if capture.origin == Origin::Netconf { "xml" } else { "txt" };
        let count = taken.entry(command).or_default();
        *count += 1;
        let slug = command.replace(' ', "_");
        if *count == 1 { format!("{slug}.{ending}") } else { format!("{slug}-{count}.{ending}") }
    };
    captures.iter().map(name).collect()
}

/// What was replaced, a line each.
fn list(replaced: &[Replaced]) -> String {
    let mut text = String::from(
        "What licwatch replaced in these captures. Originals stand nowhere in this folder.\n\
         Read this list and the captures before they leave: what is not listed is still there.\n\n",
    );
    let _ = writeln!(text, "{:<24} {:<44} {:>5}  files", "kind", "replacement", "times");
    for it in replaced {
        let shown = shortened(&it.replacement);
        let _ =
            writeln!(text, "{:<24} {shown:<44} {:>5}  {}", it.kind.words(), it.times, it.files.join(", "));
    }
    text
}

/// The beginning of a long replacement, and no control characters.
pub fn shortened(text: &str) -> String {
    const WIDTH: usize = 44;
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    if text.chars().count() <= WIDTH {
        return plain.collect();
    }
    plain.take(WIDTH - 1).chain(['…']).collect()
}

impl CaptureFile {
    fn of(capture: &Capture, name: &str) -> Self {
        Self {
            file: name.to_owned(),
            command: capture.command.map_or_else(String::new, |command| command.spelling().to_owned()),
            transport: capture.origin.word().to_owned(),
            at: capture.at,
            bytes: capture.raw.len() as u64,
            sha256: sha256(&capture.raw),
        }
    }
}
