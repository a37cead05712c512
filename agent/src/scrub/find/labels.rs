//! Values behind labels.
//!
//! ```text
//! UDI: PID:C9300-24UX,SN:FOC2411X0A1
//! System Name...................................... wlc-hq1
//!   Smart Account: Harbour Logistics As of Jan 09 06:14:52 2026 UTC
//! <sn>FOC2411X0A1</sn>
//! \"udi_serial_number\":\"FOC2411X0A1\"
//! ```

use memchr::memmem;

use super::rules::{Extent, WIDEST, behind};
use super::{Found, Line};

pub(super) fn find(line: Line<'_>, found: &mut Vec<Found>) {
    let text = line.text();
    let mut dots = 0;
    let mut tag = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b':' | b'=' => separated(line, at, at + 1, found),
            b'<' => tag = at + 1,
            b'>' => element(line, tag, at, found),
            _ => {}
        }
        if *byte == b'.' {
            dots += 1;
        } else {
            if dots >= FEWEST_DOTS {
                separated(line, at - dots, at, found);
            }
            dots = 0;
        }
    }
}

/// So many dots lead from a label to its value.
const FEWEST_DOTS: usize = 3;

/// A label ends at `end`, its value begins behind `from`.
fn separated(line: Line<'_>, end: usize, from: usize, found: &mut Vec<Found>) {
    let text = line.text();
    let before = text.get(end.saturating_sub(WIDEST)..end).unwrap_or_default();
    let blank = |byte: &u8| b" \t\"'\\".contains(byte);
    let length = before.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
    let Some((kind, extent)) = behind(&normal(before.get(..length).unwrap_or_default())) else { return };
    let rest = text.get(from..).unwrap_or_default();
    let Some(skipped) = rest.iter().position(|byte| !b" \t\\".contains(byte)) else { return };
    let start = from + skipped;
    let value = text.get(start..).unwrap_or_default();
    let (start, length) = match value {
        [b'"' | b'\'', inside @ ..] => (start + 1, inside.iter().position(|byte| b"\"'\\".contains(byte))),
        _ => (start, Some(length_of(value, extent))),
    };
    let length = length.unwrap_or_else(|| length_of(text.get(start..).unwrap_or_default(), Extent::Word));
    line.add(found, kind, start, start + length);
}

/// `<tag>` ends here: its value goes on to the next tag. Values do not go beyond a line.
fn element(line: Line<'_>, tag: usize, end: usize, found: &mut Vec<Found>) {
    let text = line.text();
    let Some(name) = text.get(tag..end).filter(|name| name.len() <= WIDEST && !name.starts_with(b"/")) else {
        return;
    };
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    let Some((kind, _)) = behind(&normal(local)) else { return };
    let value = text.get(end + 1..).unwrap_or_default();
    let length = value.iter().take(LONGEST_VALUE).position(|byte| *byte == b'<');
    if let Some(length) = length.filter(|length| *length > 0) {
        line.add(found, kind, end + 1, end + 1 + length);
    }
}

/// A longer value is text.
const LONGEST_VALUE: usize = 4096;

/// Lower case, blanks for what joins words.
fn normal(label: &[u8]) -> Vec<u8> {
    label.iter().map(|byte| if b"-_".contains(byte) { b' ' } else { byte.to_ascii_lowercase() }).collect()
}

/// How long an unquoted value is.
pub(super) fn length_of(value: &[u8], extent: Extent) -> usize {
    let value = value.get(..value.len().min(LONGEST_VALUE)).unwrap_or(value);
    let word_ends = |byte: &u8| {
        byte.is_ascii_whitespace() || byte.is_ascii_control() || b",;\"'<>()[]{}\\".contains(byte)
    };
    let line_ends = |byte: &u8| byte.is_ascii_control() || b"\"<>".contains(byte);
    match extent {
        Extent::Word => value.iter().position(word_ends).unwrap_or(value.len()),
        Extent::Line => {
            let whole = value.iter().position(line_ends).unwrap_or(value.len());
            let value = value.get(..whole).unwrap_or_default();
            [&b"  "[..], b" As of ", b" as of "]
                .iter()
                .filter_map(|stop| memmem::find(value, stop))
                .min()
                .unwrap_or(whole)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::all;

    fn found(text: &str) -> Vec<String> {
        let mut found: Vec<_> =
            all(text.as_bytes()).into_iter().map(|it| (it.span.start, it.span.end)).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|(start, end)| text.get(start..end).unwrap().to_owned()).collect()
    }

    #[test]
    fn values_are_found_behind_their_labels() {
        for (text, values) in [
            ("UDI: PID:C9300-24UX,SN:FOX2X", &["FOX2X"][..]),
            ("PID: C9300-24UX        , VID: V02  , SN: ABCD123", &["ABCD123"]),
            ("Processor board ID 9ZZ4K2X81QA", &["9ZZ4K2X81QA"]),
            ("P:C9407R,S:ABC9, state[2], Trust Data INSTALLED  TrustId:693", &["ABC9", "693"]),
            ("  Smart Account: Harbour Logistics As of Jan 09 06:14:52 2026 UTC", &["Harbour Logistics"]),
            ("System Location.................. Pier 4, shed 2", &["Pier 4, shed 2"]),
            ("System Contact...................\r\nx", &[]),
            ("System Timezone Location......... (GMT +9:00) Tokyo", &[]),
            ("  Sending Hostname: yes\n    Callhome hostname privacy: DISABLED", &[]),
            ("    Username: <empty>\n    Password: <empty>", &[]),
            ("    Username: proxy7\n    Password: hunter-2", &["proxy7", "hunter-2"]),
            ("<nc:sn>ABC9</nc:sn><pid>C8000V</pid><custom-id></custom-id>", &["ABC9"]),
            (r#"{\"udi_pid\":\"C9300\",\"udi_serial_number\":\"ABC9\"}"#, &["ABC9"]),
            ("License hostid: VDH=ABC9", &["ABC9"]),
            ("      Last Confirmation code: 7c0b4e91", &["7c0b4e91"]),
            ("      Last Confirmation code: <none>", &[]),
            ("NOTICE=<LicFileID>2016092</LicFileID><PAK>N3K-77</PAK> \\", &["2016092", "N3K-77"]),
            ("Policy name: SLE Policy\n  VRF: Mgmt-vrf", &[]),
        ] {
            assert_eq!(found(text), values, "{text}");
        }
    }
}
