//! The list of licences in use.
//!
//! ```text
//! <usage>
//!   <entitlement-tag>regid.2017-03.com.cisco.advantagek9,1.0_bd1da96e-…</entitlement-tag>
//!   <short-name>C9300-24 Network Advantage</short-name><license-name>network-advantage</license-name>
//!   <count>2</count><enforcement-mode>enforcement-invalid-tag</enforcement-mode>
//! </usage>
//! ```
//! Capture: `testdata/netconf/slup-classic-words.xml`

use super::super::facts::{Facts, Mode};
use super::super::fault::Broken;
use super::super::walk::Walk;
use super::{set, unknown};
use crate::record::{ExportStatus, License, ReservationStatus, Text};

/// One entry of the list. The text in parentheses of the command line is the short name here.
pub(super) fn usage<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.licenses.push((License::default(), Mode::default()));
    let Some((license, mode)) = facts.licenses.last_mut() else { return Ok(()) };
    walk.members(|walk, tag| match tag.name {
        "entitlement-tag" => set(&mut license.entitlement_tag, walk.stated()?),
        "license-name" => set(&mut license.name, walk.stated()?),
        "short-name" => set(&mut license.entitlement, walk.stated()?),
        "description" => set(&mut license.description, walk.stated()?),
        "feature-name" => set(&mut license.feature_name, walk.stated()?),
        "feature-description" => set(&mut license.feature_description, walk.stated()?),
        "count" => set(&mut license.count, walk.number(tag)?),
        "enforcement-mode" | "enforce-mode" => set(&mut mode.0, walk.stated()?),
        "export-entitlement-status" => {
            export_status(license, walk.stated()?);
            Ok(())
        }
        "reservation-usage" => walk.members(|walk, tag| match tag.name {
            "reservation-usage-status" => {
                reservation_status(license, walk.stated()?);
                Ok(())
            }
            "total-reserved-count" => set(&mut license.total_reserved, walk.number(tag)?),
            _ => unknown(walk, tag),
        }),
        "post-paid" | "subscription-id" => Ok(()),
        _ => unknown(walk, tag),
    })
}

fn export_status<'a>(license: &mut License<'a>, text: Option<Text<'a>>) {
    let Some(text) = text else { return };
    let status = match text.as_ref() {
        "not-restricted" => ExportStatus::NotRestricted,
        "authorized" => ExportStatus::RestrictedAllowed,
        "not-authorized" => ExportStatus::RestrictedNotAllowed,
        _ => ExportStatus::Other,
    };
    license.export_status = Some(status);
    license.export_status_text = (status == ExportStatus::Other).then_some(text);
}

fn reservation_status<'a>(license: &mut License<'a>, text: Option<Text<'a>>) {
    let Some(text) = text else { return };
    let status = match text.as_ref() {
        "not-installed" => ReservationStatus::NotInstalled,
        "slr-installed" => ReservationStatus::SpecificInstalled,
        "plr-installed" => ReservationStatus::UniversalInstalled,
        _ => ReservationStatus::Other,
    };
    license.reservation_status = Some(status);
    license.reservation_status_text = (status == ReservationStatus::Other).then_some(text);
}
