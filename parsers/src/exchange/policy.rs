//! A policy: when reports are due, for four groups of licences.
//!
//! Cisco publishes that the file's root is `<smartLicensePolicy>` and what a device tells of a policy (YANG
//! `state-info/policy`, `show license status`). Both ways to name the groups and the three numbers are known:
//!
//! | group | YANG | command line |
//! |---|---|---|
//! | perpetual | `policy-perpetual` | `Unenforced/Non-Export Perpetual Attributes` |
//! | subscription | `policy-subscription` | `Unenforced/Non-Export Subscription Attributes` |
//! | enforced | `policy-enforced` | `Enforced (Perpetual/Subscription) License Attributes` |
//! | export | `policy-export` | `Export (Perpetual/Subscription) License Attributes` |

use super::facts::{Facts, put};
use super::raw::{Raw, Unknown};
use super::tree::{self, Node};
use super::view::View;
use crate::record::{Policy, PolicyDays, PolicyGroup};

/// A policy as a file brings it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyFile<'a> {
    /// The element as it stands.
    pub raw: Raw<'a>,
    /// Name and numbers.
    pub policy: Policy<'a>,
    /// What no grammar knows.
    pub unknown: Vec<Unknown<'a>>,
}

impl<'a> PolicyFile<'a> {
    /// Reads an element.
    pub(super) fn read<'t>(view: &View<'a, 't>, node: &Node<'t>) -> Self {
        let mut facts = Facts::of(view);
        let mut policy = Policy::default();
        let raw = facts.raw(node);
        let mut unknown = Vec::new();
        match node.leaf() {
            None => members(&mut facts, node, &mut policy, &mut unknown),
            Some(_) if node.is_blank() => {}
            Some(_) if !nested(&facts, node, &mut policy, &mut unknown) => facts.keep(node, "policy"),
            Some(_) => {}
        }
        unknown.append(&mut facts.unknown);
        Self { raw, policy, unknown }
    }
}

fn members<'a, 't>(
    facts: &mut Facts<'_, 'a, 't>,
    node: &Node<'t>,
    policy: &mut Policy<'a>,
    unknown: &mut Vec<Unknown<'a>>,
) {
    facts.each(node, "policy", |facts, key, field| match key {
        "name" | "policy_name" => put(&mut policy.name, field, facts.text(field)),
        "ack_required" | "reporting_ack_required" => put(&mut policy.ack_required, field, facts.flag(field)),
        _ if field.leaf().is_some() => nested(facts, field, policy, unknown),
        _ => {
            match group(policy, key) {
                Some(group) => days(facts, field, group),
                None => members(facts, field, policy, unknown),
            }
            true
        }
    });
}

/// Reads JSON that stands as text in an element or string.
fn nested<'a, 't>(
    facts: &Facts<'_, 'a, 't>,
    field: &Node<'t>,
    policy: &mut Policy<'a>,
    unknown: &mut Vec<Unknown<'a>>,
) -> bool {
    let Some(text) = field.leaf().filter(|text| text.trim_start().starts_with('{')) else { return false };
    match facts.own_slice(field) {
        Some(slice) => read_nested(&View::plain(slice, facts.place(field)), policy, unknown),
        None => read_nested(&View::detached(text, facts.place(field)), policy, unknown),
    }
}

fn read_nested<'a>(view: &View<'a, '_>, policy: &mut Policy<'a>, unknown: &mut Vec<Unknown<'a>>) -> bool {
    let Ok(root) = tree::json(view) else { return false };
    let mut facts = Facts::of(view);
    // What is nested once more is text that nobody knows.
    let mut deeper = Vec::new();
    members(&mut facts, &root, policy, &mut deeper);
    unknown.append(&mut facts.unknown);
    unknown.append(&mut deeper);
    true
}

/// The group that an element is about.
fn group<'p, 'a>(policy: &'p mut Policy<'a>, key: &str) -> Option<&'p mut PolicyGroup<'a>> {
    Some(if key.contains("perpetual") && !key.contains("subscription") {
        &mut policy.unenforced_perpetual
    } else if key.contains("subscription") && !key.contains("perpetual") {
        &mut policy.unenforced_subscription
    } else if key.contains("export") && !key.contains("non_export") {
        &mut policy.export
    } else if key.contains("enforced") && !key.contains("unenforced") {
        &mut policy.enforced
    } else {
        return None;
    })
}

fn days<'a, 't>(facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>, group: &mut PolicyGroup<'a>) {
    facts.each(node, "policy.group", |facts, key, field| {
        let days = || facts.number(field).map(|days| PolicyDays { days, source: None });
        match key {
            "reporting_first_time" | "first_report_requirement_days" | "first_report_days" => {
                put(&mut group.first_report_days, field, days())
            }
            "reporting_ongoing" | "reporting_frequency_days" => {
                put(&mut group.reporting_frequency_days, field, days())
            }
            "reporting_macd" | "report_on_change_days" => {
                put(&mut group.report_on_change_days, field, days())
            }
            _ => false,
        }
    });
}
