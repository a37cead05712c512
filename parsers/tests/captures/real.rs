//! The captures of others that `../shared/corpus` holds, where it is at hand (`LICWATCH_CORPUS`, or beside the
//! workspace). Nothing of their text enters this tree.

use std::fs;
use std::path::PathBuf;

use licwatch_parsers::record::Platform;
use licwatch_parsers::{Command, Hints};

/// One of them, as the corpus' own list describes it.
pub(super) struct Real {
    /// Below the corpus: `raw/iosxe/show_license/….txt`.
    pub(super) path: String,
    /// The command as the list spells it.
    pub(super) spelling: String,
    pub(super) platform: Platform,
    /// None for what is not asked that way, such as a command with a filter behind it.
    pub(super) command: Option<Command>,
    /// The licensing generation in the list's words: `PAK+RTU`.
    pub(super) generation: String,
    /// How the text came to the corpus: `transcribed-doc`.
    pub(super) provenance: String,
    pub(super) raw: Vec<u8>,
}

impl Real {
    pub(super) fn hints(&self) -> Hints {
        Hints { platform: Some(self.platform), command: self.command }
    }
}

/// All of them, none where the corpus is not at hand.
pub(super) fn corpus() -> Vec<Real> {
    let Some(root) = root() else { return Vec::new() };
    let list = fs::read_to_string(root.join("MANIFEST.tsv")).unwrap();
    let mut lines = list.lines();
    assert!(lines.next().unwrap().starts_with("path\tplatform\tcommand\tlicensing_model\tprovenance\t"));
    let read = |line: &str| {
        let [path, platform, spelling, generation, provenance, ..] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let platform = match platform {
            "iosxe" => Platform::IosXe,
            "iosxr" => Platform::IosXr,
            "nxos" => Platform::NxOs,
            other => Platform::from_word(other).unwrap_or_else(|| panic!("{line}")),
        };
        let command = if spelling.starts_with("(NETCONF/RESTCONF)") {
            Some(Command::NetconfGet)
        } else {
            Command::typed(&spelling.replace("{id}", "1")).filter(|_| !spelling.contains('|'))
        };
        Real {
            raw: fs::read(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}")),
            path: path.to_owned(),
            spelling: spelling.to_owned(),
            platform,
            command,
            generation: generation.to_owned(),
            provenance: provenance.to_owned(),
        }
    };
    let found: Vec<_> = lines.map(read).collect();
    assert!(!found.is_empty(), "{} lists nothing", root.display());
    found
}

fn root() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("LICWATCH_CORPUS") {
        return Some(PathBuf::from(given));
    }
    beside("corpus")
}

/// A folder of `../shared`, wherever above this crate that is.
pub(super) fn beside(folder: &str) -> Option<PathBuf> {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|above| above.join("shared").join(folder)).find(|found| found.is_dir())
}
