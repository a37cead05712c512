//! Whatever the bytes are, the parsers neither panic nor run away. Inputs as large as the largest answer that a
//! session takes are read in each shape that could make work grow faster than the input: with work that grows with
//! its square one of them would take hours.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows this in tests, but does not see that helpers of a test file are part of them"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, iter};

use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The largest answer that a session takes.
const LARGEST: usize = 8 << 20;

/// Reads the bytes as the output of a command, or of one to be recognized, and the record back.
fn survives(raw: &[u8], command: Option<Command>) {
    let cleaned = Cleaned::new(raw);
    let record = parse(&cleaned, Hints { platform: None, command });
    let lines = 1 + raw.iter().filter(|byte| **byte == b'\n').count();
    for diagnostic in &record.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&line)), "{diagnostic:?}");
    }
    serde_json::to_writer(std::io::sink(), &record).unwrap();
}

fn survives_all(raw: &[u8]) {
    for command in iter::once(None).chain(Command::ALL.iter().copied().map(Some)) {
        survives(raw, command);
    }
}

/// `start`, then `unit` as often as it goes, then `end`; `#` in the unit becomes a number that never repeats.
fn repeated(start: &str, unit: &str, end: &str) -> Vec<u8> {
    let mut text = String::with_capacity(LARGEST + 64);
    text.push_str(start);
    let numbered = unit.split_once('#');
    for number in 0.. {
        if text.len() + unit.len() + end.len() > LARGEST {
            break;
        }
        match numbered {
            Some((before, behind)) => write!(text, "{before}{number}{behind}").unwrap(),
            None => text.push_str(unit),
        }
    }
    text.push_str(end);
    text.into_bytes()
}

macro_rules! shapes {
    ($($name:ident: $command:expr, $start:expr, $unit:expr, $end:expr;)+) => { $(
        #[test]
        fn $name() {
            let raw = repeated($start, $unit, $end);
            survives(&raw, Some($command));
            survives(&raw, None);
        }
    )+ };
}

// What only one platform prints.
const ASA: &str =
    "Cisco Adaptive Security Appliance Software Version 9.1\nLicensed features for this platform:\n";
const XR: &str = "Collection: LAST: x\nSIA Status: x\n";
shapes! {
    asa_features: Command::ShowVersion, ASA, "a# : 1 perpetual\n", "";
    asa_feature_of_words: Command::ShowVersion, ASA, "a: 1 day ", "";
    asa_warnings: Command::ShowVersion, ASA, "Running activation key feature: #\n", "";
    asa_key_without_end: Command::ShowVersion, ASA, "0x1f2e3d4c ", "";
    asa_keys_apart: Command::ShowVersion, ASA, "x 0x1 0x2 ", "";
    asa_key_behind_blanks: Command::ShowVersion, ASA, " ", "0x1 x 0x2";
    asa_entitlements: Command::ShowLicenseEntitlement, "Entitlement(s):\n", "a#:\nTag: x\n", "";
    xr_rows: Command::ShowLicensePlatformSummary, "Collection: LAST: x\n=== === === ===\n", "a   b     1 #\n", "";
    xr_rules: Command::ShowLicensePlatformSummary, XR, "=== ", "";
    xr_row_without_end: Command::ShowLicensePlatformSummary, "Collection: LAST: x\n=== === === ===\n", "1 ", "";
    xr_warnings: Command::ShowLicensePlatformDetail, XR, "y#\n", "";
    xr_processors: Command::ShowVersion, "Cisco IOS XR Software, Version 1\n", "cisco x (y) processor\n", "";
    xr_build: Command::ShowVersion, "Cisco IOS XR Software, Version 1\nBuild Information:\n", "a: b ", "";
}

