//! Who wins, what is joined, and what is said about contradictions.

use super::*;
use crate::record::{
    Clock, DeviceAuthorization, DeviceAuthorizationStatus, InventoryItem, License, LicenseStatus,
    LicensingModel, Platform, RegistrationStatus, RumReportEntry, Source, Text, Timestamp, TransportType,
    TrustCode, Udi,
};

type Record = DeviceRecord<'static>;

/// A record of a command's output.
fn of(command: Command, fill: impl FnOnce(&mut Record)) -> Record {
    let mut record = Record::default();
    record.sources.push(Source { command: Some(command.spelling().into()), ..Source::default() });
    fill(&mut record);
    record
}

fn udi(role: Option<&'static str>, pid: &'static str, serial_number: &'static str) -> Udi<'static> {
    Udi { role: role.map(Into::into), pid: Some(pid.into()), serial_number: Some(serial_number.into()) }
}

fn item(name: &'static str, pid: &'static str, serial_number: &'static str) -> InventoryItem<'static> {
    InventoryItem {
        name: Some(name.into()),
        pid: Some(pid.into()),
        serial_number: Some(serial_number.into()).filter(|number: &Text<'_>| !number.is_empty()),
        ..InventoryItem::default()
    }
}

fn name(record: &mut Record, pid: &'static str, serial_number: &'static str) {
    record.device.model = Some(pid.into());
    record.device.serial_number = Some(serial_number.into());
}

fn conflicts(record: &Record) -> Vec<&str> {
    let of_code = |diagnostic: &&Diagnostic<'_>| diagnostic.code == "conflict";
    record.diagnostics.iter().filter(of_code).map(|diagnostic| diagnostic.message.as_ref()).collect()
}

/// Merges in every order, which must not matter but for the order of sources and diagnostics.
fn in_any_order(records: &[Record]) -> Record {
    let content =
        |record: &Record| (record.device.clone(), record.licensing.clone(), record.licenses.clone());
    let merged = merge(records);
    for turn in 0..records.len() {
        let mut turned = records.to_vec();
        turned.rotate_left(turn);
        assert_eq!(content(&merge(&turned)), content(&merged), "turned by {turn}");
        turned.reverse();
        assert_eq!(content(&merge(&turned)), content(&merged), "turned by {turn} and reversed");
    }
    merged
}

#[test]
fn nothing_and_one_record_stay_what_they_are() {
    assert_eq!(merge(&[]), DeviceRecord::default());
    let record = of(Command::ShowLicenseUdi, |record| {
        record.device.udis = vec![udi(Some("active"), "A", "1"), udi(Some("standby"), "A", "1")];
        record.device.hostname = Some("core-1".into());
        record.licenses = Some(vec![License::default(), License::default()]);
        record.licensing.trust_codes = vec![TrustCode::default(), TrustCode::default()];
        name(record, "A", "1");
    });
    assert_eq!(merge(std::slice::from_ref(&record)), record);
}

#[test]
fn sources_are_concatenated_and_diagnostics_follow_them() {
    let diagnostic = |source| Diagnostic {
        severity: Severity::Info,
        code: "unclaimed_lines",
        message: "x".into(),
        source,
        line: Some(3),
        column: Some(1),
    };
    let mut two =
        of(Command::ShowVersion, |record| record.diagnostics = vec![diagnostic(Some(1)), diagnostic(None)]);
    two.sources.push(Source::default());
    let without = Record { diagnostics: vec![diagnostic(Some(0))], ..Record::default() };
    let one = of(Command::ShowClock, |record| record.diagnostics = vec![diagnostic(Some(0))]);
    let merged = merge(&[two, without, one]);
    assert_eq!(merged.sources.len(), 3);
    let sources: Vec<_> = merged.diagnostics.iter().map(|diagnostic| diagnostic.source).collect();
    assert_eq!(sources, [Some(1), None, None, Some(2)]);
}

#[test]
fn the_version_command_names_host_and_software() {
    let version = of(Command::ShowVersion, |record| {
        record.device.hostname = Some("building-7-access-stack-1".into());
        record.device.software_version = Some("17.9.4a".into());
        record.device.platform = Some(Platform::IosXe);
        record.device.boot_level.current = Some("network-advantage".into());
    });
    let usage = of(Command::ShowLicenseUsage, |record| {
        // Prompts are cut after twenty characters.
        record.device.hostname = Some("building-7-access-st".into());
        record.device.platform = Some(Platform::Ios);
    });
    let netconf = of(Command::NetconfGet, |record| {
        record.device.platform = Some(Platform::IosXe);
        record.device.software_version = Some("17.09.04a".into());
    });
    let merged = in_any_order(&[usage.clone(), netconf.clone(), version]);
    assert_eq!(merged.device.hostname.as_deref(), Some("building-7-access-stack-1"));
    assert_eq!(merged.device.software_version.as_deref(), Some("17.9.4a"));
    assert_eq!(merged.device.platform, Some(Platform::IosXe));
    assert_eq!(merged.device.boot_level.current.as_deref(), Some("network-advantage"));
    assert!(conflicts(&merged).is_empty(), "{:?}", merged.diagnostics);
    assert_eq!(merge(&[usage, netconf]).device.platform, Some(Platform::IosXe));
}

#[test]
fn contradictions_name_both_sources_and_what_is_kept() {
    let version = of(Command::ShowVersion, |record| {
        record.device.hostname = Some("core-1".into());
        record.device.software_version = Some("17.9.4a".into());
    });
    let netconf = of(Command::NetconfGet, |record| {
        record.device.hostname = Some("edge-2".into());
        record.device.software_version = Some("17.12.3".into());
    });
    let merged = in_any_order(&[netconf, version]);
    assert_eq!(merged.device.software_version.as_deref(), Some("17.9.4a"));
    assert_eq!(
        conflicts(&merged),
        [
            "device.hostname: \"show version\" (source 1) states core-1, \"get\" (source 0) states edge-2; the first is kept",
            "device.software_version: \"show version\" (source 1) states 17.9.4a, \"get\" (source 0) states 17.12.3; the first is kept",
        ]
    );
    assert_eq!((merged.diagnostics[0].source, merged.diagnostics[0].severity), (Some(0), Severity::Warning));
}

#[test]
fn two_devices_by_mistake_are_told_by_their_serial_numbers() {
    let one = of(Command::ShowLicenseUdi, |record| {
        record.device.udis = vec![udi(None, "C9300-24UX", "FOC2411X0A1")];
        name(record, "C9300-24UX", "FOC2411X0A1");
    });
    let other = of(Command::ShowVersion, |record| name(record, "C9300-48T", "FOC2411X0B2"));
    let merged = in_any_order(&[other.clone(), one.clone()]);
    assert_eq!(merged.device.serial_number.as_deref(), Some("FOC2411X0A1"));
    assert_eq!(conflicts(&merged).len(), 2, "{:?}", merged.diagnostics);

    // In a stack both are the device.
    let stack = of(Command::ShowInventory, |record| {
        record.device.inventory =
            vec![item("Switch 1", "C9300-48T", "FOC2411X0B2"), item("Switch 2", "C9300-24UX", "FOC2411X0A1")];
        name(record, "C9300-48T", "FOC2411X0B2");
    });
    let merged = in_any_order(&[other, one, stack]);
    assert_eq!(merged.device.serial_number.as_deref(), Some("FOC2411X0A1"));
    assert!(conflicts(&merged).is_empty(), "{:?}", merged.diagnostics);
}

#[test]
fn a_pid_replaces_model_words() {
    let version = of(Command::ShowVersion, |record| record.device.model = Some("Nexus9000 C9396PX".into()));
    let inventory = of(Command::ShowInventory, |record| name(record, "N9K-C9396PX", "SAL2214X6LU"));
    let merged = in_any_order(&[version.clone(), inventory]);
    assert_eq!(merged.device.model.as_deref(), Some("N9K-C9396PX"));
    assert!(conflicts(&merged).is_empty());
    // Whatever the precedence of the command.
    let status = of(Command::ShowLicenseUdi, |record| record.device.model = Some("Nexus9000 C9396PX".into()));
    let other = of(Command::ShowVersion, |record| record.device.model = Some("N9K-C9396PX".into()));
    assert_eq!(merge(&[status, other]).device.model.as_deref(), Some("N9K-C9396PX"));
    assert_eq!(merge(&[version]).device.model.as_deref(), Some("Nexus9000 C9396PX"));
}

#[test]
fn the_chassis_wins_where_the_udi_names_another_part() {
    let udi_list = of(Command::ShowLicenseUdi, |record| {
        record.device.udis = vec![udi(None, "C3900-SPE150/K9", "FOC1600X0AB")];
        name(record, "C3900-SPE150/K9", "FOC1600X0AB");
    });
    let inventory = of(Command::ShowInventory, |record| {
        record.device.inventory = vec![
            item("CISCO3945-CHASSIS", "CISCO3945-CHASSIS", "FGL1600X0CD"),
            item("C3900 SPE150 on Slot 0", "C3900-SPE150/K9", "FOC1600X0AB"),
        ];
        name(record, "CISCO3945-CHASSIS", "FGL1600X0CD");
    });
    let merged = in_any_order(&[udi_list.clone(), inventory]);
    assert_eq!(merged.device.model.as_deref(), Some("CISCO3945-CHASSIS"));
    assert_eq!(merged.device.serial_number.as_deref(), Some("FGL1600X0CD"));
    assert_eq!(merged.device.udis.len(), 1);
    assert!(conflicts(&merged).is_empty(), "{:?}", merged.diagnostics);

    // A capture that says so itself is believed too.
    let version = of(Command::ShowVersion, |record| {
        record.device.udis = vec![udi(None, "C3900-SPE150/K9", "FOC1600X0AB")];
        record.device.model = Some("CISCO3945-CHASSIS".into());
    });
    assert_eq!(in_any_order(&[udi_list, version]).device.model.as_deref(), Some("CISCO3945-CHASSIS"));

    // An ASR names its route processor by the PID of the chassis: nothing is exchanged.
    let udi_list = of(Command::ShowLicenseUdi, |record| {
        record.device.udis = vec![udi(None, "ASR1001-X", "JAE2049X0ZV")];
        name(record, "ASR1001-X", "JAE2049X0ZV");
    });
    let inventory = of(Command::ShowInventory, |record| {
        record.device.inventory =
            vec![item("Chassis", "ASR1001-X", "FXS2050X0DH"), item("module R0", "ASR1001-X", "JAE2049X0ZV")];
        name(record, "ASR1001-X", "FXS2050X0DH");
    });
    let merged = in_any_order(&[udi_list, inventory]);
    assert_eq!(merged.device.serial_number.as_deref(), Some("JAE2049X0ZV"));
}

#[test]
fn a_nexus_is_named_by_its_inventory_and_without_one_by_its_host_id() {
    let version = of(Command::ShowVersion, |record| record.device.model = Some("Nexus5548".into()));
    let host_id = of(Command::ShowLicenseHostId, |record| record.device.serial_number = Some("SSI1".into()));
    let inventory = of(Command::ShowInventory, |record| {
        record.device.inventory = vec![item("Chassis", "N5K-C5548UP", "SSI1")];
        name(record, "N5K-C5548UP", "SSI1");
    });
    for (records, model) in [
        (vec![version.clone(), host_id.clone()], "Nexus5548"),
        (vec![version, host_id, inventory], "N5K-C5548UP"),
    ] {
        let merged = in_any_order(&records);
        assert_eq!(merged.device.model.as_deref(), Some(model));
        assert_eq!(merged.device.serial_number.as_deref(), Some("SSI1"));
        assert_eq!(conflicts(&merged), Vec::<&str>::new());
    }
}

#[test]
fn the_prompt_that_aireos_comes_with_names_nobody() {
    let prompt =
        of(Command::ShowInventory, |record| record.device.hostname = Some("Cisco Controller".into()));
    let sysinfo = of(Command::ShowSysinfo, |record| record.device.hostname = Some("wlc-quay".into()));
    let merged = in_any_order(&[prompt.clone(), sysinfo]);
    assert_eq!(merged.device.hostname.as_deref(), Some("wlc-quay"));
    assert_eq!(conflicts(&merged), Vec::<&str>::new());
    assert_eq!(merge(&[prompt]).device.hostname.as_deref(), Some("Cisco Controller"));
}

#[test]
fn udis_with_roles_are_the_list_and_nothing_stands_in_it_twice() {
    let lone = of(Command::NetconfGet, |record| record.device.udis = vec![udi(None, "A", "1")]);
    let list = of(Command::ShowLicenseAll, |record| {
        record.device.udis = vec![udi(Some("active"), "A", "1"), udi(Some("standby"), "A", "1")];
    });
    let longer = of(Command::ShowLicenseStatus, |record| {
        record.device.udis = vec![udi(None, "A", "1"), udi(None, "B", "2"), udi(None, "C", "3")];
    });
    let merged = merge(&[lone, longer, list]);
    assert_eq!(
        merged.device.udis,
        [
            udi(Some("active"), "A", "1"),
            udi(Some("standby"), "A", "1"),
            udi(None, "B", "2"),
            udi(None, "C", "3")
        ]
    );
}

#[test]
fn the_inventory_of_two_transports_is_one() {
    let cli = of(Command::ShowInventory, |record| {
        record.device.inventory = vec![item("Switch 1", "A", "1"), item("Fan", "FAN", "")];
    });
    let netconf = of(Command::NetconfGet, |record| {
        record.device.inventory =
            vec![item("chassis", "A", "1"), item("fan tray", "FAN", ""), item("SSD", "SSD-120G", "9")];
    });
    let merged = in_any_order(&[netconf, cli]);
    let names: Vec<_> = merged.device.inventory.iter().filter_map(|item| item.name.as_deref()).collect();
    assert_eq!(names, ["Switch 1", "Fan", "SSD"]);
}

#[test]
fn the_clock_command_wins_over_banners() {
    let reading = |text: &'static str| Clock {
        time: Timestamp::unresolved(text),
        synchronized: Some(true),
        offset_seconds: None,
    };
    let banner = of(Command::ShowLicenseAll, |record| record.device.clock = Some(reading("banner")));
    let netconf = of(Command::NetconfGet, |record| record.device.clock = Some(reading("netconf")));
    let clock = of(Command::ShowClock, |record| record.device.clock = Some(reading("clock")));
    let text = |records: &[Record]| in_any_order(records).device.clock.unwrap().time.text;
    assert_eq!(text(&[banner.clone(), netconf.clone(), clock]), "clock");
    assert_eq!(text(&[banner.clone(), netconf]), "netconf");
    assert_eq!(text(&[banner]), "banner");
}

#[test]
fn the_command_line_wins_over_netconf_for_licensing() {
    let netconf = of(Command::NetconfGet, |record| {
        record.licensing.model = Some(LicensingModel::Smart);
        record.licensing.registration.status = Some(RegistrationStatus::Unregistered);
        record.licensing.registration.status_text = Some("reg-state-not-registered".into());
        record.licensing.transport.kind = Some(TransportType::CallHome);
        record.licensing.transport.url = Some("https://callhome.example".into());
        record.licensing.agent_version = Some("5.5.36_rel/24".into());
        record.licensing.custom_id = Some("rack 4".into());
    });
    let status = of(Command::ShowLicenseStatus, |record| {
        record.licensing.model = Some(LicensingModel::Slup);
        record.licensing.transport.kind = Some(TransportType::Cslu);
        record.licensing.transport.cslu_address = Some("http://10.0.0.9:8182/cslu/v1/pi".into());
        record.licensing.registration.status = Some(RegistrationStatus::NotApplicable);
    });
    let merged = in_any_order(&[netconf, status]);
    let licensing = &merged.licensing;
    assert_eq!(licensing.model, Some(LicensingModel::Slup));
    assert_eq!(licensing.transport.kind, Some(TransportType::Cslu));
    assert_eq!(licensing.transport.url, None, "the address of a transport that is not in use");
    assert_eq!(licensing.transport.cslu_address.as_deref(), Some("http://10.0.0.9:8182/cslu/v1/pi"));
    assert_eq!(licensing.registration.status, Some(RegistrationStatus::NotApplicable));
    assert_eq!(licensing.registration.status_text, None, "the words of a status that was not kept");
    assert_eq!(licensing.agent_version.as_deref(), Some("5.5.36_rel/24"));
    assert_eq!(licensing.custom_id.as_deref(), Some("rack 4"));
    assert_eq!(conflicts(&merged).len(), 3, "{:?}", merged.diagnostics);
}

/// ASA 5500-X and NCS 5500 as they are: the board's serial number, and the family in place of the chassis.
#[test]
fn what_show_version_calls_by_another_name_is_no_conflict() {
    for (platform, another) in [(Platform::Asa, ("ASA5516", "B1")), (Platform::IosXr, ("NCS-5500", "C1"))] {
        let merged = in_any_order(&[
            of(Command::ShowVersion, |record| {
                record.device.platform = Some(platform);
                name(record, another.0, another.1);
            }),
            of(Command::ShowInventory, |record| {
                record.device.platform = Some(platform);
                name(record, "CHASSIS", "C1");
            }),
        ]);
        assert!(conflicts(&merged).is_empty(), "{:?}", conflicts(&merged));
        assert_eq!(merged.device.model.as_deref(), Some("CHASSIS"));
        assert_eq!(merged.device.serial_number.as_deref(), Some("C1"));
    }
}

#[test]
fn status_words_of_two_transports_are_no_conflict() {
    let registered = |command, words: &'static str| {
        of(command, |record| {
            record.licensing.registration.status = Some(RegistrationStatus::Registered);
            record.licensing.registration.status_text = Some(words.into());
        })
    };
    let records = [
        registered(Command::NetconfGet, "reg-state-complete"),
        registered(Command::ShowLicenseAll, "REGISTERED"),
    ];
    let merged = in_any_order(&records);
    assert_eq!(merged.licensing.registration.status_text.as_deref(), Some("REGISTERED"));
    assert!(conflicts(&merged).is_empty());
}

#[test]
fn a_reservation_is_a_registration() {
    use RegistrationStatus as Status;
    let of_status =
        |command, status| of(command, |record| record.licensing.registration.status = Some(status));
    let merged = |typed, netconf| {
        in_any_order(&[of_status(Command::NetconfGet, netconf), of_status(Command::ShowLicenseAll, typed)])
    };
    for (typed, netconf, kept) in [
        (Status::RegisteredSpecificReservation, Status::Registered, Status::RegisteredSpecificReservation),
        (Status::Registered, Status::RegisteredUniversalReservation, Status::RegisteredUniversalReservation),
    ] {
        let merged = merged(typed, netconf);
        assert_eq!(merged.licensing.registration.status, Some(kept));
        assert!(conflicts(&merged).is_empty());
    }
    for netconf in [Status::Unregistered, Status::RegisteredUniversalReservation] {
        let merged = merged(Status::RegisteredSpecificReservation, netconf);
        assert_eq!(merged.licensing.registration.status, Some(Status::RegisteredSpecificReservation));
        assert_eq!(conflicts(&merged).len(), 1, "{netconf}");
    }
}

#[test]
fn contradictions_are_bounded_in_number_and_length() {
    let many = |command, count| {
        of(command, |record| {
            record.licensing.custom_id = Some(count_of(count).into());
            let license = |at: usize| License {
                entitlement_tag: Some(at.to_string().into()),
                count: Some(count),
                ..License::default()
            };
            record.licenses = Some((0..500).map(license).collect());
        })
    };
    fn count_of(count: u64) -> String {
        count.to_string().repeat(1_000_000)
    }
    let merged = merge(&[many(Command::NetconfGet, 1), many(Command::ShowLicenseAll, 2)]);
    let found = conflicts(&merged);
    assert_eq!(found.len(), 101);
    assert!(found.iter().all(|message| message.len() < 400), "{}", found[0]);
    assert_eq!(found[100], "and 401 more contradictions");
}

#[test]
fn a_resolved_time_is_kept_and_times_are_no_conflict() {
    let deadline = |command, time: Timestamp<'static>| {
        of(command, |record| record.licensing.reporting.next_ack_deadline = Some(time))
    };
    let cli = deadline(Command::ShowLicenseAll, Timestamp::unresolved("Dec 04 00:15:30 2026 PST"));
    let utc = Timestamp::from_date_and_time("2026-12-04T08:15:30+00:00").unwrap();
    let netconf = deadline(Command::NetconfGet, utc.clone());
    let merged = in_any_order(&[cli.clone(), netconf]);
    assert_eq!(merged.licensing.reporting.next_ack_deadline, Some(utc));
    assert!(conflicts(&merged).is_empty());
    let later = deadline(Command::ShowLicenseStatus, Timestamp::unresolved("Dec 05 00:15:30 2026 PST"));
    let merged = in_any_order(&[later, cli]);
    assert_eq!(merged.licensing.reporting.next_ack_deadline.unwrap().text, "Dec 04 00:15:30 2026 PST");
}

