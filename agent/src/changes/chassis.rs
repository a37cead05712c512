//! Hardware: members of a device, and the modules in them.

use std::collections::{BTreeMap, BTreeSet};

use super::told::{Told, fact, fact_of, words};
use super::view::{Item, Record, Udi};
use crate::events::Kind;

/// Whether a command names members.
fn names_members(command: &str) -> bool {
    command == "get" || command.starts_with("show license") || command.starts_with("show inventory")
}

/// Whether one member may stand where another one did.
type IsLike<'l> = dyn Fn(&Member<'_>, &Member<'_>) -> bool + 'l;

/// A member of a device: a serial number, and where it was listed.
struct Member<'r> {
    serial: String,
    place: usize,
    udi: &'r Udi,
}

pub(super) fn members(before: &Record, after: &Record, told: &mut Told<'_>) {
    let (older, newer) = (listed(before), listed(after));
    if older.is_empty() || newer.is_empty() {
        return;
    }
    let (knew, knows) = (serials(&older), serials(&newer));
    let mut gone: Vec<_> = older.iter().filter(|it| !knows.contains(it.serial.as_str())).collect();
    let mut came: Vec<_> = newer.iter().filter(|it| !knew.contains(it.serial.as_str())).collect();
    let alone = older.len() == 1 && newer.len() == 1;
    // The same role and PID say more than the same place, and that more than one of them.
    let like: [&IsLike<'_>; 4] = [
        &|one, other| same(&one.udi.role, &other.udi.role) && same(&one.udi.pid, &other.udi.pid),
        &|one, other| one.place == other.place && (alone || same(&one.udi.pid, &other.udi.pid)),
        &|one, other| same(&one.udi.pid, &other.udi.pid),
        &|one, other| same(&one.udi.role, &other.udi.role) && is_one_of_its_kind(&one.udi.role),
    ];
    for is_like in like {
        gone.retain(|one| {
            let Some(found) = came.iter().position(|other| is_like(one, other)) else { return true };
            swapped(one, came.remove(found), told);
            false
        });
    }
    if lists_all(after, before, &newer) {
        gone.iter().for_each(|one| told_of(Kind::MemberRemoved, one, "is gone", told));
    }
    if lists_all(before, after, &older) {
        came.iter().for_each(|one| told_of(Kind::MemberAdded, one, "is new", told));
    }
}

/// Whether a list of UDIs would name a member that the other one names: it says roles, or it was asked of all
/// commands that the other was.
fn lists_all(record: &Record, other: &Record, members: &[Member<'_>]) -> bool {
    members.iter().any(|member| member.udi.role.is_some())
        || record.asked("device.udis", names_members).is_superset(&other.asked("device.udis", names_members))
}

fn listed(record: &Record) -> Vec<Member<'_>> {
    let mut members: Vec<Member<'_>> = Vec::new();
    let mut known = BTreeSet::new();
    for (place, udi) in record.device.udis.iter().flatten().enumerate() {
        let Some(serial) = udi.serial_number.as_deref().and_then(serial) else { continue };
        // Two supervisors of one chassis show its serial number.
        if known.insert(serial.clone()) {
            members.push(Member { serial, place, udi });
        }
    }
    members
}

fn serials<'m>(members: &'m [Member<'_>]) -> BTreeSet<&'m str> {
    members.iter().map(|member| member.serial.as_str()).collect()
}

fn serial(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_ascii_uppercase())
}

/// Whether both are stated and equal.
fn same(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_some() && one == other
}

/// There is one active chassis, but many members.
fn is_one_of_its_kind(role: &Option<String>) -> bool {
    role.as_deref().is_some_and(|role| role != "member")
}

fn named(serial: &str, pid: Option<&String>) -> String {
    match pid {
        Some(pid) => format!("{} ({})", words(serial), words(pid)),
        None => words(serial),
    }
}

fn swapped(gone: &Member<'_>, came: &Member<'_>, told: &mut Told<'_>) {
    let message = format!(
        "chassis {} was replaced by {}",
        named(&gone.serial, gone.udi.pid.as_ref()),
        named(&came.serial, came.udi.pid.as_ref())
    );
    told.tell(
        Kind::MemberSwapped,
        message,
        &[
            ("role", fact_of(came.udi.role.as_ref())),
            ("before", fact(&gone.serial)),
            ("after", fact(&came.serial)),
            ("pid_before", fact_of(gone.udi.pid.as_ref())),
            ("pid_after", fact_of(came.udi.pid.as_ref())),
        ],
    );
}

