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
