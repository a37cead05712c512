//! The data of `cisco-smart-license`, as the tree of revision 2021-03-01 (and every older one) has it.
//!
//! Captures: `testdata/netconf/slup-classic-words.xml`, `testdata/netconf/classic-out-of-compliance.xml`.
//! What each leaf really states is decided in [`facts`](super::facts), once the whole state is known.

use super::facts::{Facts, Mode};
use super::xml::{Broken, Namespace, Tag, Walk};
use crate::record::{
    Attempt, AttemptResult, DeviceAuthorization, DeviceAuthorizationStatus, Enforcement, License, PolicyDays,
    PolicyGroup, RumReportEntry, Text, Timestamp, TrustCode, Udi,
};

const SPACE: Namespace = Namespace::SmartLicense;

/// Reads an open `licensing`.
pub(super) fn licensing<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "state" => state(walk, facts),
        "config" => config(walk, facts),
        _ => unknown(walk, tag),
    })
}

/// Of what is configured, the address that the state does not show.
fn config<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "transport" => walk.children_of(SPACE, |walk, tag| match tag.name {
            "transport-cslu" => walk.children_of(SPACE, |walk, tag| match tag.name {
                "url-cslu" => set(&mut facts.licensing.transport.cslu_address, walk.stated()?),
                _ => unknown(walk, tag),
            }),
            "transport-type" | "transport-smart" => Ok(()),
            _ => unknown(walk, tag),
        }),
        "enable" | "custom-id" | "privacy" | "utility" | "usage" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `state`.
pub(super) fn state<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.state = true;
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "smart-enabled" => set(&mut facts.licensing.smart_licensing_enabled, walk.boolean(tag)?),
        "version" => set(&mut facts.licensing.agent_version, walk.stated()?),
        "state-info" => state_info(walk, facts),
        "always-enabled" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `state-info`.
pub(super) fn state_info<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.state = true;
    walk.children_of(SPACE, |walk, tag| {
        match tag.name {
            "registration" => registration(walk, facts)?,
            "authorization" => authorization(walk, facts)?,
            "utility" => walk.children_of(SPACE, |walk, tag| match tag.name {
                "enabled" => set(&mut facts.licensing.utility_enabled, walk.boolean(tag)?),
                "reporting" | "reporting-times" | "customer-info" => Ok(()),
                _ => unknown(walk, tag),
            })?,
            "custom-id" => facts.licensing.custom_id = walk.stated()?,
            "transport" => transport(walk, facts)?,
            "privacy" => walk.children_of(SPACE, |walk, tag| match tag.name {
                "hostname" => set(&mut facts.hostname_private, walk.boolean(tag)?),
                "version" => set(&mut facts.licensing.privacy.version_privacy, walk.boolean(tag)?),
                _ => unknown(walk, tag),
            })?,
            "evaluation" => evaluation(walk, facts)?,
            "udi" => facts.udi = Some(udi(walk)?),
            "usage" => usage(walk, facts)?,
            "policy" => policy(walk, facts)?,
            "trust-code" => trust_code(walk, facts)?,
            "rum-reports-closed-keys" => closed_report(walk, facts)?,
            "rum-ack" => {
                facts.seen.rum_ack = true;
                let reporting = &mut facts.licensing.reporting;
                walk.children_of(SPACE, |walk, tag| match tag.name {
                    "last-received-time" => set(&mut reporting.last_ack_received, time(walk)?),
                    "next-report-deadline" => set(&mut reporting.next_ack_deadline, time(walk)?),
                    _ => unknown(walk, tag),
                })?;
            }
            "imported-authorizations" => imported_authorizations(walk, facts)?,
            // The record has no place for what was bought and for conversions.
            "conversion" | "factory-purchase" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}

fn registration<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.registration = true;
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "registration-state" => set(&mut facts.registration_state, walk.stated()?),
        "export-control-allowed" => set(&mut facts.export_control_allowed, walk.boolean(tag)?),
        "registration-complete" => registration_complete(walk, facts),
        "registration-failed" | "registration-retry" => {
            let (mut at, mut reason) = (None, None);
            walk.children_of(SPACE, |walk, tag| match tag.name {
                "fail-time" => set(&mut at, time(walk)?),
                "fail-message" => set(&mut reason, walk.stated()?),
                "retry-next-time" => Ok(()),
                _ => unknown(walk, tag),
            })?;
            facts.licensing.registration.initial_registration = attempt(Some(false), at, reason);
            Ok(())
        }
        "registration-in-progress" => Ok(()),
        _ => unknown(walk, tag),
    })
}

