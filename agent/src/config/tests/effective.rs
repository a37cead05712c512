use std::time::Duration;

use super::*;
use crate::inventory::{Device, Selection};

const LAYERED: &str = r#"
[poll]
transport = "netconf"
deadline = "4m"
credential = "core"

[ssh]
source_address = "192.0.2.10"

[credentials.core]
user = "watcher"
password_file = "core.password"

[credentials.jump]
user = "jumper"
agent = true

[group.all]
site = "everywhere"
owner = "nobody"
deadline = "3m"
jump = "gate.example:2222"

[group.access]
inherits = "all"
role = "access"
owner = "A. Person"
legacy_algorithms = true

[group.oslo]
site = "oslo"
jump_credential = "jump"

[device.sw-1]
address = "192.0.2.1"
group = ["access", "oslo"]
deadline = "2m"
expected_licenses = { network-advantage = 3 }

[device.sw-2]
address = "fe80::1%eth0"
group = "access"
platform = "ios-xe"
"#;

fn device(config: &Config, name: &str) -> Device {
    let devices = config.devices().unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    devices.into_iter().find(|device| device.name == name).unwrap()
}

#[test]
fn what_is_nearer_to_the_device_wins() {
    let config = good(LAYERED);
    let sw1 = device(&config, "sw-1");
    let origin = |key: &str| sw1.origins[key].to_string();
    assert_eq!((sw1.port, origin("port")), (SSH_PORT, "default".into()));
    assert_eq!((sw1.transport, origin("transport")), (Transport::Netconf, "[poll]".into()));
    assert_eq!(
        (sw1.source_address.unwrap().to_string(), origin("source_address")),
        ("192.0.2.10".into(), "[ssh]".into())
    );
    assert_eq!((sw1.site.as_deref(), origin("site")), (Some("oslo"), "[group.oslo]".into()));
    assert_eq!((sw1.owner.as_deref(), origin("owner")), (Some("A. Person"), "[group.access]".into()));
    assert_eq!((sw1.legacy_algorithms, origin("legacy_algorithms")), (true, "[group.access]".into()));
    assert_eq!((sw1.deadline, origin("deadline")), (Duration::from_secs(120), "[device.sw-1]".into()));
    assert_eq!(sw1.groups, ["all", "access", "oslo"]);
    assert_eq!(sw1.known_hosts, Path::new("/etc/licwatch/known_hosts"));
    assert_eq!(sw1.expected_licenses["network-advantage"], 3);

    let jump = sw1.jump.unwrap();
    assert_eq!((jump.address.to_string(), jump.port.get()), ("gate.example".into(), 2222));
    assert_eq!(jump.credential.as_deref(), Some("jump"));
    // Without a credential of its own, the jump host is opened by the device's.
    assert_eq!(device(&config, "sw-2").jump.unwrap().credential.as_deref(), Some("core"));
}

#[test]
fn a_run_needs_the_credentials_of_its_devices_and_their_jump_hosts() {
    let config = good(LAYERED);
    let names = |devices: &[Device]| {
        config.credentials_of(devices).iter().map(|credential| credential.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&config.devices().unwrap()), ["core", "jump"]);
    assert_eq!(names(&[device(&config, "sw-2")]), ["core"]);
}

#[test]
fn a_row_lies_over_the_table_of_its_device() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("licwatch.toml");
    std::fs::write(&path, format!("[inventory]\nfiles = [\"devices.csv\"]\n{LAYERED}")).unwrap();
    let csv =
        "name,address,group,site,port,owner\nsw-9,192.0.2.9,oslo,,,\nsw-1,192.0.2.99,access,bergen,2200,\n";
    std::fs::write(folder.path().join("devices.csv"), csv).unwrap();
    let config = load(&path).unwrap();

    let names: Vec<_> = config.devices().unwrap().into_iter().map(|device| device.name).collect();
    assert_eq!(names, ["sw-9", "sw-1", "sw-2"]);
    let sw1 = device(&config, "sw-1");
    assert_eq!((sw1.address.to_string(), sw1.port.get()), ("192.0.2.99".into(), 2200));
    assert_eq!(
        (sw1.site.as_deref(), sw1.groups.as_slice()),
        (Some("bergen"), &["all".into(), "access".into()][..])
    );
    let row = format!("{}:3", folder.path().join("devices.csv").display());
    assert_eq!(sw1.origins["site"].to_string(), row);
    // What the row leaves empty comes from the table.
    assert_eq!(
        (sw1.deadline, sw1.origins["deadline"].to_string()),
        (Duration::from_secs(120), "[device.sw-1]".into())
    );
}

