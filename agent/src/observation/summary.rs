//! The few facts of a record that a person wants to see in one row.

use licwatch_parsers::record::{
    AuthorizationStatus, DeviceRecord, Expiry, LicenseStatus, LicensingModel, Timestamp,
};
use licwatch_parsers::text::timestamp;
use serde::{Deserialize, Serialize};

/// What stands before old algorithms in the diagnostic that tells of them.
pub(crate) const OLD_ALGORITHMS: &str = "old algorithms were used: ";

/// One row of the table that `poll` and `demo` print.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Summary {
    /// The operating system.
    pub platform: String,
    /// Chassis PID, with the number of members where there are several.
    pub model: String,
    /// Chassis serial number.
    pub serial_number: String,
    /// Software version.
    pub version: String,
    /// Licensing model.
    pub licensing: String,
    /// The licences in use with their counts.
    pub in_use: String,
    /// Whether the device says that it is entitled to what it uses.
    pub compliance: String,
    /// The next date on which something lapses.
    pub deadline: String,
    /// That date, to compare: in UTC, or as if the zone that the device names were UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses_at: Option<jiff::Timestamp>,
    /// Old algorithms that were used on the way to it.
    pub old_algorithms: String,
}

impl Summary {
    /// Reads the row from a record.
    pub fn of(record: &DeviceRecord<'_>) -> Self {
        let device = &record.device;
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
        let mut model = text(&device.model);
        let (lapses_at, deadline) = deadline(record).unwrap_or_default();
        let chassis = device.udis.iter().filter(|udi| udi.serial_number != device.serial_number).count();
        if chassis > 0 {
            model.push_str(&format!(" +{chassis}"));
        }
        Self {
            platform: device.platform.map_or_else(String::new, |platform| platform.word().to_owned()),
            model,
            serial_number: text(&device.serial_number),
            version: text(&device.software_version),
            licensing: record.licensing.model.map_or_else(String::new, |model| model.word().to_owned()),
            in_use: in_use(record),
            compliance: compliance(record).to_owned(),
            deadline,
            lapses_at,
            old_algorithms: old_algorithms(record),
        }
    }
}

fn old_algorithms(record: &DeviceRecord<'_>) -> String {
    let mut told = record.diagnostics.iter().filter_map(|it| it.message.strip_prefix(OLD_ALGORITHMS));
    told.next().unwrap_or_default().to_owned()
}

/// `network-advantage 2, dna-advantage 2`, counts of one name added up.
fn in_use(record: &DeviceRecord<'_>) -> String {
    let Some(licenses) = &record.licenses else { return String::new() };
    let mut used: Vec<(&str, u64)> = Vec::new();
    for license in licenses {
        let idle =
            matches!(license.status, None | Some(LicenseStatus::NotInUse | LicenseStatus::NotApplicable));
        let listed = license.status.is_none() && record.licensing.model == Some(LicensingModel::Rtu);
        let Some(name) = license.name.as_deref().or(license.entitlement.as_deref()) else { continue };
        if idle && !listed {
            continue;
        }
        let count = license.count.unwrap_or(1);
        match used.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => used.push((name, count)),
        }
    }
    if used.is_empty() {
        return "none".to_owned();
    }
    used.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join("\n")
}

