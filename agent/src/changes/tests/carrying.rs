use super::*;

#[test]
fn a_partial_record_in_between_hides_no_change() {
    let full = usual(json!({
        "device": {"software_version": "17.9.4", "udis": [{"serial_number": "FOC1"}]},
        "licenses": [{"name": "a", "status": "in_use"}],
    }));
    let partial = record(&["show version"], json!({"device": {"software_version": "17.9.4"}}));
    let without = usual(json!({"device": {"software_version": "17.12.1"}, "licenses": []}));
    assert_eq!(told(&partial, &without).len(), 1);
    let known = carry(Some(&carry(None, &full)), &partial);
    let wanted = [
        (Kind::Version, "software version: 17.12.1, 17.9.4 before".to_owned()),
        (Kind::LicenceRemoved, "a is gone".to_owned()),
    ];
    assert_eq!(told(&known, &without), wanted);
    assert_eq!(told(&carry(Some(&known), &without), &without), []);
}

#[test]
fn a_failed_poll_leaves_what_is_known() {
    let full = usual(json!({"licenses": [{"name": "a", "status": "in_use"}]}));
    let failed = usual(json!({"observation": {"outcome": "failed"}, "licenses": []}));
    let known = carry(Some(&full), &failed);
    assert_eq!(told(&full, &known), []);
    assert_eq!(told(&known, &usual(json!({"licenses": []}))).len(), 1);
}

#[test]
fn nothing_is_known_of_nothing() {
    for line in ["", "[]", "null", "{\"schema\":1}"] {
        let known: Value = serde_json::from_str(&carry(Some(line), line)).unwrap();
        assert_eq!(known, json!({"schema": "licwatch/device-record/1", "sources": []}));
    }
}

#[test]
fn a_part_that_is_carried_on_does_not_bind_the_others_to_its_commands() {
    // IOS XR: NETCONF states the registration, the command line does not; from then on it is asked by SSH.
    let licences = |names: &[&str]| {
        let list: Vec<_> = names.iter().map(|name| json!({"name": name, "status": "not_in_use"})).collect();
        json!(list)
    };
    let netconf = record(
        &["get"],
        json!({"licensing": {"registration": {"status": "registered"}}, "licenses": licences(&["a"]),
               "device": {"udis": [{"serial_number": "FOC1"}]}}),
    );
    let ssh = |names: &[&str]| record(&["show license all"], json!({"licenses": licences(names)}));
    let known = carry(Some(&netconf), &ssh(&["a"]));
    let gone = [(Kind::LicenceRemoved, "a is gone".to_owned())];
    assert_eq!(told(&known, &ssh(&[])), gone);
    let known = carry(Some(&known), &ssh(&["a"]));
    assert_eq!(told(&known, &ssh(&[])), gone, "and so ever after");
    // What was carried on still rests on what it was read from.
    let again = record(
        &["get"],
        json!({"licensing": {"registration": {"status": "unregistered"}}, "licenses": licences(&[]),
               "device": {"udis": [{"serial_number": "FOC1"}, {"serial_number": "FOC2"}]}}),
    );
    let kinds: Vec<_> = told(&known, &again).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Registration, Kind::MemberAdded]);
    // What an older licwatch has kept tells of all commands at once, until the part is stated anew.
    let older = record(&["get", "show license all"], json!({"licenses": licences(&["a"])}));
    assert_eq!(told(&older, &ssh(&[])), []);
    assert_eq!(told(&carry(Some(&older), &ssh(&["a"])), &ssh(&[])), gone);
}
