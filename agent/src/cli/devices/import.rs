//! `devices import` and `devices diff`: what an export holds, what it would change, and then the change.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::present;
use crate::cli::config::{ConfigFile, complain};
use crate::cli::{Exit, print};
use crate::config::{Config, Problems};
use crate::inventory::import::{self, FieldMap, Format, Grade, Import, Known};
use crate::inventory::{Changes, Listed, Replaced, Rows, Sheet, changes};

/// The export, and the inventory that it is compared with.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// What the export was made by.
    #[arg(long, value_enum)]
    from: Format,
    /// The exported files; of Nornir: hosts.yaml, groups.yaml, defaults.yaml.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The column that holds a field, where its name does not tell; `FIELD=` leaves a field out.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<FieldMap>,
    /// The inventory file [default: the first of the configuration's].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// Everything as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Arguments of `devices diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch devices diff --from csv switches.csv
  licwatch devices diff --from netbox devices.json --json
  licwatch devices diff --from csv cmdb.csv --map address=\"OOB address\" --map role=

Exit code: 0 nothing to look at, 1 findings such as duplicates, 2 a file or an argument is wrong.
Differences alone are no finding.")]
pub(super) struct DiffArgs {
    #[command(flatten)]
    export: Export,
}

/// Arguments of `devices import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch devices import --from csv switches.csv
  licwatch devices import --from ansible hosts.yml routers.ini
  licwatch devices import --from nornir hosts.yaml groups.yaml defaults.yaml
  licwatch devices import --from netbox devices.json --only-new --yes
  licwatch devices import --from csv cmdb.csv --map address=\"OOB address\" --out devices.csv

Exports are read as files: nothing is dialled. Passwords and vault values are never taken; the report says
which hosts carried some. Rows, comments and columns that an import does not touch stay as they are, and
what stood in the file is kept beside it.

Exit code: 0 done, 1 done or shown with findings, or not agreed to, 2 a file or an argument is wrong.")]
pub(super) struct ImportArgs {
    #[command(flatten)]
    export: Export,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Add devices that are not listed yet, and change none that are.
    #[arg(long)]
    only_new: bool,
    /// Take out devices that the export does not have.
    #[arg(long, conflicts_with = "only_new")]
    prune: bool,
}

pub(super) fn diff(args: &DiffArgs) -> Result<Exit, Exit> {
    let compared = Compared::of(&args.export)?;
    if args.export.json {
        print::data(format_args!("{:#}\n", compared.object(None)))?;
    } else {
        print::data(present::report(&compared.import, &compared.changes, &compared.target()))?;
    }
    Ok(compared.exit())
}

pub(super) fn import(args: &ImportArgs) -> Result<Exit, Exit> {
    let mut compared = Compared::of(&args.export)?;
    let left_alone = if args.only_new { std::mem::take(&mut compared.changes.changed).len() } else { 0 };
    compared.changes.unchanged += left_alone;
    if !args.export.json {
        print::data(present::report(&compared.import, &compared.changes, &compared.target()))?;
    }
    let pruned = if args.prune { compared.changes.missing.len() } else { 0 };
    let nothing = compared.changes.is_empty() && pruned == 0;
    let finish = |compared: &Compared, replaced: &[Replaced], exit| {
        if args.export.json {
            print::data(format_args!("{:#}\n", compared.object(Some(replaced))))?;
        }
        Ok(exit)
    };
    if nothing {
        print::talk(match left_alone {
            0 => "nothing is written: the inventory says all of it already".to_owned(),
            count => {
                format!("nothing is written: no device is new, and {count} that differ are left as they are")
            }
        });
        return finish(&compared, &[], compared.exit());
    }
    if !args.yes && !agreed(&compared, pruned)? {
        print::talk("nothing is written");
        return finish(&compared, &[], Exit::Findings);
    }
    let replaced = compared.write(args.prune).map_err(|problems| complain(&problems))?;
    for file in &replaced {
        let backup =
            file.backup.as_ref().map(|backup| format!(", what stood there is in {}", backup.display()));
        print::talk(format_args!("written: {}{}", file.path.display(), backup.unwrap_or_default()));
    }
    let exit = compared.exit();
    finish(&compared, &replaced, exit)
}

/// An export and the inventory, compared.
struct Compared {
    import: Import,
    changes: Changes,
    /// The files of the inventory; new devices go to the first.
    sheets: Vec<Sheet>,
}

impl Compared {
    fn of(export: &Export) -> Result<Self, Exit> {
        let config = export.config.load_if_any()?;
        let sheets = sheets(export, config.as_ref())?;
        let listed = listed(&sheets)?;
        let tables = config.iter().flat_map(Config::device_tables).map(str::to_owned).collect();
        let known = known(config.as_ref(), &listed);
        let mut import = import::read(export.from, &export.files, &export.maps, &known)
            .map_err(|problems| complain(&problems))?;
        let mut changes = changes(&listed, &tables, std::mem::take(&mut import.candidates));
        import.findings.append(&mut changes.findings);
        import.findings.sort_by_key(|finding| finding.grade);
        Ok(Self { import, changes, sheets })
    }

