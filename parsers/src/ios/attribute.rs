//! The attributes of one PAK or right-to-use licence, a `Key: value` line each.
//!
//! ```text
//! Period left: 8  weeks 4  days
//! Period Used: 0  minute  0  second
//! License Type: EvalRightToUse
//! License State: Active, Not in Use, EULA not accepted
//! License Count: 4/4/0  (Active/In-use/Violation)
//! License Priority: None
//! ```

use nom::Parser;
use nom::bytes::complete::{tag, take_until};
use nom::character::complete::{char, space0, u64 as number};
use nom::combinator::{all_consuming, opt};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};

use crate::record::{Expiry, License, LicenseStatus, Priority, stated};
use crate::text::{pair, seconds, timestamp};
use crate::wording;

/// What a key stands for.
#[derive(Clone, Copy)]
enum Attribute {
    PeriodLeft,
    PeriodUsed,
    Term,
    State,
    Count,
    Priority,
    Dates,
    End,
    /// Tells where the licence is kept.
    Store,
    /// Says nothing that the record holds.
    Other,
}

/// The keys that PAK and right-to-use outputs print. Their letter case differs between releases.
const ATTRIBUTES: [(&str, Attribute); 20] = [
    ("Period left", Attribute::PeriodLeft),
    ("Evaluation period left", Attribute::PeriodLeft),
    ("Period used", Attribute::PeriodUsed),
    ("Evaluation total period", Attribute::Other),
    ("License Type", Attribute::Term),
    ("License State", Attribute::State),
    ("License Count", Attribute::Count),
    ("License Priority", Attribute::Priority),
    ("Start Date", Attribute::Dates),
    ("End Date", Attribute::End),
    ("Expiry date", Attribute::End),
    ("Store Index", Attribute::Store),
    ("Store Name", Attribute::Store),
    ("Lock type", Attribute::Other),
    ("Vendor info", Attribute::Other),
    ("License Addition", Attribute::Other),
    ("License Generation version", Attribute::Other),
    ("License Location", Attribute::Other),
    ("Comment", Attribute::Other),
    ("Hash", Attribute::Other),
];

/// Reads one line into the licence; false if the line is not an attribute, or its value is in no known form.
pub(super) fn attribute<'a>(license: &mut License<'a>, line: &'a str) -> bool {
    let Some((key, value)) = pair(line) else { return false };
    let Some((_, attribute)) = ATTRIBUTES.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)) else {
        return false;
    };
    let Some(value) = stated_or_none(value, *attribute) else { return true };
    match attribute {
        Attribute::PeriodLeft => return period_left(license, value),
        Attribute::PeriodUsed => {
            license.period_used_seconds = seconds(value);
            return license.period_used_seconds.is_some();
        }
        Attribute::Term => wording::set_term(license, value),
        Attribute::State => state(license, value),
        Attribute::Count => return counts(license, value),
        Attribute::Priority => {
            license.priority =
                Priority::ALL.iter().copied().find(|known| known.word().eq_ignore_ascii_case(value));
            return license.priority.is_some();
        }
        Attribute::Dates => {
            if let Some((_, end)) = value.split_once("End Date:") {
                license.expires = timestamp(end).map(Expiry::At);
            }
        }
        Attribute::End => license.expires = timestamp(value).map(Expiry::At),
        Attribute::Store => license.installed = Some(true),
        Attribute::Other => {}
    }
    true
}

/// The value, unless the device states none. For a priority `None` is a value.
fn stated_or_none(value: &str, attribute: Attribute) -> Option<&str> {
    match attribute {
        Attribute::Priority => Some(value.trim()).filter(|value| !value.is_empty()),
        // An end may follow a start that is not stated.
        Attribute::Dates => Some(value.trim()),
        _ => stated(value),
    }
}