// One line that never ends.
shapes! {
    letters: Command::ShowVersion, "", "x", "";
    blanks: Command::ShowLicenseAll, "", " ", "x";
    parentheses: Command::ShowLicenseSummary, "License  Entitlement  Status\n", "(a) 1", "";
    colons: Command::ShowLicenseAll, "Registration:\n  Status: ", "a: ", "";
    counters: Command::ShowLicenseAll, "Usage Report Summary:\n", "Total: 1, ", "";
    counts: Command::ShowLicense, "Index 1 Feature: x\n  License Count: 1", "/1", "";
    durations: Command::ShowLicense, "Index 1 Feature: x\n  Period left: ", "1 day ", "";
    digits: Command::ShowLicenseRumIdAll, "", "9", "";
    prompts: Command::ShowLicenseAll, "", "x#", "";
    nested_admin: Command::ShowLicenseAll, "edge-1#", "admin ", "show version\n";
    echoed_words: Command::ShowLicenseAll, "edge-1#show a ", "b ", "\n";
    nexus_grace: Command::ShowLicenseUsage, "Feature Ins Expiry\nA Yes 1 Unused Grace ", "1D ", "\n";
    licence_words: Command::ShowLicense, "INCREMENT A cisco ", "x ", "\n";
    leader_dots: Command::ShowSysinfo, "Product Name", ".a.", "\n";
    capacity_numbers: Command::ShowLicenseCapacity, "Licensed Feature Max Count\nAP ", "1 ", "\n";
    wide_header: Command::ShowLicenseRightToUseSummary, "License Name Type", " Count", "\n";
}

// What a terminal leaves in one line.
shapes! {
    pagers_in_a_row: Command::ShowLicenseAll, "", "--More--", "x";
    pagers_and_returns: Command::ShowLicenseAll, "", "--More-- \r", "x";
    returns: Command::ShowLicenseAll, "x", "\r", "y";
    returns_behind_blanks: Command::ShowLicenseAll, "x", " \r", "y";
    erased: Command::ShowLicenseAll, "", "x\u{8}", "";
    erased_blanks: Command::ShowLicenseAll, "x", "  \u{8}\r", "y";
    escapes: Command::ShowLicenseAll, "", "\u{1b}[K", "x";
    open_escape: Command::ShowLicenseAll, "\u{1b}]", "x\u{1b}[", "";
}

// Lines without end.
shapes! {
    empty_lines: Command::ShowLicenseAll, "", "\n", "";
    empty_lines_in_a_section: Command::ShowLicenseAll, "Registration:\n", "\n", "Status: x\n";
    unknown_lines: Command::ShowLicenseAll, "", "x\n", "";
    unknown_runs: Command::ShowVersion, "", "x\n\n", "";
    usage_blocks: Command::ShowLicenseUsage, "", "a (b):\n", "";
    handles: Command::ShowLicenseTechSupport, "License Usage\n", "Handle:\n", "";
    handles_apart: Command::ShowLicenseTechSupport, "License Usage\n", "Handle:\n\n\n", "";
    headings: Command::ShowLicenseAll, "", "Policy:\n", "";
    internals: Command::ShowLicenseTechSupport, "Other Info\n==========\n", "HA Info\n\n", "";
    usage_rows: Command::ShowLicenseSummary, "License  Entitlement  Status\n", "a (b) 1 IN USE\n", "";
    members: Command::ShowLicenseUdi, "UDI: PID:a,SN:b\n", "Active:PID:a,SN:#\n", "";
    lone_udis: Command::ShowLicenseUdi, "", "UDI: PID:a,SN:#\n", "Active:PID:a,SN:b\n";
    trust_codes: Command::ShowLicenseAll, "Trust Code Installed:\n", "Active:PID:a,SN:#\nINSTALLED on x\n", "";
    authorized_members: Command::ShowLicenseAll, "License Authorizations\n", "Active:PID:a,SN:#\n", "";
    named_licences: Command::ShowLicenseAll, "Authorizations:\n", "a (#):\n", "";
    nameless_licences: Command::ShowLicenseAll, "License Usage\nHandle:\nAuthorizations:\n", "a#():\n", "";
    ha_errors: Command::ShowLicenseAll, "Licensing HA configuration error:\n", "x\n", "";
    rum_rows: Command::ShowLicenseRumIdAll, "", "1 A A\n", "";
    nexus_packages: Command::ShowLicenseUsage, "Feature Ins Expiry\n", "A Yes 1 Unused Grace 1D\n", "";
    nexus_licence_that_goes_on: Command::ShowLicense, "INCREMENT A cisco 1.0 permanent 1 \\\n", "x \\\n", "";
    nexus_licences: Command::ShowLicense, "", "INCREMENT A cisco 1.0 permanent 1 \\\n", "";
    leaders: Command::ShowSysinfo, "Product Name.... x\n", "a.... b\n", "";
    pak_licences: Command::ShowLicense, "", "Index 1 Feature: x\n", "";
    pak_features: Command::ShowLicenseFeature, "", "x yes yes\n", "";
    right_to_use_rows: Command::ShowLicenseRightToUse, "License Name  Type\n", "x permanent\n", "";
    right_to_use_blocks: Command::ShowLicenseRightToUseDetail, "", "Index 1\n", "";
    udi_rows: Command::ShowLicenseUdi, "Device#  PID  SN  UDI\n", "1 a #\n", "";
    udi_rows_of_a_version: Command::ShowVersion, "License UDI:\n", "1 a #\n", "";
    levels: Command::ShowVersion, "Suite License Information\n", "a b c d\n", "";
    suite_packages: Command::ShowVersion, "Suite License Information\nCurrent Next reboot\n", "a\n", "";
    stack_members: Command::ShowVersion, "", "Switch 02\n", "";
    parts: Command::ShowInventory, "", "PID:a\n", "";
    prompts_at_the_end: Command::ShowLicenseAll, "Policy:\n", "edge-1#\n", "";
    banners: Command::ShowLicenseAll, "", "No time source, \n", "Policy:\n";
}

