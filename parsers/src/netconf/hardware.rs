//! The data of `Cisco-IOS-XE-device-hardware-oper`: what the device is made of, its software and its clock.
//!
//! ```text
//! <device-inventory>
//!   <hw-type>hw-type-chassis</hw-type><hw-dev-index>1</hw-dev-index>
//!   <version>V02</version><part-number>C9300-24UX</part-number><serial-number>FOC2411X0A1</serial-number>
//!   <hw-description>c93xx Stack</hw-description><dev-name>c93xx Stack</dev-name>
//! </device-inventory>
//! ```
//! Capture: `testdata/netconf/c9300-stack.xml`
//!
//! The chassis that licensing names by its UDI gives model and serial number. Where the UDI names another part
//! than the only chassis, the chassis does.

use super::fault::Broken;
use super::walk::{Tag, Walk};
use crate::record::{Clock, Device, DeviceRecord, InventoryItem, Text, Timestamp, Udi, absent};

/// The chassis among the parts.
#[derive(Debug, Default)]
pub(super) struct Chassis<'a>(Vec<Udi<'a>>);

impl<'a> Chassis<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, chassis: Udi<'a>) {
        self.0.push(chassis);
    }
}

/// Reads an open `device-hardware-data`.
pub(super) fn hardware<'a>(
    walk: &mut Walk<'a>,
    record: &mut DeviceRecord<'a>,
    chassis: &mut Chassis<'a>,
) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "device-hardware" => device_hardware(walk, record, chassis),
        "entity-information" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `device-hardware`.
pub(super) fn device_hardware<'a>(
    walk: &mut Walk<'a>,
    record: &mut DeviceRecord<'a>,
    chassis: &mut Chassis<'a>,
) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "device-inventory" => part(walk, record, chassis),
        "device-system-data" => system(walk, &mut record.device),
        "device-alarm" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `device-inventory`.
