//! The licensed features of an ASA: `show license features`, `show activation-key`, and the greater part of
//! `show version`.
//!
//! ```text
//! License mode: Smart Licensing
//! License reservation: Enabled
//! ASAv Platform License State: Licensed
//! Active entitlement: ASAv-STD-1G, enforce mode: Authorized
//! Firewall throughput limited to 1 Gbps
//!
//! Licensed features for this platform:
//! Maximum VLANs                     : 150            perpetual
//! Failover                          : Active/Active  perpetual
//! Security Contexts                 : 2              perpetual
//! Botnet Traffic Filter             : Enabled        112 days
//!
//! Failover cluster licensed features for this platform:
//! Security Contexts                 : 4              perpetual
//!
//! This platform has an ASA 5516 Security Plus license.
//! ```
//! What licenses a device is a licence. Under an activation key (PAK) these are the features, each with its limit and
//! how long the key grants it. Under Smart Licensing it is the entitlement; the features are what it amounts to on this
//! platform, and the Smart Agent tells of the entitlements. What a failover pair or cluster has together is printed by
//! each of its members, and is no second licence of any; neither is what a time-based key adds to the list above it.
//!
//! Captures: `testdata/captures/asa/show_version/`; `…/show_license_features/` and `…/show_activation-key/` rest on
//! documentation alone.

use super::boilerplate;
use super::keys::{self, KeyLine};
use crate::diagnose;
use crate::record::{DeviceRecord, Expiry, License, LicenseStatus, LicensingModel, Term, Throughput, stated};
use crate::text::{Cursor, leading_number, pair, seconds};
use crate::wording;

/// Reads `show license features` and `show activation-key`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut features = Features::default();
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if !text.is_empty() && !features.line(text, record) {
            cursor.unclaimed(line);
        }
    }
}

/// `Licensed features for this platform:`, of the device or of its failover pair, in a context or in none.
pub(super) fn is_title(text: &str) -> bool {
    title(text).is_some()
}

fn title(text: &str) -> Option<Block> {
    let head = text.to_ascii_lowercase();
    let (whose, _) = head.split_once("licensed features for this ").filter(|_| head.ends_with(':'))?;
    Some(if whose.is_empty() { Block::Own } else { Block::Shared })
}

/// The lines about licences, read one after the other.
#[derive(Debug, Default)]
pub(super) struct Features {
    block: Block,
    /// Whether entitlements license the device, and not its activation key.
    entitled: bool,
}

/// Whose features the rows are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Block {
    #[default]
    None,
    Own,
    /// Of the failover pair, or of a time-based key.
    Shared,
}

impl Features {
    /// Reads a line; false if no grammar knows it.
    pub(super) fn line<'a>(&mut self, text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
        if let Some(about) = keys::about(text) {
            if about == KeyLine::TimeBased {
                self.block = Block::Shared;
            }
            return about != KeyLine::Warning || diagnose::device_warning(text, record);
        }
        // A key where none is expected is not read into anything.
        if diagnose::holds_key(text) {
            return false;
        }
        if let Some(block) = title(text) {
            self.block = block;
            if !self.entitled {
                record.licensing.model = Some(LicensingModel::Pak);
            }
            return true;
        }
        if serial_number(text, record) || self.mode(text, record) || sentence(text, record) {
            self.end();
            return true;
        }
        let known = boilerplate::knows(text);
        let Some(row) = row(text).filter(|_| self.block != Block::None && !known) else {
            self.end();
            return known;
        };
        if self.block == Block::Own && !self.entitled {
            record.licenses_mut().push(row.license());
        }
        true
    }

    /// What follows is about something else.
    pub(super) fn end(&mut self) {
        self.block = Block::None;
    }

    /// The lines of Smart Licensing above the features.
    fn mode<'a>(&mut self, text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
        let Some((key, value)) = pair(text) else { return false };
        let licensing = &mut record.licensing;
        match key {
            "License mode" => {
                self.entitled = true;
                // The clouds license by the hour: `AWS Licensing`.
                if value == "Smart Licensing" {
                    licensing.model.get_or_insert(LicensingModel::Smart);
                }
            }
            "License reservation" => {
                licensing.reservation.enabled = wording::switch(value);
                // An ASA knows no other reservation than the universal one.
                if licensing.reservation.enabled == Some(true) {
                    licensing.model = Some(LicensingModel::Plr);
                }
            }
            "Active entitlement" => {
                let entitlement = entitlement(value);
                record.licenses_mut().push(entitlement);
            }
            "No active entitlement" => drop(record.licenses_mut()),
            "Export Compliant" => {}
            _ if key.to_ascii_lowercase().ends_with("license state") => {
                return value.eq_ignore_ascii_case("Licensed") || diagnose::device_warning(text, record);
            }
            _ => return false,
        }
        true
    }
}

/// `Serial Number: JAD0000X0AA`, the number that activation keys are made for.
fn serial_number<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let Some(value) = text.strip_prefix("Serial Number:") else { return false };
    record.device.serial_number = value.split_whitespace().next().and_then(stated).map(Into::into);
    true
}

