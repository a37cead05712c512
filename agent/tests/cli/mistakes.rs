//! Mistakes in the operator's files: what is wrong, where, and what to do.

use crate::site::Site;

#[test]
fn mistakes_in_the_inventory_are_shown_with_file_line_and_column() {
    let site = Site::small();
    let header = "name,address,sites\n";
    let cases: [(&str, &[&str]); 6] = [
        (
            "name,address\na,192.0.2.1\nb,192.0.2.2\na,192.0.2.3\n",
            &["devices.csv:4:1", "\"a\"", "devices.csv:2"],
        ),
        ("name,address\na,192.0.2.300\n", &["devices.csv:2:3", "`address`", "correct the cell"]),
        (header, &["devices.csv:1:14", "unknown column \"sites\"", "did you mean \"site\"?"]),
        ("name,address\na\n", &["devices.csv:2:1", "this row has 1 cells, but there are 2 columns"]),
        ("name,address,port\na,192.0.2.1,99999\n", &["devices.csv:2:13", "`port` must be a port"]),
        ("name,address,group\na,192.0.2.1,campsu\n", &["devices.csv:2:13", "did you mean \"campus\"?"]),
    ];
    for (csv, words) in cases {
        site.write("devices.csv", csv);
        for verb in ["poll", "check"] {
            let said = site.licwatch(&[verb]).exits(2).complains(words);
            assert!(said.out.is_empty() && !said.err.contains('\u{1b}'), "{}", said.err);
        }
    }
    std::fs::remove_file(site.path().join("devices.csv")).unwrap();
    site.licwatch(&["poll"]).exits(2).complains(&["devices.csv: there is no such file"]);
    site.write("devices.csv", "name,address\n");
    site.licwatch(&["poll"]).exits(2).complains(&["the inventory holds no device", "--host"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let site = Site::small();
    site.write("devices.csv", "name,address\na,192.0.2.300\nb,:\nb,192.0.2.1\n");
    site.licwatch(&["poll"]).exits(2).complains(&["devices.csv:2:3", "devices.csv:3:3", "devices.csv:4:1"]);
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let site = Site::small();
    site.edit("licwatch.toml", "logins_per_second = 10000.0", "logins_per_secnd = 10000.0");
    let said = site.licwatch(&["poll"]).exits(2);
    said.complains(&["unknown key `poll.logins_per_secnd`", "licwatch.toml:10:1", "logins_per_second"]);
    site.licwatch(&["poll", "--config", "another.toml"]).exits(2).complains(&["another.toml"]);
    site.write("licwatch.toml", "[poll\n");
    site.licwatch(&["poll"]).exits(2).complains(&["licwatch.toml:1"]);
}

#[test]
fn wrong_arguments_are_told_with_the_right_ones() {
    let site = Site::small();
    let said = site.licwatch(&["pol"]).exits(2);
    said.complains(&["poll"]);
    site.licwatch(&["poll", "--host", "192.0.2.300", "-u", "monitor"])
        .exits(2)
        .complains(&["192.0.2.300", "--host"]);
    site.licwatch(&["poll", "--host", "192.0.2.1", "core-1"]).exits(2).complains(&["cannot be used with"]);
    site.licwatch(&["poll", "--key", "file"]).exits(2).complains(&["--host"]);
    let version = site.licwatch(&["--version"]).exits(0);
    assert!(version.out.starts_with(concat!("licwatch ", env!("CARGO_PKG_VERSION"))), "{}", version.out);
}
