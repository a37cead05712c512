//! Exports as they are, from `testdata/inventories`, and exports as somebody hostile writes them.

use std::time::{Duration, Instant};

use super::*;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/inventories").join(name)
}

fn known() -> Known {
    Known {
        groups: BTreeSet::from(["access".into(), "campus".into(), "hq".into()]),
        users: BTreeMap::from([("netops".into(), "network".into())]),
        credentials: BTreeSet::from(["network".into()]),
        roles: BTreeSet::from(["access".into(), "core".into()]),
    }
}

#[track_caller]
fn imported(format: Format, files: &[&str], maps: &[&str]) -> Import {
    let files: Vec<_> = files.iter().map(|name| file(name)).collect();
    let maps: Vec<FieldMap> = maps.iter().map(|map| map.parse().unwrap()).collect();
    let import =
        read(format, &files, &maps, &known()).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    // Whatever was planted as a secret stands nowhere.
    let all = format!("{import:?}");
    assert!(!all.contains("pl4nted") && !all.contains("6638643965"), "{all}");
    import
}

/// The import of one text; the file is called `name`.
fn of_text(format: Format, name: &str, text: impl AsRef<[u8]>) -> Result<Import, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    read(format, &[path], &[], &known())
}

fn cells(import: &Import, name: &str) -> Vec<(&'static str, String)> {
    let candidate = import.candidates.iter().find(|it| it.name == name);
    let candidate = candidate.unwrap_or_else(|| panic!("no {name} in {:?}", import.candidates));
    candidate.cells.iter().map(|(column, cell)| (*column, cell.clone())).collect()
}

fn pairs(cells: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    cells.iter().map(|(column, cell)| (*column, (*cell).to_owned())).collect()
}

fn names(import: &Import) -> Vec<&str> {
    import.candidates.iter().map(|it| it.name.as_str()).collect()
}

/// Name, line and the beginning of the reason of what was left out.
#[track_caller]
fn left_out(import: &Import, wanted: &[(&str, usize, &str)]) {
    let found: Vec<_> =
        import.skipped.iter().map(|it| (it.name.as_str(), it.at.line, it.reason.as_str())).collect();
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for ((name, line, reason), wanted) in found.iter().zip(wanted) {
        assert!(
            (*name, *line) == (wanted.0, wanted.1) && reason.starts_with(wanted.2),
            "{name}:{line}: {reason}; {wanted:?}"
        );
    }
}

fn codes(import: &Import) -> Vec<&'static str> {
    import.findings.iter().map(|it| it.code).collect()
}

fn mapped(import: &Import, source: &str) -> (Option<&'static str>, &'static str) {
    let it = import
        .mapping
        .iter()
        .find(|it| it.source == source)
        .unwrap_or_else(|| panic!("{source}: {:?}", import.mapping));
    (it.field, it.why)
}

#[test]
fn a_spreadsheet_is_mapped_by_the_names_of_its_columns() {
    let import = imported(Format::Csv, &["csv/cmdb.csv"], &[]);
    assert_eq!(names(&import), ["qsw-1", "qsw-2", "qsw-4", "qodd-1"]);
    assert_eq!(
        cells(&import, "qsw-1"),
        pairs(&[
            ("address", "192.0.2.11"),
            ("notes", "first; of two"),
            ("platform", "ios-xe"),
            ("role", "access"),
            ("serial_number", "FOC2411X0A1"),
            ("site", "quay"),
        ])
    );
    assert_eq!(cells(&import, "qsw-2")[0], ("address", "192.0.2.12".into()));
    left_out(
        &import,
        &[
            ("QSW-1", 4, "its name is that of \"qsw-1\" but for capitals"),
            ("qsw 5", 6, "its name must be of letters"),
            ("qsw-6", 7, "its address must be"),
            ("qsw-7", 8, "it has 2 cells, but there are 9 columns"),
            ("qjun-1", 9, "its platform \"JunOS\" is not Cisco's"),
            ("", 11, "it has no name"),
        ],
    );
    assert_eq!(mapped(&import, "Mgmt-IP"), (Some("address"), "by name"));
    assert_eq!(mapped(&import, "Enable Secret"), (None, "secret, never read"));
    assert_eq!(mapped(&import, "Rack"), (None, "not used"));
    let mut found = codes(&import);
    found.sort_unstable();
    assert_eq!(
        found,
        ["names_differ_in_case", "new_role", "same_address", "same_serial_number", "unknown_platform"]
    );
    let [secret] = import.secrets.as_slice() else { panic!("{:?}", import.secrets) };
    assert_eq!(
        (secret.name.as_str(), secret.keys.iter().next().unwrap().as_str()),
        ("qsw-1", "Enable Secret")
    );
}

