//! The licensing part, field by field.

use super::super::{DeviceAuthorization, DeviceRecord, Licensing, Text, TrustCode};
use super::facts::Counter;
use super::{Merging, Part};

/// `place.field = what is kept of that field`, for each field.
macro_rules! choose {
    ($merging:ident, $licensing:ident: $($first:ident $(. $rest:ident)*),+ $(,)?) => {$(
        $licensing.$first $(. $rest)* = $merging.choose(
            Part::Licensing,
            concat!("licensing.", stringify!($first) $(, ".", stringify!($rest))*),
            |record| record.licensing.$first $(. $rest)*.clone(),
        );
    )+};
}

/// The same for a status and its text, which are kept together.
macro_rules! choose_status {
    ($merging:ident, $licensing:ident: $($($place:ident).* [$status:ident, $text:ident]),+ $(,)?) => {$(
        let status = $merging.choose(
            Part::Licensing,
            concat!("licensing", $(".", stringify!($place),)* ".", stringify!($status)),
            |record| {
                let place = &record.licensing $(. $place)*;
                Some((place.$status?, place.$text.clone()))
            },
        );
        if let Some((status, text)) = status {
            $licensing $(. $place)*.$status = Some(status);
            $licensing $(. $place)*.$text = text;
        }
    )+};
}

macro_rules! choose_counter {
    ($merging:ident, $licensing:ident: $($counter:ident),+ $(,)?) => {$(
        $licensing.rum_reports.$counter = $merging
            .choose(Part::Licensing, "", |record| record.licensing.rum_reports.$counter.map(Counter))
            .map(|counter| counter.0);
    )+};
}

pub(super) fn licensing<'a>(merging: &mut Merging<'_, 'a>, licensing: &mut Licensing<'a>) {
    choose!(merging, licensing: model, smart_licensing_enabled, agent_version, smart_account, virtual_account,
        account_as_of, utility_enabled, custom_id, reservation.enabled,
        registration.export_controlled_functionality, registration.initial_registration,
        registration.last_renewal_attempt, registration.next_renewal_attempt, registration.expires,
        authorization.since, authorization.last_communication_attempt,
        authorization.next_communication_attempt, authorization.communication_deadline,
        policy.name, policy.installed_on, policy.merged, policy.ack_required,
        policy.unenforced_perpetual.first_report_days,
        policy.unenforced_perpetual.reporting_frequency_days,
        policy.unenforced_perpetual.report_on_change_days,
        policy.unenforced_subscription.first_report_days,
        policy.unenforced_subscription.reporting_frequency_days,
        policy.unenforced_subscription.report_on_change_days,
        policy.enforced.first_report_days, policy.enforced.reporting_frequency_days,
        policy.enforced.report_on_change_days,
        policy.export.first_report_days, policy.export.reporting_frequency_days,
        policy.export.report_on_change_days,
        reporting.last_ack_received, reporting.next_ack_deadline, reporting.push_interval_days,
        reporting.next_ack_push_check, reporting.next_report_push, reporting.last_report_push,
        reporting.last_report_file_write,
        privacy.hostname_sent, privacy.callhome_hostname_privacy, privacy.smart_licensing_hostname_privacy,
        privacy.version_privacy,
        collection.last, collection.next, reporting_window.last, reporting_window.next,
    );
    choose_status!(merging, licensing: registration[status, status_text], authorization[status, status_text],
        [sia_status, sia_status_text]);
    choose_counter!(merging, licensing: total, purged, acknowledged, waiting_for_ack, available_to_report,
        collecting);
    let remaining = |record: &DeviceRecord<'a>| record.licensing.authorization.evaluation_remaining_seconds;
    licensing.authorization.evaluation_remaining_seconds =
        merging.choose(Part::Licensing, "", |record| remaining(record).map(Counter)).map(|left| left.0);
    let grace = |record: &DeviceRecord<'a>| record.licensing.sia_grace_remaining_seconds.map(Counter);
    licensing.sia_grace_remaining_seconds = merging.choose(Part::Licensing, "", grace).map(|left| left.0);
    transport(merging, licensing);

    let entries = merging.stated(Part::Licensing, |record| {
        Some(&record.licensing.rum_reports.entries).filter(|entries| !entries.is_empty())
    });
    licensing.rum_reports.entries = entries.map(|(_, entries)| entries.clone()).next().unwrap_or_default();
    licensing.trust_codes = codes(merging, |licensing| &licensing.trust_codes);
    licensing.device_authorizations = codes(merging, |licensing| &licensing.device_authorizations);
}

