//! Each capture yields the record that a person read in it, whether or not the caller says what it is.

use std::fs;
use std::path::Path;

use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse, recognize};

use super::corpus::{self, captures, judged};
use super::difference::differences;

/// Captures whose command cannot be told from the text, each with the reason. They are read all the same.
const AMBIGUOUS: [(&str, &str); 1] = [(
    "ios-xe/show_license_right-to-use_eula_permanent/c3850.txt",
    "\"eula adder\" and \"eula evaluation\" have the same header and the same agreement",
)];

/// Commands that print what another one prints too, by which their output is then called.
pub(super) const LIKE: [(Command, Command); 2] = [
    (Command::AdminShowInventory, Command::ShowInventory),
    (Command::ShowInventoryAll, Command::ShowInventory),
];

/// Whether this run rewrites the records instead of comparing them.
pub(super) fn rewrites() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1")
}

#[test]
fn every_capture_yields_its_record() {
    assert!(
        !(rewrites() && std::env::var_os("CI").is_some()),
        "UPDATE_GOLDEN is set in CI, where nobody reads what it writes"
    );
    let mut faults = Vec::new();
    for capture in captures() {
        let cleaned = Cleaned::new(&capture.raw);
        let record = judged(&cleaned, capture.hints);
        if rewrites() {
            let text = serde_json::to_string_pretty(&record).unwrap() + "\n";
            fs::write(capture.record_path(), text).unwrap();
            continue;
        }
        let found = serde_json::to_value(&record).unwrap();
        let lines = differences(&capture.golden(), &found);
        if !lines.is_empty() {
            faults.push(format!("{}\n    {}", capture.name, lines.join("\n    ")));
        }
    }
    assert!(faults.is_empty(), "{} captures differ from their records\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_capture_is_recognized_without_hints() {
    let mut faults = Vec::new();
    for capture in captures() {
        let cleaned = Cleaned::new(&capture.raw);
        let seen = recognize::recognize(&cleaned);
        if let Some((_, reason)) = AMBIGUOUS.iter().find(|(name, _)| *name == capture.name) {
            if let Some(command) = seen.command {
                faults.push(format!("{} is taken for {command}, but {reason}", capture.name));
            } else if judged(&cleaned, Hints::default()) != judged(&cleaned, capture.hints) {
                faults.push(format!("{} gives another record without hints", capture.name));
            }
            continue;
        }
        let like = LIKE.iter().find(|(command, _)| *command == capture.command()).map(|(_, like)| *like);
        if seen.command != Some(capture.command()) && (seen.command != like || like.is_none()) {
            faults.push(format!("{} is taken for {:?}", capture.name, seen.command));
        } else if judged(&cleaned, Hints::default()) != judged(&cleaned, capture.hints)
            || parse(&cleaned, Hints::default()).diagnostics != parse(&cleaned, capture.hints).diagnostics
        {
            faults.push(format!("{} gives another record without hints", capture.name));
        }
        if seen.platform.is_some_and(|platform| platform != capture.platform()) {
            faults.push(format!("{} is taken for {:?}", capture.name, seen.platform));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The grammars name the captures that show their lines; those names must not rot.
#[test]
fn captures_named_in_the_grammars_exist() {
    let sources = corpus::root().join("../../parsers/src");
    let mut folders = vec![sources];
    let mut named = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for behind in text.split("testdata/captures/").skip(1) {
                let ends = |c: char| c.is_whitespace() || "`,;)".contains(c);
                let name = behind.split(ends).next().unwrap();
                // `ios-xe/show_license_*`
                let part = name.split('*').next().unwrap();
                let found = match part.rsplit_once('/') {
                    Some((folder, start)) if part != name => begins(&corpus::root().join(folder), start),
                    _ => corpus::root().join(name).exists(),
                };
                assert!(found, "{} names {name}, which is no capture", path.display());
                named += 1;
            }
        }
    }
    assert!(named > 0, "no grammar names a capture");
}

fn begins(folder: &Path, start: &str) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.unwrap().file_name().to_str().unwrap().starts_with(start))
    })
}
