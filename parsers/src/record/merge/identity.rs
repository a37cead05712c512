//! The device part: which device it is, what it is made of, what it runs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Device, DeviceRecord, InventoryItem, Platform, Text, Udi};
use super::facts::{Level, Name, Throughput, Version};
use super::{Merging, Part};
use crate::command::Command::ShowVersion;

pub(super) fn device<'a>(merging: &mut Merging<'_, 'a>, device: &mut Device<'a>) {
    let name = |record: &DeviceRecord<'a>| record.device.hostname.clone().map(Name);
    device.hostname = merging.choose(Part::Software, "device.hostname", name).map(|name| name.0);
    device.platform = merging.choose(Part::Software, "device.platform", |record| record.device.platform);
    let version = |record: &DeviceRecord<'a>| record.device.software_version.clone().map(Version);
    let version = merging.choose(Part::Software, "device.software_version", version);
    device.software_version = version.map(|version| version.0);

    macro_rules! choose {
        ($part:ident, $fact:ident: $($group:ident.$field:ident),+ $(,)?) => {$(
            let words = |record: &DeviceRecord<'a>| record.device.$group.$field.clone().map($fact);
            let name = concat!("device.", stringify!($group), ".", stringify!($field));
            device.$group.$field = merging.choose(Part::$part, name, words).map(|words| words.0);
        )+};
    }
    choose!(
        Software, Level: boot_level.current, boot_level.next_reboot, boot_level.addon_current,
        boot_level.addon_next_reboot,
    );
    choose!(Throughput, Throughput: throughput.level, throughput.crypto_level);
    let kbps = |record: &DeviceRecord<'a>| record.device.throughput.kbps;
    device.throughput.kbps = merging.choose(Part::Throughput, "device.throughput.kbps", kbps);
    device.clock =
        merging.stated(Part::Clock, |record| record.device.clock.clone()).map(|(_, clock)| clock).next();
    device.udis = udis(merging);
    device.inventory = inventory(merging);
    name_chassis(merging, device);
}

/// The list with roles, and of those the longest, is the list; others add what it does not hold.
fn udis<'a>(merging: &Merging<'_, 'a>) -> Vec<Udi<'a>> {
    let mut lists: Vec<&Vec<Udi<'a>>> = merging
        .stated(Part::Identity, |record| Some(&record.device.udis).filter(|udis| !udis.is_empty()))
        .map(|(_, udis)| udis)
        .collect();
    lists.sort_by_key(|udis| std::cmp::Reverse((udis.iter().any(|udi| udi.role.is_some()), udis.len())));
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let mut udis: Vec<Udi<'a>> = first.to_vec();
    let mut known: BTreeSet<_> =
        udis.iter().map(|udi| (udi.pid.clone(), udi.serial_number.clone())).collect();
    for udi in others.iter().flat_map(|udis| udis.iter()) {
        if known.insert((udi.pid.clone(), udi.serial_number.clone())) {
            udis.push(udi.clone());
        }
    }
    udis
}

/// One list, and from the others the parts whose serial number it does not hold: names and descriptions differ
/// between the transports, and a part without a serial number cannot be told from one that is there.
fn inventory<'a>(merging: &Merging<'_, 'a>) -> Vec<InventoryItem<'a>> {
    let mut lists = merging
        .stated(Part::Inventory, |record| Some(&record.device.inventory).filter(|items| !items.is_empty()))
        .map(|(_, items)| items);
    let mut items: Vec<InventoryItem<'a>> = lists.next().cloned().unwrap_or_default();
    let mut known: BTreeSet<_> = items.iter().filter_map(|item| item.serial_number.clone()).collect();
    for item in lists.flatten() {
        if item.serial_number.clone().is_some_and(|serial_number| known.insert(serial_number)) {
            items.push(item.clone());
        }
    }
    items
}

