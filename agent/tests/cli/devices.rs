//! `licwatch devices`: the inventory listed, imported and compared with what polls have seen.

use std::fs;
use std::path::{Path, PathBuf};

use licwatch_simulator::{Device, Kind, Personality};
use serde_json::{Value, json};

use crate::program::licwatch;
use crate::site::Site;

fn inventories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/inventories")
}

fn export(name: &str) -> String {
    inventories().join(name).display().to_string()
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "bak")).collect()
}

/// A configuration with groups and one credential, and an inventory that somebody cares for.
fn office() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = "[inventory]\nfiles = [\"devices.csv\"]\n\n[poll]\ncredential = \"network\"\n\n[credentials.network]\n\
                  user = \"netops\"\nprompt = true\n\n[group.access]\n[group.campus]\n\n[device.table-1]\naddress = \"192.0.2.200\"\n";
    fs::write(folder.path().join("licwatch.toml"), config).unwrap();
    fs::write(folder.path().join("devices.csv"), INVENTORY).unwrap();
    folder
}

const INVENTORY: &str = "# hands off\nname,address,site,role,serial_number\nqsw-1,192.0.2.10,pier,access,FOC2411X0A1\n\
                         twin-1,192.0.2.50,hq,core,FOC2411X0E5\n";

#[test]
fn devices_are_listed_and_shown() {
    let office = office();
    let said = licwatch(office.path(), &["devices", "list", "--site", "pier", "--json"]).exits(0);
    let line: Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(
        (&line["name"], &line["credential"], &line["port"]),
        (&json!("qsw-1"), &json!("network"), &json!(22))
    );
    let said = licwatch(office.path(), &["devices", "list"]).exits(0);
    assert!(said.out.contains("table-1") && said.out.contains("3 devices"), "{}", said.out);
    licwatch(office.path(), &["devices", "list", "--role", "acess"])
        .exits(2)
        .complains(&["did you mean \"access\"?"]);
    let said = licwatch(office.path(), &["devices", "show", "qsw-1"]).exits(0);
    assert!(said.out.contains("devices.csv:3"), "{}", said.out);
    licwatch(office.path(), &["devices", "show", "qsw-l"]).exits(2).complains(&["did you mean \"qsw-1\"?"]);
}

#[test]
fn a_diff_shows_what_would_change_and_changes_nothing() {
    let office = office();
    let file = export("csv/cmdb.csv");
    let said = licwatch(office.path(), &["devices", "diff", "--from", "csv", &file]).exits(1);
    for words in [
        "Mgmt-IP",
        "secret, never read",
        "left out: 6",
        "its platform \"JunOS\" is not Cisco's",
        "~ qsw-1 (devices.csv:3)  address: 192.0.2.10 → 192.0.2.11",
        "platform: (empty) → ios-xe",
        "+ qsw-4",
        "- twin-1 (devices.csv:4)",
        "serial number FOC2411X0A1 stands under several names",
        "3 new, 1 changed, 0 the same, 1 not in the export; 6 left out",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    assert!(!said.out.contains("pl4nted") && !said.err.contains("pl4nted"));
    assert_eq!(fs::read_to_string(office.path().join("devices.csv")).unwrap(), INVENTORY);
    assert!(backups(office.path()).is_empty());

    let said = licwatch(
        office.path(),
        &["devices", "diff", "--from", "netbox", &export("netbox/devices.json"), "--json"],
    )
    .exits(1);
    let object: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(object["schema"], "licwatch/devices-import/1");
    assert_eq!(object["changes"]["added"][0]["cells"]["address"], "192.0.2.161");
    // The serial number is listed under another name.
    let finding = &object["findings"][0];
    assert_eq!(finding["code"], "same_serial_number");
    assert!(finding["message"].as_str().unwrap().contains("\"twin-1\", which is listed"), "{finding}");
    assert_eq!(object["secrets"][0]["keys"], json!(["snmp_community"]));
}

#[test]
fn an_import_is_written_once_agreed_to() {
    let office = office();
    let file = export("csv/cmdb.csv");
    let import = |more: &[&str]| {
        licwatch(office.path(), &[&["devices", "import", "--from", "csv", &file], more].concat())
    };
    import(&[]).exits(2).complains(&["nobody can be asked", "--yes"]);
    assert_eq!(fs::read_to_string(office.path().join("devices.csv")).unwrap(), INVENTORY);

    import(&["--yes"]).exits(1).complains(&["written: devices.csv, what stood there is in"]);
    let text = fs::read_to_string(office.path().join("devices.csv")).unwrap();
    let wanted = "# hands off\nname,address,site,role,serial_number,notes,platform\n\
                  qsw-1,192.0.2.11,quay,access,FOC2411X0A1,first; of two,ios-xe\n\
                  twin-1,192.0.2.50,hq,core,FOC2411X0E5,,\n";
    assert!(text.starts_with(wanted), "{text}");
    let kept = backups(office.path());
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), INVENTORY);
    // What was written is an inventory, and says all of it.
    licwatch(office.path(), &["devices", "list", "qsw-2"]).exits(0);
    import(&["--yes"]).exits(1).complains(&["nothing is written"]);
    assert_eq!(backups(office.path()).len(), 1);
}

