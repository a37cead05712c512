//! `Policy:`, the reporting policy in use.
//!
//! ```text
//! Policy:
//!   Policy in use: Installed On Apr 20 13:26:18 2021 UTC
//!   Policy name: Harbour policy
//!   Reporting ACK required: yes (Customer Policy)
//!   Unenforced/Non-Export Perpetual Attributes:
//!     First report requirement (days): 30 (Customer Policy)
//!     Reporting frequency (days): 60 (Customer Policy)
//!     Report on change (days): 60 (CISCO default)
//! ```
//! NX-OS does not tell perpetual licences from subscriptions, and has other words for the numbers:
//! ```text
//!   Unenforced/Non-Export:
//!     First report requirement (days): 90 (CISCO default)
//!     Ongoing reporting frequency (days): 365 (CISCO default)
//!     On change reporting (days): 90 (CISCO default)
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_status/c9300-stack.txt`,
//! `testdata/captures/nx-os/show_license_status/n9k.txt` (written from Cisco's documentation)

use nom::bytes::complete::{is_not, tag};
use nom::character::complete::{space0, u32};
use nom::combinator::opt;
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::Reading;
use super::section::Section;
use crate::record::{Policy, PolicyDays, PolicyGroup, stated};
use crate::text::{leading_number, pair, timestamp};
use crate::wording;

pub(super) fn read<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    reading.evidence.policy = true;
    let mut group: Option<Group> = None;
    while let Some(line) = section.next() {
        let policy = &mut reading.record.licensing.policy;
        let Some((key, value)) = pair(line.trimmed()) else {
            section.unclaimed(line);
            continue;
        };
        if let Some(opened) = Group::opened_by(key) {
            group = Some(opened);
            continue;
        }
        let days = days(value);
        if key.ends_with("(days)") && days.is_none() && stated(value).is_some() {
            section.unclaimed(line);
            continue;
        }
        let numbers = group.map(|group| group.of(policy));
        match (key, numbers) {
            ("Policy in use", _) => {
                if !in_use(value, policy) {
                    section.unclaimed(line);
                }
            }
            ("Policy name", _) => policy.name = stated(value).map(Into::into),
            ("Reporting ACK required", _) => {
                let word = value.split_whitespace().next().unwrap_or_default();
                if !wording::set_switch(&mut policy.ack_required, word) {
                    section.unclaimed(line);
                }
            }
            ("First report requirement (days)", Some(numbers)) => numbers.first_report_days = days,
            ("Reporting frequency (days)" | "Ongoing reporting frequency (days)", Some(numbers)) => {
                numbers.reporting_frequency_days = days;
            }
            ("Report on change (days)" | "On change reporting (days)", Some(numbers)) => {
                numbers.report_on_change_days = days;
            }
            _ => section.unclaimed(line),
        }
        if group == Some(Group::Unenforced) {
            policy.unenforced_subscription = policy.unenforced_perpetual.clone();
        }
    }
}

/// `PolicyV2:`, with intervals in place of attributes.
pub(super) fn read_v2<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    reading.evidence.policy = true;
    while let Some(line) = section.next() {
        let policy = &mut reading.record.licensing.policy;
        let number = |place: &mut Option<u64>, value| {
            *place = leading_number(value);
            place.is_some() || stated(value).is_none()
        };
        let known = match pair(line.trimmed()) {
            Some(("Policy in use", value)) => in_use(value, policy),
            Some(("Policy name", value)) => {
                policy.name = stated(value).map(Into::into);
                true
            }
            Some(("Sync Overdue Interval", value)) => number(&mut policy.v2.sync_overdue_interval, value),
            Some(("Sync Retry Interval", value)) => number(&mut policy.v2.sync_retry_interval, value),
            Some(("Grace Period", value)) => number(&mut policy.v2.grace_period, value),
            Some(("On Going Reporting Interval", value)) => number(&mut policy.v2.reporting_interval, value),
            Some(("No Enforcement", value)) => wording::set_switch(&mut policy.v2.no_enforcement, value),
            _ => false,
        };
        if !known {
            section.unclaimed(line);
        }
    }
}

/// `Installed On <time>` or `Merged from multiple sources.`
fn in_use<'a>(value: &'a str, policy: &mut Policy<'a>) -> bool {
    if let Some(time) = value.strip_prefix("Installed On ") {
        policy.installed_on = timestamp(time);
    } else if value.starts_with("Merged from multiple sources") {
        policy.merged = Some(true);
    } else {
        return stated(value).is_none();
    }
    true
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Group {
    /// Perpetual licences and subscriptions alike.
    Unenforced,
    Perpetual,
    Subscription,
    Enforced,
    Export,
}

impl Group {
    fn opened_by(key: &str) -> Option<Self> {
        Some(match key {
            "Unenforced/Non-Export" => Self::Unenforced,
            "Unenforced/Non-Export Perpetual Attributes" => Self::Perpetual,
            "Unenforced/Non-Export Subscription Attributes" => Self::Subscription,
            "Enforced (Perpetual/Subscription) License Attributes" | "Enforced (Perpetual/Subscription)" => {
                Self::Enforced
            }
            "Export (Perpetual/Subscription) License Attributes" | "Export (Perpetual/Subscription)" => {
                Self::Export
            }
            _ => return None,
        })
    }

    fn of<'p, 'a>(self, policy: &'p mut Policy<'a>) -> &'p mut PolicyGroup<'a> {
        match self {
            Self::Unenforced | Self::Perpetual => &mut policy.unenforced_perpetual,
            Self::Subscription => &mut policy.unenforced_subscription,
            Self::Enforced => &mut policy.enforced,
            Self::Export => &mut policy.export,
        }
    }
}

/// `365 (CISCO default)`
fn days(value: &str) -> Option<PolicyDays<'_>> {
    fn grammar(input: &str) -> IResult<&str, (u32, Option<&str>)> {
        let source = delimited((space0, tag("(")), is_not(")"), tag(")"));
        (u32, opt(source)).parse(input)
    }
    let (_, (days, source)) = grammar(value).ok()?;
    Some(PolicyDays { days, source: source.map(Into::into) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_carry_their_source() {
        assert_eq!(
            days("90 (Customer Policy)"),
            Some(PolicyDays { days: 90, source: Some("Customer Policy".into()) })
        );
        assert_eq!(days("0"), Some(PolicyDays { days: 0, source: None }));
        assert_eq!(days("never"), None);
    }
}
