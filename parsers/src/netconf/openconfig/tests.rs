//! Which component names what.

use super::super::{DEVICE_HARDWARE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, parse};
use super::*;

/// Components of so many kinds; each is its type and more leaves.
fn components(found: &[(&str, &str)]) -> String {
    let component = |(at, (kind, more)): (usize, &(&str, &str))| {
        format!("<component><name>c{at}</name><state><type>{kind}</type>{more}</state></component>")
    };
    let inside: String = found.iter().enumerate().map(component).collect();
    format!("<components xmlns='{OPENCONFIG_PLATFORM}'>{inside}</components>")
}

fn part(pid: &str, serial: &str) -> String {
    format!("<part-no>{pid}</part-no><serial-no>{serial}</serial-no>")
}

#[test]
fn the_chassis_names_the_device_as_well_as_it_can() {
    let words = "Cisco IOS-XRv 9000 Centralized Virtual Router";
    for (part_no, model_name, model, pid) in [
        ("8201-SYS", "", Some("8201-SYS"), Some("8201-SYS")),
        ("800-110512-01", "N9K-C93180YC-FX", Some("N9K-C93180YC-FX"), Some("N9K-C93180YC-FX")),
        (words, "", Some(words), None),
        // The number of an assembly is no product: what the device says of it in words is all there is.
        ("73-100955-04", "", Some("one rack unit"), None),
        ("", "", Some("one rack unit"), None),
        ("Unspecified", "", Some("one rack unit"), None),
    ] {
        let more = format!(
            "{}<model-name>{model_name}</model-name><description>one rack unit</description>",
            part(part_no, "FOC2811X0C1")
        );
        let text = components(&[("idx:CHASSIS", &more)]);
        let device = parse(&text).device;
        assert_eq!((device.model.as_deref(), device.serial_number.as_deref()), (model, Some("FOC2811X0C1")));
        assert_eq!(device.inventory[0].pid.as_deref(), pid, "{part_no}");
        assert!(device.udis.is_empty());
    }
}

#[test]
fn only_parts_with_a_number_are_inventory() {
    let (fan, empty) = (part("FAN-1RU-PI-V2", ""), part("PWR-1.4KW", "X") + "<empty>true</empty>");
    let text = components(&[
        ("x:FAN", &fan),
        ("x:POWER_SUPPLY", &empty),
        ("x:SENSOR", "<description>Temp</description>"),
        ("x:OPERATING_SYSTEM_UPDATE", &part("a", "b")),
        ("x:PORT", &part("N/A", "N/A")),
        ("x:TRANSCEIVER", "<serial-no>AVD2234X0T1</serial-no><hardware-version>V03</hardware-version>"),
    ]);
    let record = parse(&text);
    let names: Vec<_> = record.device.inventory.iter().filter_map(|item| item.name.as_deref()).collect();
    assert_eq!(names, ["c0", "c5"]);
    assert_eq!(record.device.inventory[1].vid.as_deref(), Some("V03"));
    assert_eq!((record.device.model, record.device.serial_number), (None, None));
}

#[test]
fn the_operating_system_tells_software_and_platform() {
    for (description, version, platform, want) in [
        ("IOS XR Operating System", "24.2.2", Some(Platform::IosXr), "24.2.2"),
        ("IOS XR Operating System", "7.3.2 GOLDEN-7", Some(Platform::IosXr), "7.3.2"),
        ("NX-OS", "10.3(4a)", Some(Platform::NxOs), "10.3(4a)"),
        (
            "IOS-XE",
            "Cisco IOS Software [Cupertino], X, Version 17.9.4a, RELEASE SOFTWARE",
            Some(Platform::IosXe),
            "17.9.4a",
        ),
        ("network operating system", "4.1", None, "4.1"),
    ] {
        let system =
            format!("<description>{description}</description><software-version>{version}</software-version>");
        let chassis = part("X", "Y") + "<software-version>1.0</software-version>";
        let text = components(&[("a:CHASSIS", &chassis), ("a:OPERATING_SYSTEM", &system)]);
        let device = parse(&text).device;
        assert_eq!(
            (device.platform, device.software_version.as_deref()),
            (platform, Some(want)),
            "{description}"
        );
    }
    let text = components(&[("CHASSIS", "<version>9.2(1)</version>")]);
    assert_eq!(parse(&text).device.software_version.as_deref(), Some("9.2(1)"));
}

#[test]
fn a_model_of_the_platform_s_own_wins() {
    let native = format!(
        "<device-hardware-data xmlns='{DEVICE_HARDWARE}'><device-hardware><device-inventory>\
         <hw-type>hw-type-chassis</hw-type><part-number>A</part-number><serial-number>1</serial-number>\
         </device-inventory><device-system-data><current-time>2026-01-12T10:00:00+00:00</current-time>\
         <software-version>17.9.5</software-version></device-system-data></device-hardware></device-hardware-data>"
    );
    let chassis = part("B", "2") + "<software-version>1.0</software-version>";
    let open = components(&[("CHASSIS", &chassis), ("FAN", &part("F", "3"))])
        + &format!(
            "<system xmlns='{OPENCONFIG_SYSTEM}'><state><hostname>edge-4</hostname>\
             <current-datetime>2026-01-12T11:00:00+00:00</current-datetime></state></system>"
        );
    for text in [native.clone() + &open, open.clone() + &native] {
        let device = parse(&text).device;
        assert_eq!((device.model.as_deref(), device.serial_number.as_deref()), (Some("A"), Some("1")));
        assert_eq!((device.inventory.len(), device.software_version.as_deref()), (1, Some("17.9.5")));
        assert_eq!(device.hostname.as_deref(), Some("edge-4"), "what only the other model has is kept");
        assert_eq!(device.clock.unwrap().time.text, "2026-01-12T10:00:00+00:00");
    }
}

#[test]
fn banners_of_the_system_are_not_looked_at() {
    let text = format!(
        "<system xmlns='{OPENCONFIG_SYSTEM}'><config><hostname>edge-4</hostname><login-banner>keep out\
         </login-banner></config><state><motd-banner>x</motd-banner></state><aaa><x/></aaa></system>"
    );
    let record = parse(&text);
    assert_eq!(record.device.hostname.as_deref(), Some("edge-4"));
    assert!(record.diagnostics.is_empty() && record.device.clock.is_none());
}
