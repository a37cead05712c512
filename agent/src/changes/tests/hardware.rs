use super::*;

fn stack(udis: &[(&str, &str, &str)]) -> String {
    let udis: Vec<_> = udis
        .iter()
        .map(|(role, pid, serial)| json!({"role": role, "pid": pid, "serial_number": serial}))
        .collect();
    usual(json!({"device": {"udis": udis}}))
}

const ACTIVE: (&str, &str, &str) = ("active", "C9300-24UX", "FOC1");
const STANDBY: (&str, &str, &str) = ("standby", "C9300-48T", "FOC2");

#[test]
fn a_member_is_added_or_removed() {
    let (one, two) = (stack(&[ACTIVE]), stack(&[ACTIVE, STANDBY]));
    assert_told(&one, &two, &[(Kind::MemberAdded, "chassis FOC2 (C9300-48T) is new")]);
    assert_told(&two, &one, &[(Kind::MemberRemoved, "chassis FOC2 (C9300-48T) is gone")]);
}

#[test]
fn a_member_is_swapped() {
    let after = stack(&[ACTIVE, ("standby", "C9300-48T", "FOC9")]);
    let wanted = [(Kind::MemberSwapped, "chassis FOC2 (C9300-48T) was replaced by FOC9 (C9300-48T)")];
    assert_told(&stack(&[ACTIVE, STANDBY]), &after, &wanted);
    // By another model in the same role.
    let after = stack(&[ACTIVE, ("standby", "C9300-24T", "FOC9")]);
    let wanted = [(Kind::MemberSwapped, "chassis FOC2 (C9300-48T) was replaced by FOC9 (C9300-24T)")];
    assert_told(&stack(&[ACTIVE, STANDBY]), &after, &wanted);
    // A device of one chassis, without a role.
    let lone =
        |pid: &str, serial: &str| usual(json!({"device": {"udis": [{"pid": pid, "serial_number": serial}]}}));
    let wanted = [(Kind::MemberSwapped, "chassis A1 (ISR4331/K9) was replaced by B1 (C8300)")];
    assert_told(&lone("ISR4331/K9", "A1"), &lone("C8300", "B1"), &wanted);
}

#[test]
fn a_member_of_another_kind_is_one_gone_and_one_new() {
    let before = stack(&[ACTIVE, ("member", "C9300-48T", "FOC2")]);
    let after = stack(&[ACTIVE, ("member", "C9300-24T", "FOC3")]);
    let kinds: Vec<_> = told(&before, &after).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::MemberRemoved, Kind::MemberAdded]);
}

#[test]
fn a_switchover_and_small_letters_are_no_swap() {
    let after = stack(&[("active", "C9300-48T", "foc2"), ("standby", "C9300-24UX", "FOC1")]);
    assert_told(&stack(&[ACTIVE, STANDBY]), &after, &[]);
}

#[test]
fn a_list_that_names_the_first_member_alone_removes_none() {
    let netconf =
        record(&["get"], json!({"device": {"udis": [{"pid": "C9300-24UX", "serial_number": "FOC1"}]}}));
    assert_told(&stack(&[ACTIVE, STANDBY]), &netconf, &[]);
    assert_told(&netconf, &stack(&[ACTIVE, STANDBY]), &[]);
    // But the same commands would have named the others.
    let alone = usual(json!({"device": {"udis": [{"pid": "C9300-24UX", "serial_number": "FOC1"}]}}));
    let wanted = [(Kind::MemberRemoved, "chassis FOC2 (C9300-48T) is gone")];
    assert_told(&stack(&[ACTIVE, STANDBY]), &alone, &wanted);
}

fn inventory(items: &[(&str, &str, &str)]) -> Value {
    let items: Vec<_> = items
        .iter()
        .map(|(name, pid, serial)| json!({"name": name, "pid": pid, "serial_number": serial}))
        .collect();
    json!({"device": {"udis": [{"pid": "C9300-24UX", "serial_number": "FOC1"}], "inventory": items}})
}

const CHASSIS: (&str, &str, &str) = ("Switch 1", "C9300-24UX", "FOC1");
const POWER: (&str, &str, &str) = ("Switch 1 - Power Supply A", "PWR-C1-715WAC", "LIT1");
const SFP: (&str, &str, &str) = ("GigabitEthernet1/1/1", "GLC-SX-MMD", "AGJ1");

#[test]
fn a_module_is_added_or_removed() {
    let (with, without) = (usual(inventory(&[CHASSIS, POWER, SFP])), usual(inventory(&[CHASSIS, POWER])));
    assert_told(&without, &with, &[(Kind::ModuleAdded, "GigabitEthernet1/1/1: GLC-SX-MMD (AGJ1) is new")]);
    assert_told(&with, &without, &[(Kind::ModuleRemoved, "GigabitEthernet1/1/1: GLC-SX-MMD (AGJ1) is gone")]);
}

#[test]
fn a_module_is_swapped() {
    let after = usual(inventory(&[CHASSIS, ("Switch 1 - Power Supply A", "PWR-C1-1100WAC", "LIT2"), SFP]));
    let wanted = [(
        Kind::ModuleSwapped,
        "Switch 1 - Power Supply A: PWR-C1-715WAC (LIT1) was replaced by PWR-C1-1100WAC (LIT2)",
    )];
    assert_told(&usual(inventory(&[CHASSIS, POWER, SFP])), &after, &wanted);
}

#[test]
fn a_chassis_is_a_member_and_no_module() {
    let mut after = inventory(&[("Switch 1", "C9300-24UX", "FOC7"), POWER]);
    after["device"]["udis"][0]["serial_number"] = "FOC7".into();
    let wanted = [(Kind::MemberSwapped, "chassis FOC1 (C9300-24UX) was replaced by FOC7 (C9300-24UX)")];
    assert_told(&usual(inventory(&[CHASSIS, POWER])), &usual(after), &wanted);
}

#[test]
fn slots_of_another_way_are_not_compared() {
    let cli = usual(inventory(&[CHASSIS, POWER, SFP]));
    let netconf = record(&["get"], inventory(&[CHASSIS, ("PowerSupply1/A", "PWR-C1-715WAC", "LIT1")]));
    assert_told(&cli, &netconf, &[]);
    assert_told(&netconf, &cli, &[]);
    let renamed = usual(inventory(&[("Chassis", "C9300-24UX", "FOC1"), ("Slot 1", "PWR-C1-715WAC", "LIT1")]));
    assert_told(&cli, &renamed, &[]);
}

#[test]
fn slots_of_one_name_are_told_apart_by_their_order() {
    let fans = |second: &str| usual(inventory(&[("Fan", "FAN-1", "A"), ("Fan", "FAN-1", second)]));
    assert_told(&fans("B"), &fans("C"), &[(Kind::ModuleSwapped, "Fan: FAN-1 (B) was replaced by FAN-1 (C)")]);
}