fn registration_complete<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let licensing = &mut facts.licensing;
    let (mut renewed, mut at, mut reason) = (None, None, None);
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "complete-time" => {
            set(&mut licensing.registration.initial_registration, attempt(Some(true), time(walk)?, None))
        }
        "last-renew-time" => set(&mut at, time(walk)?),
        "last-renew-success" => set(&mut renewed, walk.boolean(tag)?),
        "fail-message" => set(&mut reason, walk.stated()?),
        "next-renew-time" => set(&mut licensing.registration.next_renewal_attempt, time(walk)?),
        "expire-time" => set(&mut licensing.registration.expires, time(walk)?),
        "smart-account" => set(&mut licensing.smart_account, walk.stated()?),
        "virtual-account" => set(&mut licensing.virtual_account, walk.stated()?),
        _ => unknown(walk, tag),
    })?;
    licensing.registration.last_renewal_attempt = attempt(renewed, at, reason);
    Ok(())
}

fn authorization<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.authorization = true;
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "authorization-state" => set(&mut facts.authorization_state, walk.stated()?),
        "authorization-none" => Ok(()),
        "authorization-eval"
        | "authorization-eval-expired"
        | "authorization-authorized"
        | "authorization-authorized-reservation"
        | "authorization-out-of-compliance"
        | "authorization-authorization-expired" => authorization_details(walk, facts),
        _ => unknown(walk, tag),
    })
}

fn authorization_details<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let (mut reached, mut at, mut reason) = (None, None, None);
    walk.children_of(SPACE, |walk, tag| {
        let authorization = &mut facts.licensing.authorization;
        match tag.name {
            "last-comm-status-success" => reached = walk.boolean(tag)?,
            "last-comm-time" => at = time(walk)?,
            "fail-message" => reason = walk.stated()?,
            "next-comm-time" => authorization.next_communication_attempt = time(walk)?,
            "comm-deadline-time" => authorization.communication_deadline = time(walk)?,
            "ooc-time" | "reservation-time" | "expire-time" => authorization.since = time(walk)?,
            "seconds-left" => facts.evaluation_seconds = walk.number(tag)?,
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })?;
    facts.licensing.authorization.last_communication_attempt = attempt(reached, at, reason);
    Ok(())
}

fn transport<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "transport-type" => set(&mut facts.transport, walk.stated()?),
        "url-settings" => walk.children_of(SPACE, |walk, tag| match tag.name {
            "url-registration" => set(&mut facts.licensing.transport.url, walk.stated()?),
            "url-utility" => Ok(()),
            _ => unknown(walk, tag),
        }),
        _ => unknown(walk, tag),
    })
}

fn evaluation<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "eval-in-use" => set(&mut facts.evaluation_in_use, walk.boolean(tag)?),
        "eval-period-left" => walk.children_of(SPACE, |walk, tag| match tag.name {
            "time-left" => set(&mut facts.evaluation_left, walk.number(tag)?),
            _ => unknown(walk, tag),
        }),
        "eval-expired" | "eval-expire-time" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// One entry of the list of licences in use. The text in parentheses of the command line is the short name here.
fn usage<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.licenses.push((License::default(), Mode::default()));
    let Some((license, mode)) = facts.licenses.last_mut() else { return Ok(()) };
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "entitlement-tag" => set(&mut license.entitlement_tag, walk.stated()?),
        "license-name" => set(&mut license.name, walk.stated()?),
        "short-name" => set(&mut license.entitlement, walk.stated()?),
        "description" => set(&mut license.description, walk.stated()?),
        "count" => set(&mut license.count, walk.number(tag)?),
        "enforcement-mode" => set(&mut mode.0, walk.stated()?),
        "post-paid" | "subscription-id" => Ok(()),
        _ => unknown(walk, tag),
    })
}

