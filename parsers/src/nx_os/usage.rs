//! `show license usage` before Smart Licensing Using Policy: a row for each package.
//!
//! ```text
//! Feature                      Ins  Lic   Status Expiry Date Comments
//!                                  Count
//! --------------------------------------------------------------------------------
//! 16P_UPG_PKG                   No    -   Unused             -
//! NXOS_OE_PKG                   Yes   -   In use Never       -
//! VPN_FABRIC                    Yes   -   In use 17 Nov 2026 -
//! TP_SERVICES_PKG               No    -   In use             Grace 119D 22H
//! ```
//! Expiry and comment may both be missing, so that rows are read by their words, not by their columns.
//!
//! With the name of a package the command lists the features that use it, below `Feature List:` or, in older releases,
//! below `Application`. They are no licences, and the record has no place for them.
//! Captures: `testdata/captures/nx-os/show_license_usage/`.

use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_till1};
use nom::character::complete::{char, digit1, one_of, space1, u64 as number};
use nom::combinator::{recognize, rest, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::record::{
    DeviceRecord, Diagnostic, Expiry, License, LicenseStatus, LicensingModel, Severity, stated,
};
use crate::text::{Cursor, timestamp};
use crate::wording;

/// Lines within which the head of the table stands.
const HEAD: usize = 20;

/// Whether an output is the table.
pub(super) fn is_table(body: &str) -> bool {
    body.lines().take(HEAD).any(|line| is_head(line.trim()))
}

/// Whether an output lists the features that use a package.
pub(super) fn is_list(body: &str) -> bool {
    let mut lines = Cursor::new(body, 0).take(HEAD).filter(|line| !line.is_blank());
    match lines.next().map(|line| line.trimmed()) {
        Some("Feature List:") => true,
        Some("Application") => lines.next().is_some_and(|line| line.is_rule()),
        _ => false,
    }
}

/// Reads the table.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    record.licensing.model = Some(LicensingModel::Pak);
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(row) = row(text) {
            remark(&row, text, record);
            record.licenses_mut().push(row.license());
        } else if !is_head(text) && text != "Count" {
            cursor.unclaimed(line);
        }
    }
}

/// Reads the list of features; each stands alone on its line.
pub fn read_list<'a>(cursor: &mut Cursor<'a>, _: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text != "Feature List:" && text.contains(char::is_whitespace) {
            cursor.unclaimed(line);
        }
    }
}

/// `Feature                      Ins  Lic   Status Expiry Date Comments`
fn is_head(text: &str) -> bool {
    text.starts_with("Feature") && text.contains("Ins") && text.contains("Expiry")
}

/// What a comment says beyond the licence itself. A switch that counts from `Honor Start` runs its packages on
/// honour; that a licence file is missing is a fault.
fn remark<'a>(row: &Row<'a>, text: &'a str, record: &mut DeviceRecord<'a>) {
    match row.comment {
        None => {}
        Some(comment) if grace(comment).is_some() => {}
        Some(comment) if comment.starts_with("Honor") => {
            record.licensing.model = Some(LicensingModel::Honor);
        }
        Some(_) => record.diagnostics.push(Diagnostic {
            severity: Severity::Warning,
            code: "license_comment",
            message: text.into(),
            source: Some(0),
            line: None,
            column: None,
        }),
    }
}

struct Row<'a> {
    feature: &'a str,
    installed: bool,
    count: Option<u64>,
    status: &'a str,
    expires: Option<Expiry<'a>>,
    comment: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn license(self) -> License<'a> {
        let in_use = self.status.eq_ignore_ascii_case("InUse");
        License {
            name: Some(self.feature.into()),
            count: self.count,
            status: Some(if in_use { LicenseStatus::InUse } else { wording::license(self.status) }),
            status_text: Some(self.status.into()),
            installed: Some(self.installed),
            expires: self.expires,
            grace_remaining_seconds: self.comment.and_then(grace),
            ..License::default()
        }
    }
}

/// `TP_SERVICES_PKG               No    -   In use             Grace 119D 22H`
fn row(text: &str) -> Option<Row<'_>> {
    let installed = alt((value(true, tag_no_case("Yes")), value(false, tag_no_case("No"))));
    let count = alt((number.map(Some), value(None, char('-'))));
    let status = alt((tag_no_case("In use"), word));
    let mut grammar =
        (terminated(word, space1), terminated(installed, space1), terminated(count, space1), status, rest);
    let (_, (feature, installed, count, status, behind)) = grammar.parse(text).ok()?;
    if !(behind.is_empty() || behind.starts_with(char::is_whitespace)) {
        return None;
    }
    let (comment, expires) = match expiry(behind.trim_start()) {
        Ok((comment, expires)) => (comment, expires),
        Err(_) => (behind, None),
    };
    let comment = stated(comment).filter(|comment| *comment != "-");
    Some(Row { feature, installed, count, status, expires, comment })
}

