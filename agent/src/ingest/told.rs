//! What a record says, of a line of JSON that another agent wrote: as much of it as the store wants beside the line.

use jiff::Timestamp as Moment;
use licwatch_parsers::record::{
    AuthorizationStatus, DeviceRecord, Expiry, License, LicenseStatus, LicensingModel, Platform, Timestamp,
    Udi,
};
use serde_json::Value;

use crate::observation::Outcome;

/// The parts of a record that [`crate::observation::Summary`] and the device's identity rest on. Words that this version does
/// not know state nothing.
pub(super) fn excerpt(record: &Value) -> DeviceRecord<'_> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let mut it = DeviceRecord::default();
    let device = &mut it.device;
    device.hostname = text("/device/hostname").map(Into::into);
    device.platform = text("/device/platform").and_then(Platform::from_word);
    device.model = text("/device/model").map(Into::into);
    device.serial_number = text("/device/serial_number").map(Into::into);
    device.software_version = text("/device/software_version").map(Into::into);
    device.udis = list(record, "/device/udis").map(udi).collect();
    let licensing = &mut it.licensing;
    licensing.model = text("/licensing/model").and_then(LicensingModel::from_word);
    licensing.authorization.status =
        text("/licensing/authorization/status").and_then(AuthorizationStatus::from_word);
    let time = |pointer: &str| record.pointer(pointer).and_then(timestamp);
    licensing.authorization.communication_deadline = time("/licensing/authorization/communication_deadline");
    licensing.registration.expires = time("/licensing/registration/expires");
    licensing.reporting.next_ack_deadline = time("/licensing/reporting/next_ack_deadline");
    it.licenses =
        record.get("licenses").and_then(Value::as_array).map(|all| all.iter().map(license).collect());
    it
}

/// How far the device's clock is ahead of the agent's, in milliseconds.
pub(super) fn offset_ms(record: &Value) -> Option<i64> {
    let seconds = record.pointer("/device/clock/offset_seconds")?.as_f64()?;
    Some((seconds * 1000.0).round() as i64)
}

/// The outcome whose word this is.
pub(super) fn outcome(word: &str) -> Option<Outcome> {
    match word {
        "complete" => Some(Outcome::Complete),
        "partial" => Some(Outcome::Partial),
        "failed" => Some(Outcome::Failed),
        _ => None,
    }
}

fn list<'v>(record: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    record.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn udi(value: &Value) -> Udi<'_> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(Into::into);
    Udi { role: text("role"), pid: text("pid"), serial_number: text("serial_number") }
}

fn license(value: &Value) -> License<'_> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    License {
        name: text("name").map(Into::into),
        entitlement: text("entitlement").map(Into::into),
        count: value.get("count").and_then(Value::as_u64),
        status: text("status").and_then(LicenseStatus::from_word),
        // `"never"` is a text, and lapses never.
        expires: value.get("expires").and_then(timestamp).map(Expiry::At),
        ..License::default()
    }
}

fn timestamp(value: &Value) -> Option<Timestamp<'_>> {
    let text = value.get("text")?.as_str()?;
    let utc = value.get("utc").and_then(Value::as_str).and_then(|utc| utc.parse::<Moment>().ok());
    Some(Timestamp { text: text.into(), utc, resolved_by: None })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::capture::{Capture, Origin};
    use crate::collect::with_record;
    use crate::observation::Summary;
    use crate::observation::chassis;

    #[test]
    fn a_line_tells_what_its_record_told() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
        let (mut folders, mut count) = (vec![root], 0);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|it| it != "txt") {
                    continue;
                }
                let capture = Capture::new(None, Origin::File, fs::read(&path).unwrap(), None);
                let (value, summary, serials) = with_record(&[capture], None, |record| {
                    (serde_json::to_value(&record).unwrap(), Summary::of(&record), chassis(&record))
                });
                let excerpt = excerpt(&value);
                assert_eq!(Summary::of(&excerpt), summary, "{}", path.display());
                assert_eq!(chassis(&excerpt), serials, "{}", path.display());
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }
}
