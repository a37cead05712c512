use super::*;
use crate::grammar::read_with;

const RULE: &str = "============ =================================================== ==== ====";

fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
    read_with(read, text)
}

#[test]
fn rows_are_split_where_the_rule_is() {
    for (row, area, entitlement, counts) in [
        (
            "FCM 2 Core/E Core and Edge Premier RTU per 400G for Cisco 8000EX    4    6",
            Some("FCM 2 Core/E"),
            "Core and Edge Premier RTU per 400G for Cisco 8000EX",
            (Some(4), Some(6)),
        ),
        (
            "FCM 1        Essential RTU                                       12345 1234",
            Some("FCM 1"),
            "Essential RTU",
            (Some(12_345), Some(1_234)),
        ),
        (
            "             Advanced SIA                                                 7",
            None,
            "Advanced SIA",
            (None, Some(7)),
        ),
        (
            "FCM          Advanced SIA                                           0    -",
            Some("FCM"),
            "Advanced SIA",
            (Some(0), None),
        ),
    ] {
        let license = Columns::of(RULE).unwrap().license(row).unwrap();
        assert_eq!(license.area.as_deref(), area, "{row}");
        assert_eq!(license.entitlement.as_deref(), Some(entitlement), "{row}");
        assert_eq!((license.count, license.count_next), counts, "{row}");
    }
}

#[test]
fn a_row_that_was_cut_is_none() {
    let columns = Columns::of(RULE).unwrap();
    for row in [
        "",
        "FCM 2 Core/E Core and Edge",
        "FCM 2 Core/E Core and Edge Premier RTU per 400G for Cisco 8000EX    4",
        "FCM 2 Core/E Core and Edge Premier RTU per 400G for Cisco 8000EX    4    6    8",
        "FCM 2 Core/E                                                         4    6",
        "FCM 2 Core/E Core and Edge Premier RTU per 400G for Cisco 8000EX  1234512346",
        "F\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9} Core and Edge Premier RTU                    4    6",
    ] {
        assert_eq!(columns.license(row), None, "{row}");
    }
}

#[test]
fn a_rule_has_four_parts() {
    assert!(Columns::of("  ==== ======== == ==").is_some());
    for rule in ["====", "=== === ===", "--- --- --- ---", "", "= = = ="] {
        assert_eq!(Columns::of(rule), None, "{rule}");
    }
}

#[test]
fn grace_is_told_in_seconds() {
    let sia = |line| {
        let licensing = parsed(line).0.licensing;
        let text = licensing.sia_status_text.map(String::from).unwrap_or_default();
        (licensing.sia_status, text, licensing.sia_grace_remaining_seconds)
    };
    assert_eq!(
        sia("SIA Status: In Compliance"),
        (Some(SiaStatus::InCompliance), "In Compliance".into(), None)
    );
    let (status, text, left) =
        sia("SIA Status: Out of Compliance(Remaining Grace Period: 69 days, 21 hours)");
    assert_eq!((status, left), (Some(SiaStatus::OutOfCompliance), Some(69 * 86_400 + 21 * 3_600)), "{text}");
    assert_eq!(sia("SIA Status: Out of Compliance(Grace Period Expired)").2, Some(0), "as over NETCONF");
    assert_eq!(sia("SIA Status: Dormant").0, Some(SiaStatus::Other));
    assert_eq!(sia("Upgrade License Status: In Compliance").0, Some(SiaStatus::InCompliance));
    assert_eq!(sia("SIA Status:").0, None);
}

#[test]
fn what_the_device_warns_of_is_handed_on() {
    let (record, unclaimed) = parsed(
        "*****IMPORTANT******\nSIA Status: Out of Compliance(Grace Period Expired)\n\
         \x20           SW Upgrades are blocked\n********************\nParameters: Collection interval: 60 minute(s)\n\
         \x20           Reporting  interval: 1440 minute(s)\n\nThe moon is full\n",
    );
    let warnings: Vec<_> = record.diagnostics.iter().map(|found| found.message.as_ref()).collect();
    assert_eq!((warnings, unclaimed), (vec!["SW Upgrades are blocked"], vec!["The moon is full"]));
}

#[test]
fn locations_are_parts_of_the_licence_above() {
    let text =
        format!("{RULE}\nFCM 1        Essential RTU {:38}   12   14\n  0/0/CPU0   4 5\n  0/1/CPU0 8 9\n", "");
    let (record, unclaimed) = parsed(&text);
    assert_eq!((record.licenses.unwrap().len(), unclaimed.len()), (1, 0));
}

#[test]
fn a_table_without_rows_counts_nothing() {
    assert_eq!(parsed(&format!("{RULE}\n")).0.licenses, Some(Vec::new()));
    assert_eq!(parsed("SIA Status: In Compliance\n").0.licenses, None);
}
