//! Authorization and reservation codes: what is installed on each chassis, and which licences it allows.
//!
//! ```text
//! <overall-status><udi>…</udi><installed-list><install-type>authorization-type-auth-code</install-type>…
//! <authorization-list><entitlement-tag>…</entitlement-tag>
//!   <license-enforcement-type>license-enforcement-type-export</license-enforcement-type>
//! ```
//! Capture: `testdata/netconf/slup-everything-stated.xml`. IOS XR has `install-status` and `authorization` with terms
//! in the same places: `testdata/netconf/xr-reservation.xml`. The codes that install something are never read.

use super::super::facts::Facts;
use super::super::fault::Broken;
use super::super::walk::Walk;
use super::{set, time, udi, unknown};
use crate::record::{
    DeviceAuthorization, DeviceAuthorizationStatus, Enforcement, Expiry, License, Term, Text,
};

/// Reads an open `imported-authorizations` or `reservation`.
pub(super) fn authorizations<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "overall-status" => overall_status(walk, facts),
        "authorization-list" => allowed(walk, facts, false),
        "authorization" => allowed(walk, facts, true),
        _ => unknown(walk, tag),
    })
}

/// What is installed on one chassis; one without an entry in `installed-list` states nothing.
fn overall_status<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let mut owner = DeviceAuthorization::default();
    let mut installed = Vec::new();
    walk.members(|walk, tag| {
        match tag.name {
            "udi" => {
                let udi = udi(walk)?;
                (owner.pid, owner.serial_number) = (udi.pid, udi.serial_number);
            }
            "installed-list" => {
                let (mut kind, mut installed_on) = (None, None);
                walk.members(|walk, tag| match tag.name {
                    "install-type" => set(&mut kind, walk.stated()?),
                    "install-time" => set(&mut installed_on, time(walk)?),
                    _ => unknown(walk, tag),
                })?;
                installed.extend(kind.map(|kind| (kind, installed_on)));
            }
            "install-status" => {
                (owner.status, owner.status_text) = walk.stated()?.map(status).unwrap_or_default();
            }
            "status-time" => owner.installed_on = time(walk)?,
            "confirmation-code" => owner.confirmation_code = walk.stated()?,
            "return-code" => owner.return_code = walk.stated()?,
            "key_udi" | "export-control-status" | "request-code" | "authorization-code" | "error-message" => {
            }
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })?;
    let authorizations = &mut facts.licensing.device_authorizations;
    for (kind, installed_on) in installed {
        let (status, status_text) = status(kind);
        authorizations.push(DeviceAuthorization { status, status_text, installed_on, ..owner.clone() });
    }
    if owner.status.is_some() {
        authorizations.push(owner);
    }
    Ok(())
}

fn status(kind: Text<'_>) -> (Option<DeviceAuthorizationStatus>, Option<Text<'_>>) {
    use DeviceAuthorizationStatus as Status;
    let status = match kind.as_ref() {
        "authorization-type-none" | "not-installed" => Status::NotInstalled,
        "authorization-type-auth-code" => Status::Installed,
        "authorization-type-slr" | "type-specific" => Status::SpecificInstalled,
        "authorization-type-plr" | "type-universal" => Status::UniversalInstalled,
        "in-progress" => Status::Pending,
        _ => Status::Other,
    };
    (Some(status), (status == Status::Other).then_some(kind))
}

/// A licence that an authorization or a reservation names.
fn allowed<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>, reserved: bool) -> Result<(), Broken> {
    let mut license = License::default();
    walk.members(|walk, tag| match tag.name {
        "entitlement-tag" => set(&mut license.entitlement_tag, walk.stated()?),
        "license-name" => set(&mut license.name, walk.stated()?),
        "short-name" => set(&mut license.entitlement, walk.stated()?),
        "description" => set(&mut license.description, walk.stated()?),
        "license-enforcement-type" => {
            enforce(&mut license, walk.stated()?);
            Ok(())
        }
        "total-count" if reserved => set(&mut license.total_reserved, walk.number(tag)?),
        // What is authorized is no reserved count.
        "total-count" => Ok(()),
        "term-info" => walk.members(|walk, tag| match tag.name {
            "term-count" => term(walk, &mut license),
            "udi" => Ok(()),
            _ => unknown(walk, tag),
        }),
        _ => unknown(walk, tag),
    })?;
    facts.allowed.push(license);
    Ok(())
}

fn enforce<'a>(license: &mut License<'a>, text: Option<Text<'a>>) {
    let Some(text) = text else { return };
    let kind = match text.strip_prefix("license-enforcement-type-").unwrap_or(&text) {
        "unenforced" | "not-enforced" => Enforcement::NotEnforced,
        "enforced" => Enforcement::Enforced,
        "export" => Enforcement::ExportRestricted,
        // An error on the device's side, and the number of words.
        "invalid" | "license-enforcement-max" => return,
        _ => Enforcement::Other,
    };
    license.enforcement = Some(kind);
    license.enforcement_text = (kind == Enforcement::Other).then_some(text);
}

/// One term of a licence; the first that says something is the one that the command line shows.
fn term<'a>(walk: &mut Walk<'a>, license: &mut License<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| {
        match tag.name {
            "type" if license.term.is_none() => {
                let text = walk.stated()?.filter(|text| !matches!(text.as_ref(), "none" | "max"));
                license.term = text.as_deref().map(|text| match text {
                    "perpetual" => Term::Perpetual,
                    "term" => Term::Term,
                    "subscription" => Term::Subscription,
                    _ => Term::Other,
                });
                license.term_text = text.filter(|_| license.term == Some(Term::Other));
            }
            "end-date" if license.expires.is_none() => license.expires = time(walk)?.map(Expiry::At),
            "type" | "end-date" | "count" | "start-date" | "subscription-id" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}
