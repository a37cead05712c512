//! The data of `openconfig-platform` and `openconfig-system`: what the device is made of, its software, name and clock,
//! where the platform has no model of its own for them here (NX-OS, IOS XR).
//!
//! ```text
//! <component><name>Rack 0</name><state>
//!   <type xmlns:idx="http://openconfig.net/yang/platform-types">idx:CHASSIS</type>
//!   <description>Cisco 8201 1RU Chassis</description><hardware-version>V01</hardware-version>
//!   <part-no>8201-SYS</part-no><serial-no>FOC2811X0C1</serial-no>
//! </state></component>
//! <component><name>IOSXR-NODE 0/RP0/CPU0</name><state>
//!   <type xmlns:idx="http://openconfig.net/yang/platform-types">idx:OPERATING_SYSTEM</type>
//!   <description>IOS XR Operating System</description><software-version>24.2.2</software-version>
//! </state></component>
//! ```
//! Capture: `testdata/netconf/xr8000.xml`. The form of the second component is from Cisco's *Programmability
//! Configuration Guide* for IOS XR 7.5, "Install Label in oc-platform Data Model".
//!
//! `part-no` is the PID on most devices; some give words (`Cisco IOS-XRv 9000 Centralized Virtual Router`), which
//! name the model where nothing else does, and some the number of an assembly (`73-100955-04`), which names nothing
//! that Cisco sells. Parts without a product or serial number (sensors, processors) are no inventory.

use super::fault::Broken;
use super::hardware::{Chassis, version};
use super::walk::{Tag, Walk};
use crate::record::{Clock, Device, InventoryItem, Platform, Text, Timestamp, Udi};

/// What the components say, before it is known whether a model of the platform's own says it too.
#[derive(Debug, Default)]
pub(super) struct Components<'a> {
    items: Vec<InventoryItem<'a>>,
    chassis: Vec<Udi<'a>>,
    platform: Option<Platform>,
    /// Of the operating system.
    software: Option<Text<'a>>,
    /// Of the chassis, or of the system as a whole.
    other_software: Option<Text<'a>>,
}

/// Reads an open `components`.
pub(super) fn components<'a>(walk: &mut Walk<'a>, components: &mut Components<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "component" => component(walk, components),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `component`.
pub(super) fn component<'a>(walk: &mut Walk<'a>, components: &mut Components<'a>) -> Result<(), Broken> {
    let mut read = Component::default();
    // What stands beside the state is of one kind of component, in many namespaces.
    walk.children(|walk, tag| {
        match tag.name {
            "name" => read.name = walk.stated()?,
            "state" => read.state(walk)?,
            _ => {}
        }
        Ok(())
    })?;
    components.add(read);
    Ok(())
}

#[derive(Debug, Default)]
struct Component<'a> {
    kind: Option<Text<'a>>,
    empty: bool,
    name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    hardware: Option<Text<'a>>,
    software: Option<Text<'a>>,
    model: Option<Text<'a>>,
    part: Option<Text<'a>>,
    serial_number: Option<Text<'a>>,
}

impl<'a> Component<'a> {
    fn state(&mut self, walk: &mut Walk<'a>) -> Result<(), Broken> {
        walk.children(|walk, tag| {
            match tag.name {
                "type" => self.kind = walk.stated()?,
                "description" => self.description = walk.stated()?,
                "hardware-version" => self.hardware = walk.stated()?,
                // Up to 2017 there was one version for hardware and software.
                "software-version" | "version" => self.software = walk.stated()?,
                "model-name" => self.model = walk.stated()?,
                "part-no" => self.part = walk.stated()?,
                "serial-no" => self.serial_number = walk.stated()?,
                "empty" => self.empty = walk.boolean(tag)? == Some(true),
                "name" if self.name.is_none() => self.name = walk.stated()?,
                _ => {}
            }
            Ok(())
        })
    }
}

impl<'a> Components<'a> {
    fn add(&mut self, component: Component<'a>) {
        let kind = component.kind.as_deref().map(|kind| kind.rsplit(':').next().unwrap_or(kind));
        let is_chassis = kind == Some("CHASSIS");
        match kind {
            Some("OPERATING_SYSTEM") => {
                let words = component.description.iter().chain(&component.name);
                self.platform = self.platform.or_else(|| words.into_iter().find_map(|words| platform(words)));
                self.software = self.software.take().or(component.software);
            }
            Some("OPERATING_SYSTEM_UPDATE" | "BOOT_LOADER" | "BIOS" | "SOFTWARE_MODULE") => {}
            _ if component.empty => {}
            _ => self.part(component, is_chassis),
        }
    }

    fn part(&mut self, component: Component<'a>, is_chassis: bool) {
        let Component { name, description, hardware, software, model, part, serial_number, .. } = component;
        let words = model.or(part);
        let pid = words.clone().filter(|words| is_product(words));
        if is_chassis {
            let model = pid.clone().or(words.filter(|words| words.contains(' ')));
            let model = model.or(description.clone().filter(|_| serial_number.is_some()));
            self.chassis.push(Udi { role: None, pid: model, serial_number: serial_number.clone() });
            self.other_software = self.other_software.take().or(software);
        }
        if pid.is_some() || serial_number.is_some() {
            self.items.push(InventoryItem { name, description, pid, vid: hardware, serial_number });
        }
    }

    /// Puts into the device what no model of its own has stated.
    pub(super) fn settle(self, device: &mut Device<'a>, chassis: &mut Chassis<'a>) {
        if device.inventory.is_empty() {
            device.inventory = self.items;
        }
        if chassis.is_empty() {
            self.chassis.into_iter().for_each(|found| chassis.push(found));
        }
        device.platform = device.platform.or(self.platform);
        if device.software_version.is_none() {
            device.software_version =
                self.software.and_then(version).or(self.other_software.and_then(version));
        }
    }
}

/// Reads an open `system`.
pub(super) fn system<'a>(
    walk: &mut Walk<'a>,
    device: &mut Device<'a>,
    components: &mut Components<'a>,
) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        // What is configured repeats the name; banners and keys stand there too and are never looked at.
        "state" | "config" => walk.members(|walk, tag| {
            match tag.name {
                "hostname" => device.hostname = walk.stated()?.or(device.hostname.take()),
                "current-datetime" if device.clock.is_none() => {
                    let time = walk.stated()?.and_then(Timestamp::from_date_and_time);
                    device.clock = time.map(|time| Clock { time, synchronized: None, offset_seconds: None });
                }
                "software-version" => components.other_software = walk.stated()?,
                _ => {}
            }
            Ok(())
        }),
        _ => Ok(()),
    })
}

/// The operating system that a component of that kind says it is.
fn platform(words: &str) -> Option<Platform> {
    let words = words.to_ascii_uppercase().replace(['-', '_'], " ");
    let holds = |name: &str| words.contains(name);
    if holds("IOS XR") || holds("IOSXR") {
        Some(Platform::IosXr)
    } else if holds("NX OS") || holds("NXOS") {
        Some(Platform::NxOs)
    } else {
        (holds("IOS XE") || holds("IOSXE")).then_some(Platform::IosXe)
    }
}

/// Whether a part number is one that Cisco sells the part by, and neither words nor the number of an assembly.
fn is_product(part: &str) -> bool {
    let is_assembly = part.contains('-') && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    !part.contains(char::is_whitespace) && part != "Unspecified" && !is_assembly
}

fn unknown<'a>(walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
    walk.unclaimed(tag);
    Ok(())
}

#[cfg(test)]
mod tests;