fn word(input: &str) -> IResult<&str, &str> {
    take_till1(char::is_whitespace).parse(input)
}

/// `Never`, `17 Nov 2026`; what stands behind it is the comment.
fn expiry(input: &str) -> IResult<&str, Option<Expiry<'_>>> {
    let month = take_till1(|c: char| !c.is_ascii_alphabetic());
    let date = recognize((digit1, one_of(" -"), month, one_of(" -"), digit1));
    alt((value(Some(Expiry::NEVER), tag_no_case("never")), date.map(|date| timestamp(date).map(Expiry::At))))
        .parse(input)
}

/// The seconds of `Grace 119D 22H`; none are left of `Grace expired`.
fn grace(comment: &str) -> Option<u64> {
    let (left, _) = tag_no_case::<_, _, ()>("Grace").parse(comment).ok()?;
    let left = left.trim();
    if left.to_ascii_lowercase().ends_with("expired") {
        return Some(0);
    }
    let mut parts = left.split_whitespace().map(seconds);
    let first = parts.next()??;
    parts.try_fold(first, |sum, part| sum.checked_add(part?))
}

/// `119D`, `22H`, `5M`, `33S`
fn seconds(part: &str) -> Option<u64> {
    let unit =
        alt((value(86_400, char('D')), value(3_600, char('H')), value(60, char('M')), value(1, char('S'))));
    let (rest, (number, unit)) =
        (number::<_, ()>, preceded(nom::character::complete::space0, unit)).parse(part).ok()?;
    number.checked_mul(unit).filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn parsed(text: &str) -> (DeviceRecord<'_>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record, unclaimed.len())
    }

    fn license(text: &str) -> License<'_> {
        row(text).unwrap().license()
    }

    #[test]
    fn expiry_and_comment_may_be_missing() {
        let parts = |text| {
            let row = row(text).unwrap();
            (row.expires, row.comment)
        };
        assert_eq!(parts("A   No    -   Unused             -"), (None, None));
        assert_eq!(parts("A   No    -   Unused"), (None, None));
        assert_eq!(parts("A   Yes   -   In use Never       -"), (Some(Expiry::NEVER), None));
        assert_eq!(
            parts("A   Yes   4   InUse  never  license missing"),
            (Some(Expiry::NEVER), Some("license missing"))
        );
        assert_eq!(parts("A   No    -   In use             Grace 1D 2H"), (None, Some("Grace 1D 2H")));
        let (expires, comment) = parts("A   Yes   -   In use 17 Nov 2026 Grace expired");
        assert!(matches!(expires, Some(Expiry::At(at)) if at.text == "17 Nov 2026" && at.utc.is_none()));
        assert_eq!(comment, Some("Grace expired"));
    }

    #[test]
    fn every_word_of_a_status() {
        for (word, status) in [
            ("In use", LicenseStatus::InUse),
            ("InUse", LicenseStatus::InUse),
            ("Unused", LicenseStatus::NotInUse),
            ("Expired", LicenseStatus::Other),
        ] {
            let text = format!("24P_N3K_LIC_PKG  Yes  12  {word}  -");
            let license = license(&text);
            assert_eq!((license.status, license.status_text.as_deref()), (Some(status), Some(word)));
            assert_eq!((license.name.as_deref(), license.count), (Some("24P_N3K_LIC_PKG"), Some(12)));
        }
    }

    #[test]
    fn grace_is_counted_in_days_and_less() {
        assert_eq!(grace("Grace 119D 22H"), Some(119 * 86_400 + 22 * 3_600));
        assert_eq!(grace("Grace 5M 33S"), Some(333));
        assert_eq!(grace("Grace expired"), Some(0));
        assert_eq!(grace("Grace Period Expired"), Some(0));
        for comment in ["Grace", "Grace soon", "Grace 99999999999999999999D", "Honor Start 5M 33S", ""] {
            assert_eq!(grace(comment), None, "{comment}");
        }
    }

    #[test]
    fn honour_is_a_model_and_a_missing_file_a_warning() {
        let (record, unclaimed) = parsed(
            "Feature  Ins  Lic   Status Expiry Date Comments\n              Count\n----------\n\
             A  Yes  -  In use Never  license missing\nB  No  -  In use  Honor Start 0M 33S\n----------\n",
        );
        assert_eq!((record.licensing.model, unclaimed), (Some(LicensingModel::Honor), 0));
        let [warning] = &record.diagnostics[..] else { panic!("{:?}", record.diagnostics) };
        assert_eq!(warning.code, "license_comment");
        assert_eq!(warning.message, "A  Yes  -  In use Never  license missing");
    }

    #[test]
    fn what_is_no_row_is_unclaimed() {
        let (record, unclaimed) = parsed("A Yes\nA Maybe - Unused\nA Yes many Unused\n% Something\n");
        assert_eq!((record.licenses, unclaimed), (None, 4));
    }
}
