//! The captures on disk.

use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::record::{DeviceRecord, Platform};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

/// One capture and what its folders say about it.
pub(super) struct Capture {
    /// Below `testdata/captures`, for messages: `ios-xe/show_license_all/c9300-stack.txt`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) hints: Hints,
    pub(super) raw: Vec<u8>,
}

impl Capture {
    /// Where the record stands that a person read in it.
    pub(super) fn record_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// The record in the golden file.
    pub(super) fn golden(&self) -> serde_json::Value {
        let path = self.record_path();
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} has no record beside it: {error}", self.name));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(super) fn command(&self) -> Command {
        self.hints.command.unwrap()
    }

    pub(super) fn platform(&self) -> Platform {
        self.hints.platform.unwrap()
    }
}

/// The record without what the golden files leave out.
pub(super) fn judged<'a>(cleaned: &'a Cleaned<'_>, hints: Hints) -> DeviceRecord<'a> {
    let mut record = parse(cleaned, hints);
    record.sources.clear();
    record.diagnostics.clear();
    record
}

/// Every capture, in the order of their names. A folder that is absent or empty, or that no platform or command is
/// called, is a failure, and so is a file that is no case.
pub(super) fn captures() -> Vec<Capture> {
    let root = root();
    let mut captures = Vec::new();
    for platform_folder in entries(&root) {
        let platform = Platform::from_word(&name(&platform_folder))
            .unwrap_or_else(|| panic!("{} is named after no platform", platform_folder.display()));
        for command_folder in entries(&platform_folder) {
            let command = Command::ALL
                .iter()
                .copied()
                .find(|command| command.spelling() == name(&command_folder).replace('_', " "))
                .unwrap_or_else(|| panic!("{} is named after no command", command_folder.display()));
            for path in entries(&command_folder) {
                let other = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("txt") => "json",
                    Some("json") => "txt",
                    _ => panic!("{} is neither a capture nor a record", path.display()),
                };
                let rewriting = other == "json" && super::golden::rewrites();
                assert!(
                    rewriting || path.with_extension(other).is_file(),
                    "{} lacks its .{other}",
                    path.display()
                );
                if other == "json" {
                    captures.push(Capture {
                        name: path.strip_prefix(&root).unwrap().display().to_string(),
                        hints: Hints { platform: Some(platform), command: Some(command) },
                        raw: fs::read(&path).unwrap(),
                        path,
                    });
                }
            }
        }
    }
    assert!(!captures.is_empty(), "there is no capture in {}", root.display());
    captures
}

/// `testdata/captures`.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/captures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<_> = listing.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(!entries.is_empty(), "{} is empty", folder.display());
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
