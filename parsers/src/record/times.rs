//! Every time of a record in one walk, for those who know more of them than the words do.

use super::value::{Attempt, Expiry, Timestamp};
use super::{DeviceRecord, Exchange, License, Licensing};

/// What is done with each time.
type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Timestamp<'a>);

impl<'a> DeviceRecord<'a> {
    /// Hands every [`Timestamp`] of the record to `visit`. Times of the agent's own clock are none.
    pub fn for_each_timestamp_mut(&mut self, mut visit: impl FnMut(&mut Timestamp<'a>)) {
        let visit: Visit<'_, 'a> = &mut visit;
        self.device.clock.iter_mut().for_each(|clock| visit(&mut clock.time));
        licensing(&mut self.licensing, visit);
        self.licenses.iter_mut().flatten().for_each(|it| license(it, visit));
        self.exchange.iter_mut().for_each(|file| exchange(file, visit));
    }
}

fn licensing<'a>(it: &mut Licensing<'a>, visit: Visit<'_, 'a>) {
    let attempts = [
        &mut it.registration.initial_registration,
        &mut it.registration.last_renewal_attempt,
        &mut it.authorization.last_communication_attempt,
    ];
    for Attempt { at, .. } in attempts.into_iter().flatten() {
        each([at], visit);
    }
    each(
        [
            &mut it.account_as_of,
            &mut it.registration.next_renewal_attempt,
            &mut it.registration.expires,
            &mut it.authorization.since,
            &mut it.authorization.next_communication_attempt,
            &mut it.authorization.communication_deadline,
            &mut it.policy.installed_on,
            &mut it.reporting.last_ack_received,
            &mut it.reporting.next_ack_deadline,
            &mut it.reporting.next_ack_push_check,
            &mut it.reporting.next_report_push,
            &mut it.reporting.last_report_push,
            &mut it.reporting.last_report_file_write,
            &mut it.conversion.since,
            &mut it.conversion.last_data_push,
            &mut it.conversion.last_file_export,
            &mut it.device_enforcement.as_of,
            &mut it.collection.last,
            &mut it.collection.next,
            &mut it.reporting_window.last,
            &mut it.reporting_window.next,
        ],
        visit,
    );
    for entry in &mut it.rum_reports.entries {
        each([&mut entry.started, &mut entry.ended], visit);
    }
    for code in &mut it.trust_codes {
        each([&mut code.installed_on, &mut code.valid_on, &mut code.expires_on], visit);
    }
    for code in &mut it.device_authorizations {
        each([&mut code.installed_on, &mut code.requested_on], visit);
    }
}

fn license<'a>(it: &mut License<'a>, visit: Visit<'_, 'a>) {
    each([&mut it.sync_overdue_deadline], visit);
    if let Some(Expiry::At(at)) = &mut it.expires {
        visit(at);
    }
    for term in &mut it.terms {
        each([&mut term.installed_on, &mut term.starts, &mut term.expires], visit);
    }
}

fn exchange<'a>(it: &mut Exchange<'a>, visit: Visit<'_, 'a>) {
    each([&mut it.made_at, &mut it.next_report_deadline, &mut it.next_ack_deadline], visit);
    it.policies.iter_mut().for_each(|policy| each([&mut policy.installed_on], visit));
    it.entitlements.iter_mut().for_each(|it| each([&mut it.start, &mut it.end], visit));
}

fn each<'t, 'a: 't, const N: usize>(times: [&'t mut Option<Timestamp<'a>>; N], visit: Visit<'_, 'a>) {
    times.into_iter().flatten().for_each(visit);
}
