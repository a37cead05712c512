use licwatch_parsers::record::{InventoryItem, License};

use super::*;

fn record(
    platform: Option<Platform>,
    model: &'static str,
    licensing: Option<LicensingModel>,
    licences: bool,
) -> DeviceRecord<'static> {
    let mut record = DeviceRecord::default();
    record.device.platform = platform;
    record.device.model = Some(model.into());
    record.device.serial_number = Some("FOC2411X0A1".into());
    record.device.software_version = Some("17.9.4a".into());
    record.device.hostname = Some("any".into());
    record.device.inventory = vec![InventoryItem::default()];
    record.licensing.model = licensing;
    record.licenses = licences.then(|| vec![License::default()]);
    record
}

/// What is asked after a first round that nothing of was refused.
fn after(record: &DeviceRecord<'_>, platform: Option<Platform>) -> Vec<Command> {
    gaps(record, &Asked { platform, commands: first_round(platform), refused: &[] })
}

/// What is asked after a first round of which this was refused.
fn after_refusal(record: &DeviceRecord<'_>, platform: Option<Platform>, refused: &[Command]) -> Vec<Command> {
    gaps(record, &Asked { platform, commands: first_round(platform), refused })
}

#[test]
fn a_whole_answer_leaves_no_gap() {
    let whole = |platform, model| record(Some(platform), "any", Some(model), true);
    for (platform, model) in [
        (Platform::IosXe, LicensingModel::Slup),
        (Platform::Ios, LicensingModel::Pak),
        (Platform::NxOs, LicensingModel::Pak),
        (Platform::IosXr, LicensingModel::Honor),
        (Platform::AireOs, LicensingModel::Honor),
        (Platform::Asa, LicensingModel::Pak),
    ] {
        let mut record = whole(platform, model);
        if platform == Platform::NxOs {
            record.device.software_version = Some("7.3(11)N1(1)".into());
        }
        assert_eq!(after(&record, Some(platform)), [], "{platform}");
        assert_eq!(left_open(&record), [""; 0]);
    }
}

#[test]
fn a_router_is_asked_for_its_throughput() {
    let router = record(Some(Platform::IosXe), "C8000V", Some(LicensingModel::Slup), true);
    assert_eq!(after(&router, None), ROUTER);
}

#[test]
fn licences_are_looked_for_where_the_platform_keeps_them() {
    use Platform as P;
    let old_switch = record(Some(P::IosXe), "WS-C3850-24T", None, false);
    assert_eq!(after(&old_switch, None), [C::ShowLicenseRightToUseSummary]);
    let unknown = record(None, "X", None, false);
    assert_eq!(after(&unknown, None), PAK);
    let classic = record(Some(P::Ios), "CISCO2911/K9", None, false);
    assert_eq!(
        after(&classic, Some(P::Ios)),
        [C::ShowLicenseAll, C::ShowLicenseRightToUseSummary, C::ShowLicenseUdi]
    );
    let nexus = record(Some(P::NxOs), "N5K-C5548UP-SUP", None, false);
    assert_eq!(after(&nexus, Some(P::NxOs)), [C::ShowLicenseAll, C::ShowLicense]);
    let firewall = record(Some(P::Asa), "ASA5516", None, false);
    assert_eq!(after(&firewall, Some(P::Asa)), ASA);
}

#[test]
fn a_refusal_leads_to_the_next_best_command() {
    use Platform as P;
    let router = record(Some(P::IosXe), "C9300-24UX", None, false);
    let asked = after_refusal(&router, Some(P::IosXe), &[C::ShowLicenseAll]);
    assert!(asked.starts_with(REFUSED_ALL), "{asked:?}");
    let mut carrier = record(Some(P::IosXr), "ASR-9006", None, false);
    carrier.device.inventory.clear();
    let refused = [C::ShowInventory, C::ShowLicenseAll];
    assert_eq!(
        after_refusal(&carrier, Some(P::IosXr), &refused),
        [C::AdminShowInventory, C::ShowLicenseStatus]
    );
}