fn compliance(record: &DeviceRecord<'_>) -> &'static str {
    let has = |status: LicenseStatus| {
        record.licenses.iter().flatten().any(|license| license.status == Some(status))
    };
    match record.licensing.authorization.status {
        Some(AuthorizationStatus::OutOfCompliance) => return "out of compliance",
        Some(AuthorizationStatus::AuthorizationExpired) => return "authorization expired",
        Some(AuthorizationStatus::EvaluationExpired) => return "evaluation expired",
        Some(AuthorizationStatus::NotAuthorized | AuthorizationStatus::NotAuthorizedReserved) => {
            return "not authorized";
        }
        Some(AuthorizationStatus::Evaluation) => return "evaluation",
        _ => {}
    }
    if has(LicenseStatus::OutOfCompliance) {
        "out of compliance"
    } else if has(LicenseStatus::NotAuthorized) {
        "not authorized"
    } else if has(LicenseStatus::EvaluationExpired) {
        "evaluation expired"
    } else if has(LicenseStatus::Evaluation) {
        "evaluation"
    } else if record.licenses.is_some() {
        "ok"
    } else {
        ""
    }
}

/// The earliest of what lapses. A zone whose name is ambiguous moves a date by less than a day, so that dates are
/// compared as they read; the zone is shown with such a one.
fn deadline(record: &DeviceRecord<'_>) -> Option<(Option<jiff::Timestamp>, String)> {
    let licensing = &record.licensing;
    let mut dates: Vec<(&str, &Timestamp<'_>)> = Vec::new();
    dates.extend(licensing.reporting.next_ack_deadline.as_ref().map(|at| ("ACK", at)));
    dates.extend(licensing.authorization.communication_deadline.as_ref().map(|at| ("authorization", at)));
    dates.extend(licensing.registration.expires.as_ref().map(|at| ("registration", at)));
    for license in record.licenses.iter().flatten() {
        if let Some(Expiry::At(at)) = &license.expires {
            dates.push(("licence", at));
        }
    }
    let dates = dates.into_iter().map(|(what, at)| (day(at), what, at));
    // A date that cannot be read is better than none, and worse than any other.
    let (day, what, at) = dates.min_by_key(|(day, ..)| (day.is_none(), *day))?;
    let zone = at.text.rsplit(' ').next().filter(|_| at.utc.is_none()).unwrap_or_default();
    let text = match day {
        Some(day) if zone.is_empty() => format!("{} {what}", day.strftime("%Y-%m-%d")),
        Some(day) => format!("{} {zone} {what}", day.strftime("%Y-%m-%d")),
        None => format!("{} {what}", at.text),
    };
    Some((day, text))
}

/// The time in UTC, or as if the zone that it names were that.
fn day(at: &Timestamp<'_>) -> Option<jiff::Timestamp> {
    let as_utc = || {
        let (civil, zone) = at.text.rsplit_once(' ')?;
        let is_named = zone.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_named.then(|| timestamp(&format!("{civil} UTC"))?.utc).flatten()
    };
    at.utc.or_else(as_utc)
}

#[cfg(test)]
mod tests {
    use licwatch_parsers::record::License;

    use super::*;

    #[test]
    fn counts_of_one_licence_are_added_and_idle_ones_left_out() {
        let license = |name: &'static str, count, status| License {
            name: Some(name.into()),
            count: Some(count),
            status: Some(status),
            ..License::default()
        };
        let record = DeviceRecord {
            licenses: Some(vec![
                license("network-advantage", 2, LicenseStatus::InUse),
                license("network-advantage", 1, LicenseStatus::InUse),
                license("hseck9", 0, LicenseStatus::NotInUse),
            ]),
            ..DeviceRecord::default()
        };
        let row = Summary::of(&record);
        assert_eq!((row.in_use.as_str(), row.compliance.as_str()), ("network-advantage 3", "ok"));
    }

    #[test]
    fn the_earliest_date_is_the_deadline() {
        let mut record = DeviceRecord::default();
        let at = |text: &'static str| licwatch_parsers::text::timestamp(text);
        record.licensing.registration.expires = at("Nov 04 08:55:22 2027 UTC");
        record.licensing.authorization.communication_deadline = at("Mar 06 23:09:51 2027 UTC");
        assert_eq!(Summary::of(&record).deadline, "2027-03-06 authorization");
        // Dates in zones that nobody can tell for sure are none the later for it.
        record.licensing.authorization.communication_deadline = at("Apr 08 04:32:14 2026 CET");
        assert_eq!(Summary::of(&record).deadline, "2026-04-08 CET authorization");
        record.licensing.registration.expires = at("Mar 11 09:08:55 2026 CET");
        assert_eq!(Summary::of(&record).deadline, "2026-03-11 CET registration");
    }

    #[test]
    fn a_record_that_says_nothing_gives_an_empty_row() {
        assert_eq!(Summary::of(&DeviceRecord::default()), Summary::default());
    }
}