#[test]
fn wordings_of_one_level_are_no_contradiction() {
    let version = |level: &'static str, throughput: &'static str| {
        of(Command::ShowVersion, |record| {
            record.device.boot_level.current = Some(level.into());
            record.device.throughput.level = Some(throughput.into());
        })
    };
    let right_to_use = of(Command::ShowLicenseRightToUseSummary, |record| {
        record.device.boot_level.current = Some("ipservices".into());
    });
    let throughput = of(Command::ShowPlatformHardwareThroughputLevel, |record| {
        record.device.throughput.level = Some("300000 kb/s".into());
    });
    let merged =
        in_any_order(&[version("ipservicesk9", "300000 kbps"), right_to_use.clone(), throughput.clone()]);
    assert_eq!(conflicts(&merged), [""; 0]);
    assert_eq!(merged.device.boot_level.current.as_deref(), Some("ipservicesk9"));
    assert_eq!(merged.device.throughput.level.as_deref(), Some("300000 kb/s"));

    let merged = in_any_order(&[version("ipbasek9", "100000 kbps"), right_to_use, throughput]);
    assert_eq!(conflicts(&merged).len(), 2, "{:?}", merged.diagnostics);
}

#[test]
fn what_the_command_line_told_is_no_gap_of_netconf() {
    let netconf = of(Command::NetconfGet, |record| {
        record.licensing.model = Some(LicensingModel::Slup);
        record.diagnostics.push(Diagnostic {
            severity: Severity::Info,
            code: "not_over_netconf",
            message: "trust codes".into(),
            source: Some(0),
            line: None,
            column: None,
        });
    });
    let all = of(Command::ShowLicenseAll, |record| record.licensing.model = Some(LicensingModel::Slup));
    let refused = of(Command::ShowLicenseAll, |_| {});
    assert!(merge(&[netconf.clone(), all]).diagnostics.is_empty());
    assert_eq!(merge(&[netconf, refused]).diagnostics.len(), 1);
}

mod licenses;
mod lists;
