use super::*;
use crate::grammar::read_with;

fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
    read_with(read, text)
}

#[test]
fn rows_end_in_how_long_they_hold() {
    for (text, value, duration) in [
        ("Maximum VLANs        : 150            perpetual", "150", Some(Duration::Perpetual)),
        ("Botnet Traffic Filter: Enabled        646 days", "Enabled", Some(Duration::Seconds(646 * 86_400))),
        ("Total UC Proxy Sessions : 12   1 day", "12", Some(Duration::Seconds(86_400))),
        ("Failover : Active/Active  ", "Active/Active", None),
        ("VLANs    : 3, DMZ Restricted", "3, DMZ Restricted", None),
        ("VLANs    : 20 DMZ Unrestricted perpetual", "20 DMZ Unrestricted", Some(Duration::Perpetual)),
        ("Security Contexts : 2", "2", None),
        ("Odd : 62 days", "62 days", None),
    ] {
        let row = row(text).unwrap();
        assert_eq!((row.value, row.duration), (value, duration), "{text}");
    }
    for text in ["Nothing", "Nothing:", ": 3"] {
        assert_eq!(row(text), None, "{text}");
    }
}

#[test]
fn limits_and_switches_are_told_apart() {
    let license = |text| row(text).unwrap().license();
    let context = license("Security Contexts : 2 perpetual");
    assert_eq!((context.max_count, context.status, context.status_text), (Some(2), None, None));
    assert_eq!((context.term, context.expires), (Some(Term::Perpetual), Some(Expiry::NEVER)));
    let filter = license("Botnet Traffic Filter : Disabled 3 days");
    assert_eq!((filter.max_count, filter.status), (None, Some(LicenseStatus::NotInUse)));
    assert_eq!((filter.term, filter.period_left_seconds), (Some(Term::Temporary), Some(259_200)));
    let failover = license("Failover : Active/Standby");
    assert_eq!(failover.status, Some(LicenseStatus::Other));
    assert_eq!(failover.status_text.as_deref(), Some("Active/Standby"));
    assert_eq!(license("VLANs : 3, DMZ Restricted").max_count, Some(3));
}

#[test]
fn under_smart_licensing_the_entitlement_is_the_licence() {
    let (record, unclaimed) = parsed(
        "License mode: Smart Licensing\nASAv Platform License State: Licensed\n\
         Active entitlement: ASAv-STD-2G, enforce mode: Eval period\nFirewall throughput limited to 2 Gbps\n\n\
         Licensed features for this platform:\nMaximum VLANs : 200\n\nSerial Number: 9A0\n",
    );
    assert!(unclaimed.is_empty(), "{unclaimed:?}");
    let [license] = record.licenses.as_deref().unwrap() else { panic!("{:?}", record.licenses) };
    assert_eq!(license.entitlement.as_deref(), Some("ASAv-STD-2G"));
    assert_eq!(license.status, Some(LicenseStatus::Evaluation));
    assert_eq!(record.device.throughput.kbps, Some(2_000_000));
    assert_eq!(record.licensing.model, Some(LicensingModel::Smart));
    assert!(record.diagnostics.is_empty());
}

#[test]
fn a_reservation_is_universal() {
    let (record, _) = parsed("License mode: Smart Licensing\nLicense reservation: Enabled\n");
    assert_eq!(record.licensing.model, Some(LicensingModel::Plr));
    let (record, _) = parsed("License mode: Smart Licensing\nLicense reservation: Disabled\n");
    assert_eq!(record.licensing.model, Some(LicensingModel::Smart));
    assert_eq!(record.licensing.reservation.enabled, Some(false));
}

#[test]
fn a_cloud_that_bills_by_the_hour_is_no_smart_licensing() {
    let (record, unclaimed) = parsed(
        "License mode: AWS Licensing\nLicense state: LICENSED\n\nLicensed features for this platform:\nMaximum VLANs : 50\n",
    );
    assert_eq!((record.licensing.model, record.licenses), (None, None));
    assert!(unclaimed.is_empty() && record.diagnostics.is_empty(), "{unclaimed:?}");
}

#[test]
fn what_the_pair_has_together_is_no_second_licence() {
    let (record, unclaimed) = parsed(
        "Licensed features for this platform:\nSecurity Contexts : 2 perpetual\n\n\
         This platform has a Base license.\n\n\
         Failover cluster licensed features for this platform:\nSecurity Contexts : 4 perpetual\n\n\
         Active Timebased Activation Key:\n0x1f2e3d4c 0x5b6a7988 0x00112233 0x44556677 0x8899aabb\n\
         Botnet Traffic Filter : Enabled 12 days\n",
    );
    assert!(unclaimed.is_empty(), "{unclaimed:?}");
    let licenses = record.licenses.unwrap();
    assert_eq!(licenses.iter().map(|one| one.max_count).collect::<Vec<_>>(), [Some(2)]);
    assert_eq!(record.device.boot_level.current.unwrap().to_string(), "Base");
}

#[test]
fn a_line_of_something_else_ends_a_block() {
    let (record, unclaimed) = parsed(
        "Licensed features for this platform:\nCluster : Disabled\n\nThe moon is full\nColour : red\n",
    );
    assert_eq!(record.licenses.unwrap().len(), 1);
    assert_eq!(unclaimed, ["The moon is full", "Colour : red"]);
}

#[test]
fn warnings_of_the_device_are_handed_on() {
    let (record, _) = parsed(
        "ASAv Platform License State: Unlicensed\n*Memory resource allocation is more than the permitted limit.\n\
         The Running Activation Key feature: 2 security contexts exceed the limit on the platform.\n\
         The flash permanent activation key is DIFFERENT from the running permanent key.\n",
    );
    assert_eq!(record.diagnostics.len(), 4, "{:?}", record.diagnostics);
    assert!(record.diagnostics.iter().all(|found| found.code == "device_warning"));
}