#[test]
fn nx_os_has_the_smart_agent_from_10_2_on() {
    for (version, smart, all) in [
        ("7.3(11)N1(1)", None, false),
        ("9.3(10)", None, false),
        ("9.3(10)", Some(LicensingModel::Smart), true),
        ("10.1(2)", None, false),
        ("10.2(1)F", None, true),
        ("10.3(4a)", Some(LicensingModel::Slup), true),
        ("", None, false),
    ] {
        let mut nexus = record(Some(Platform::NxOs), "N9K-C93180YC-FX", smart, true);
        nexus.device.software_version = Some(version.into());
        assert_eq!(after(&nexus, Some(Platform::NxOs)).contains(&C::ShowLicenseAll), all, "{version}");
    }
}

#[test]
fn a_device_that_turns_out_to_be_another_is_asked_what_is_left_of_its_own_round() {
    let nexus = DeviceRecord { licenses: None, ..record(Some(Platform::NxOs), "N9K", None, false) };
    let asked = gaps(&nexus, &Asked { platform: None, commands: first_round(None), refused: &[] });
    assert_eq!(asked, [C::ShowLicenseUsage, C::ShowLicenseHostId]);
    let firewall = record(Some(Platform::Asa), "ASAv", Some(LicensingModel::Smart), true);
    assert_eq!(after(&firewall, None), [], "the first round of an ASA is that of an unknown device");
    let nobody = DeviceRecord::default();
    let refused = first_round(None);
    let asked = gaps(&nobody, &Asked { platform: None, commands: first_round(None), refused });
    for command in [C::ShowSysinfo, C::ShowLicenseSummary, C::ShowLicenseCapacity] {
        assert_eq!(asked.iter().filter(|asked| **asked == command).count(), 1, "{asked:?}");
    }
}

#[test]
fn what_netconf_told_is_not_asked_again() {
    let mut nexus = record(Some(Platform::NxOs), "N9K", None, false);
    nexus.device.clock = licwatch_parsers::text::clock_reading("09:14:02.117 UTC Sat Nov 21 2026");
    let commands = beside_netconf(Some(Platform::NxOs));
    nexus.licenses = Some(Vec::new());
    assert_eq!(gaps(&nexus, &Asked { platform: None, commands, refused: &[] }), [C::ShowLicenseAll]);
}

#[test]
fn facts_that_nobody_told_have_names() {
    assert_eq!(
        left_open(&DeviceRecord::default()),
        ["its model", "its serial number", "its software version", "its parts", "its licences"]
    );
}

#[test]
fn a_later_round_never_asks_what_the_dry_run_does_not_list() {
    let platforms = Platform::ALL.iter().copied().map(Some).chain([None]);
    for hint in platforms.clone() {
        for told in platforms.clone().filter(|told| hint.is_none() || *told == hint || told.is_none()) {
            let listed = later_rounds(hint);
            for (model, licensing) in
                [("C8000V", Some(LicensingModel::Slup)), ("WS-C3850-24T", None), ("", None)]
            {
                let mut bare = record(told, model, licensing, false);
                bare.device.serial_number = None;
                for refused in [&[][..], first_round(hint)] {
                    let asked = Asked { platform: hint, commands: first_round(hint), refused };
                    for command in gaps(&bare, &asked) {
                        assert!(listed.contains(&command), "{hint:?} {told:?}: {command}");
                    }
                }
            }
        }
    }
}

#[test]
fn all_that_may_follow_netconf_is_listed() {
    for platform in Platform::ALL.iter().copied().map(Some).chain([None]) {
        let listed = [beside_netconf(platform).to_vec(), later_rounds_beside_netconf(platform)].concat();
        // A reply that told nothing, and answers that tell only who the device is.
        for found in Platform::ALL.iter().copied().map(Some).chain([None]) {
            if platform.is_some() && found != platform {
                continue;
            }
            let mut asked = beside_netconf(platform).to_vec();
            let mut empty = DeviceRecord::default();
            empty.device.platform = found;
            for refused in [asked.clone(), Vec::new()] {
                for _ in 0..ROUNDS {
                    let more =
                        gaps_beside_netconf(&empty, &Asked { platform, commands: &asked, refused: &refused });
                    let unlisted: Vec<_> = more.iter().filter(|command| !listed.contains(command)).collect();
                    assert!(unlisted.is_empty(), "{platform:?} {found:?} {unlisted:?}");
                    asked.extend(more);
                }
            }
        }
    }
}
