use serde_json::json;

use super::*;
use crate::config::Config;

fn device(name: &str, address: &str, serial: Option<&str>) -> Device {
    let mut device = Config::default().ad_hoc(name, address.parse().unwrap()).unwrap();
    device.serial_number = serial.map(str::to_owned);
    device
}

fn records(lines: &[serde_json::Value]) -> Records {
    let mut records = Records::default();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    records.read("seen.ndjson", text.as_bytes()).unwrap();
    records
}

fn seen(device: &str, neighbors: &serde_json::Value) -> serde_json::Value {
    json!({
        "device": {"hostname": device, "serial_number": "FOC2411X0A1"},
        "neighbors": neighbors,
        "observation": {"device": device, "address": "192.0.2.1", "polled_at": "2026-01-12T10:14:53Z"},
    })
}

fn names(report: &Report) -> Vec<&str> {
    report.unknown.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn a_neighbour_is_offered_once_with_its_best_address() {
    let neighbors = json!([
        {"protocol": "cdp", "device_id": "dc1-leaf-2.example", "serial_number": "FDO25380K1M",
         "addresses": ["198.51.100.34"], "management_addresses": ["fe80::1", "192.0.2.134"], "platform": "N9K-C93180YC-FX",
         "software": "Cisco Nexus Operating System (NX-OS) Software, Version 10.2(5)", "software_version": "10.2(5)",
         "capabilities": ["router", "switch", "igmp", "other"], "local_interface": "Eth1/49"},
        {"protocol": "lldp", "device_id": "DC1-LEAF-2", "capabilities": ["bridge", "router"],
         "software": "Cisco Nexus Operating System (NX-OS) Software 10.2(5)", "local_interface": "Eth1/50"},
    ]);
    let report = report(&records(&[seen("core-1", &neighbors)]), &[device("core-1", "192.0.2.1", None)]);
    let [unknown] = report.unknown.as_slice() else { panic!("{report:?}") };
    assert_eq!((unknown.name.as_str(), unknown.address.as_deref()), ("dc1-leaf-2", Some("192.0.2.134")));
    assert_eq!((unknown.platform, unknown.serial_number.as_deref()), (Some("nx-os"), Some("FDO25380K1M")));
    assert_eq!(unknown.seen_by.iter().collect::<Vec<_>>(), ["core-1 Eth1/49 (cdp)", "core-1 Eth1/50 (lldp)"]);
}

#[test]
fn what_is_listed_is_known_by_name_address_or_serial_number() {
    let switch = |id: &str, address: &str, serial: &str| {
        json!({"device_id": id, "management_addresses": [address], "serial_number": serial,
               "platform": "WS-C3850-24T", "software": "Cisco IOS Software", "capabilities": ["switch"]})
    };
    let neighbors = json!([
        switch("ACC-1.example.net", "192.0.2.21", "FOC00000001"),
        switch("renamed", "192.0.2.22", "FOC00000002"),
        switch("moved", "192.0.2.99", "FOC00000003"),
        switch("new", "192.0.2.23", "FOC00000004"),
    ]);
    let listed = [
        device("core-1", "192.0.2.1", None),
        device("acc-1", "192.0.2.31", None),
        device("acc-2", "192.0.2.22", None),
        device("acc-3", "192.0.2.33", Some("FOC00000003")),
    ];
    assert_eq!(names(&report(&records(&[seen("core-1", &neighbors)]), &listed)), ["new"]);
}

#[test]
fn phones_access_points_hosts_and_others_are_counted_apart() {
    let of = |id: &str, platform: &str, software: &str, capabilities: &[&str]| json!({"device_id": id, "platform": platform, "software": software, "capabilities": capabilities});
    let neighbors = json!([
        of("SEP00A6CA10F00D", "IP Phone 8845", "sip8845", &["host", "phone", "other"]),
        of("ap-1", "C9120AXI-E", "Cisco AP Software, ap1g7-k9w8", &["router", "bridge"]),
        of(
            "ap-2",
            "AIR-CAP2702I-E-K9",
            "Cisco IOS Software, C2700 Software (AP3G2-K9W8-M)",
            &["bridge", "igmp"]
        ),
        of("store-1", "", "Harbour Linux 9", &["host"]),
        of("mkt-1", "MikroTik", "6.47", &["router"]),
        of("wlc-1", "AIR-CT5520-K9", "Manufacturer's Name: Cisco Systems Inc.", &["host"]),
        of("c9800-1", "C9800-L-F-K9", "Cisco IOS Software [Bengaluru], C9800", &["router", "switch", "igmp"]),
        of("p-9", "", "7.10.2, 8000", &["router"]),
        of("vg-1", "C9105AXI", "Cisco AP Software", &["wlan_access_point"]),
    ]);
    let report = report(&records(&[seen("core-1", &neighbors)]), &[]);
    assert_eq!(names(&report), ["c9800-1", "p-9", "wlc-1"]);
    assert_eq!(report.unknown[1].platform, Some("ios-xr"));
    let wanted =
        [("access point", 3), ("another maker's", 1), ("neither router nor switch", 1), ("telephone", 1)];
    assert_eq!(report.not_offered, BTreeMap::from(wanted));
}

#[test]
fn members_whose_serial_number_is_nowhere_and_numbers_that_are_twice() {
    let stack = json!({
        "device": {"serial_number": "FOC2411X0A1", "platform": "ios-xe", "udis": [
            {"role": "active", "pid": "C9300-24UX", "serial_number": "FOC2411X0A1"},
            {"role": "standby", "pid": "C9300-48T", "serial_number": "FOC2411X0B2"},
            {"role": "member", "pid": "C9300-24T", "serial_number": "FOC2411X0C3"}]},
        "observation": {"device": "stack-1", "address": "192.0.2.1", "polled_at": "2026-01-12T10:14:53Z"},
    });
    let again = json!({
        "device": {"serial_number": "foc2411x0a1"},
        "observation": {"device": "stack-old", "address": "192.0.2.2", "polled_at": "2026-01-12T10:14:53Z"},
    });
    let listed = [
        device("stack-1", "192.0.2.1", Some("FOC2411X0A1")),
        device("spare", "192.0.2.3", Some("FOC2411X0C3")),
    ];
    let report = report(&records(&[stack, again]), &listed);
    let [member] = report.unknown.as_slice() else { panic!("{report:?}") };
    assert_eq!((member.kind, member.name.as_str()), (Kind::Member, "stack-1"));
    assert_eq!(
        (member.serial_number.as_deref(), member.model.as_deref()),
        (Some("FOC2411X0B2"), Some("C9300-48T"))
    );
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert!(
        finding.message.contains("FOC2411X0A1") && finding.message.contains("stack-1, stack-old"),
        "{}",
        finding.message
    );
}

#[test]
fn the_latest_record_of_a_device_counts() {
    let neighbor = |name: &str| json!([{"device_id": name, "platform": "WS-C3850-24T", "software": "Cisco IOS Software", "capabilities": ["switch"]}]);
    let mut old = seen("core-1", &neighbor("gone"));
    old["observation"]["polled_at"] = json!("2026-01-11T10:14:53Z");
    assert_eq!(names(&report(&records(&[seen("core-1", &neighbor("here")), old]), &[])), ["here"]);
}

#[test]
fn a_poll_that_failed_takes_nothing_back() {
    let neighbors = json!([{"device_id": "here", "platform": "WS-C3850-24T", "software": "Cisco", "capabilities": ["switch"]}]);
    let failed = |time: &str| json!({"observation": {"device": "core-1", "address": "192.0.2.1", "polled_at": time, "outcome": "failed"}});
    let lines = [failed("2026-01-11T10:00:00Z"), seen("core-1", &neighbors), failed("2026-01-13T10:00:00Z")];
    assert_eq!(names(&report(&records(&lines), &[])), ["here"]);
    assert_eq!(records(&lines[..1]).devices(), 1);
}

/// What opens a formula in a spreadsheet, or a comment in an inventory, begins no name.
#[test]
fn a_name_begins_with_a_letter_or_a_digit() {
    let neighbors = json!([
        {"device_id": "@SUM(1)", "platform": "WS-C3850", "software": "Cisco", "capabilities": ["switch"]},
        {"device_id": "#core", "platform": "WS-C3850", "software": "Cisco", "capabilities": ["switch"]},
    ]);
    let report = report(&records(&[seen("core-1", &neighbors)]), &[]);
    assert_eq!(names(&report), ["x-core", "x-SUM-1-"]);
}

#[test]
fn what_is_no_record_is_told_by_its_line() {
    let said = |text: &str| Records::default().read("a.ndjson", text.as_bytes()).unwrap_err().to_string();
    assert!(said("\n{\"x\n").starts_with("a.ndjson:2: this line is no device record"));
    assert!(said("{}\n").starts_with("a.ndjson:1: this record does not say which device"));
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let said = Records::default().read("a.ndjson", endless).unwrap_err().to_string();
    assert!(said.contains("longer than any record"), "{said}");
}

/// A neighbour says what it likes: nothing of it may become a name, a column or a line of its own.
#[test]
fn a_hostile_neighbour_cannot_write_into_the_inventory() {
    let neighbors = json!([
        {"device_id": "../../etc,evil\n\u{1b}[2J", "platform": "WS-C3850\nname,address", "software": "Cisco IOS Software",
         "capabilities": ["switch"], "addresses": ["192.0.2.66", "not an address"], "local_interface": "Gi1\r\n"},
        {"device_id": "-", "platform": "WS-C3850", "software": "Cisco", "capabilities": ["switch"]},
    ]);
    let report = report(&records(&[seen("core-1", &neighbors)]), &[]);
    for unknown in &report.unknown {
        assert_eq!(device_name(&unknown.name), Ok(()), "{unknown:?}");
        let all = format!("{} {:?} {:?}", unknown.name, unknown.model, unknown.seen_by);
        assert!(!all.contains(char::is_control) && !all.contains("\\n") && !all.contains("\\u"), "{all}");
    }
    assert_eq!(report.unknown.len(), 2);
}
