//! A device that is asked over NETCONF: which models it is asked for, and whose word goes first where the command line
//! says otherwise.

use licwatch_parsers::Command;
use licwatch_simulator::{Device, Kind, Personality};
use serde_json::Value;

use crate::site::Site;

/// What both forms of a library hold: the models of a switch with IOS XE 16.12, of which one is only imported.
const MODULES: [(&str, &str, &str); 4] = [
    ("cisco-smart-license", "2019-07-01", "http://cisco.com/ns/yang/cisco-smart-license"),
    ("cisco-semver", "2019-03-20", "http://cisco.com/ns/yang/cisco-semver"),
    ("openconfig-platform", "2018-01-30", "http://openconfig.net/yang/platform"),
    ("ietf-yang-library", "2019-01-04", "urn:ietf:params:xml:ns:yang:ietf-yang-library"),
];

/// The library's modules, each with what else its form says of it.
fn modules(more: &str) -> String {
    let module = |(name, revision, namespace): (&str, &str, &str)| {
        format!(
            "<module><name>{name}</name><revision>{revision}</revision><namespace>{namespace}</namespace>{more}</module>"
        )
    };
    MODULES.into_iter().map(module).collect()
}

/// Data of models that the library does not list. A device has none; here it would show that it was asked for.
const UNASKED: &str = r#"<device-hardware-data xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-device-hardware-oper">
<device-hardware><device-system-data><software-version>Version 99.9.9</software-version></device-system-data>
</device-hardware></device-hardware-data>
<plat-smart-license xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-smart-license-platform-oper">
<summary><sia-status><sia-state>incompliance</sia-state></sia-status></summary></plat-smart-license>"#;

/// A switch whose hello lists no modules, but says that there is a library of them.
fn with_library(capability: &str, library: &str) -> Personality {
    let switch = Personality::of(Kind::C9500Slr);
    let data = switch.netconf_data().unwrap().replace("</data>", &format!("{UNASKED}{library}</data>"));
    assert!(data.contains(library));
    let capabilities = ["urn:ietf:params:netconf:capability:xpath:1.0", capability];
    switch.netconf(data, capabilities)
}

/// What a poll printed of a device, without what depends on when and where.
fn said(line: &Value) -> Value {
    let mut line = line.clone();
    for part in ["observation", "sources"] {
        line.as_object_mut().unwrap().remove(part);
    }
    line["device"].as_object_mut().unwrap().remove("clock");
    line
}

#[test]
fn a_device_that_lists_no_modules_is_asked_for_its_library_first() {
    const XMLNS: &str = "urn:ietf:params:xml:ns:yang:ietf-yang-library";
    let newer = format!(
        "<yang-library xmlns=\"{XMLNS}\"><module-set><name>all</name>{}</module-set>\
         <content-id>7f3a90c1</content-id></yang-library>",
        modules("")
    );
    let older = format!(
        "<modules-state xmlns=\"{XMLNS}\"><module-set-id>7f3a90c1</module-set-id>{}</modules-state>",
        modules("<conformance-type>implement</conformance-type>")
    );
    let capability = "urn:ietf:params:netconf:capability:yang-library";
    let newer = with_library(&format!("{capability}:1.1?revision=2019-01-04&content-id=7f3a90c1"), &newer);
    let older = with_library(&format!("{capability}:1.0?revision=2016-06-21&module-set-id=7f3a90c1"), &older);
    let site = Site::of([
        ("listed", Device::new(Personality::of(Kind::C9500Slr)), "netconf"),
        ("newer", Device::new(newer), "netconf"),
        ("older", Device::new(older), "netconf"),
    ]);
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    let [listed, newer, older] = ["listed", "newer", "older"]
        .map(|name| lines.iter().find(|line| line["observation"]["device"] == name).unwrap());
    for line in [newer, older] {
        assert_eq!(line["observation"]["outcome"], "complete", "{line}");
        assert_eq!(line["observation"]["transport"], "netconf");
        // OpenConfig's parts and version, which nobody asks for who knows of no models; and nothing else.
        assert_eq!(line["device"]["software_version"], "16.12.4");
        assert_eq!(line["device"]["inventory"][0]["name"], "Switch 1 Chassis");
        assert!(line["licensing"]["sia_status"].is_null(), "{line}");
        assert_eq!(said(line), said(listed));
    }
    let requests: Vec<_> = site.devices().iter().map(|device| device.tally().requests).collect();
    let asked_twice = ["get", "get", "close-session"].map(str::to_owned).to_vec();
    let asked_once = ["get", "close-session"].map(str::to_owned).to_vec();
    assert_eq!(requests, [asked_once, asked_twice.clone(), asked_twice]);
    site.is_left_alone();
}