    /// The file that new devices go to.
    fn target(&self) -> String {
        self.sheets.first().map(|sheet| sheet.path().display().to_string()).unwrap_or_default()
    }

    fn exit(&self) -> Exit {
        let warned = self.import.findings.iter().any(|finding| finding.grade == Grade::Warning);
        if warned { Exit::Findings } else { Exit::Done }
    }

    fn write(&mut self, prune: bool) -> Result<Vec<Replaced>, Problems> {
        let before: Vec<String> = self.sheets.iter().map(Sheet::text).collect();
        for device in &self.changes.changed {
            if let Some(sheet) = self.sheets.iter_mut().find(|sheet| sheet.holds(&device.name)) {
                sheet.set(
                    &device.name,
                    device.changes.iter().map(|change| (change.column, change.new.as_str())),
                );
            }
        }
        if let Some(sheet) = self.sheets.first_mut() {
            for device in &self.changes.added {
                sheet.add(&device.name, device.cells.iter().map(|(column, cell)| (*column, cell.as_str())));
            }
        }
        if prune {
            let missing: BTreeSet<&str> =
                self.changes.missing.iter().map(|device| device.name.as_str()).collect();
            self.sheets.iter_mut().for_each(|sheet| sheet.remove(&missing));
        }
        let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let touched = self.sheets.iter().zip(before).filter(|(sheet, before)| sheet.text() != *before);
        touched.map(|(sheet, _)| sheet.replace(&stamp)).collect()
    }

    fn object(&self, replaced: Option<&[Replaced]>) -> serde_json::Value {
        let mut object = json!({
            "schema": "licwatch/devices-import/1",
            "files": self.import.files,
            "inventory": self.target(),
            "mapping": self.import.mapping,
            "skipped": self.import.skipped,
            "findings": self.import.findings,
            "secrets": self.import.secrets,
            "changes": self.changes,
        });
        if let (Some(replaced), Some(members)) = (replaced, object.as_object_mut()) {
            let files = replaced
                .iter()
                .map(|file| json!({ "file": file.path, "backup": file.backup }))
                .collect::<Vec<_>>();
            members.insert("written".to_owned(), json!(files));
        }
        object
    }
}

/// The files that the export is compared with: the one that is named, or those of the configuration.
fn sheets(export: &Export, config: Option<&Config>) -> Result<Vec<Sheet>, Exit> {
    let paths: Vec<PathBuf> = match (&export.out, config) {
        (Some(path), _) => vec![path.clone()],
        (None, Some(config)) => config.inventory_files().collect(),
        (None, None) => Vec::new(),
    };
    if paths.is_empty() {
        print::error(
            "there is no inventory to compare with\n       \
             name a file with --out FILE, which is made if need be, or begin a configuration with `licwatch config init`",
        );
        return Err(Exit::Usage);
    }
    paths.iter().map(|path| Sheet::open(path).map_err(|problems| complain(&problems))).collect()
}

fn listed(sheets: &[Sheet]) -> Result<Vec<Listed>, Exit> {
    let mut listed = Vec::new();
    for sheet in sheets {
        let (rows, problems) = Rows::read(&sheet.path().display().to_string(), sheet.text().into_bytes());
        if !problems.is_empty() {
            return Err(complain(&problems));
        }
        listed.extend(Listed::of(&rows));
    }
    Ok(listed)
}

fn known(config: Option<&Config>, listed: &[Listed]) -> Known {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for credential in config.iter().flat_map(|config| config.credentials()) {
        users.entry(credential.user.clone()).or_default().push(credential.name.clone());
    }
    // A user of several credentials tells none of them.
    let single = |(user, names): (String, Vec<String>)| match names.as_slice() {
        [name] => Some((user, name.clone())),
        _ => None,
    };
    let roles: BTreeSet<String> =
        listed.iter().filter_map(|device| device.cells.get("role").cloned()).collect();
    Known {
        groups: config.iter().flat_map(|config| config.groups()).map(str::to_owned).collect(),
        credentials: config
            .iter()
            .flat_map(|config| config.credentials())
            .map(|it| it.name.clone())
            .collect(),
        users: users.into_iter().filter_map(single).collect(),
        roles,
    }
}

/// Whether the person at the terminal wants it written.
fn agreed(compared: &Compared, pruned: usize) -> Result<bool, Exit> {
    if !io::stdin().is_terminal() {
        print::error("nobody can be asked; look at it with `licwatch devices diff`, then say --yes");
        return Err(Exit::Usage);
    }
    let Changes { added, changed, .. } = &compared.changes;
    print::talk(format_args!(
        "Add {} devices to {}, change {}, take out {pruned}? Type yes to write:",
        added.len(),
        compared.target(),
        changed.len()
    ));
    let mut answer = String::new();
    // Nothing read is no agreement.
    let _ = io::stdin().lock().read_line(&mut answer);
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
