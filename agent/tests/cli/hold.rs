//! `licwatch hold`.

use std::fs;

use crate::program::licwatch as run;

#[test]
fn a_hold_is_set_listed_and_lifted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("licwatch.toml"), "[agent]\nname = \"agent-1\"\n").unwrap();
    run(folder, &["hold", "list"]).exits(3).complains(&["there is no store in", "licwatch run"]);

    let clock = std::sync::Arc::new(licwatch::clock::SystemClock::new());
    drop(licwatch::store::Store::open(&folder.join("state"), "agent-1", clock).unwrap());
    run(folder, &["hold", "set", "--reason", "audit"]).exits(2);
    run(folder, &["hold", "set", "--all", "--reason", " "]).exits(2).complains(&["--reason is empty"]);
    run(folder, &["hold", "set", "core-9", "--reason", "audit"])
        .exits(2)
        .complains(&["no device \"core-9\""]);
    run(folder, &["hold", "set", "--all", "--reason", "audit 2027-014"])
        .exits(0)
        .complains(&["hold 1 is set on every device"]);

    let listed = run(folder, &["hold", "list", "--json"]).exits(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(listed["schema"], "licwatch/holds/1");
    let hold = &listed["holds"][0];
    assert_eq!((hold["number"].as_i64(), hold["reason"].as_str()), (Some(1), Some("audit 2027-014")));
    assert!(hold["device"].is_null() && !hold["set_by"].as_str().unwrap().is_empty(), "{hold}");
    let table = run(folder, &["hold", "list"]).exits(0).out;
    assert!(table.contains("every device") && table.contains("1 hold\n"), "{table}");

    run(folder, &["hold", "lift", "1", "2", "--reason", "closed"])
        .exits(2)
        .complains(&["there is no hold 2"]);
    run(folder, &["hold", "lift", "1", "--reason", "closed"]).exits(0).complains(&["hold 1 is lifted"]);
    assert!(run(folder, &["hold", "list"]).exits(0).out.contains("0 holds"));
}