fn told_of(kind: Kind, member: &Member<'_>, what: &str, told: &mut Told<'_>) {
    let message = format!("chassis {} {what}", named(&member.serial, member.udi.pid.as_ref()));
    told.tell(
        kind,
        message,
        &[
            ("serial_number", fact(&member.serial)),
            ("pid", fact_of(member.udi.pid.as_ref())),
            ("role", fact_of(member.udi.role.as_ref())),
        ],
    );
}

/// Whether a command lists slots.
fn lists_slots(command: &str) -> bool {
    command == "get" || command.contains("show inventory")
}

pub(super) fn modules(before: &Record, after: &Record, told: &mut Told<'_>) {
    let (Some(older), Some(newer)) = (&before.device.inventory, &after.device.inventory) else { return };
    let cli = |record: &Record| -> BTreeSet<String> {
        let asked = record.asked("device.inventory", lists_slots);
        let shown = asked.iter().any(|command| *command != "get");
        // Where both were asked, the command's inventory is the one that counts.
        asked.into_iter().filter(|command| !shown || *command != "get").map(str::to_owned).collect()
    };
    if cli(before) != cli(after) {
        return;
    }
    let chassis: BTreeSet<String> =
        [before, after].into_iter().flat_map(listed).map(|member| member.serial).collect();
    let (older, newer) = (slots(older, &chassis), slots(newer, &chassis));
    if !older.keys().any(|slot| newer.contains_key(slot)) {
        // Another device, or another way to call slots: nothing can be said of any one of them.
        return;
    }
    for (slot, was) in &older {
        match newer.get(slot) {
            Some(is) => compare_slot(slot, was, is, told),
            None => module(Kind::ModuleRemoved, slot, was, "is gone", told),
        }
    }
    for (slot, is) in newer.iter().filter(|(slot, _)| !older.contains_key(*slot)) {
        module(Kind::ModuleAdded, slot, is, "is new", told);
    }
}

/// Modules by their slot and, where several have one name, their number.
type Slots<'r> = BTreeMap<(&'r str, usize), &'r Item>;

fn slots<'r>(items: &'r [Item], chassis: &BTreeSet<String>) -> Slots<'r> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut slots = Slots::new();
    for item in items {
        let Some(name) = item.name.as_deref() else { continue };
        let number = numbers.entry(name).or_default();
        let is_chassis =
            item.serial_number.as_deref().and_then(serial).is_some_and(|serial| chassis.contains(&serial));
        // A thing without PID and serial number is a place for something, not a module.
        if !is_chassis && (item.pid.is_some() || item.serial_number.is_some()) {
            slots.insert((name, *number), item);
        }
        *number += 1;
    }
    slots
}

fn compare_slot((slot, _): &(&str, usize), was: &Item, is: &Item, told: &mut Told<'_>) {
    let differs = |one: &Option<String>, other: &Option<String>| matches!((one, other), (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other));
    if !differs(&was.pid, &is.pid) && !differs(&was.serial_number, &is.serial_number) {
        return;
    }
    let message = format!("{}: {} was replaced by {}", words(slot), item(was), item(is));
    told.tell(
        Kind::ModuleSwapped,
        message,
        &[
            ("slot", fact(slot)),
            ("before", fact_of(was.serial_number.as_ref())),
            ("after", fact_of(is.serial_number.as_ref())),
            ("pid_before", fact_of(was.pid.as_ref())),
            ("pid_after", fact_of(is.pid.as_ref())),
        ],
    );
}

fn item(item: &Item) -> String {
    match (&item.pid, &item.serial_number) {
        (Some(pid), Some(serial)) => format!("{} ({})", words(pid), words(serial)),
        (Some(one), None) | (None, Some(one)) => words(one),
        (None, None) => "something without a name".to_owned(),
    }
}

fn module(kind: Kind, (slot, _): &(&str, usize), it: &Item, what: &str, told: &mut Told<'_>) {
    let message = format!("{}: {} {what}", words(slot), item(it));
    told.tell(
        kind,
        message,
        &[
            ("slot", fact(slot)),
            ("pid", fact_of(it.pid.as_ref())),
            ("serial_number", fact_of(it.serial_number.as_ref())),
        ],
    );
}