/// Reading ends at a line, and says so; what stands before it counts.
#[test]
fn too_many_lines_are_left_out() {
    let raw = repeated("", "Index 1 Feature: x\n", "");
    let cleaned = Cleaned::new(&raw);
    let record = parse(&cleaned, Hints { platform: None, command: Some(Command::ShowLicense) });
    let told: Vec<_> = record.diagnostics.iter().map(|found| (found.code, found.line)).collect();
    assert_eq!(told, [("too_long", Some(250_001))]);
    assert_eq!(record.licenses.map(|licenses| licenses.len()), Some(250_000));
}

/// Every part below a name that fills half the input: nothing may look at the name again for each.
#[test]
fn parts_below_a_long_name() {
    let start = format!("NAME: \"{}\", DESCR: \"x\"\n", "x".repeat(LARGEST / 2));
    let raw = repeated(&start, "PID:\n", "");
    survives(&raw, Some(Command::ShowInventory));
}

#[test]
fn elements_without_end() {
    for unit in ["<a>", "<a/>", "<licensing xmlns=\"x\">", "&lt;", "]]>"] {
        let raw = repeated("<rpc-reply><data>", unit, "");
        survives(&raw, Some(Command::NetconfGet));
    }
}

/// What lies in `testdata`.
fn captures() -> Vec<Vec<u8>> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "txt" || extension == "xml") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "there is no capture");
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// A way to damage a capture.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Cut(Index, usize),
    Double(Index, usize),
    Put(Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = select(vec![
        "\n",
        "\r",
        "\u{8}",
        "\u{1b}[",
        "--More--",
        ":",
        "(",
        "):",
        ",",
        "\"",
        " on ",
        "Handle:\n",
        "Active:PID:",
        "Policy:\n",
        "99999999999999999999",
        "\u{e9}",
    ]);
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<Index>(), 1..2000_usize).prop_map(|(at, length)| Damage::Double(at, length)),
        (any::<Index>(), words).prop_map(|(at, word)| Damage::Put(at, word)),
    ]
}

impl Damage {
    fn inflict(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match *self {
            Self::Flip(at, bits) => *at.get_mut(bytes) ^= bits,
            Self::Cut(at, long) => {
                let at = at.index(length);
                bytes.drain(at..(at + long).min(length));
            }
            Self::Double(at, long) => {
                let at = at.index(length);
                bytes.extend_from_within(at..(at + long).min(length));
            }
            Self::Put(at, word) => {
                let at = at.index(length);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..2048)) {
        survives_all(&bytes);
    }

    #[test]
    fn arbitrary_lines_are_survived(text in "([ -~]{0,40}[\n:,()/ ]{0,3}){0,30}") {
        survives_all(text.as_bytes());
    }

    #[test]
    fn damaged_captures_are_survived(mut bytes in select(captures()), damages in vec(damage(), 1..12)) {
        for damage in damages {
            damage.inflict(&mut bytes);
        }
        survives_all(&bytes);
    }
}
