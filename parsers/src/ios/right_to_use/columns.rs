//! The columns of right-to-use tables, which differ from form to form and are told by their header.

use super::super::attribute::period_left;
use crate::record::{License, LicenseStatus};
use crate::wording::{set_term, switch};

/// What the columns behind name and type hold, told by the header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Columns {
    slot: bool,
    kind: bool,
    count: bool,
    usage: bool,
    period: bool,
    eula: bool,
}

impl Columns {
    pub(super) fn of(text: &str) -> Option<Self> {
        let holds = |words: &str| find_ignoring_case(text, words).is_some();
        let named = holds("License Name") || text.starts_with("Feature name");
        let columns = Self {
            slot: text.starts_with("Slot"),
            kind: holds(" Type"),
            count: holds(" Count"),
            usage: holds("usage-duration") || holds("In-Use"),
            period: holds("Period left"),
            eula: holds("EULA"),
        };
        // An attribute of `detail` has a colon behind its key; the duration column has its own.
        let is_header = named && (columns.kind || columns.eula) && (columns.usage || !text.contains(':'));
        is_header.then_some(columns)
    }

    /// A row under these columns.
    pub(super) fn row<'a>(self, text: &'a str) -> Option<License<'a>> {
        let mut rest = text;
        if self.slot {
            let (slot, behind) = word(rest)?;
            slot.trim_start_matches('*').parse::<u32>().ok()?;
            rest = behind;
        }
        let (name, behind) = word(rest)?;
        let mut license = License { name: Some(name.into()), ..License::default() };
        rest = behind;
        if self.kind {
            let (kind, behind) = word(rest)?;
            set_term(&mut license, kind);
            rest = behind;
        }
        if self.usage {
            return self.use_and_agreement(license, rest);
        }
        if self.count {
            let (count, behind) = word(rest)?;
            if count != "N/A" {
                license.count = Some(count.parse().ok()?);
            }
            rest = behind;
        }
        if self.period {
            // A number alone has no unit; what it counts is not stated.
            let bare = rest.parse::<u32>().is_ok();
            return (rest.is_empty() || bare || period_left(&mut license, rest)).then_some(license);
        }
        if self.eula {
            license.eula_accepted = Some(switch(rest)?);
            return Some(license);
        }
        rest.is_empty().then_some(license)
    }

    /// `0 :3 :29            yes      yes`
    fn use_and_agreement<'a>(self, mut license: License<'a>, rest: &'a str) -> Option<License<'a>> {
        let mut words = rest.split_whitespace().rev();
        if self.eula {
            license.eula_accepted = Some(switch(words.next()?)?);
        }
        license.status =
            Some(if switch(words.next()?)? { LicenseStatus::InUse } else { LicenseStatus::NotInUse });
        words.all(|word| word.chars().all(|c| c.is_ascii_digit() || c == ':')).then_some(license)
    }
}

/// The first word and what stands behind it.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (!word.is_empty()).then_some((word, rest.trim()))
}

fn find_ignoring_case(text: &str, words: &str) -> Option<usize> {
    text.as_bytes().windows(words.len()).position(|window| window.eq_ignore_ascii_case(words.as_bytes()))
}