#[test]
fn the_example_of_every_setting_is_taken() {
    let text = r#"
[credentials.c]
user = "u"
key_file = "/k"
key_passphrase_prompt = true
password_exec = ["/usr/bin/pass", "pl4nted-s3cret"]
allow_exec = true
enable_password_env = "ENABLE"
allow_env = true
[device.d]
address = "192.0.2.1"
serial_number = "ABC"
site = "s"
role = "r"
environment = "e"
owner = "o"
platform = "nx-os"
transport = "ssh"
port = 2222
netconf_port = 8300
credential = "c"
jump = "ops@[2001:db8::9]:22"
jump_credential = "c"
smart_account = "sa"
virtual_account = "va"
expected_licenses = { a = 1, "b c" = 2 }
legacy_algorithms = true
pipeline = false
deadline = "1m"
source_address = "2001:db8::5"
known_hosts = "/kh"
host_keys = "accept-new"
interval = "2h"
poll_windows = ["Mon-Fri 20:00-06:00", "Sat,Sun"]
maintenance = ["02:00-04:00"]
notes = "n"
"#;
    let config = good(text);
    let d = device(&config, "d");
    // Nothing is left at its default, so no setting is forgotten on the way.
    let of_table = |origin: &&crate::inventory::Origin| origin.to_string() == "[device.d]";
    assert_eq!(d.origins.values().filter(of_table).count(), d.origins.len());
    assert_eq!(d.origins.len(), 26);
    let shown: Vec<_> = show_device(&d).iter().map(|it| format!("{} = {}", it.key, it.text())).collect();
    for line in [
        "port = 2222",
        "netconf_port = 8300",
        "platform = nx-os",
        "transport = ssh",
        "pipeline = false",
        "jump = ops@[2001:db8::9]:22",
        "expected_licenses = a=1; b c=2",
        "known_hosts = /kh",
        "source_address = 2001:db8::5",
        "host_keys = accept-new",
        "deadline = 1m",
        "interval = 2h",
        "poll_windows = Mon,Tue,Wed,Thu,Fri 20:00-06:00, Sat,Sun 00:00-00:00",
        "maintenance = 02:00-04:00",
        "serial_number = ABC",
        "smart_account = sa",
        "virtual_account = va",
        "environment = e",
        "notes = n",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "{line}: {shown:#?}");
    }

    let all = format!(
        "{config:?} {config:#?} {d:?} {} {}",
        show(&config),
        serde_json::to_string(&show(&config)).unwrap()
    );
    assert!(all.contains("/usr/bin/pass") && !all.contains("pl4nted-s3cret"), "{all}");
}

#[test]
fn what_is_shown_is_in_force_and_can_be_read_again() {
    let shown = show(&good(LAYERED)).to_string();
    for line in ["sessions = 64", "connect = \"5s\"", "host_keys = \"strict\"", "deadline = \"4m\""] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let again = good(&shown);
    assert_eq!(device(&again, "sw-1").site.as_deref(), Some("oslo"));
    assert_eq!(show(&again).to_string(), shown);
    let empty = show(&Config::default()).to_string();
    assert!(
        empty.contains("transport = \"auto\"") && empty.contains("known_hosts = \"known_hosts\""),
        "{empty}"
    );
}

#[test]
fn an_ad_hoc_device_has_the_settings_of_all() {
    let config = good("[ssh]\nhost_keys = \"accept-new\"\n");
    let device = config.ad_hoc("192.0.2.1", "192.0.2.1".parse().unwrap()).unwrap();
    assert_eq!((device.host_keys, device.deadline), (HostKeys::AcceptNew, Duration::from_secs(300)));
    assert!(Config::default().ad_hoc("x", "x".parse().unwrap()).is_some());
}

#[test]
fn devices_are_chosen_by_name_site_role_and_group() {
    let devices = good(LAYERED).devices().unwrap();
    let chosen = |selection: Selection| {
        selection
            .choose(devices.clone())
            .map(|devices| devices.into_iter().map(|it| it.name).collect::<Vec<_>>())
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    assert_eq!(chosen(Selection::default()).unwrap(), ["sw-1", "sw-2"]);
    let by_group = Selection { groups: words(&["all"]), ..Selection::default() };
    assert_eq!(chosen(by_group.clone()).unwrap(), ["sw-1", "sw-2"]);
    assert_eq!(chosen(Selection { sites: words(&["oslo"]), ..by_group.clone() }).unwrap(), ["sw-1"]);
    assert_eq!(
        chosen(Selection { names: words(&["sw-2"]), sites: words(&["oslo"]), ..by_group }).unwrap(),
        words(&[])
    );

    let wrong = Selection {
        names: words(&["sw-l", "router"]),
        environments: words(&["prod"]),
        ..Selection::default()
    };
    let errors: Vec<_> = chosen(wrong).unwrap_err().iter().map(|it| format!("{it}: {}", it.remedy)).collect();
    assert_eq!(
        errors,
        [
            "there is no device \"sw-l\": did you mean \"sw-1\"? There are \"sw-1\", \"sw-2\"",
            "there is no device \"router\": There are \"sw-1\", \"sw-2\"",
            "no device has the environment \"prod\": no environment is given for any device of the inventory",
        ]
    );
}
