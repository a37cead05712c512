//! Devices from what users have already: exports of spreadsheets, Ansible, Nornir and NetBox. Files alone are read;
//! nothing is dialled, and nothing is taken before somebody has seen what it would change.
//!
//! An importer turns its files into found hosts, whatever their form; `take` then judges all of them alike: names
//! and addresses must be usable, platforms and groups known, nobody there twice. What is left out is told with its
//! place and reason. **Secrets are never taken**: a value under a key that may hold one is dropped where it is read, and
//! only the key's name is kept, to say which hosts carried some. Vault values are never opened.
//!
//! Everything is bounded: files to 16 MiB, hosts to 100,000, YAML to 64 levels and two million nodes with every alias
//! counted as often as it is used.

mod ansible;
mod finding;
mod found;
mod mapping;
mod netbox;
mod nornir;
mod platform;
mod table;
mod take;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use finding::{Finding, Grade};
pub use found::{At, Skipped};
pub use mapping::{FieldMap, Mapped};
pub use platform::{Guess, guess};
pub use take::{Candidate, CarriedSecret};

use crate::config::{self, Document, Problem, Problems};
use found::Gathered;

/// More hosts than this are refused.
const MOST_HOSTS: usize = 100_000;
/// Larger files are refused.
const LARGEST: u64 = 16 << 20;
/// More files than this are refused.
const MOST_FILES: usize = 1000;

/// What an export was made by.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// A table with any header: spreadsheets, CMDBs, monitoring.
    Csv,
    /// Ansible inventories: INI, YAML, or `ansible-inventory --list`.
    Ansible,
    /// Nornir's SimpleInventory: hosts.yaml, groups.yaml, defaults.yaml.
    Nornir,
    /// NetBox devices: JSON of /api/dcim/devices/, or a CSV export.
    Netbox,
}

/// What the configuration knows, so that an import fits it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The groups of licwatch.toml.
    pub groups: BTreeSet<String>,
    /// Users and the one credential that is theirs.
    pub users: BTreeMap<String, String>,
    /// The names of all credentials.
    pub credentials: BTreeSet<String>,
    /// Roles that devices have already.
    pub roles: BTreeSet<String>,
}

/// What came of reading exports.
#[derive(Debug, Default)]
pub struct Import {
    /// The files, as the operator named them.
    pub files: Vec<String>,
    /// Which column or variable went to which field, and which were not used.
    pub mapping: Vec<Mapped>,
    /// The devices that can be taken, in the order of the files.
    pub candidates: Vec<Candidate>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
    /// What a person should look at.
    pub findings: Vec<Finding>,
    /// Hosts that carried secrets.
    pub secrets: Vec<CarriedSecret>,
}

/// Reads the exports. The error is about a file as a whole: nothing of it can be trusted then.
pub fn read(format: Format, files: &[PathBuf], maps: &[FieldMap], known: &Known) -> Result<Import, Problems> {
    if files.len() > MOST_FILES {
        let problem = Problem::of_file(
            format!("{} files", files.len()),
            format!("there are more than {MOST_FILES}"),
            "import fewer at a time",
        );
        return Err(problem.into());
    }
    if let Some(map) = maps.first().filter(|_| !matches!(format, Format::Csv | Format::Netbox)) {
        let problem = Problem::of_file(
            "--map",
            format!("{map} is about columns, and this export has none"),
            "leave it out",
        );
        return Err(problem.into());
    }
    let mut problems = Problems::default();
    let mut exports = Vec::new();
    for path in files {
        match Export::read(path) {
            Ok(export) => exports.push(export),
            Err(problem) => problems.push(problem),
        }
    }
    let exports = problems.into_result(exports)?;
    let mut gathered = Gathered::default();
    match format {
        Format::Csv => {
            for export in &exports {
                table::read(export, table::Kind::Any, maps, &mut gathered)?;
            }
        }
        Format::Netbox => {
            for export in &exports {
                netbox::read(export, maps, &mut gathered)?;
            }
        }
        Format::Ansible => ansible::read(&exports, &mut gathered)?,
        Format::Nornir => nornir::read(&exports, &mut gathered)?,
    }
    let files = exports.iter().map(|export| export.name().to_owned()).collect();
    Ok(take::take(files, format, gathered, known))
}

/// One file of an export.
struct Export {
    path: PathBuf,
    document: Document,
}

impl Export {
    fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        if path.is_dir() {
            let remedy = "name the files in it";
            return Err(Problem::of_file(name, "this is a folder", remedy));
        }
        let bytes = config::bytes_of(path, &name, LARGEST)?;
        let text = super::rows::text(&name, bytes, "save or export it as UTF-8")?;
        Ok(Self { path: path.to_owned(), document: Document::new(name, text) })
    }

    #[cfg(test)]
    fn of(name: &str, text: &str) -> Self {
        Self { path: name.into(), document: Document::new(name, text.to_owned()) }
    }

    fn name(&self) -> &str {
        self.document.name()
    }

    fn text(&self) -> &str {
        self.document.text()
    }

    /// A place in it.
    fn at(&self, line: usize) -> At {
        At { file: self.name().into(), line }
    }

    /// A mistake of the file as a whole. No line of it is shown: it may hold a secret.
    fn problem(&self, line: usize, message: impl std::fmt::Display, remedy: &str) -> Problem {
        Problem::of_file(format!("{}:{line}", self.name()), message.to_string(), remedy)
    }

    /// The name of the file without folder and ending, in small letters.
    fn stem(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default()
    }
}

impl Format {
    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ansible => "ansible",
            Self::Nornir => "nornir",
            Self::Netbox => "netbox",
        }
    }
}

impl FromStr for FieldMap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text)
    }
}

#[cfg(test)]
mod tests;
