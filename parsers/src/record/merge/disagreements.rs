//! When two outputs about the same licences cannot both be right.

use super::super::{License, LicenseStatus};
use super::licenses::Joined;
use super::{Merging, commands};
use crate::command::Command;

/// NETCONF and the command line both list every licence in use by name. What stands in one of the lists alone is
/// told. What the platform of IOS XR counts, which is known by its area, is another list than that of the agent.
pub(super) fn tell_one_sided(
    merging: &mut Merging<'_, '_>,
    lists: &[(usize, &Vec<License<'_>>)],
    joined: &[Joined<'_>],
) {
    let of = |wanted: &[Command]| {
        let whole = lists.iter().filter(|(_, list)| list.iter().any(is_named));
        let mut whole = whole.filter(|(at, _)| {
            merging
                .record(*at)
                .is_some_and(|record| commands(record).flatten().any(|command| wanted.contains(&command)))
        });
        whole.next().map(|(at, _)| *at)
    };
    let (Some(netconf), Some(typed)) = (of(&[Command::NetconfGet]), of(&WHOLE)) else { return };
    for license in joined {
        let name = license.license.name.as_ref().filter(|_| is_named(&license.license));
        let (by_netconf, by_typed) = (license.used_in(netconf), license.used_in(typed));
        match name.map(|name| name.as_ref()) {
            Some(name) if by_netconf && !license.is_in(typed) => merging.one_sided(name, netconf, typed),
            Some(name) if by_typed && !license.is_in(netconf) => merging.one_sided(name, typed, netconf),
            _ => {}
        }
    }
}

fn is_named(license: &License<'_>) -> bool {
    license.name.is_some() && license.area.is_none()
}

/// Commands that list every licence in use.
const WHOLE: [Command; 4] = [
    Command::ShowLicenseAll,
    Command::ShowLicenseTechSupport,
    Command::ShowLicenseUsage,
    Command::ShowLicenseSummary,
];

/// Whether two states of a licence cannot both be: it is in use or not, and how it is authorized is one thing. That it
/// is in use says no more than that, and a reservation authorizes.
pub(super) fn contradict(one: LicenseStatus, another: LicenseStatus) -> bool {
    use LicenseStatus as S;
    let plain = |status| match status {
        S::Reserved => S::Authorized,
        status => status,
    };
    let tells_nothing = |status| matches!(status, S::Waiting | S::NotApplicable | S::Other);
    let (one, another) = (plain(one), plain(another));
    if one == another || tells_nothing(one) || tells_nothing(another) {
        return false;
    }
    match (one, another) {
        (S::InUse, other) | (other, S::InUse) => other == S::NotInUse,
        _ => true,
    }
}
