//! What a device has one of: its version, levels, licensing model, accounts, registration and compliance.

use super::told::{Told, fact, words};
use super::view::{BootLevel, License, Record};
use crate::events::Kind;

pub(super) fn compare(before: &Record, after: &Record, told: &mut Told<'_>) {
    let (was, is) = (&before.device, &after.device);
    turned(Kind::Version, "software version", &was.software_version, &is.software_version, version, told);
    let none = (BootLevel::default(), BootLevel::default());
    let (was_level, is_level) =
        (was.boot_level.as_ref().unwrap_or(&none.0), is.boot_level.as_ref().unwrap_or(&none.1));
    turned(Kind::Level, "licence level", &was_level.current, &is_level.current, level, told);
    turned(Kind::Level, "add-on level", &was_level.addon_current, &is_level.addon_current, level, told);
    pending(
        "licence level",
        [&was_level.current, &was_level.next_reboot],
        [&is_level.current, &is_level.next_reboot],
        told,
    );
    pending(
        "add-on level",
        [&was_level.addon_current, &was_level.addon_next_reboot],
        [&is_level.addon_current, &is_level.addon_next_reboot],
        told,
    );
    if let (Some(was), Some(is)) = (&was.throughput, &is.throughput) {
        turned(Kind::Level, "throughput", &was.level, &is.level, rate, told);
        turned(Kind::Level, "crypto throughput", &was.crypto_level, &is.crypto_level, rate, told);
    }

    let (was, is) = (&before.licensing, &after.licensing);
    turned(Kind::LicensingModel, "licensing model", &was.model, &is.model, same, told);
    turned(Kind::Account, "Smart Account", &was.smart_account, &is.smart_account, same, told);
    turned(Kind::Account, "Virtual Account", &was.virtual_account, &is.virtual_account, same, told);
    let registration = |record: &Record| record.licensing.registration.as_ref()?.word();
    let (was, is) = (registration(before), registration(after));
    if !refines(was.as_deref(), is.as_deref()) {
        turned(Kind::Registration, "registration", &was, &is, same, told);
    }
    compliance(before, after, told);
}

/// Tells what both state and what is not the same in its plain form.
fn turned(
    kind: Kind,
    what: &str,
    before: &Option<String>,
    after: &Option<String>,
    plain: fn(&str) -> String,
    told: &mut Told<'_>,
) {
    if let (Some(before), Some(after)) = (before, after)
        && plain(before) != plain(after)
    {
        told.turned(kind, what, before, after, what);
    }
}

fn same(word: &str) -> String {
    word.to_owned()
}

/// `17.09.04a` is `17.9.4a`.
fn version(text: &str) -> String {
    let part = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        part => part.to_owned(),
    };
    text.split('.').map(part).collect::<Vec<_>>().join(".")
}

/// `show version` says `ipservicesk9` where the right to use is `ipservices`.
fn level(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let plain = |word: &str| word.strip_suffix("k9").unwrap_or(word).to_owned();
    text.split_whitespace().map(plain).collect::<Vec<_>>().join(" ")
}

/// `1000000 kb/s` is `1000000 kbps`.
fn rate(text: &str) -> String {
    text.to_ascii_lowercase().replace("b/s", "bps").replace(' ', "")
}

/// NETCONF calls each kind of registration `registered`.
fn refines(one: Option<&str>, other: Option<&str>) -> bool {
    let refines = |exact: &str, plain: &str| plain == "registered" && exact.starts_with("registered_");
    matches!((one, other), (Some(one), Some(other)) if refines(one, other) || refines(other, one))
}

/// Another level after the next reload, if that was not known before.
fn pending(what: &str, before: [&Option<String>; 2], after: [&Option<String>; 2], told: &mut Told<'_>) {
    let [Some(current), Some(next)] = after else { return };
    let [was_current, Some(was_next)] = before else { return };
    if level(current) == level(next) {
        return;
    }
    let was_pending = was_current.as_ref().is_some_and(|current| level(current) != level(was_next));
    if was_pending && level(was_next) == level(next) {
        return;
    }
    told.tell(
        Kind::LevelPending,
        format!("{what}: {} after the next reboot, {} now", words(next), words(current)),
        &[("of", Some(what.into())), ("now", fact(current)), ("next_reboot", fact(next))],
    );
}

fn compliance(before: &Record, after: &Record, told: &mut Told<'_>) {
    let stated = |record: &Record| record.licensing.authorization.as_ref()?.word();
    let (mut was, mut is) = (stated(before), stated(after));
    if was.is_none() || is.is_none() {
        // Only one of the records has the section: the licences tell the same of both.
        (was, is) = (None, None);
    }
    let was = verdict(was.as_deref(), before.licenses.as_deref());
    let is = verdict(is.as_deref(), after.licenses.as_deref());
    if let (Some(was), Some(is)) = (was, is)
        && was != is
    {
        told.turned(Kind::Compliance, "compliance", was, is, "compliance");
    }
}

/// Whether the device says that it is entitled to what it uses, as the summary of a poll has it.
fn verdict(authorization: Option<&str>, licenses: Option<&[License]>) -> Option<&'static str> {
    match authorization {
        Some("out_of_compliance") => return Some("out of compliance"),
        Some("authorization_expired") => return Some("authorization expired"),
        Some("evaluation_expired") => return Some("evaluation expired"),
        Some("not_authorized" | "not_authorized_reserved") => return Some("not authorized"),
        Some("evaluation") => return Some("evaluation"),
        _ => {}
    }
    let has = |state: &str| {
        licenses.into_iter().flatten().any(|license| license.status.status.as_deref() == Some(state))
    };
    let worst = [
        ("out_of_compliance", "out of compliance"),
        ("not_authorized", "not authorized"),
        ("evaluation_expired", "evaluation expired"),
        ("evaluation", "evaluation"),
    ];
    let worst = worst.iter().find(|(state, _)| has(state)).map(|(_, words)| *words);
    worst.or_else(|| (authorization.is_some() || licenses.is_some()).then_some("ok"))
}
