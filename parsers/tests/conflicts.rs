//! A device that answers NETCONF and the command line with two states of things: the merged record keeps one of each
//! fact, and tells which capture says otherwise. The captures are those of the simulated devices, of which one answer
//! is changed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml allows these in tests, but does not see that helpers of a test file are part of them"
)]

use std::fs;
use std::path::Path;

use licwatch_parsers::record::{DeviceRecord, LicenseStatus, RegistrationStatus, Severity, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};

fn testdata(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata");
    fs::read_to_string(root.join(path)).unwrap()
}

/// Merges what a device says both ways, with changes to its NETCONF data; what is changed must be there.
fn asked_both_ways(id: &str, changes: &[(&str, &str)], check: impl FnOnce(&DeviceRecord<'_>, Vec<&str>)) {
    let mut netconf = testdata(&format!("netconf/{id}.xml"));
    for (was, is) in changes {
        assert!(netconf.contains(was), "{id}: {was}");
        netconf = netconf.replace(was, is);
    }
    let typed = testdata(&format!("captures/ios-xe/show_license_all/{id}.txt"));
    let (netconf, typed) = (Cleaned::new(netconf.as_bytes()), Cleaned::new(typed.as_bytes()));
    let records = [parse(&netconf, Hints::default()), parse(&typed, Hints::default())];
    let merged = merge(&records);
    let found = merged.diagnostics.iter().filter(|found| found.code == "conflict");
    let found = found.map(|conflict| {
        assert_eq!((conflict.severity, conflict.source.is_some()), (Severity::Warning, true));
        conflict.message.as_ref()
    });
    check(&merged, found.collect());
}

#[test]
fn a_device_that_says_one_thing_is_not_remarked_on() {
    for id in ["c9300-stack", "c8000v", "c9800", "isr4331"] {
        asked_both_ways(id, &[], |_, conflicts| assert_eq!(conflicts, [""; 0], "{id}"));
    }
}

#[test]
fn counts_differ() {
    let changes = [("<count>2</count>", "<count>5</count>")];
    asked_both_ways("c9300-stack", &changes, |record, conflicts| {
        let counts: Vec<_> = record.licenses.iter().flatten().map(|license| license.count).collect();
        assert!(counts.contains(&Some(2)) && !counts.contains(&Some(5)), "{counts:?}");
        assert!(!conflicts.is_empty());
        for conflict in conflicts {
            let tail =
                ": \"show license all\" (source 1) states 2, \"get\" (source 0) states 5; the first is kept";
            assert!(conflict.starts_with("count of licence ") && conflict.ends_with(tail), "{conflict}");
        }
    });
}

#[test]
fn the_level_differs() {
    let changes = [
        ("<license-name>network-advantage<", "<license-name>network-essentials<"),
        ("Network Advantage", "Network Essentials"),
    ];
    asked_both_ways("c9300-stack", &changes, |record, conflicts| {
        let names: Vec<_> =
            record.licenses.iter().flatten().filter_map(|license| license.name.as_deref()).collect();
        assert!(names.contains(&"network-advantage") && names.contains(&"network-essentials"), "{names:?}");
        let told = |words: &str| conflicts.iter().any(|conflict| conflict.starts_with(words));
        assert!(
            told("licence network-advantage: \"show license all\" (source 1) lists it in use"),
            "{conflicts:?}"
        );
        assert!(told("licence network-essentials: \"get\" (source 0) lists it in use"), "{conflicts:?}");
    });
}

#[test]
fn the_registration_and_a_status_differ() {
    let changes = [
        ("reg-state-complete", "reg-state-not-registered"),
        ("enforcement-in-compliance", "enforcement-authorization-expired"),
    ];
    asked_both_ways("isr4331", &changes, |record, conflicts| {
        assert_eq!(record.licensing.registration.status, Some(RegistrationStatus::Registered));
        let statuses = record.licenses.iter().flatten().map(|license| license.status);
        assert!(!statuses.into_iter().any(|status| status == Some(LicenseStatus::AuthorizationExpired)));
        assert_eq!(
            conflicts[0],
            "licensing.registration.status: \"show license all\" (source 1) states registered, \"get\" (source 0) states unregistered; the first is kept"
        );
        let of_status =
            conflicts.iter().filter(|conflict| conflict.starts_with("status of licence ")).count();
        assert_eq!((of_status, conflicts.len()), (2, 3), "{conflicts:?}");
    });
}

#[test]
fn another_device_answers() {
    let changes = [("FDO2118M0FF", "FDO2118M0ZZ"), ("ISR4331/K9", "ISR4351/K9")];
    asked_both_ways("isr4331", &changes, |record, conflicts| {
        assert_eq!(record.device.serial_number.as_deref(), Some("FDO2118M0FF"));
        assert_eq!(record.device.model.as_deref(), Some("ISR4331/K9"));
        let [serial, model] = ["device.serial_number: ", "device.model: "]
            .map(|field| conflicts.iter().find(|conflict| conflict.starts_with(field)).unwrap());
        assert!(serial.contains("states FDO2118M0FF") && serial.contains("states FDO2118M0ZZ"), "{serial}");
        assert!(model.contains("states ISR4331/K9") && model.contains("states ISR4351/K9"), "{model}");
    });
}