/// Model and serial number come from one capture as far as it states them.
fn name_chassis<'a>(merging: &mut Merging<'_, 'a>, device: &mut Device<'a>) {
    let mut stated: Vec<(usize, &Device<'a>)> = merging
        .stated(Part::Identity, |record| Some(&record.device))
        .filter(|(_, device)| device.model.is_some() || device.serial_number.is_some())
        .collect();
    stated.sort_by_key(|(_, device)| (!knows_chassis(device), device.model.as_deref().is_some_and(is_words)));
    let Some(&(from, best)) = stated.first() else { return };
    let first = |get: for<'d> fn(&'d Device<'a>) -> &'d Option<Text<'a>>| {
        get(best).clone().or_else(|| stated.iter().find_map(|(_, device)| get(device).clone()))
    };
    device.model = first(|device| &device.model);
    device.serial_number = first(|device| &device.serial_number);

    if let Some(chassis) = chassis_over_udi(device) {
        (device.model, device.serial_number) = (chassis.pid, chassis.serial_number);
    }

    let elsewhere = Elsewhere::new(merging);
    let mut conflicts = Vec::new();
    for &(at, other) in stated.iter().filter(|(at, _)| !merging.records.get(*at).is_some_and(names_another)) {
        let differs = |name, kept: &Option<Text<'a>>, other: &Option<Text<'a>>| match (kept, other) {
            (Some(kept), Some(other)) if kept != other && !is_words(other) && !elsewhere.names(other, at) => {
                Some((name, kept.to_string(), at, other.to_string()))
            }
            _ => None,
        };
        conflicts.extend(differs("device.serial_number", &device.serial_number, &other.serial_number));
        conflicts.extend(differs("device.model", &device.model, &other.model));
    }
    for (name, kept, at, other) in conflicts {
        merging.conflict(name, (from, &kept), (at, &other));
    }
}

/// Whether what is named is not the chassis, which is no contradiction: `show version` prints the family on IOS XR
/// (`NCS-5500`), and on ASA the serial number of the board, which activation keys are made for.
fn names_another(record: &DeviceRecord<'_>) -> bool {
    matches!(record.device.platform, Some(Platform::IosXr | Platform::Asa))
        && record.sources.iter().any(|source| source.command.as_deref() == Some(ShowVersion.spelling()))
}

/// Whether a capture itself says that its UDI names another part than the chassis.
fn knows_chassis(device: &Device<'_>) -> bool {
    device.model.is_some() && !device.udis.is_empty() && device.udis.iter().all(|udi| udi.pid != device.model)
}

/// `Nexus9000 C9396PX`, `Nexus5548` and not `N9K-C9396PX`.
fn is_words(model: &str) -> bool {
    model.contains(' ') || model.starts_with("Nexus") || model.starts_with("NX-OSv")
}

/// The chassis, where the inventory shows that what the UDI names is another part.
fn chassis_over_udi<'a>(device: &Device<'a>) -> Option<InventoryItem<'a>> {
    let of_udi = |item: &&InventoryItem<'_>| {
        item.pid == device.model && item.serial_number.is_some() && item.serial_number == device.serial_number
    };
    let part = device.inventory.iter().find(of_udi)?;
    if device.udis.iter().all(|udi| udi.pid != part.pid) || is_chassis(part) {
        return None;
    }
    let says_chassis = |item: &&InventoryItem<'_>| names_chassis(item) && item.pid.is_some();
    device.inventory.iter().find(says_chassis).filter(|chassis| chassis.pid != part.pid).cloned()
}

fn names_chassis(item: &InventoryItem<'_>) -> bool {
    let words = item.name.iter().chain(&item.description);
    words.into_iter().any(|words| words.to_ascii_lowercase().contains("chassis"))
}

/// A chassis by its own words, or a member of a stack.
fn is_chassis(item: &InventoryItem<'_>) -> bool {
    let name = item.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    names_chassis(item) || name.starts_with("switch ") || name.contains("stack") || name.parse::<u8>().is_ok()
}

/// Which record names which serial numbers and PIDs: a stack has several, and none of them is a contradiction.
struct Elsewhere<'r>(BTreeMap<&'r str, Naming>);

/// The first record that names something, and whether another one does too.
#[derive(Clone, Copy)]
struct Naming {
    first: usize,
    others: bool,
}

impl<'r> Elsewhere<'r> {
    fn new(merging: &Merging<'r, '_>) -> Self {
        let mut names: BTreeMap<&'r str, Naming> = BTreeMap::new();
        for (at, record) in merging.records.iter().enumerate() {
            let device = &record.device;
            let udis = device.udis.iter().flat_map(|udi| [&udi.pid, &udi.serial_number]);
            let items = device.inventory.iter().flat_map(|item| [&item.pid, &item.serial_number]);
            for name in udis.chain(items).chain([&device.model, &device.serial_number]).flatten() {
                let naming = names.entry(name).or_insert(Naming { first: at, others: false });
                naming.others |= naming.first != at;
            }
        }
        Self(names)
    }

    /// Whether any record but this one names it.
    fn names(&self, name: &str, but: usize) -> bool {
        self.0.get(name).is_some_and(|naming| naming.others || naming.first != but)
    }
}
