//! The bytes of a file are handed on as they came.

use licwatch_parsers::exchange::{self, Content, ExchangeFile};
use licwatch_parsers::record::ExchangeKind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::files::{own, samples};

fn rebuilt(file: &ExchangeFile<'_>) -> Vec<u8> {
    file.pieces().collect::<Vec<_>>().concat()
}

/// Everything that is raw is a slice of the file at the place that it names.
fn is_exact(bytes: &[u8], name: &str) {
    let (file, end) = exchange::parse_partially(bytes);
    assert_eq!(rebuilt(&file), bytes, "{name}");
    for part in &file.parts {
        assert_eq!(bytes.get(part.start..part.start + part.raw.len()), Some(part.raw), "{name}");
        let Content::RumReport(Ok(report)) = &part.content else { continue };
        let raw = std::str::from_utf8(part.raw).unwrap();
        assert!(raw.contains(report.raw.as_str()), "{name}");
        assert!(report.raw.as_str().contains(report.signed.as_str()), "{name}");
        // A reader that knows nothing of us takes the same payload and the same signature out of it.
        let object: Value = serde_json::from_str(report.raw.as_str()).unwrap();
        if !report.is_bare() {
            let literal = format!("\"{}\"", report.signed.as_str());
            assert_eq!(serde_json::from_str::<Value>(&literal).unwrap(), object["payload"], "{name}");
            let signature =
                report.signature.as_ref().map(|it| serde_json::from_str(it.raw.as_str()).unwrap());
            assert_eq!(signature.unwrap_or(Value::Null), object["signature"], "{name}");
        }
        for slice in [&report.raw, &report.signed] {
            let Some(slice) = slice.borrowed() else { continue };
            assert!(bytes.as_ptr_range().contains(&slice.as_ptr()), "{name}");
        }
    }
    assert!(end.is_err() || !file.parts.is_empty() || file.kind == ExchangeKind::UsageReport, "{name}");
}

#[test]
fn every_file_can_be_put_together_again() {
    for (name, bytes) in own() {
        is_exact(&bytes, &name);
    }
}

#[test]
fn every_sample_can_be_put_together_again() {
    for (path, bytes) in samples() {
        is_exact(&bytes, &path.display().to_string());
    }
}

/// The payload of the real report, as it was published decoded beside it.
#[test]
fn the_signed_bytes_of_the_real_sample_are_those_published() {
    let files = samples();
    let find =
        |part: &str| files.iter().find(|(path, _)| path.to_str().unwrap().contains(part)).map(|it| &it.1);
    let (Some(report), Some(decoded)) = (find("example-rum-1671840750"), find("payload_1671840750")) else {
        return;
    };
    let file = exchange::parse(report).unwrap();
    let read = file.reports().next().unwrap();
    let payload: String = serde_json::from_str(&format!("\"{}\"", read.signed.as_str())).unwrap();
    assert_eq!(payload.as_bytes(), decoded.as_slice());
    let signed = read.signed.borrowed().unwrap();
    let at = signed.as_ptr().addr() - report.as_ptr().addr();
    assert_eq!(report[at - 1], b'"');
    assert_eq!(report[at + signed.len()], b'"');
}

#[test]
fn divided_sections_and_entities_are_joined_and_the_element_stays() {
    let json = r#"{"payload":"{\"meta\":{\"note\":\"]]>\"},\"measurements\":[]}","signature":{"value":"x"}}"#;
    let divided = json.replace("]]>", "]]]]><![CDATA[>");
    let file = format!("<smartLicense><RUMReport><![CDATA[{divided}]]></RUMReport></smartLicense>");
    let read = exchange::parse(file.as_bytes()).unwrap();
    assert_eq!(rebuilt(&read), file.as_bytes());
    let report = read.reports().next().unwrap();
    assert_eq!(report.signed.as_str(), r#"{\"meta\":{\"note\":\"]]>\"},\"measurements\":[]}"#);
    assert!(report.signed.borrowed().is_none(), "it does not stand in the file in one piece");
    assert!(report.payload.is_ok());
    let entities = json.replace(']', "&#93;").replace('"', "&quot;").replace('>', "&gt;");
    let file = format!("<RUMReport>\n{entities}\n</RUMReport>");
    let read = exchange::parse(file.as_bytes()).unwrap();
    assert_eq!(read.reports().next().unwrap().raw.as_str(), json);
    assert_eq!(rebuilt(&read), file.as_bytes());
}

#[test]
fn line_ends_within_a_section_are_not_normalized() {
    let json = "{\r\n \"payload\" :\r\n\"{\\\"meta\\\":{}}\" ,\r\n \"signature\":{}\r\n}";
    let file = format!("\u{feff}<RUMReport>\r\n<![CDATA[{json}]]>\r\n</RUMReport>\r\n");
    let read = exchange::parse(file.as_bytes()).unwrap();
    assert_eq!(read.reports().next().unwrap().raw.borrowed(), Some(json));
    assert_eq!(rebuilt(&read), file.as_bytes());
}

/// A character of a JSON string in one of the ways to write it.
fn character() -> impl Strategy<Value = String> {
    let plain = select(vec!["a", "Z", "9", " ", "/", "é", "→", "😀", "'", "<", "&", "]", "{", "\u{7f}"]);
    let escaped = select(vec![
        r#"\""#,
        r"\\",
        r"\/",
        r"\n",
        r"\t",
        r"\u0041",
        r"\u00e9",
        r"\u20AC",
        r"\ud83d\ude00",
        r"\u0000",
    ]);
    prop_oneof![plain.prop_map(str::to_owned), escaped.prop_map(str::to_owned)]
}

fn string() -> impl Strategy<Value = String> {
    vec(character(), 0..8).prop_map(|characters| format!("\"{}\"", characters.concat()))
}

fn blank() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", " ", "\n", "\t ", "\r\n"])
}