#[test]
fn the_operators_word_on_a_column_counts() {
    let import = imported(Format::Csv, &["csv/cmdb.csv"], &["role=", "site=Rack"]);
    assert_eq!(mapped(&import, "Rack"), (Some("site"), "--map"));
    assert_eq!(mapped(&import, "Location"), (None, "not used: another column states it"));
    assert!(!import.candidates.iter().any(|it| it.cells.contains_key("role")));

    let wrong = |map: &str| {
        let problems =
            read(Format::Csv, &[file("csv/cmdb.csv")], &[map.parse().unwrap()], &known()).unwrap_err();
        problems.to_string()
    };
    assert!(wrong("address=MgmtIPs").contains("did you mean \"Mgmt-IP\"?"), "{}", wrong("address=MgmtIPs"));
    assert!(wrong("notes=Enable Secret").contains("secrets are never imported"));
}

#[test]
fn tabs_separate_too_and_a_name_can_be_an_address() {
    let import = imported(Format::Csv, &["csv/tabs.tsv"], &[]);
    assert_eq!(cells(&import, "ts-2"), pairs(&[("address", "ts-2.harbour.example"), ("site", "hq")]));
    let bare = of_text(Format::Csv, "a.csv", "sep=;\nIP;Site\n192.0.2.7;hq\n").unwrap();
    assert_eq!((names(&bare)[0], bare.candidates[0].at.line), ("192.0.2.7", 3));
    let problems = of_text(Format::Csv, "a.csv", "colour,size\nred,1\n").unwrap_err().to_string();
    assert!(
        problems.contains("--map name=COLUMN") && problems.contains("\"colour\", \"size\""),
        "{problems}"
    );
}