fn policy<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let policy = &mut facts.licensing.policy;
    walk.children_of(SPACE, |walk, tag| match tag.name {
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
    walk.children_of(SPACE, |walk, tag| {
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

fn trust_code<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.trust_codes = true;
    let (mut installed, mut installed_on, mut owner) = (None, None, Udi::default());
    walk.children_of(SPACE, |walk, tag| match tag.name {
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

fn closed_report<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let (mut report_id, mut state) = (None, None);
    walk.children_of(SPACE, |walk, tag| match tag.name {
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

fn imported_authorizations<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "overall-status" => overall_status(walk, facts),
        "authorization-list" => {
            let (mut entitlement_tag, mut kind) = (None, None);
            walk.children_of(SPACE, |walk, tag| match tag.name {
                "entitlement-tag" => set(&mut entitlement_tag, walk.stated()?),
                "license-enforcement-type" => set(&mut kind, walk.stated()?),
                "short-name" | "license-name" | "description" | "total-count" => Ok(()),
                _ => unknown(walk, tag),
            })?;
            if let (Some(entitlement_tag), Some(enforcement)) =
                (entitlement_tag, kind.as_deref().and_then(enforcement))
            {
                facts.enforcement.insert(entitlement_tag, enforcement);
            }
            Ok(())
        }
        _ => unknown(walk, tag),
    })
}

/// What is installed on one chassis; a chassis without an entry in `installed-list` states nothing.
fn overall_status<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let (mut owner, mut installed) = (Udi::default(), Vec::new());
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "udi" => set(&mut owner, udi(walk)?),
        "installed-list" => {
            let (mut kind, mut installed_on) = (None, None);
            walk.children_of(SPACE, |walk, tag| match tag.name {
                "install-type" => set(&mut kind, walk.stated()?),
                "install-time" => set(&mut installed_on, time(walk)?),
                _ => unknown(walk, tag),
            })?;
            installed.extend(kind.map(|kind| (kind, installed_on)));
            Ok(())
        }
        "key_udi" => Ok(()),
        _ => unknown(walk, tag),
    })?;
    for (kind, installed_on) in installed {
        let (status, status_text) = authorization_status(kind);
        facts.licensing.device_authorizations.push(DeviceAuthorization {
            pid: owner.pid.clone(),
            serial_number: owner.serial_number.clone(),
            status: Some(status),
            status_text,
            installed_on,
            ..DeviceAuthorization::default()
        });
    }
    Ok(())
}

fn authorization_status(kind: Text<'_>) -> (DeviceAuthorizationStatus, Option<Text<'_>>) {
    use DeviceAuthorizationStatus as Status;
    match kind.as_ref() {
        "authorization-type-none" => (Status::NotInstalled, None),
        "authorization-type-auth-code" => (Status::Installed, None),
        "authorization-type-slr" => (Status::SpecificInstalled, None),
        "authorization-type-plr" => (Status::UniversalInstalled, None),
        _ => (Status::Other, Some(kind)),
    }
}

fn enforcement(kind: &str) -> Option<Enforcement> {
    match kind {
        "license-enforcement-type-unenforced" => Some(Enforcement::NotEnforced),
        "license-enforcement-type-enforced" => Some(Enforcement::Enforced),
        "license-enforcement-type-export" => Some(Enforcement::ExportRestricted),
        _ => None,
    }
}

/// Reads an open `udi`. Of the identifiers that it may hold, the record has a place for two.
fn udi<'a>(walk: &mut Walk<'a>) -> Result<Udi<'a>, Broken> {
    let mut udi = Udi::default();
    walk.children_of(SPACE, |walk, tag| match tag.name {
        "pid" => set(&mut udi.pid, walk.stated()?),
        "sn" => set(&mut udi.serial_number, walk.stated()?),
        "vid" | "uuid" | "suvi" | "host-identifier" | "mac-address" => Ok(()),
        _ => unknown(walk, tag),
    })?;
    Ok(udi)
}

/// An attempt that was made: without a time and a reason there was none.
fn attempt<'a>(
    succeeded: Option<bool>,
    at: Option<Timestamp<'a>>,
    reason: Option<Text<'a>>,
) -> Option<Attempt<'a>> {
    if at.is_none() && reason.is_none() {
        return None;
    }
    let result = if succeeded? { AttemptResult::Succeeded } else { AttemptResult::Failed };
    Some(Attempt { result, at, reason })
}

fn time<'a>(walk: &mut Walk<'a>) -> Result<Option<Timestamp<'a>>, Broken> {
    Ok(walk.stated()?.and_then(Timestamp::from_date_and_time))
}

fn set<T>(place: &mut T, value: T) -> Result<(), Broken> {
    *place = value;
    Ok(())
}

fn unknown<'a>(walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
    walk.unclaimed(tag);
    Ok(())
}
