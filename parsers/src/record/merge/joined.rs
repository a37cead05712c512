//! The licensing part, field by field.

use std::collections::BTreeMap;

use super::super::{DeviceAuthorization, DeviceRecord, Licensing, RumReportEntry, Text, TrustCode};
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
        policy.v2.sync_overdue_interval, policy.v2.sync_retry_interval, policy.v2.grace_period,
        policy.v2.reporting_interval, policy.v2.no_enforcement,
        conversion.automatic_enabled, conversion.status_text, conversion.since, conversion.last_data_push,
        conversion.last_file_export, device_enforcement.state_text, device_enforcement.as_of,
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
    let remaining = |record: &DeviceRecord<'a>| record.licensing.sia_grace_remaining_seconds;
    licensing.sia_grace_remaining_seconds =
        merging.choose(Part::Licensing, "", |record| remaining(record).map(Counter)).map(|left| left.0);
    transport(merging, licensing);

    licensing.rum_reports.entries = reports(merging);
    licensing.trust_codes = codes(merging, |licensing| &licensing.trust_codes);
    licensing.device_authorizations = codes(merging, |licensing| &licensing.device_authorizations);
}

/// The reports of one list, with what others tell in detail. Reports come and go between two commands: what only
/// another list has is a report too.
fn reports<'a>(merging: &Merging<'_, 'a>) -> Vec<RumReportEntry<'a>> {
    let mut lists: Vec<&Vec<RumReportEntry<'a>>> = merging
        .stated(Part::Licensing, |record| Some(&record.licensing.rum_reports.entries))
        .map(|(_, entries)| entries)
        .collect();
    lists.sort_by_key(|entries| std::cmp::Reverse(entries.len()));
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let mut entries: Vec<RumReportEntry<'a>> = first.to_vec();
    let mut places: BTreeMap<u64, usize> =
        entries.iter().enumerate().map(|(at, entry)| (entry.report_id, at)).collect();
    for other in others.iter().flat_map(|entries| entries.iter()) {
        match places.get(&other.report_id).and_then(|&at| entries.get_mut(at)) {
            Some(known) => complete_report(known, other),
            None => {
                places.insert(other.report_id, entries.len());
                entries.push(other.clone());
            }
        }
    }
    entries
}

fn complete_report<'a>(known: &mut RumReportEntry<'a>, other: &RumReportEntry<'a>) {
    fill(&mut known.state, &other.state);
    fill(&mut known.flag, &other.flag);
    fill(&mut known.feature, &other.feature);
    fill(&mut known.metric, &other.metric);
    fill(&mut known.entitlement_tag, &other.entitlement_tag);
    fill(&mut known.pid, &other.pid);
    fill(&mut known.serial_number, &other.serial_number);
    fill(&mut known.previous_report_id, &other.previous_report_id);
    fill(&mut known.next_report_id, &other.next_report_id);
    fill(&mut known.state_reason, &other.state_reason);
    fill(&mut known.started, &other.started);
    fill(&mut known.ended, &other.ended);
    fill(&mut known.storage_state, &other.storage_state);
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
        fill(&mut self.valid_on, &other.valid_on);
        fill(&mut self.expires_on, &other.expires_on);
        fill(&mut self.code_type, &other.code_type);
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
        fill(&mut self.request_code, &other.request_code);
        fill(&mut self.requested_on, &other.requested_on);
    }
}