/// `Life time`, `Lifetime`, `Not Activated`, `Expired`, or a duration.
///
/// `CSSM Managed` stands for subscriptions, whose end only CSSM knows.
pub(super) fn period_left<'a>(license: &mut License<'a>, value: &'a str) -> bool {
    let is = |words: &str| value.eq_ignore_ascii_case(words);
    if is("Life time") || is("Lifetime") {
        license.expires = Some(Expiry::NEVER);
    } else if is("Expired") {
        license.period_left_seconds = Some(0);
    } else if !is("Not Activated") && !is("CSSM Managed") {
        license.period_left_seconds = seconds(value);
        return license.period_left_seconds.is_some();
    }
    true
}

/// `Active, In Use`, `Active, Not in Use, EULA not accepted`, `Inactive`.
fn state<'a>(license: &mut License<'a>, words: &'a str) {
    let mut parts = words.split(',').map(str::trim);
    let any = |wanted: &str| words.split(',').any(|part| part.trim().eq_ignore_ascii_case(wanted));
    license.status = Some(if any("Not in Use") || any("Inactive") {
        LicenseStatus::NotInUse
    } else if any("In Use") {
        LicenseStatus::InUse
    } else {
        LicenseStatus::Other
    });
    license.status_text = Some(words.into());
    license.eula_accepted =
        parts.find_map(|part| part.strip_prefix("EULA ")).and_then(|rest| match rest.trim() {
            "accepted" => Some(true),
            "not accepted" => Some(false),
            _ => None,
        });
}

/// `Non-Counted`, `0/0  (In-use/Violation)`, `4/4/0  (Active/In-use/Violation)`, `65 /30` (active/in use).
fn counts<'a>(license: &mut License<'a>, value: &'a str) -> bool {
    if value.eq_ignore_ascii_case("Non-Counted") {
        return true;
    }
    let slash = || delimited(space0, char('/'), space0);
    let legend = delimited(char('('), take_until(")"), char(')'));
    let mut grammar = all_consuming((
        separated_list1(slash(), number::<&str, nom::error::Error<&str>>),
        opt(preceded(space0, legend)),
    ));
    let Ok((_, (numbers, legend))) = grammar.parse(value) else { return false };
    let unnamed = match numbers.len() {
        1 => "In-use",
        2 => "Active/In-use",
        _ => "Active/In-use/Violation",
    };
    let names = legend.unwrap_or(unnamed).split('/').map(str::trim);
    if names.clone().count() != numbers.len() {
        return false;
    }
    for (name, number) in names.zip(numbers) {
        match name {
            "Active" => license.count_active = Some(number),
            "In-use" | "In-Use" => license.count = Some(number),
            "Violation" => license.count_violation = Some(number),
            _ => return false,
        }
    }
    true
}

/// The heading of a licence: `Index 1 Feature: ipbasek9`, `StoreIndex: 0  Feature: ipbasek9   Version: 1.0`.
pub(super) struct Heading<'a> {
    pub(super) in_store: bool,
    pub(super) feature: Option<&'a str>,
    pub(super) version: Option<&'a str>,
}

/// Reads the heading of a PAK licence. The name ends where its column does, whatever follows.
pub(super) fn heading(line: &str) -> Option<Heading<'_>> {
    let index = (opt(tag("Store")), tag("Index"), opt(char(':')), space0, number::<&str, ()>);
    let mut grammar = (index, nom::character::complete::multispace0, tag("Feature:"));
    let (rest, ((store, ..), ..)) = grammar.parse(line).ok()?;
    let (feature, version) = match rest.split_once("Version:") {
        Some((feature, version)) => (feature, Some(version)),
        None => (rest, None),
    };
    let feature = first_column(feature);
    Some(Heading { in_store: store.is_some(), feature: stated(feature), version: version.and_then(stated) })
}