/// DESIGN §4: the command line goes first for model, registration, transport and enforcement, and for what it counts;
/// NETCONF for the tags of entitlements.
#[test]
fn where_both_ways_contradict_each_other_each_conflict_is_told_whole() {
    let router = Personality::of(Kind::Isr4331);
    let data = router.netconf_data().unwrap().into_owned();
    let changes = [
        ("reg-state-complete", "reg-state-not-registered"),
        ("FDO2118M0FF", "FDO2118M0ZZ"),
        ("<count>1</count>", "<count>6</count>"),
    ];
    let data = changes.iter().fold(data, |data, (was, is)| {
        assert!(data.contains(was), "{was}");
        data.replace(was, is)
    });
    let capabilities = router.capabilities().to_vec();
    let changed = router.clone().netconf(data, capabilities);
    let site = Site::of([("changed", Device::new(changed), "auto"), ("same", Device::new(router), "auto")]);
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    let line_of = |name: &str| lines.iter().find(|line| line["observation"]["device"] == name).unwrap();
    let conflicts = |line: &Value| -> Vec<String> {
        let all = line["diagnostics"].as_array().into_iter().flatten();
        let of_code = all.filter(|it| it["code"] == "conflict");
        of_code
            .map(|it| {
                assert_eq!(it["severity"], "warning");
                it["message"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let (changed, same) = (line_of("changed"), line_of("same"));
    assert_eq!(conflicts(same), [""; 0]);
    for line in [changed, same] {
        assert_eq!(line["observation"]["transport"], "netconf+ssh");
        assert_eq!(line["licensing"]["model"], "smart");
        assert_eq!(line["licensing"]["registration"]["status"], "registered");
        assert_eq!(line["device"]["serial_number"], "FDO2118M0FF");
        let licenses = line["licenses"].as_array().unwrap();
        assert!(licenses.iter().all(|license| license["count"] == 1), "{licenses:?}");
        let tagged = |license: &Value| license["entitlement_tag"].as_str().unwrap().starts_with("regid.");
        assert!(licenses.iter().all(tagged), "only NETCONF tells them: {licenses:?}");
    }
    // Each names the field, both values with their captures, and which is kept.
    let sources = changed["sources"].as_array().unwrap();
    let source = |command: Command| {
        let place = sources.iter().position(|source| source["command"] == command.spelling()).unwrap();
        format!("\"{}\" (source {place})", command.spelling())
    };
    let (typed, asked) = (source(Command::ShowLicenseAll), source(Command::NetconfGet));
    let told = conflicts(changed);
    let states = |field: &str, kept: &str, other: &str| {
        let whole = format!("{field}: {typed} states {kept}, {asked} states {other}; the first is kept");
        assert!(told.contains(&whole), "no {whole:?} in {told:#?}");
    };
    states("licensing.registration.status", "registered", "unregistered");
    states("count of licence ISR_4300_Application", "1", "6");
    let serial = told.iter().find(|it| it.starts_with("device.serial_number: ")).unwrap();
    assert!(serial.contains("states FDO2118M0FF, ") && serial.contains("states FDO2118M0ZZ"), "{serial}");
    assert!(serial.ends_with("; the first is kept"), "{serial}");
}
