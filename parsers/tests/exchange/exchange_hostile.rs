//! Whatever the bytes are, reading ends soon and without a panic.

use std::iter;

use licwatch_parsers::exchange::{self, Content};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::files::own;

/// With work that grows with its square, an input of this size would take hours.
const LARGE: usize = 2 << 20;

/// Reads the bytes every way there is; what is read of them stands in them.
fn survives(bytes: &[u8]) {
    let (file, end) = exchange::parse_partially(bytes);
    assert_eq!(exchange::parse(bytes).is_ok(), end.is_ok());
    assert_eq!(file.pieces().collect::<Vec<_>>().concat(), bytes);
    if let Err(error) = end {
        assert!(error.offset() <= bytes.len(), "{error}");
    }
    for command in [None, Some(Command::LicenseSmartSaveUsage)] {
        let capture = Cleaned::new(bytes);
        let record = parse(&capture, Hints { platform: None, command });
        serde_json::to_writer(std::io::sink(), &record).unwrap();
    }
}

#[test]
fn a_cut_file_is_an_error_or_partial() {
    for (name, bytes) in own() {
        let (whole, _) = exchange::parse_partially(&bytes);
        // The work is the square of the length; the long files have no form that a short one has not.
        let step = if bytes.len() > 4_000 { 17 } else { 3 };
        for cut in (0..bytes.len()).step_by(step) {
            let part = &bytes[..cut];
            survives(part);
            let (file, _) = exchange::parse_partially(part);
            let reports = file.reports().filter(|report| !report.is_bare());
            for (report, want) in reports.zip(whole.reports()) {
                assert_eq!(report.signed, want.signed, "{name} cut at {cut}: a report is whole or absent");
            }
        }
        let end = bytes.trim_ascii_end().len();
        if bytes.starts_with(b"<") {
            assert!(exchange::parse(&bytes[..end - 1]).is_err(), "{name}: the end is missing");
        }
    }
}

/// `start`, then `unit` as often as it goes, then `end`; `#` in the unit becomes a number that never repeats.
fn repeated(start: &str, unit: &str, end: &str) -> String {
    let times = (LARGE - start.len() - end.len()) / unit.len();
    match unit.split_once('#') {
        Some((before, behind)) => {
            let units: String = (0..times).map(|number| format!("{before}{number}{behind}")).collect();
            format!("{start}{units}{end}")
        }
        None => iter::once(start).chain(iter::repeat_n(unit, times)).chain([end]).collect(),
    }
}

macro_rules! shapes {
    ($($name:ident: $start:expr, $unit:expr, $end:expr;)+) => { $(
        #[test]
        fn $name() {
            survives(repeated($start, $unit, $end).as_bytes());
        }
    )+ };
}

