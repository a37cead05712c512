//! The data of `Cisco-IOS-XR-smart-license-platform-oper`: the licences that the platform counts, and whether the
//! subscription term (SIA) is kept.
//!
//! ```text
//! <summary>
//!   <collection><last>Mon Jan 12 2026 09:40:11 UTC</last><next>Mon Jan 12 2026 10:40:11 UTC</next></collection>
//!   <sia-status><sia-state>incompliance</sia-state></sia-status>
//!   <license><feature-area>fcm</feature-area><entitlement>8201 Core Essentials RTU per 100G</entitlement>
//!     <count><last>12</last><next>12</next></count></license>
//! </summary>
//! ```
//! Capture: `testdata/netconf/xr8000.xml`. The forms are those of the published model; what a device fills in is
//! written after `show license platform summary`.
//!
//! The detail names the same entitlements with their tags; what the Smart Agent counts too is not said twice.

use std::collections::BTreeMap;

use super::fault::Broken;
use super::licensing::time_of;
use super::walk::{Tag, Walk};
use crate::record::{DeviceRecord, License, Licensing, SiaStatus, Text, Window};

/// What the platform counts, before it is known what the Smart Agent has counted.
#[derive(Debug, Default)]
pub(super) struct Counted<'a> {
    seen: bool,
    listed: bool,
    /// With area and counts.
    summary: Vec<License<'a>>,
    /// With tag and counts.
    detail: Vec<License<'a>>,
    area: Option<Text<'a>>,
    licensing: Licensing<'a>,
}

/// Reads an open `plat-smart-license`.
pub(super) fn platform<'a>(walk: &mut Walk<'a>, counted: &mut Counted<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "summary" => summary(walk, counted),
        "detail" => detail(walk, counted),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `summary`.
pub(super) fn summary<'a>(walk: &mut Walk<'a>, counted: &mut Counted<'a>) -> Result<(), Broken> {
    counted.seen = true;
    walk.members(|walk, tag| match tag.name {
        "license" => {
            let license = license(walk)?;
            counted.summary.push(license);
            Ok(())
        }
        _ => state(walk, tag, &mut counted.licensing),
    })?;
    // A list of nothing has no element.
    counted.listed = true;
    Ok(())
}

/// Reads an open `detail`.
pub(super) fn detail<'a>(walk: &mut Walk<'a>, counted: &mut Counted<'a>) -> Result<(), Broken> {
    counted.seen = true;
    walk.members(|walk, tag| match tag.name {
        "feature-details" => walk.members(|walk, tag| {
            match tag.name {
                "name" => counted.area = walk.stated()?,
                "entitlement" => {
                    let license = license(walk)?;
                    counted.detail.push(license);
                }
                "flags" | "status" | "feature-table" => {}
                _ => walk.unclaimed(tag),
            }
            Ok(())
        }),
        "parameters" => Ok(()),
        _ => state(walk, tag, &mut counted.licensing),
    })
}

/// What summary and detail both say.
fn state<'a>(walk: &mut Walk<'a>, tag: Tag<'a>, licensing: &mut Licensing<'a>) -> Result<(), Broken> {
    match tag.name {
        "collection" => window(walk, &mut licensing.collection),
        "reporting" => window(walk, &mut licensing.reporting_window),
        "sia-status" => sia(walk, licensing),
        // The record has no place for the right to upgrade.
        "upgrade-license-status" => Ok(()),
        _ => unknown(walk, tag),
    }
}

