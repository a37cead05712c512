//! What came with Smart Licensing Using Policy: the policy, trust codes, reports and their acknowledgement.

use super::super::facts::Facts;
use super::super::fault::Broken;
use super::super::walk::Walk;
use super::{set, time, udi, unknown};
use crate::record::{PolicyDays, PolicyGroup, RumReportEntry, TrustCode, Udi};

/// Reads an open `policy`.
pub(super) fn policy<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let policy = &mut facts.licensing.policy;
    walk.members(|walk, tag| match tag.name {
        "policy-type" => set(&mut facts.policy_type, walk.stated()?),
        "policy-name" => set(&mut policy.name, walk.stated()?),
        "install-time" => set(&mut policy.installed_on, time(walk)?),
        "ack-required" => set(&mut policy.ack_required, walk.boolean(tag)?),
        "policy-enforced" => policy_group(walk, &mut policy.enforced),
        "policy-export" => policy_group(walk, &mut policy.export),
        "policy-subscription" => policy_group(walk, &mut policy.unenforced_subscription),
        "policy-perpetual" => policy_group(walk, &mut policy.unenforced_perpetual),
        _ => unknown(walk, tag),
    })
}

fn policy_group<'a>(walk: &mut Walk<'a>, group: &mut PolicyGroup<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| {
        let place = match tag.name {
            "reporting-first-time" => &mut group.first_report_days,
            "reporting-ongoing" => &mut group.reporting_frequency_days,
            "reporting-macd" => &mut group.report_on_change_days,
            _ => return unknown(walk, tag),
        };
        *place = walk.number(tag)?.map(|days| PolicyDays { days, source: None });
        Ok(())
    })
}

/// One entry of the list of trust codes; one that is not installed is none.
pub(super) fn trust_code<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.trust_codes = true;
    let (mut installed, mut installed_on, mut owner) = (None, None, Udi::default());
    walk.members(|walk, tag| match tag.name {
        "is-installed" => set(&mut installed, walk.boolean(tag)?),
        "time-installed" => set(&mut installed_on, time(walk)?),
        "udi" => set(&mut owner, udi(walk)?),
        "key_udi" => Ok(()),
        _ => unknown(walk, tag),
    })?;
    if installed == Some(true) {
        let Udi { role, pid, serial_number } = owner;
        facts.licensing.trust_codes.push(TrustCode {
            role,
            pid,
            serial_number,
            installed_on,
            ..TrustCode::default()
        });
    }
    Ok(())
}

/// Reads an open `rum-ack`.
pub(super) fn acknowledgement<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.rum_ack = true;
    let reporting = &mut facts.licensing.reporting;
    walk.members(|walk, tag| match tag.name {
        "last-received-time" => set(&mut reporting.last_ack_received, time(walk)?),
        "next-report-deadline" => set(&mut reporting.next_ack_deadline, time(walk)?),
        _ => unknown(walk, tag),
    })
}

/// One entry of the list of closed reports, which nobody asks for but a capture may hold.
pub(super) fn closed_report<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let (mut report_id, mut state) = (None, None);
    walk.members(|walk, tag| match tag.name {
        "report-id" => set(&mut report_id, walk.number(tag)?),
        "report-state" => set(&mut state, walk.stated()?),
        "udi" | "report-start-time" | "report-end-time" | "rum-report-key" => Ok(()),
        _ => unknown(walk, tag),
    })?;
    if let Some(report_id) = report_id {
        let entry = RumReportEntry { report_id, state, ..RumReportEntry::default() };
        facts.licensing.rum_reports.entries.push(entry);
    }
    Ok(())
}