#[test]
fn only_new_devices_or_none_that_are_gone() {
    let office = office();
    let file = export("csv/tabs.tsv");
    let import = |more: &[&str]| {
        licwatch(
            office.path(),
            &[&["devices", "import", "--from", "csv", &file, "--yes", "--json"], more].concat(),
        )
        .exits(0)
    };
    let object: Value = serde_json::from_str(&import(&["--only-new"]).out).unwrap();
    assert_eq!(object["changes"]["added"].as_array().unwrap().len(), 2);
    assert!(object["written"][0]["backup"].is_string());
    let text = fs::read_to_string(office.path().join("devices.csv")).unwrap();
    assert_eq!(text, format!("{INVENTORY}ts-1,192.0.2.41,hq,,\nts-2,ts-2.harbour.example,hq,,\n"));
    import(&["--prune"]);
    let text = fs::read_to_string(office.path().join("devices.csv")).unwrap();
    assert!(
        text.starts_with("# hands off\nname,") && !text.contains("qsw-1") && text.contains("ts-1"),
        "{text}"
    );
}

#[test]
fn groups_and_users_fit_the_configuration() {
    let office = office();
    let file = export("ansible/hosts.ini");
    licwatch(office.path(), &["devices", "import", "--from", "ansible", &file, "--yes"]).exits(0);
    let said = licwatch(office.path(), &["devices", "list", "acc-02", "--json"]).exits(0);
    let line: Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(line["groups"], json!(["campus", "access"]));
    assert_eq!((&line["port"], &line["platform"]), (&json!(2222), &json!("ios-xe")));
}

#[test]
fn without_a_configuration_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["hosts", "groups", "defaults"].map(|name| export(&format!("nornir/{name}.yaml")));
    let arguments = ["devices", "import", "--from", "nornir", &files[0], &files[1], &files[2], "--yes"];
    licwatch(folder.path(), &arguments).exits(2).complains(&["--out FILE", "licwatch config init"]);
    // A host names a group that is in none of the files.
    licwatch(folder.path(), &[&arguments[..], &["--out", "mine.csv"]].concat()).exits(1);
    let text = fs::read_to_string(folder.path().join("mine.csv")).unwrap();
    assert!(text.contains("nr-core-1,192.0.2.151,") && !text.contains("pl4nted"), "{text}");
}