/// The address of one transport says nothing about another one.
fn transport<'a>(merging: &mut Merging<'_, 'a>, licensing: &mut Licensing<'a>) {
    choose_status!(merging, licensing: transport[kind, kind_text]);
    let kind = licensing.transport.kind;
    let same = |record: &DeviceRecord<'a>| {
        let stated = record.licensing.transport.kind;
        stated.is_none() || stated == kind
    };
    macro_rules! choose_address {
        ($($field:ident),+) => {$(
            licensing.transport.$field = merging.choose(
                Part::Licensing,
                concat!("licensing.transport.", stringify!($field)),
                |record| record.licensing.transport.$field.clone().filter(|_| same(record)),
            );
        )+};
    }
    choose_address!(url, cslu_address, proxy_address, proxy_port, vrf);
}

/// A code and the chassis that holds it.
trait Held: Clone {
    fn holder(&self) -> (Option<&str>, Option<&str>);

    /// Takes over what it does not state itself.
    fn complete(&mut self, other: &Self);
}

/// The codes of the record that names most holders, and those of other holders from the others. A code without
/// a holder is that of a holder, once any is named.
fn codes<'r, 'a: 'r, C: Held + 'r>(
    merging: &Merging<'r, 'a>,
    get: impl Fn(&'r Licensing<'a>) -> &'r Vec<C>,
) -> Vec<C> {
    let named = |codes: &[C]| codes.iter().filter(|code| code.holder() != (None, None)).count();
    let mut lists: Vec<&Vec<C>> = merging
        .stated(Part::Licensing, |record| Some(get(&record.licensing)).filter(|codes| !codes.is_empty()))
        .map(|(_, codes)| codes)
        .collect();
    lists.sort_by_key(|codes| std::cmp::Reverse(named(codes)));
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let mut codes: Vec<C> = first.to_vec();
    for other in others.iter().flat_map(|codes| codes.iter()) {
        // A device has a handful of members; a list that is longer is none of a device.
        let known = codes.iter_mut().take(64).find(|code| code.holder() == other.holder());
        match known {
            Some(known) => known.complete(other),
            None if other.holder() == (None, None) => {}
            None => codes.push(other.clone()),
        }
    }
    codes
}

fn fill<T: Clone>(place: &mut Option<T>, other: &Option<T>) {
    if place.is_none() {
        place.clone_from(other);
    }
}

fn holder<'r>(
    pid: &'r Option<Text<'_>>,
    serial_number: &'r Option<Text<'_>>,
) -> (Option<&'r str>, Option<&'r str>) {
    (pid.as_deref(), serial_number.as_deref())
}

impl Held for TrustCode<'_> {
    fn holder(&self) -> (Option<&str>, Option<&str>) {
        holder(&self.pid, &self.serial_number)
    }

    fn complete(&mut self, other: &Self) {
        fill(&mut self.role, &other.role);
        fill(&mut self.installed_on, &other.installed_on);
    }
}

impl Held for DeviceAuthorization<'_> {
    fn holder(&self) -> (Option<&str>, Option<&str>) {
        holder(&self.pid, &self.serial_number)
    }

    fn complete(&mut self, other: &Self) {
        fill(&mut self.role, &other.role);
        if self.status.is_none() {
            (self.status, self.status_text) = (other.status, other.status_text.clone());
        }
        if self.status == other.status {
            fill(&mut self.installed_on, &other.installed_on);
        }
        fill(&mut self.confirmation_code, &other.confirmation_code);
        fill(&mut self.return_code, &other.return_code);
    }
}