#[test]
fn what_stands_twice_is_told_with_both_places() {
    let import = of_text(
        Format::Csv,
        "a.csv",
        "name,address,site,role\na,192.0.2.1,hq,\na,192.0.2.1,,core\nb,192.0.2.2,hq,\nb,192.0.2.3,hq,\n",
    )
    .unwrap();
    // The second row of the same device adds what the first does not say.
    assert_eq!(cells(&import, "a"), pairs(&[("address", "192.0.2.1"), ("role", "core"), ("site", "hq")]));
    assert_eq!(cells(&import, "b")[0].1, "192.0.2.2");
    assert_eq!(codes(&import), ["duplicate_name", "conflict"]);
    let conflict = &import.findings[1];
    assert!(conflict.message.contains("address \"192.0.2.2\" and \"192.0.2.3\""), "{}", conflict.message);
    assert_eq!(conflict.places.iter().map(|at| at.line).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn an_ansible_inventory_in_ini() {
    let import = imported(Format::Ansible, &["ansible/hosts.ini"], &[]);
    assert_eq!(names(&import), ["lone-1", "acc-01", "acc-02", "acc-03", "acc-9", "2001:db8::7"]);
    assert_eq!(
        cells(&import, "acc-02"),
        pairs(&[
            ("address", "acc-02"),
            ("credential", "network"),
            ("group", "campus; access"),
            ("platform", "ios-xe"),
            ("port", "2222"),
            ("role", "access"),
            ("site", "quay"),
        ])
    );
    assert!(cells(&import, "acc-9").contains(&("site", "head office".into())));
    assert_eq!(cells(&import, "lone-1"), pairs(&[("address", "192.0.2.99")]));
    assert_eq!(cells(&import, "2001:db8::7")[0], ("address", "2001:db8::7".into()));
    assert!(cells(&import, "2001:db8::7").contains(&("port", "8022".into())));
    left_out(&import, &[("localhost", 2, "Ansible reaches it by \"local\"")]);
}

#[test]
fn an_ansible_inventory_in_yaml() {
    let import = imported(Format::Ansible, &["ansible/hosts.yml"], &[]);
    assert_eq!(names(&import), ["leaf-1", "leaf-2", "spine-1"]);
    assert_eq!(
        cells(&import, "spine-1"),
        pairs(&[
            ("address", "192.0.2.131"),
            ("owner", "Harbour Networks"),
            ("platform", "nx-os"),
            ("role", "spine"),
            ("serial_number", "FDO25380K1M"),
            ("site", "dc1"),
        ])
    );
    left_out(
        &import,
        &[("spine-2", 20, "its address is a template"), ("build-1", 24, "its platform \"linux\"")],
    );
    let carried: Vec<_> = import.secrets.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(carried, ["leaf-1", "leaf-2", "spine-1"]);
    assert!(import.secrets.iter().all(|it| it.keys.contains("ansible_password")));
    // The group is not in licwatch.toml.
    let note = import.findings.iter().find(|it| it.code == "group_not_taken").unwrap();
    assert!(note.message.contains("\"datacenter\""), "{}", note.message);
}

/// A line that lost its host, or stands in the wrong section, is no host; what it states is not shown.
#[test]
fn a_secret_in_the_place_of_a_name_is_not_shown() {
    for text in [
        "[access]\npassword=pl4nted-x\n",
        "[access]\nansible_password=pl4nted-x[1:\n",
        "a credential=pl4nted-x\n",
    ] {
        let import = of_text(Format::Ansible, "hosts", text).unwrap();
        assert!(!import.skipped.is_empty() || !import.findings.is_empty(), "{text}");
        assert!(!format!("{import:?}").contains("pl4nted"), "{import:?}");
    }
}

/// The name alone would be another address than the one that Ansible dials.
#[test]
fn a_template_of_a_group_leaves_its_hosts_without_an_address() {
    let text = "[access]\na\nb ansible_host=192.0.2.2\n[access:vars]\nansible_host={{ inventory_hostname }}.example\n";
    let import = of_text(Format::Ansible, "hosts", text).unwrap();
    assert_eq!(cells(&import, "b")[0], ("address", "192.0.2.2".into()));
    left_out(&import, &[("a", 2, "its address is a template")]);
}

#[test]
fn what_ansible_inventory_lists_as_json() {
    let text = r#"{"_meta": {"hostvars": {"a": {"ansible_host": "192.0.2.1", "ansible_ssh_pass": "pl4nted-x"}}},
        "all": {"children": ["ungrouped", "access"]}, "access": {"hosts": ["a", "b"], "vars": {"site": "hq"}}}"#;
    let import = of_text(Format::Ansible, "list.json", text).unwrap();
    assert_eq!(cells(&import, "a"), pairs(&[("address", "192.0.2.1"), ("group", "access"), ("site", "hq")]));
    assert_eq!(cells(&import, "b")[0].1, "b");
    assert!(!format!("{import:?}").contains("pl4nted"));
}

#[test]
fn a_nornir_inventory_inherits_the_first_first() {
    let files = ["nornir/hosts.yaml", "nornir/groups.yaml", "nornir/defaults.yaml"];
    let import = imported(Format::Nornir, &files, &[]);
    assert_eq!(
        cells(&import, "nr-core-1"),
        pairs(&[
            ("address", "192.0.2.151"),
            ("credential", "network"),
            ("environment", "production"),
            ("group", "hq"),
            ("owner", "Harbour Networks"),
            ("platform", "nx-os"),
            ("role", "core"),
            ("serial_number", "FOC2411X0D4"),
            ("site", "hq"),
        ])
    );
    assert_eq!(cells(&import, "nr-acc-1")[4], ("owner", "Harbour Networks".into()));
    assert_eq!(
        cells(&import, "nr-edge-1.harbour.example"),
        pairs(&[("address", "nr-edge-1.harbour.example"), ("environment", "test"), ("port", "2222")])
    );
    assert!(codes(&import).contains(&"unknown_group"));
    let carried: Vec<_> = import.secrets.iter().map(|it| (it.name.as_str(), it.keys.len())).collect();
    assert_eq!(carried, [("nr-core-1", 2), ("nr-acc-1", 2), ("nr-edge-1.harbour.example", 1)]);
}

#[test]
fn netbox_devices_in_service() {
    let import = imported(Format::Netbox, &["netbox/devices.json"], &[]);
    assert_eq!(names(&import), ["nb-core-1", "nb-wlc-1"]);
    assert_eq!(
        cells(&import, "nb-core-1"),
        pairs(&[
            ("address", "192.0.2.161"),
            ("owner", "Harbour Logistics"),
            ("platform", "ios-xe"),
            ("role", "core"),
            ("serial_number", "FOC2411X0E5"),
            ("site", "quay-west"),
        ])
    );
    assert_eq!(
        cells(&import, "nb-wlc-1"),
        pairs(&[("address", "2001:db8::66"), ("platform", "aireos"), ("role", "wlc")])
    );
    left_out(
        &import,
        &[
            ("nb-old-1", 9, "its status is \"decommissioning\""),
            ("nb-pdu-1", 11, "its manufacturer is \"apc\""),
            ("nb-stack-1-2", 13, "it has no primary address: a member of the virtual chassis nb-stack-1"),
            ("", 15, "it has no name"),
            ("nb-acc-1", 18, "it has no address"),
        ],
    );
    assert_eq!(import.secrets[0].keys.iter().collect::<Vec<_>>(), ["snmp_community"]);
}

#[test]
fn netbox_as_csv_and_pages() {
    let import = imported(Format::Netbox, &["netbox/devices.csv"], &[]);
    assert_eq!(
        cells(&import, "nb-core-1"),
        pairs(&[
            ("address", "192.0.2.161"),
            ("owner", "Harbour Logistics"),
            ("role", "Core"),
            ("site", "Quay West")
        ])
    );
    left_out(&import, &[("nb-old-1", 3, "its status is"), ("nb-apc-1", 4, "its manufacturer is")]);
    let page = of_text(Format::Netbox, "a.json", r#"{"results": [], "next": "https://nb/?page=2"}"#).unwrap();
    assert_eq!(codes(&page), ["more_pages"]);
    let list =
        of_text(Format::Netbox, "a.json", r#"[{"name": "a", "primary_ip": {"address": "192.0.2.1/32"}}]"#);
    assert_eq!(names(&list.unwrap()), ["a"]);
    let wrong = of_text(Format::Netbox, "a.json", r#"{"results": [{"password": "pl4nted-x""#)
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("a.json:1: this is no JSON list") && !wrong.contains("pl4nted"), "{wrong}");
}

#[test]
fn two_files_that_contradict_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files =
        [write("a.csv", "name,address\nx,192.0.2.1\n"), write("b.csv", "name,address\nx,192.0.2.2\n")];
    let import = read(Format::Csv, &files, &[], &known()).unwrap();
    assert_eq!(codes(&import), ["conflict"]);
    let places: Vec<_> = import.findings[0].places.iter().map(ToString::to_string).collect();
    assert!(places[0].ends_with("a.csv:2") && places[1].ends_with("b.csv:2"), "{places:?}");
}

#[test]
fn groups_in_a_circle_are_refused() {
    let ini = "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n[a]\nx\n";
    let said = of_text(Format::Ansible, "hosts", ini).unwrap_err().to_string();
    assert!(said.contains("is a child of itself"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let groups = folder.path().join("groups.yaml");
    std::fs::write(&groups, "a: {groups: [b]}\nb: {groups: [a]}\n").unwrap();
    let hosts = folder.path().join("hosts.yaml");
    std::fs::write(&hosts, "x: {groups: [a]}\n").unwrap();
    let said = read(Format::Nornir, &[hosts, groups], &[], &known()).unwrap_err().to_string();
    assert!(said.contains("is a group of itself"), "{said}");
}

#[test]
fn files_that_are_none_are_refused() {
    for (bytes, words) in [
        (&b"name,address\na,\xff\xfe\n"[..], "line 2 is not UTF-8"),
        (&b"\xff\xfen\0a\0"[..], "UTF-16"),
        (&b""[..], "no header line"),
    ] {
        let said = of_text(Format::Csv, "a.csv", bytes).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    for format in [Format::Csv, Format::Ansible, Format::Nornir, Format::Netbox] {
        let said = read(format, &[PathBuf::from("/nowhere/a")], &[], &known()).unwrap_err().to_string();
        assert!(said.contains("there is no such file"), "{said}");
        assert!(
            of_text(format, "a.yml", vec![b'a'; (LARGEST + 1) as usize])
                .unwrap_err()
                .to_string()
                .contains("16 MiB")
        );
    }
}

/// More hosts than an inventory holds, deep chains, long lines: each is told within moments.
#[test]
fn hostile_exports_are_bounded() {
    let began = Instant::now();
    let refused = |format, name: &str, text: String, words: &str| {
        let said = of_text(format, name, text).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    };
    let many: String = (0..100_002).map(|n| format!("h{n},192.0.2.1\n")).collect();
    refused(Format::Csv, "a.csv", format!("name,address\n{many}"), "more than 100000 hosts");
    refused(Format::Ansible, "a.ini", "h[0:70000]\ng[0:70000]\n".into(), "more than 100000 hosts");
    let over_and_over = "h[0:90000]\n".repeat(100);
    refused(Format::Ansible, "a.ini", over_and_over, "over and over again");
    let told = format!("h[0:90000] {}\n", "x=1 ".repeat(100));
    refused(Format::Ansible, "a.ini", told, "millions of times");
    let hosts: String = (0..100_002).map(|n| format!("h{n}:\n")).collect();
    refused(Format::Nornir, "hosts.yaml", hosts, "more than 100000 hosts");
    let pages = (0..100_002).map(|_| "{}").collect::<Vec<_>>().join(",");
    refused(Format::Netbox, "a.json", format!("[{pages}]"), "more than 100000 hosts");
    let columns = format!("name,{}\n", "x,".repeat(2000));
    refused(Format::Csv, "a.csv", columns, "more than 1000");

    // A chain of groups is worked out without recursion.
    let chain: String = (0..15_000).map(|n| format!("[g{n}:children]\ng{}\n", n + 1)).collect();
    let import =
        of_text(Format::Ansible, "a.ini", format!("{chain}[g15000]\nx ansible_host=192.0.2.1\n")).unwrap();
    assert_eq!(names(&import), ["x"]);
    let chain: String = (0..50_000).map(|n| format!("g{n}: {{groups: [g{}]}}\n", n + 1)).collect();
    let folder = tempfile::tempdir().unwrap();
    let (groups, hosts) = (folder.path().join("groups.yaml"), folder.path().join("hosts.yaml"));
    std::fs::write(&groups, chain + "g50000: {platform: nxos}\n").unwrap();
    std::fs::write(&hosts, "x: {groups: [g0]}\n").unwrap();
    let import = read(Format::Nornir, &[groups, hosts], &[], &known()).unwrap();
    assert!(cells(&import, "x").contains(&("platform", "nx-os".into())));
    assert!(began.elapsed() < Duration::from_secs(300), "{:?}", began.elapsed());
}

#[test]
fn a_hundred_thousand_hosts_are_taken() {
    let import = of_text(Format::Ansible, "a.ini", "[access]\nh[0:99999] ansible_user=netops\n").unwrap();
    assert_eq!(import.candidates.len(), 100_000);
    assert!(import.findings.is_empty() && import.skipped.is_empty());
}

/// Any text is read or refused, in every format, and never shows a value of a key that may be a secret.
#[test]
fn any_text_is_survived() {
    use proptest::prelude::*;
    let word = prop_oneof![
        Just("name,address"),
        Just("\n"),
        Just("  "),
        Just("[a]"),
        Just("[a:vars]"),
        Just("all:"),
        Just("hosts:"),
        Just("children:"),
        Just("- "),
        Just("&x "),
        Just("*x"),
        Just("<<: "),
        Just("!vault |"),
        Just("password: "),
        Just("\""),
        Just("{"),
        Just("}"),
        Just("]"),
        Just("h[1:3]"),
        Just("results"),
        Just(":"),
        Just(","),
        Just("\u{85}"),
        Just("é"),
        Just("=1"),
        Just("#"),
        Just("\t"),
        Just("|"),
        Just("? "),
        Just("%TAG ! !\n---\n")
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(512)
    });
    let texts = proptest::collection::vec(word, 0..40).prop_map(|words| words.concat());
    runner
        .run(&texts, |text| {
            for (format, name) in [
                (Format::Csv, "a.csv"),
                (Format::Ansible, "a"),
                (Format::Ansible, "a.yml"),
                (Format::Nornir, "hosts.yaml"),
                (Format::Netbox, "a.json"),
            ] {
                let _ = of_text(format, name, &text);
            }
            Ok(())
        })
        .unwrap();
}