/// What stands in whole sentences beside the features.
fn sentence<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    if let Some(limit) = text.strip_prefix("Firewall throughput limited to ") {
        throughput(limit, &mut record.device.throughput);
    } else if let Some(level) = platform_license(text) {
        record.device.boot_level.current = Some(level.into());
    } else if text.starts_with("*Memory resource allocation ")
        || text.starts_with("*CPU resource allocation ")
    {
        return diagnose::device_warning(text, record);
    } else {
        return false;
    }
    true
}

/// `This platform has a Base license.`, `This platform has an ASA 5516 Security Plus license.`
fn platform_license(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("This platform has ").or_else(|| text.strip_prefix("This machine has "))?;
    let level = rest.strip_prefix("an ").or_else(|| rest.strip_prefix("a ")).unwrap_or(rest);
    stated(level.trim_end_matches('.').strip_suffix("license").unwrap_or(level))
}

/// `100 Kbps`, `2 Gbps`.
fn throughput<'a>(limit: &'a str, throughput: &mut Throughput<'a>) {
    let limit = limit.trim().trim_end_matches('.');
    throughput.level = stated(limit).map(Into::into);
    let unit = limit.trim_start_matches(|c: char| c.is_ascii_digit()).trim().to_ascii_lowercase();
    let kilobits = match unit.as_str() {
        "kbps" => 1,
        "mbps" => 1_000,
        "gbps" => 1_000_000,
        _ => return,
    };
    throughput.kbps = leading_number(limit).and_then(|number| number.checked_mul(kilobits));
}

/// `ASAv-STD-1G, enforce mode: Authorized`
fn entitlement(value: &str) -> License<'_> {
    let (entitlement, rest) = value.split_once(',').unwrap_or((value, ""));
    let mode = rest.trim().strip_prefix("enforce mode:").unwrap_or_default();
    let mut license = License { entitlement: stated(entitlement).map(Into::into), ..License::default() };
    set_enforcement_mode(&mut license, mode);
    license
}

/// The words of `enforce mode:` and `Enforcement mode:`.
pub(super) fn set_enforcement_mode<'a>(license: &mut License<'a>, mode: &'a str) {
    let Some(mode) = stated(mode) else { return };
    license.status_text = Some(mode.into());
    license.status = Some(match mode.to_ascii_lowercase().as_str() {
        "eval period" | "evaluation" | "evaluation period" => LicenseStatus::Evaluation,
        "eval period expired" | "eval expired" | "evaluation expired" => LicenseStatus::EvaluationExpired,
        _ => wording::license(mode),
    });
}

/// A row of a block: `Botnet Traffic Filter             : Enabled        112 days`.
#[derive(Debug, Eq, PartialEq)]
struct Row<'a> {
    name: &'a str,
    value: &'a str,
    duration: Option<Duration>,
}

/// How long the key grants a feature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Duration {
    Perpetual,
    Seconds(u64),
}

fn row(text: &str) -> Option<Row<'_>> {
    let (name, value) = pair(text)?;
    let (value, duration) = without_duration(value);
    (!value.is_empty()).then_some(Row { name, value, duration })
}

/// Takes `perpetual`, `112 days` or `1 day` from the end.
fn without_duration(value: &str) -> (&str, Option<Duration>) {
    let Some((rest, last)) = value.rsplit_once(char::is_whitespace) else { return (value, None) };
    if last.eq_ignore_ascii_case("perpetual") {
        return (rest.trim_end(), Some(Duration::Perpetual));
    }
    let is_unit = last.chars().all(char::is_alphabetic);
    let number = rest.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let Some(before) = rest.trim_end().strip_suffix(number).filter(|before| is_unit && !before.is_empty())
    else {
        return (value, None);
    };
    let left = value.get(before.len()..).and_then(seconds);
    left.map_or((value, None), |left| (before.trim_end(), Some(Duration::Seconds(left))))
}

impl<'a> Row<'a> {
    fn license(&self) -> License<'a> {
        let mut license = License { name: Some(self.name.into()), ..License::default() };
        // What is limited states its limit: `2`, `3 DMZ Restricted`.
        license.max_count = leading_number(self.value);
        if self.value.bytes().any(|byte| !byte.is_ascii_digit()) {
            license.status_text = Some(self.value.into());
            license.status = Some(match self.value {
                "Enabled" => LicenseStatus::InUse,
                "Disabled" => LicenseStatus::NotInUse,
                _ => LicenseStatus::Other,
            });
        }
        match self.duration {
            Some(Duration::Perpetual) => {
                (license.term, license.expires) = (Some(Term::Perpetual), Some(Expiry::NEVER));
            }
            Some(Duration::Seconds(left)) => {
                (license.term, license.period_left_seconds) = (Some(Term::Temporary), Some(left));
            }
            None => {}
        }
        license
    }
}

#[cfg(test)]
mod tests;
