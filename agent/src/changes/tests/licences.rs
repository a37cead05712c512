use super::*;

fn smart(rows: Value) -> String {
    usual(json!({ "licenses": rows }))
}

#[test]
fn a_licence_is_added_or_removed() {
    let none = smart(json!([]));
    let one = smart(json!([{"name": "network-advantage", "count": 2, "status": "in_use"}]));
    assert_told(&none, &one, &[(Kind::LicenceAdded, "network-advantage is new, 2")]);
    assert_told(&one, &none, &[(Kind::LicenceRemoved, "network-advantage is gone, it counted 2")]);
    let unstated = usual(json!({}));
    assert_told(&one, &unstated, &[]);
    assert_told(&unstated, &one, &[]);
}

#[test]
fn a_count_changes() {
    let count = |count| smart(json!([{"name": "network-advantage", "count": count, "status": "in_use"}]));
    assert_told(&count(3), &count(2), &[(Kind::LicenceCount, "network-advantage: 2 in use, 3 before")]);
    let unstated = smart(json!([{"name": "network-advantage", "status": "in_use"}]));
    assert_told(&count(3), &unstated, &[]);
}

#[test]
fn capacity_and_reservations_are_figures_too() {
    let row = |allowed, reserved| {
        smart(json!([{"name": "ap", "count": 1, "max_count": allowed, "total_reserved": reserved}]))
    };
    assert_told(
        &row(75, 1),
        &row(100, 2),
        &[
            (Kind::LicenceCount, "ap: 100 allowed, 75 before"),
            (Kind::LicenceCount, "ap: 2 reserved, 1 before"),
        ],
    );
}

#[test]
fn rows_of_one_licence_count_together_in_any_order() {
    let row = |name, count| json!({"name": name, "count": count, "status": "in_use"});
    let before = smart(json!([row("a", 1), row("b", 5), row("a", 2)]));
    let same = smart(json!([row("b", 5), row("a", 2), row("a", 1)]));
    let fewer = smart(json!([row("a", 2), row("b", 5)]));
    assert_told(&before, &same, &[]);
    assert_told(&before, &fewer, &[(Kind::LicenceCount, "a: 2 in use, 3 before")]);
}

#[test]
fn a_state_changes() {
    let state = |state: &str| smart(json!([{"name": "hseck9", "count": 1, "status": state}]));
    assert_told(
        &state("in_use"),
        &state("not_in_use"),
        &[(Kind::LicenceState, "hseck9: not in use, in use before")],
    );
    let words = |words: &str| smart(json!([{"name": "x", "status": "other", "status_text": words}]));
    assert_told(&words("DORMANT"), &words("ODD"), &[(Kind::LicenceState, "x: ODD, DORMANT before")]);
}

#[test]
fn another_term_is_another_licence() {
    let term = |term: &str| smart(json!([{"name": "securityk9", "term": term, "status": "in_use"}]));
    assert_told(
        &term("evaluation"),
        &term("permanent"),
        &[(Kind::LicenceRemoved, "securityk9 is gone"), (Kind::LicenceAdded, "securityk9 is new")],
    );
}

#[test]
fn licences_of_one_name_are_told_apart_by_their_entitlement() {
    let stack = |of_48| {
        smart(json!([
            {"name": "network-advantage", "entitlement": "C9300-24 Network Advantage", "count": 2, "status": "in_use"},
            {"name": "network-advantage", "entitlement": "C9300-48 Network Advantage", "count": of_48, "status": "in_use"},
        ]))
    };
    assert_told(
        &stack(1),
        &stack(2),
        &[(Kind::LicenceCount, "network-advantage (C9300-48 Network Advantage): 2 in use, 1 before")],
    );
}

#[test]
fn a_name_that_was_cut_is_no_other_licence() {
    let whole = smart(json!([{"name": "ISR_4300_UnifiedCommunication", "count": 1, "status": "in_use"}]));
    let cut = record(
        &["show license summary"],
        json!({"licenses": [{"name": "ISR_4300_UnifiedComm...", "truncated": true, "count": 2, "status": "in_use"}]}),
    );
    assert_told(&whole, &cut, &[(Kind::LicenceCount, "ISR_4300_UnifiedComm...: 2 in use, 1 before")]);
    let other = record(
        &["show license summary"],
        json!({"licenses": [{"name": "ISR_4300_Secur...", "truncated": true, "count": 1, "status": "in_use"}]}),
    );
    assert_eq!(told(&whole, &other).len(), 2);
}

#[test]
fn a_tag_that_only_one_way_tells_is_no_change() {
    let cli = smart(json!([{"name": "a", "entitlement": "A", "count": 1, "status": "in_use"}]));
    let both = record(
        &["get", "show license all"],
        json!({"licenses": [{"name": "a", "entitlement": "A", "entitlement_tag": "regid.x", "count": 1, "status": "authorized"}]}),
    );
    assert_told(&cli, &both, &[]);
    assert_told(&both, &cli, &[]);
    let nameless = record(
        &["get"],
        json!({"licenses": [{"entitlement_tag": "regid.x", "count": 1, "status": "in_use"}]}),
    );
    // Without names nothing can be said: neither gone nor new.
    assert_told(&cli, &nameless, &[]);
    assert_told(&nameless, &cli, &[]);
    assert_told(&both, &nameless, &[]);
}

#[test]
fn what_is_not_in_use_is_not_missed_where_other_commands_were_asked() {
    let all = smart(json!([{"name": "a", "status": "in_use"}, {"name": "b", "status": "not_in_use"}]));
    let summary = |rows| record(&["show license summary"], json!({ "licenses": rows }));
    assert_told(&all, &summary(json!([{"name": "a", "status": "in_use"}])), &[]);
    assert_told(&summary(json!([{"name": "a", "status": "in_use"}])), &all, &[]);
    assert_told(&all, &summary(json!([])), &[(Kind::LicenceRemoved, "a is gone")]);
    assert_told(
        &all,
        &smart(json!([{"name": "a", "status": "in_use"}])),
        &[(Kind::LicenceRemoved, "b is gone")],
    );
}

#[test]
fn a_vaguer_row_stands_for_all_that_it_may_be() {
    let exact = smart(json!([
        {"name": "n", "entitlement": "N-24", "count": 2, "status": "in_use"},
        {"name": "n", "entitlement": "N-48", "count": 1, "status": "in_use"},
    ]));
    let vague = record(
        &["show license summary"],
        json!({"licenses": [{"name": "n", "count": 3, "status": "in_use"}]}),
    );
    assert_told(&exact, &vague, &[]);
    assert_told(&vague, &exact, &[]);
}

#[test]
fn counters_and_times_that_move_by_themselves_are_no_changes() {
    let polled = |day: u32| {
        usual(json!({
            "device": {"clock": {"time": {"text": format!("10:00:0{day}.000 UTC Mon Jan 1{day} 2026")}, "offset_seconds": day}},
            "licensing": {
                "reporting": {"last_report_push": {"text": format!("Jan 1{day} 2026")}},
                "rum_reports": {"total": day, "acknowledged": day},
                "authorization": {"status": "evaluation", "evaluation_remaining_seconds": 1000 - day},
            },
            "licenses": [{"name": "a", "status": "evaluation", "period_left_seconds": 100 - day, "period_used_seconds": day}],
        }))
    };
    assert_told(&polled(1), &polled(2), &[]);
}
