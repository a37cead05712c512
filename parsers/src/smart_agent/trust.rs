//! `Trust Code Installed:`, in the four shapes that agents print.
//!
//! ```text
//! Trust Code Installed: Apr 20 13:26:18 2021 UTC
//!
//! Trust Code Installed:
//!   Active: PID:C9300-24UX,SN:FOC2411X0A1
//!     INSTALLED on Oct 14 11:37:52 2021 UTC
//!
//! Trust Code Installed:    Trust Code Type: CSSM
//!   Active: PID:C9350-48T,SN:FOC2820X0A7
//!     INSTALLED on Apr 23 15:28:43 2025 IST    Valid on Apr 23 15:23:40 2025 IST
//!     Expired on Apr 25 02:55:41 2033 IST
//!
//! Trust Code Installed: Aug 17 08:38:28 2026 UTC
//!   Trust Code Type: CSSM
//!   Active: PID:C9300-48UXM,SN:FOC2335X0R9
//!     Valid on Aug 17 08:33:24 2026 UTC
//! ```
//! In the last of them the row names the holder of the code above it. `Expired on` states the end of a code that is
//! valid too.
//! Captures: `testdata/captures/ios-xe/show_license_all/c8000v.txt`, `…/c9300-stack.txt`, `…/agent-6.3.txt`,
//! `testdata/captures/ios-xe/show_license_tech_support/agent-8.txt`

use super::Reading;
use super::section::Section;
use super::udi;
use crate::record::{Text, TrustCode, Udi, stated};
use crate::text::{Line, pair, timestamp};

pub(super) fn read<'a>(heading: Line<'a>, section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let codes = &mut reading.record.licensing.trust_codes;
    let mut code_type: Option<Text<'a>> = None;
    // The code that the heading states, and then that of the member whose rows are read.
    let mut code = TrustCode::default();
    let value = heading.trimmed().split_once(':').map_or("", |(_, value)| value).trim();
    if let Some(kind) = type_of(value) {
        code_type = kind;
    } else if !fact(value, &mut code) {
        code.installed_on = timestamp(value);
    }

    let mut has_member = false;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some(Udi { role, pid, serial_number }) = udi::member(text) {
            if has_member {
                codes.extend(installed(std::mem::take(&mut code)));
            }
            has_member = true;
            code = TrustCode { role, pid, serial_number, ..code };
            if code.code_type.is_none() {
                code.code_type.clone_from(&code_type);
            }
        } else if let Some(kind) = type_of(text) {
            let place = if has_member { &mut code.code_type } else { &mut code_type };
            *place = kind;
        } else if !facts(text, &mut code) && !is_detail(text) {
            section.unclaimed(line);
        }
    }
    if !has_member {
        code.code_type = code_type;
    }
    codes.extend(installed(code));
}

/// The code, unless it says `NOT INSTALLED` or nothing.
fn installed(code: TrustCode<'_>) -> Option<TrustCode<'_>> {
    (code.installed_on.is_some() || code.valid_on.is_some()).then_some(code)
}

/// `Trust Code Type: CSSM`
fn type_of(text: &str) -> Option<Option<Text<'_>>> {
    let (key, value) = pair(text)?;
    (key == "Trust Code Type").then(|| stated(value).map(Into::into))
}

/// The facts of one line, which newer agents print side by side.
fn facts<'a>(text: &'a str, code: &mut TrustCode<'a>) -> bool {
    let mut parts = text.split("   ").map(str::trim).filter(|part| !part.is_empty());
    parts.all(|part| fact(part, code))
}

fn fact<'a>(text: &'a str, code: &mut TrustCode<'a>) -> bool {
    let at = |start| text.strip_prefix(start).map(timestamp);
    if let Some(time) = at("INSTALLED on ") {
        code.installed_on = time;
    } else if let Some(time) = at("Valid on ") {
        code.valid_on = time;
    } else if let Some(time) = at("Expired on ").or_else(|| at("Expires on ")) {
        code.expires_on = time;
    } else {
        return false;
    }
    true
}

fn is_detail(text: &str) -> bool {
    let known_pair =
        pair(text).is_some_and(|(key, _)| matches!(key, "Attributes" | "Secondary Signing Cert"));
    known_pair || stated(text).is_none() || matches!(text, "NOT INSTALLED" | "INSTALLED")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::DeviceRecord;
    use crate::text::Cursor;

    fn read(text: &str) -> (Vec<TrustCode<'_>>, Vec<&str>) {
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        super::super::read(&mut cursor, &mut record);
        (record.licensing.trust_codes, cursor.into_unclaimed().iter().map(|line| line.text).collect())
    }

    #[test]
    fn a_member_without_a_code_has_no_entry() {
        let (codes, unclaimed) = read(
            "Trust Code Installed:\n  Active: PID:A,SN:1\n    INSTALLED on Oct 14 11:37:52 2021 UTC\n\
             \x20 Standby: PID:A,SN:2\n    NOT INSTALLED\n  Member: PID:A,SN:3\n    Valid on Oct 14 11:37:52 2021 UTC\n",
        );
        let serials: Vec<_> = codes.iter().map(|code| code.serial_number.as_deref()).collect();
        assert_eq!((serials, unclaimed), (vec![Some("1"), Some("3")], vec![]));
    }

    #[test]
    fn a_row_below_a_lone_code_names_its_holder() {
        let (codes, _) = read(
            "Trust Code Installed: Aug 17 08:38:28 2026 UTC\n  Trust Code Type: CSSM\n  Attributes: <none>\n\
             \x20 Active: PID:A,SN:1\n    Valid on Aug 17 08:33:24 2026 UTC\n    Expired on Jan 01 00:00:00 1970 UTC\n\
             Secondary Signing Cert: 0\n",
        );
        let [code] = &codes[..] else { panic!("{codes:?}") };
        assert_eq!(code.installed_on.as_ref().unwrap().text, "Aug 17 08:38:28 2026 UTC");
        assert_eq!((code.serial_number.as_deref(), code.code_type.as_deref()), (Some("1"), Some("CSSM")));
        assert_eq!((code.valid_on.is_some(), &code.expires_on), (true, &None));
    }

    #[test]
    fn what_is_no_fact_is_unclaimed() {
        let (codes, unclaimed) = read("Trust Code Installed: <none>\n  Signed by nobody\n");
        assert_eq!((codes, unclaimed), (vec![], vec!["  Signed by nobody"]));
    }
}