shapes! {
    many_reports: "<smartLicense>", "<RUMReport><![CDATA[{\"payload\":\"{\\\"meta\\\":{}}\"}]]></RUMReport>", "</smartLicense>";
    many_broken_reports: "<smartLicense>", "<RUMReport>x</RUMReport>", "</smartLicense>";
    many_roots: "<RUMReport/>", "<RUMReport/>", "";
    many_elements: "<smartLicense>", "<a/>", "</smartLicense>";
    many_policies: "<smartLicense>", "<smartLicensePolicy><name>a</name></smartLicensePolicy>", "</smartLicense>";
    deep_elements: "<smartLicense>", "<a>", "";
    deep_message: "<smartLicense><smartLicenseRumAck>", "<a>", "";
    open_tag: "<smartLicense ", "a='1' ", "/>";
    open_section: "<RUMReport><![CDATA[", "{\"payload\":", "";
    blanks_around_sections: "<RUMReport>", " <!-- --> <![CDATA[ ]]>", "</RUMReport>";
    references: "<RUMReport>", "&amp;", "</RUMReport>";
    references_apart: "<RUMReport>", "&quot; ", "</RUMReport>";
    data_items: "<smartLicense><smartLicenseRumAck><data>[0", ",1", "]</data></smartLicenseRumAck></smartLicense>";
    data_reports: "<smartLicense><smartLicenseRumAck><data>[{}", ",{\"report_id\":1}", "]</data></smartLicenseRumAck></smartLicense>";
    data_devices: "<smartLicense><smartLicenseRumAck><data>[0", ",{\"sudi\":{\"pid\":\"#\"}}", "]</data></smartLicenseRumAck></smartLicense>";
    data_codes: "<smartLicense><smartLicenseAuthRequest>", "<a><udi>P:a,S:#</udi><confirmCode>#</confirmCode></a>", "</smartLicenseAuthRequest></smartLicense>";
    devices_of_reports: "<smartLicense>", "<RUMReport>{\"payload\":\"{\\\"asset_identification\\\":{\\\"instance\\\":{\\\"sudi\\\":{\\\"udi_pid\\\":\\\"#\\\"}}}}\"}</RUMReport>", "</smartLicense>";
    request_codes: "", "CE-ZC9300:F#-abc-12\n", "";
    deep_json: "{\"payload\":", "[", "";
    deep_objects: "{\"usage\":", "{\"a\":", "";
    many_members: "{\"payload\":\"\"", ",\"a\":1", "}";
    repeated_names: "{\"usage\":[]", ",\"usage\":[]", "}";
    escapes: "{\"payload\":\"", "\\u0041", "\",\"signature\":{}}";
    escaped_names: "{\"payload\":\"{\\\"asset_identification\\\":{}", ",\\\"a\\\\u0041\\\":1", "}\"}";
    backslashes: "{\"payload\":\"", "\\\\", "\"}";
    usage_items: "{\"usage\":[{}", ",{\"payload\":\"{}\"}", "]}";
    lines_of_json: "{\"payload\":1", "\n", "x";
    code_lines: "", "AB12CD-34EF56-GH78IJ-90KL12-MN34OP-56QR78\n", "";
    announced_codes: "Enter this return code:\n", "x y\nreturn code: abcd\n", "";
    one_long_code: "", "AB12CD-", "1";
    manifest_lines: "Manifest-Version: 1.0\n", "Name: a\n", "";
    letters: "", "a", "";
}

/// Strings in strings: each level doubles its backslashes, and a message may ask for all of them to be read.
#[test]
fn nested_strings_end() {
    let mut json = "{\"mood\":1}".to_owned();
    for _ in 0..12 {
        json = format!("{{\"data\":{}}}", serde_json::to_string(&json).unwrap());
    }
    for element in ["smartLicenseRumAck", "smartLicensePolicy"] {
        let file = format!("<smartLicense><{element}><data>{json}</data></{element}></smartLicense>");
        survives(file.as_bytes());
        let read = exchange::parse(file.as_bytes()).unwrap();
        assert!(!matches!(read.parts[0].content, Content::Unknown(_)));
    }
}

/// One change of a file.
#[derive(Clone, Debug)]
enum Damage {
    Byte(Index, u8),
    Cut(Index, Index),
    Insert(Index, &'static str),
    Repeat(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = select(vec![
        "<",
        ">",
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&x;",
        "\"",
        "\\",
        "\\u12",
        "{",
        "}",
        "[",
        "]",
        "null",
        "</smartLicense>",
        "<RUMReport>",
        "\u{feff}",
        "\0",
        "é",
        "<!DOCTYPE a>",
        "payload",
        "report_id",
    ]);
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Cut(from, to)),
        (any::<Index>(), words).prop_map(|(at, word)| Damage::Insert(at, word)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

impl Damage {
    fn inflict(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index, bytes: &Vec<u8>| index.index(bytes.len() + 1);
        match self {
            Self::Byte(index, byte) if !bytes.is_empty() => *index.get_mut(bytes) = *byte,
            Self::Byte(..) => {}
            Self::Cut(from, to) | Self::Repeat(from, to) => {
                let (from, to) = (at(from, bytes), at(to, bytes));
                let range = from.min(to)..from.max(to).min(from.min(to) + 200);
                match self {
                    Self::Cut(..) => drop(bytes.drain(range)),
                    _ => {
                        let again = bytes[range.clone()].to_vec();
                        bytes.splice(range.start..range.start, again);
                    }
                }
            }
            Self::Insert(index, word) => {
                let at = at(index, bytes);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_survived(file in select(own()), damages in vec(damage(), 1..10)) {
        let (_, mut bytes) = file;
        for damage in &damages {
            damage.inflict(&mut bytes);
        }
        survives(&bytes);
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn arbitrary_text_is_survived(text in "[<{\\[\"\\\\ -~\n:,/\\]}>]{0,300}") {
        survives(text.as_bytes());
    }
}