fn window<'a>(walk: &mut Walk<'a>, window: &mut Window<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| {
        match tag.name {
            "last" => window.last = walk.stated()?.and_then(time_of),
            "next" => window.next = walk.stated()?.and_then(time_of),
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}

fn sia<'a>(walk: &mut Walk<'a>, licensing: &mut Licensing<'a>) -> Result<(), Broken> {
    let (mut days, mut hours, mut expired) = (None, None, None);
    walk.members(|walk, tag| {
        match tag.name {
            "sia-state" => {
                let text = walk.stated()?;
                licensing.sia_status = text.as_deref().map(|text| match text {
                    "incompliance" => SiaStatus::InCompliance,
                    "out-of-compliance" => SiaStatus::OutOfCompliance,
                    _ => SiaStatus::Other,
                });
                licensing.sia_status_text = text;
            }
            "grace-period-remaining" => walk.members(|walk, tag| {
                match tag.name {
                    "days" => days = walk.number::<u64>(tag)?,
                    "hours" => hours = walk.number::<u64>(tag)?,
                    _ => walk.unclaimed(tag),
                }
                Ok(())
            })?,
            "grace-period-expired" => expired = walk.boolean(tag)?,
            "ooc-reason" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })?;
    // A device that is in compliance has no grace that could run out.
    if licensing.sia_status == Some(SiaStatus::OutOfCompliance) {
        let left = match (days, hours) {
            _ if expired == Some(true) => Some(0),
            (None, None) => None,
            (days, hours) => {
                days.unwrap_or(0).checked_mul(24).and_then(|all| all.checked_add(hours.unwrap_or(0)))
            }
        };
        licensing.sia_grace_remaining_seconds = left.and_then(|hours| hours.checked_mul(3600));
    }
    Ok(())
}

/// A row of the summary, or an entitlement of the detail.
fn license<'a>(walk: &mut Walk<'a>) -> Result<License<'a>, Broken> {
    let mut license = License::default();
    walk.members(|walk, tag| {
        match tag.name {
            "count" => walk.members(|walk, tag| {
                match tag.name {
                    "last" => license.count = walk.number(tag)?,
                    "next" => license.count_next = walk.number(tag)?,
                    _ => walk.unclaimed(tag),
                }
                Ok(())
            })?,
            "feature-area" => license.area = walk.stated()?,
            "entitlement" | "name" => license.entitlement = walk.stated()?,
            "entitlement-tag" => license.entitlement_tag = walk.stated()?,
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })?;
    Ok(license)
}

impl<'a> Counted<'a> {
    /// Puts what is counted into the record, each licence once. `whole` tells that the reply was read to its end.
    pub(super) fn settle(self, record: &mut DeviceRecord<'a>, whole: bool) {
        if !self.seen {
            return;
        }
        let licensing = &mut record.licensing;
        licensing.collection = self.licensing.collection;
        licensing.reporting_window = self.licensing.reporting_window;
        licensing.sia_status = self.licensing.sia_status;
        licensing.sia_status_text = self.licensing.sia_status_text;
        licensing.sia_grace_remaining_seconds = self.licensing.sia_grace_remaining_seconds;

        let mut rows = self.summary;
        for detail in self.detail {
            let row = rows.iter_mut().take(MOST_ROWS).find(|row| is_row_of(row, &detail));
            match row {
                Some(row) => {
                    row.entitlement_tag = detail.entitlement_tag;
                    row.count = row.count.or(detail.count);
                    row.count_next = row.count_next.or(detail.count_next);
                }
                None => rows.push(License { area: self.area.clone(), ..detail }),
            }
        }
        let agent_listed = record.licenses.is_some();
        let agent = record.licenses_mut();
        let places = places(agent);
        let nothing_stated = agent.is_empty() && rows.is_empty() && !(whole && self.listed);
        for row in rows {
            let keys = [&row.entitlement_tag, &row.entitlement].into_iter().flatten();
            let found = keys.filter_map(|key| places.get(&key.to_ascii_lowercase())).next();
            match found.and_then(|&place| agent.get_mut(place)) {
                Some(license) => {
                    license.area = license.area.take().or(row.area);
                    license.count_next = license.count_next.or(row.count_next);
                }
                None => agent.push(row),
            }
        }
        if nothing_stated && !agent_listed {
            record.licenses = None;
        }
    }
}

/// Where the Smart Agent has a licence, by everything that it is known by.
fn places(licenses: &[License<'_>]) -> BTreeMap<String, usize> {
    let known = |(place, license): (usize, &License<'_>)| {
        let words = [&license.entitlement_tag, &license.entitlement, &license.description];
        words.map(|words| words.as_ref().map(|words| (words.to_ascii_lowercase(), place)))
    };
    licenses.iter().enumerate().flat_map(known).flatten().collect()
}

/// A device counts a few dozen entitlements; a list that is longer is none of a device.
const MOST_ROWS: usize = 500;

/// Whether the detail speaks of a row of the summary that it has not spoken of.
fn is_row_of(row: &License<'_>, detail: &License<'_>) -> bool {
    row.entitlement_tag.is_none() && row.entitlement.is_some() && row.entitlement == detail.entitlement
}

fn unknown<'a>(walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
    walk.unclaimed(tag);
    Ok(())
}

#[cfg(test)]
mod tests;