pub(super) fn part<'a>(
    walk: &mut Walk<'a>,
    record: &mut DeviceRecord<'a>,
    chassis: &mut Chassis<'a>,
) -> Result<(), Broken> {
    let mut item = InventoryItem::default();
    let mut is_chassis = false;
    walk.members(|walk, tag| {
        match tag.name {
            "hw-type" => is_chassis = walk.text()? == "hw-type-chassis",
            "version" => item.vid = walk.stated()?,
            "part-number" => item.pid = walk.stated()?.filter(|pid| pid != "Unspecified"),
            "serial-number" => item.serial_number = walk.stated()?,
            "hw-description" => item.description = walk.stated()?,
            "dev-name" => item.name = walk.stated()?,
            "hw-dev-index" | "field-replaceable" | "hw-class" | "lifetime" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })?;
    if is_chassis && item.pid.is_some() {
        let (pid, serial_number) = (item.pid.clone(), item.serial_number.clone());
        chassis.0.push(Udi { role: None, pid, serial_number });
    }
    if !absent(&item) {
        record.device.inventory.push(item);
    }
    Ok(())
}

/// Reads an open `device-system-data`.
pub(super) fn system<'a>(walk: &mut Walk<'a>, device: &mut Device<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| {
        match tag.name {
            "current-time" => {
                let time = walk.stated()?.and_then(Timestamp::from_date_and_time);
                device.clock = time.map(|time| Clock { time, synchronized: None, offset_seconds: None });
            }
            "software-version" => device.software_version = walk.stated()?.and_then(version),
            "boot-time"
            | "rommon-version"
            | "last-reboot-reason"
            | "reason-severity"
            | "unsaved-config"
            | "reload-history-support"
            | "reload-history"
            | "mac-address"
            | "cloud-id-supported"
            | "cloud-id" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}

/// Names the device by its UDI or its chassis.
pub(super) fn identify<'a>(device: &mut Device<'a>, chassis: &Chassis<'a>) {
    let udi = device.udis.first().filter(|udi| udi.pid.is_some());
    let named = match (udi, chassis.0.as_slice()) {
        (Some(udi), [only]) if only.pid != udi.pid && only.pid.is_some() && only.serial_number.is_some() => {
            only
        }
        (Some(udi), _) => udi,
        (None, [first, ..]) => first,
        (None, []) => return,
    };
    (device.model, device.serial_number) = (named.pid.clone(), named.serial_number.clone());
}

/// The version alone, of `Cisco IOS Software [Cupertino], … , Version 17.9.4a, RELEASE SOFTWARE (fc2)`.
pub(super) fn version(text: Text<'_>) -> Option<Text<'_>> {
    let is_end = |c: char| c == ',' || c.is_whitespace();
    let of = |text: &str| -> Option<std::ops::Range<usize>> {
        const LABEL: &str = "Version ";
        let start = match text.find(LABEL) {
            Some(at) => at + LABEL.len(),
            None if text.starts_with(|c: char| c.is_ascii_digit()) => 0,
            None => return None,
        };
        let rest = text.get(start..)?;
        let end = start + rest.find(is_end).unwrap_or(rest.len());
        (end > start).then_some(start..end)
    };
    let range = of(&text)?;
    match text {
        Text::Borrowed(text) => text.get(range).map(Text::Borrowed),
        Text::Owned(text) => text.get(range).map(|version| version.to_owned().into()),
    }
}

fn unknown<'a>(walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
    walk.unclaimed(tag);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{DEVICE_HARDWARE, SMART_LICENSE, parse};
    use super::*;

    fn message(udi: Option<(&str, &str)>, chassis: &[(&str, &str)]) -> String {
        let udi = udi.map(|(pid, sn)| {
            format!(
                "<licensing xmlns=\"{SMART_LICENSE}\"><state><state-info><udi><pid>{pid}</pid><sn>{sn}</sn></udi>\
                 </state-info></state></licensing>"
            )
        });
        let parts: String = chassis
            .iter()
            .map(|(pid, sn)| {
                format!(
                    "<device-inventory><hw-type>hw-type-chassis</hw-type><part-number>{pid}</part-number>\
                     <serial-number>{sn}</serial-number></device-inventory>"
                )
            })
            .collect();
        format!(
            "{}<device-hardware-data xmlns=\"{DEVICE_HARDWARE}\"><device-hardware><device-inventory>\
             <hw-type>hw-type-cpu</hw-type><part-number>CPU</part-number></device-inventory>{parts}\
             </device-hardware></device-hardware-data>",
            udi.unwrap_or_default()
        )
    }

    #[test]
    fn the_udi_names_the_device_unless_it_names_another_part() {
        for (udi, chassis, named) in [
            (Some(("A", "1")), vec![("A", "1")], Some(("A", "1"))),
            // The active member of a stack need not be the first.
            (Some(("B", "2")), vec![("A", "1"), ("B", "2")], Some(("B", "2"))),
            (Some(("SPE", "9")), vec![("A", "1")], Some(("A", "1"))),
            (Some(("SPE", "9")), vec![("A", "")], Some(("SPE", "9"))),
            (Some(("SPE", "9")), vec![("A", "1"), ("B", "2")], Some(("SPE", "9"))),
            (None, vec![("A", "1"), ("B", "2")], Some(("A", "1"))),
            (None, vec![("Unspecified", "1")], None),
        ] {
            let text = message(udi, &chassis);
            let record = parse(&text);
            let device = (record.device.model.as_deref(), record.device.serial_number.as_deref());
            assert_eq!(
                device,
                (named.map(|named| named.0), named.map(|named| named.1)),
                "{udi:?} {chassis:?}"
            );
        }
    }

    #[test]
    fn the_version_stands_alone() {
        for (text, want) in [
            (
                "Cisco IOS Software [Dublin], Virtual XE Software, Version 17.12.3, RELEASE SOFTWARE",
                Some("17.12.3"),
            ),
            ("Cisco IOS Software, Version 16.9.1a\nTechnical Support", Some("16.9.1a")),
            ("Version 17.9.5", Some("17.9.5")),
            ("17.15.01a", Some("17.15.01a")),
            ("IOS XE", None),
            ("Version ", None),
            ("Version , x", None),
        ] {
            assert_eq!(version(text.into()).as_deref(), want, "{text}");
            assert_eq!(version(text.to_owned().into()).as_deref(), want, "{text}");
        }
    }
}