/// A payload with its members in any order, odd blanks, odd escapes, members that nobody knows, and its facts.
fn payload() -> impl Strategy<Value = (String, u64, String)> {
    let version = string();
    (any::<u64>(), version, string(), string(), vec(blank(), 12), any::<u8>(), any::<bool>()).prop_map(
        |(id, version, name, odd, blanks, turn, old)| {
            let blank = |at: usize| blanks[at];
            let number = format!("\"report_id\"{}:{}{id}", blank(0), blank(1));
            let (in_identity, in_meta) = if old {
                (String::new(), format!(",{number}"))
            } else {
                (format!(",{number}"), String::new())
            };
            let mut members = [
                format!(
                    "\"asset_identification\"{}:{{\"asset\":{{\"name\":{name}}}{in_identity}}}",
                    blank(2)
                ),
                format!("\"meta\":{}{{\"software_version\"{}:{version}{in_meta}}}", blank(3), blank(4)),
                format!("\"measurements\":[{}]", blank(5)),
                format!("{}\"odd one\":{}{odd}", blank(6), blank(7)),
            ];
            members.rotate_left(usize::from(turn) % 4);
            let members = members.join(&format!(",{}", blank(9)));
            let text = format!("{}{{{members}{}}}{}", blank(8), blank(10), blank(11));
            let version: String = serde_json::from_str(&version).unwrap();
            (text, id, version)
        },
    )
}

/// A JSON literal of a text in which some characters are escaped that need not be.
fn literal(text: &str, style: u8) -> String {
    let mut literal = serde_json::to_string(text).unwrap();
    if style & 1 != 0 {
        literal = literal.replace('/', "\\/");
    }
    if style & 2 != 0 {
        literal = literal.replace('a', "\\u0061");
    }
    if style & 4 != 0 {
        literal = literal.replace('😀', "\\uD83D\\uDE00").replace('é', "\\u00E9");
    }
    literal
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn generated_reports_are_handed_on_untouched(
        reports in vec((payload(), any::<u8>(), blank(), blank(), any::<bool>()), 1..5),
        before in blank(),
        between in select(vec!["", "\n", "<!-- n -->", "<smartLicenseOther/>", "\r\n  "]),
    ) {
        let mut file = format!("{before}<smartLicense>");
        let mut signed = Vec::new();
        for ((text, _, _), style, outer, inner, turned) in &reports {
            let literal = literal(text, *style);
            let payload = format!("\"payload\"{outer}:{inner}{literal}");
            let signature = "\"signature\":{\"value\":\"c2ln\", \"odd\" : [1]}";
            let members = if *turned { [signature, &payload] } else { [payload.as_str(), signature] };
            // "]]>" would end the section.
            let json = format!("{{{outer}{}{inner}}}", members.join(" ,")).replace("]]>", "]] >");
            file.push_str(&format!("{between}<RUMReport>{inner}<![CDATA[{json}]]>{outer}</RUMReport>"));
            signed.push(literal);
        }
        file.push_str("</smartLicense>\n");

        let read = exchange::parse(file.as_bytes()).unwrap();
        prop_assert_eq!(rebuilt(&read), file.as_bytes());
        let found: Vec<_> = read.reports().collect();
        prop_assert_eq!(found.len(), reports.len());
        for ((report, literal), ((_, id, version), ..)) in found.iter().zip(&signed).zip(&reports) {
            prop_assert_eq!(&format!("\"{}\"", report.signed.borrowed().unwrap()), literal);
            let payload = report.payload.as_ref().unwrap();
            prop_assert_eq!(payload.report_id, Some(*id));
            prop_assert_eq!(payload.software_version.as_deref().unwrap_or_default(), version.trim());
            prop_assert_eq!(payload.unknown.last().map(|unknown| &*unknown.name), Some("odd one"));
        }
        is_exact(file.as_bytes(), "generated");
    }
}
