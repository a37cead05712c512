use proptest::prelude::*;

use super::*;
use crate::inventory::Listed;

fn sheet(text: &str) -> (tempfile::TempDir, Sheet) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("devices.csv");
    fs::write(&path, text).unwrap();
    let sheet = Sheet::open(&path).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    (folder, sheet)
}

const OWN: &str = "\u{feff}# ours\r\nName , Address,notes\r\n\r\n# the core\r\n core-1, 192.0.2.1 ,\"a, b\"\r\nacc-1,192.0.2.2,\r\n# end";

#[test]
fn what_nobody_touches_stays() {
    let (_folder, mut sheet) = sheet(OWN);
    assert_eq!(sheet.text(), OWN);
    sheet.set("acc-1", [("notes", "x \"y\", z")]);
    let wanted = OWN.replace("192.0.2.2,\r\n", "192.0.2.2,\"x \"\"y\"\", z\"\r\n");
    assert_eq!(sheet.text(), wanted);
    sheet.add("new-1", [("address", "192.0.2.3")]);
    assert_eq!(sheet.text(), format!("{wanted}\r\nnew-1,192.0.2.3,\r\n"));
    sheet.remove(&BTreeSet::from(["core-1"]));
    assert!(!sheet.text().contains("core-1") && sheet.text().contains("# the core"));
    assert!(sheet.holds("new-1") && !sheet.holds("core-1"));
}

#[test]
fn a_new_column_is_there_in_every_row() {
    let (_folder, mut sheet) = sheet(OWN);
    sheet.set("core-1", [("site", "hq")]);
    let text = sheet.text();
    assert!(text.contains("Name , Address,notes,site\r\n"), "{text}");
    assert!(text.contains(" core-1, 192.0.2.1 ,\"a, b\",hq\r\nacc-1,192.0.2.2,,\r\n# end"), "{text}");
}

#[test]
fn a_file_is_replaced_whole_and_kept() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, mut sheet) = sheet(OWN);
    fs::set_permissions(sheet.path(), fs::Permissions::from_mode(0o640)).unwrap();
    sheet.set("acc-1", [("address", "192.0.2.9")]);
    let replaced = sheet.replace("20260112T101453Z").unwrap();
    assert_eq!(fs::read_to_string(sheet.path()).unwrap(), sheet.text());
    assert_eq!(fs::metadata(sheet.path()).unwrap().permissions().mode() & 0o777, 0o640);
    let backup = replaced.backup.unwrap();
    assert!(backup.ends_with("devices.csv.20260112T101453Z.bak"), "{}", backup.display());
    assert_eq!(fs::read_to_string(&backup).unwrap(), OWN);
    // The text that was read is no longer the file's.
    let said = sheet.replace("20260112T101453Z").unwrap_err().to_string();
    assert!(said.contains("has changed since it was read"), "{said}");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_link_keeps_pointing() {
    let (folder, sheet) = sheet("name,address\na,192.0.2.1\n");
    let link = folder.path().join("link.csv");
    std::os::unix::fs::symlink(sheet.path(), &link).unwrap();
    let mut linked = Sheet::open(&link).unwrap();
    linked.add("b", [("address", "192.0.2.2")]);
    linked.replace("x").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(sheet.path()).unwrap().contains("b,192.0.2.2"));
}

#[test]
fn a_file_that_is_not_there_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.csv");
    let mut sheet = Sheet::open(&path).unwrap();
    sheet.add("a", [("address", "192.0.2.1"), ("site", "hq")]);
    assert_eq!(sheet.replace("x").unwrap().backup, None);
    let (rows, problems) = Rows::read("new.csv", fs::read(&path).unwrap());
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(Listed::of(&rows)[0].cells["site"], "hq");
}

#[test]
fn what_could_not_be_read_again_is_never_written() {
    let (_folder, mut sheet) = sheet("name,address\na,192.0.2.1\n");
    sheet.set("a", [("address", "no address")]);
    assert!(sheet.replace("x").unwrap_err().to_string().contains("`address` must be"));
    assert_eq!(fs::read_to_string(sheet.path()).unwrap(), "name,address\na,192.0.2.1\n");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a cell holds, it reads back as that, and no other row changes.
    #[test]
    fn cells_are_read_back(note in "[ -~éß\u{a0}]{0,40}", site in "[#a-z\",; ]{0,20}") {
        let text = "name,address,notes\nfirst,192.0.2.1,\"kept, \"\"so\"\"\"\n";
        let (_folder, mut sheet) = sheet(text);
        let (note, site) = (note.trim(), site.trim());
        sheet.add("second", [("address", "192.0.2.2"), ("notes", note), ("site", site)]);
        sheet.add("third", [("address", "192.0.2.3")]);
        let (rows, problems) = Rows::read("devices.csv", sheet.text().into_bytes());
        prop_assert!(problems.is_empty(), "{}", problems);
        let listed = Listed::of(&rows);
        prop_assert_eq!(listed.len(), 3);
        let cell = |row: usize, column| listed[row].cells.get(column).map(String::as_str).unwrap_or_default();
        prop_assert_eq!((cell(1, "notes"), cell(1, "site")), (note, site));
        prop_assert_eq!((cell(0, "notes"), cell(2, "notes")), ("kept, \"so\"", ""));
        // And the same again when it is set.
        sheet.set("first", [("notes", note)]);
        let (rows, _) = Rows::read("devices.csv", sheet.text().into_bytes());
        let listed = Listed::of(&rows);
        prop_assert_eq!(listed[0].cells.get("notes").map(String::as_str).unwrap_or_default(), note);
    }
}
