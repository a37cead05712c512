//! Activation keys license a device, and whoever holds one can use it: none leaves in a record, whatever line it
//! stands on and however the output is cut.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "clippy.toml allows these in tests, but does not see that helpers of a test file are part of them"
)]

use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::record::{Platform, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

/// The words of a key that no capture holds.
const KEY: [&str; 5] = ["0x7e4d19c2", "0x0fb3865a", "0xd1286ef4", "0x95ca3b70", "0x268f0ad7"];

#[test]
fn no_record_of_a_capture_holds_its_keys() {
    let mut seen = 0;
    for path in captures() {
        let text = fs::read_to_string(&path).unwrap();
        let words: Vec<&str> = text.split_whitespace().filter(|word| is_key_word(word)).collect();
        // Flash chips have an address, and no more than one stands in an output.
        if words.len() < 4 {
            continue;
        }
        seen += 1;
        let hints = hints(&path);
        for cut in cuts(&text) {
            // With hints alone nobody would notice what takes the output for another.
            let hints = if cut.is_multiple_of(2) { hints } else { Hints::default() };
            let printed = printed(&text[..cut], hints);
            for word in words.iter().filter(|word| !word.ends_with("01000")) {
                assert!(!printed.contains(word), "{} cut at {cut}: {printed}", path.display());
            }
        }
    }
    assert!(seen >= 5, "only {seen} captures hold keys");
}

#[test]
fn a_key_in_any_line_of_any_output_is_hidden() {
    let key = KEY.join(" ");
    let lines = [
        format!("Running Permanent Activation Key: {key}"),
        format!("The flash permanent activation key is {key}"),
        format!("The Running Activation Key feature: {key} exceed the limit"),
        key.clone(),
        format!("{}\n{}", KEY[..3].join(" "), KEY[3..].join(" ")),
        format!("{}\n{}", KEY[..4].join(" "), KEY[4]),
        format!("activation-key {key}"),
        format!("Serial Number: {key}"),
        format!("Hardware:   {key}, 8 MB RAM"),
        format!("Botnet Traffic Filter : {key}"),
        format!("{key} : Enabled perpetual"),
        format!("This platform has a {key} license."),
        format!("Active entitlement: {key}, enforce mode: Authorized"),
        format!("Firewall throughput limited to {key}"),
        format!("Licensing HA configuration error:\n    {key}"),
        format!("{} what follows is far from the margin {key}", "x".repeat(50)),
        format!("% Invalid input {key}"),
    ];
    let mut tried = 0;
    for path in captures() {
        let text = fs::read_to_string(&path).unwrap();
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        // Each third line: the lines between them are of the same section.
        for at in (0..=all.len()).step_by(3) {
            for line in &lines {
                let with_key = format!("{}{line}\n{}", all[..at].concat(), all[at..].concat());
                let printed = printed(&with_key, hints(&path));
                for word in KEY {
                    assert!(
                        !printed.contains(word),
                        "{} with {line:?} in line {at}: {printed}",
                        path.display()
                    );
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn what_is_not_a_key_is_shown() {
    let printed = printed("Serial Number: JAD0000X0AA\nQuantum chip at 0xfed01000\n", ASA);
    assert!(printed.contains("Quantum chip at 0xfed01000") && printed.contains("JAD0000X0AA"), "{printed}");
}

const ASA: Hints = Hints { platform: Some(Platform::Asa), command: Some(Command::ShowVersion) };

/// The record as every sink prints it, merged with another as polls do.
fn printed(text: &str, hints: Hints) -> String {
    let cleaned = Cleaned::new(text.as_bytes());
    let record = parse(&cleaned, hints);
    let clock = Cleaned::new(b"10:31:07.482 UTC Mon Jan 12 2026\n");
    let clock = parse(&clock, Hints { command: Some(Command::ShowClock), ..hints });
    let merged = merge(&[record.clone(), clock]);
    format!(
        "{}{}{merged:?}",
        serde_json::to_string(&record).unwrap(),
        serde_json::to_string(&merged).unwrap()
    )
}

/// Behind every character of a line with a key, and behind every other line.
fn cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let within = if line.contains("0x") { start } else { end };
        cuts.extend((within..=end).filter(|cut| text.is_char_boundary(*cut)));
        start = end;
    }
    cuts
}

fn is_key_word(word: &str) -> bool {
    word.strip_prefix("0x")
        .is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn hints(capture: &Path) -> Hints {
    let command = capture.parent().unwrap().file_name().unwrap().to_str().unwrap().replace('_', " ");
    Hints { command: Command::typed(&command), ..ASA }
}

/// The captures of what only ASA prints; the Smart Agent has no keys.
fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/asa");
    let mut found = Vec::new();
    for command in
        ["show_version", "show_activation-key", "show_license_features", "show_license_entitlement"]
    {
        let folder = fs::read_dir(root.join(command)).unwrap();
        found.extend(folder.map(|entry| entry.unwrap().path()));
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    found.sort();
    assert!(found.len() > 8, "{found:?}");
    found
}
