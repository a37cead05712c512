//! Which codes and reports of two outputs are one.

use super::*;

#[test]
fn codes_of_one_holder_are_one() {
    let code = |pid: Option<&'static str>, text: &'static str| TrustCode {
        pid: pid.map(Into::into),
        serial_number: pid.map(Into::into),
        installed_on: Some(Timestamp::unresolved(text)),
        ..TrustCode::default()
    };
    // `show license status` of old agents prints a time alone.
    let lone = of(Command::ShowLicenseAll, |record| record.licensing.trust_codes = vec![code(None, "lone")]);
    let rows = of(Command::NetconfGet, |record| {
        record.licensing.trust_codes = vec![code(Some("A"), "a"), code(Some("B"), "b")];
    });
    let merged = in_any_order(&[lone.clone(), rows]);
    assert_eq!(merged.licensing.trust_codes, [code(Some("A"), "a"), code(Some("B"), "b")]);
    assert_eq!(in_any_order(&[lone.clone(), lone]).licensing.trust_codes, [code(None, "lone")]);

    let authorization =
        |status, confirmation: Option<&'static str>, text: Option<&'static str>| DeviceAuthorization {
            pid: Some("A".into()),
            serial_number: Some("1".into()),
            status: Some(status),
            confirmation_code: confirmation.map(Into::into),
            installed_on: text.map(Timestamp::unresolved),
            ..DeviceAuthorization::default()
        };
    let installed = DeviceAuthorizationStatus::Installed;
    let cli = of(Command::ShowLicenseAuthorization, |record| {
        record.licensing.device_authorizations = vec![authorization(installed, Some("abc"), None)];
    });
    let netconf = of(Command::NetconfGet, |record| {
        record.licensing.device_authorizations = vec![authorization(installed, None, Some("then"))];
    });
    let merged = in_any_order(&[netconf, cli]);
    assert_eq!(merged.licensing.device_authorizations, [authorization(installed, Some("abc"), Some("then"))]);
}

#[test]
fn a_report_in_detail_completes_its_row() {
    let entry = |report_id, state: Option<&'static str>, metric: Option<&'static str>| RumReportEntry {
        report_id,
        state: state.map(Into::into),
        metric: metric.map(Into::into),
        ..RumReportEntry::default()
    };
    let list = of(Command::ShowLicenseRumIdAll, |record| {
        record.licensing.rum_reports.entries =
            vec![entry(1, Some("ACK"), None), entry(2, Some("CLOSED"), None)];
    });
    let detail = |id| {
        of(Command::ShowLicenseRumIdDetail, |record| {
            record.licensing.rum_reports.entries = vec![entry(id, None, Some("ENTITLEMENT"))];
        })
    };
    let merged = in_any_order(&[list.clone(), detail(2)]);
    assert_eq!(
        merged.licensing.rum_reports.entries,
        [entry(1, Some("ACK"), None), entry(2, Some("CLOSED"), Some("ENTITLEMENT"))]
    );
    // A report that has come since, read twice.
    let merged = merge(&[list, detail(3), detail(3)]);
    assert_eq!(merged.licensing.rum_reports.entries.len(), 3);
}
