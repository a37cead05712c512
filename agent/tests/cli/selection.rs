//! Which devices are meant.

use std::collections::BTreeSet;

use crate::site::Site;

fn meant(site: &Site, selection: &[&str]) -> BTreeSet<String> {
    let said = site.licwatch(&[&["poll", "--dry-run"], selection].concat()).exits(0);
    let heads = said.out.lines().filter_map(|line| line.strip_prefix("# "));
    heads.flat_map(|names| names.split(", ")).map(|name| name.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn devices_are_chosen_by_what_the_inventory_says_of_them() {
    let site = Site::small();
    let cases: [(&[&str], &[&str]); 9] = [
        (&[], &["core-1", "edge-1", "old-1"]),
        (&["old-1", "core-1"], &["core-1", "old-1"]),
        (&["--site", "hq"], &["core-1", "edge-1"]),
        (&["--role", "edge"], &["edge-1", "old-1"]),
        (&["--site", "hq", "--role", "edge"], &["edge-1"]),
        (&["--site", "hq", "--site", "branch"], &["core-1", "edge-1", "old-1"]),
        (&["--group", "campus"], &["core-1"]),
        (&["--environment", "test"], &["old-1"]),
        (&["core-1", "--role", "edge", "--site", "branch", "old-1"], &["old-1"]),
    ];
    for (selection, expected) in cases {
        assert_eq!(
            meant(&site, selection),
            expected.iter().map(|name| (*name).to_owned()).collect(),
            "{selection:?}"
        );
    }
}

#[test]
fn a_slip_of_the_hand_is_not_taken_for_a_device_that_is_well() {
    let site = Site::small();
    let cases = [
        (vec!["core-l"], "there is no device \"core-l\"", "did you mean \"core-1\"?"),
        (vec!["--site", "hg"], "no device has the site \"hg\"", "There are \"branch\", \"hq\""),
        (vec!["--role", "egde"], "no device has the role \"egde\"", "did you mean \"edge\"?"),
        (vec!["--group", "campsu"], "no device has the group \"campsu\"", "did you mean \"campus\"?"),
    ];
    for (selection, problem, remedy) in cases {
        let said = site.licwatch(&[vec!["poll"], selection].concat()).exits(2).complains(&[problem, remedy]);
        assert!(said.out.is_empty());
    }
    assert!(site.devices().iter().all(|device| device.tally().connections == 0));
}

#[test]
fn devices_that_nothing_fits_together_are_none() {
    let site = Site::small();
    let said = site.licwatch(&["poll", "--site", "branch", "--role", "core"]).exits(2);
    said.complains(&["no device fits all that was asked for", "leave one out"]);
}