/// What stands before the first two blanks or the first tab.
fn first_column(text: &str) -> &str {
    let text = text.trim();
    let ends = [text.find("  "), text.find('\t')];
    ends.into_iter().flatten().min().and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Term;

    fn read(line: &str) -> License<'_> {
        let mut license = License::default();
        assert!(attribute(&mut license, line), "{line}");
        license
    }

    #[test]
    fn counts_go_by_their_legend() {
        let parts = |line| {
            let license = read(line);
            (license.count_active, license.count, license.count_violation)
        };
        assert_eq!(parts("License Count: Non-Counted"), (None, None, None));
        assert_eq!(parts("License Count: 3/1  (In-use/Violation)"), (None, Some(3), Some(1)));
        assert_eq!(parts("License Count: 9/7/2  (Active/In-use/Violation)"), (Some(9), Some(7), Some(2)));
        assert_eq!(parts("License Count: 40 /25"), (Some(40), Some(25), None));
        assert_eq!(parts("License Count: 12"), (None, Some(12), None));
        assert!(!attribute(&mut License::default(), "License Count: 1/2 (Lent/In-use)"));
        assert!(!attribute(&mut License::default(), "License Count: many"));
        assert!(!attribute(&mut License::default(), "License Count: 1/2/3/4"));
        assert!(!attribute(&mut License::default(), "License Count: 1/2 (In-use)"));
    }

    #[test]
    fn states_say_use_and_agreement_apart() {
        let state = |line| {
            let license = read(line);
            (license.status.unwrap(), license.eula_accepted)
        };
        assert_eq!(state("License State: Active, In Use"), (LicenseStatus::InUse, None));
        assert_eq!(
            state("License State: Active, Not in Use, EULA not accepted"),
            (LicenseStatus::NotInUse, Some(false))
        );
        assert_eq!(state("License State: Active, In Use, EULA accepted"), (LicenseStatus::InUse, Some(true)));
        assert_eq!(state("License State: Inactive"), (LicenseStatus::NotInUse, None));
        let revoked = read("License State: Revoked");
        assert_eq!(
            (revoked.status, revoked.status_text.as_deref()),
            (Some(LicenseStatus::Other), Some("Revoked"))
        );
    }

    #[test]
    fn terms_that_are_not_on_the_list_keep_their_words() {
        assert_eq!(read("License Type: Temporary").term, Some(Term::Temporary));
        let extension = read("License Type: Extension");
        assert_eq!((extension.term, extension.term_text.as_deref()), (Some(Term::Other), Some("Extension")));
        assert_eq!(read("License Type:").term, None);
    }

    #[test]
    fn periods_and_dates_say_when_a_licence_ends() {
        assert_eq!(read("Period left: Life time").expires, Some(Expiry::NEVER));
        assert_eq!(read("Period left: 4  weeks 1  day ").period_left_seconds, Some(29 * 86_400));
        assert_eq!(read("\tPeriod Used: 1  minute  5  second").period_used_seconds, Some(65));
        assert_eq!(read("Period left: Not Activated"), License::default());
        let dated = read("Start Date: N/A, End Date: Mar 03 2031 10:00:00 UTC");
        assert!(matches!(dated.expires, Some(Expiry::At(at)) if at.text == "Mar 03 2031 10:00:00 UTC"));
    }

    #[test]
    fn a_priority_of_none_is_stated() {
        assert_eq!(read("License Priority: None").priority, Some(Priority::None));
        assert_eq!(read("License Priority: High").priority, Some(Priority::High));
        assert!(!attribute(&mut License::default(), "License Priority: Urgent"));
    }

    #[test]
    fn headings_of_every_output() {
        let parts = |line| {
            let heading = heading(line).unwrap();
            (heading.in_store, heading.feature, heading.version)
        };
        assert_eq!(parts("Index 1 Feature: ipbasek9            "), (false, Some("ipbasek9"), None));
        assert_eq!(parts("Index: 12 \tFeature: oc48    Version: 1.0"), (false, Some("oc48"), Some("1.0")));
        assert_eq!(parts("StoreIndex:  0  Feature: 1588   Version: 1.0"), (true, Some("1588"), Some("1.0")));
        assert_eq!(parts("StoreIndex: 0   Feature: SSL_VPN         Vers"), (true, Some("SSL_VPN"), None));
        assert!(heading("Index of features").is_none());
    }
}
