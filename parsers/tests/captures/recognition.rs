//! Whatever the text is of, and nobody says it: its command is told, and no platform but its own.
//!
//! `golden` asks the same of the captures in `testdata/captures`, and for the same record.

use std::fs;
use std::path::Path;

use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse, recognize};

use super::golden::LIKE;
use super::real::{Real, corpus};

/// Outputs of others whose command their text does not tell, each with the reason.
const MISSES: [(&str, &str); 0] = [];

/// The command that the text alone tells. A file that is exchanged is known to the reader of such files, which `parse`
/// asks where nothing else was recognized; its kinds go by one command.
fn told(capture: &Cleaned<'_>) -> Option<Command> {
    recognize::recognize(capture).command.or_else(|| {
        let exchanged = !parse(capture, Hints::default()).exchange.is_empty();
        exchanged.then_some(Command::LicenseSmartSaveUsage)
    })
}

/// What is told wrong of a text, if anything is.
fn fault(raw: &[u8], platform: Platform, command: Option<Command>) -> Option<String> {
    let cleaned = Cleaned::new(raw);
    let seen = recognize::recognize(&cleaned);
    if let Some(other) = seen.platform.filter(|seen| *seen != platform) {
        return Some(format!("is taken for {other}"));
    }
    let found = told(&cleaned);
    // The corpus' list calls `show inventory all` by the shorter name, though its echo stands above it.
    let alike = |one: Command, other: Command| LIKE.contains(&(one, other)) || LIKE.contains(&(other, one));
    match found {
        None => Some("is not recognized".to_owned()),
        Some(found) if command.is_some_and(|command| command == found || alike(command, found)) => None,
        Some(found) => Some(format!("is taken for {found}")),
    }
}

#[test]
fn every_capture_of_the_corpus_is_recognized_without_hints() {
    let mut missed = Vec::new();
    for Real { path, spelling, platform, command, raw, .. } in corpus() {
        // Of an output through a filter too little may be left; whatever it is taken for must not be another.
        let filtered = command.is_none();
        let command = command.or_else(|| Command::typed(&spelling));
        assert!(command.is_some(), "{path}: {spelling} has no grammar");
        let fault =
            fault(&raw, platform, command).filter(|fault| !(filtered && fault == "is not recognized"));
        match (fault, MISSES.iter().any(|(known, _)| *known == path)) {
            (Some(fault), false) => missed.push(format!("{path} {fault}")),
            (None, true) => missed.push(format!("{path} is recognized by now")),
            _ => {}
        }
    }
    assert!(missed.is_empty(), "{} captures\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_netconf_reply_and_every_exchange_file_is_recognized_without_hints() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata");
    let mut read = 0;
    for (folder, extension, command) in [
        ("netconf", "xml", Command::NetconfGet),
        ("netconf/restconf", "txt", Command::NetconfGet),
        ("exchange", "txt", Command::LicenseSmartSaveUsage),
    ] {
        for entry in fs::read_dir(testdata.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|found| found != extension) {
                continue;
            }
            let record = fs::read_to_string(path.with_extension("json")).unwrap();
            let record: serde_json::Value = serde_json::from_str(&record).unwrap();
            let raw = fs::read(&path).unwrap();
            let cleaned = Cleaned::new(&raw);
            let seen = recognize::recognize(&cleaned);
            assert_eq!(told(&cleaned), Some(command), "{}", path.display());
            let platform = record["device"]["platform"].as_str().and_then(Platform::from_word);
            let told = seen.platform.filter(|_| platform.is_some());
            assert!(told.is_none() || told == platform, "{}: {seen:?}", path.display());
            read += 1;
        }
    }
    assert!(read >= 45, "{read}");
}