#[test]
fn mistakes_say_what_and_where_and_what_to_do() {
    let office = office();
    let diff =
        |arguments: &[&str]| licwatch(office.path(), &[&["devices", "diff"], arguments].concat()).exits(2);
    diff(&["--from", "csv", "nowhere.csv"]).complains(&["nowhere.csv", "there is no such file"]);
    diff(&["--from", "exel", "a"]).complains(&["csv, ansible, nornir, netbox"]);
    diff(&["--from", "csv", "a", "--map", "adress=x"]).complains(&["did you mean \"address\"?"]);
    fs::write(office.path().join("bad.yml"), "all:\n  password: \"pl4nted-x\n").unwrap();
    let said = diff(&["--from", "ansible", "bad.yml"]).complains(&["bad.yml:", "this is no YAML"]);
    assert!(!said.err.contains("pl4nted"), "{}", said.err);
    // An inventory that cannot be read is never written to.
    fs::write(office.path().join("devices.csv"), "name,address\na,10.0.0.300\n").unwrap();
    diff(&["--from", "csv", &export("csv/tabs.tsv")]).complains(&["devices.csv:2:3", "must be an IPv4"]);
}

#[test]
fn neighbours_that_nobody_listed_are_found_and_can_be_imported() {
    let site = Site::of([("core-1", Device::new(Personality::of(Kind::C9300Stack)), "ssh,hq,core,,,")]);
    let dry = site.licwatch(&["poll", "--dry-run"]).exits(0);
    assert!(!dry.out.contains("neighbors"), "nobody asked for them: {}", dry.out);
    let dry = site.licwatch(&["poll", "--dry-run", "--neighbors"]).exits(0);
    assert!(
        dry.out.contains("show cdp neighbors detail") && dry.out.contains("show lldp neighbors detail"),
        "{}",
        dry.out
    );

    let polled = site.licwatch(&["poll", "--neighbors", "--json"]).exits(0);
    site.write("seen.ndjson", &polled.out);
    let said = site.licwatch(&["devices", "unknown", "seen.ndjson"]).exits(1);
    for words in ["br3-edge-1", "192.0.2.39", "br3-acc-7", "WS-C2960X-48FPD-L", "FOC2411X0B2"] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    assert!(!said.out.contains("br3-ap-lobby") && said.err.contains("1 × access point"), "{}", said.err);

    let csv = site.licwatch(&["devices", "unknown", "seen.ndjson", "--csv"]).exits(1);
    site.write("new.csv", &csv.out);
    site.licwatch(&["devices", "import", "--from", "csv", "new.csv", "--yes"]).exits(0);
    let listed = site.licwatch(&["devices", "list", "br3-edge-1", "--json"]).exits(0);
    let line: Value = serde_json::from_str(listed.out.trim()).unwrap();
    assert_eq!((&line["address"], &line["platform"]), (&json!("192.0.2.39"), &json!("ios-xe")));
    // Now they are listed; the stack's members still are not.
    let said = site.licwatch(&["devices", "unknown", "seen.ndjson", "--json"]).exits(1);
    let object: Value = serde_json::from_str(&said.out).unwrap();
    let kinds: Vec<_> =
        object["unknown"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["member", "member"]);
    site.is_left_alone();
}

#[test]
fn records_come_from_the_drops_of_the_configuration() {
    // One knows its neighbours, one refuses both commands, and one is not asked.
    let kind = |kind| Device::new(Personality::of(kind));
    let site = Site::of([
        ("core-1", kind(Kind::C9300Stack), "ssh,hq,core,,,"),
        ("old-1", kind(Kind::IsrG2), "ssh,hq,edge,,,"),
        ("edge-1", kind(Kind::C8000v), "netconf,hq,edge,,,"),
    ]);
    site.licwatch(&["devices", "unknown"]).exits(2).complains(&["no drop folder is configured"]);
    fs::create_dir(site.path().join("drop")).unwrap();
    site.edit("licwatch.toml", "[poll]\n", "[drop]\ndirectory = \"drop\"\n\n[poll]\nneighbors = true\n");
    site.licwatch(&["devices", "unknown"]).exits(2).complains(&["there are no records in the drop folder"]);
    site.licwatch(&["poll"]).exits(0).complains(&["1 of the devices are read by NETCONF alone"]);
    let said = site.licwatch(&["devices", "unknown"]).exits(1);
    assert!(said.out.contains("br3-edge-1"), "{}", said.out);
    site.write("drop/zz.ndjson", "{}\n");
    site.licwatch(&["devices", "unknown"]).exits(2).complains(&["zz.ndjson:1", "does not say which device"]);
}
