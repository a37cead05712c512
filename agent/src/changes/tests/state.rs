use super::*;

fn device(parts: Value) -> String {
    usual(json!({ "device": parts }))
}

fn licensing(parts: Value) -> String {
    usual(json!({ "licensing": parts }))
}

#[test]
fn the_version_changes() {
    let version = |text: &str| device(json!({"software_version": text}));
    assert_told(
        &version("17.9.4a"),
        &version("17.12.1"),
        &[(Kind::Version, "software version: 17.12.1, 17.9.4a before")],
    );
    assert_told(&version("17.9.4a"), &version("17.09.04a"), &[]);
}

#[test]
fn a_level_changes() {
    let level = |parts: Value| device(json!({ "boot_level": parts }));
    assert_told(
        &level(json!({"current": "network-essentials", "addon_current": "dna-essentials"})),
        &level(json!({"current": "network-advantage", "addon_current": "dna-advantage"})),
        &[
            (Kind::Level, "licence level: network-advantage, network-essentials before"),
            (Kind::Level, "add-on level: dna-advantage, dna-essentials before"),
        ],
    );
    assert_told(&level(json!({"current": "ipservices"})), &level(json!({"current": "ipservicesk9"})), &[]);
}

#[test]
fn a_throughput_changes() {
    let rate =
        |level: &str, crypto: &str| device(json!({"throughput": {"level": level, "crypto_level": crypto}}));
    assert_told(
        &rate("1000000 kbps", "T1"),
        &rate("2500000 kbps", "T2"),
        &[
            (Kind::Level, "throughput: 2500000 kbps, 1000000 kbps before"),
            (Kind::Level, "crypto throughput: T2, T1 before"),
        ],
    );
    assert_told(&rate("1000000 kb/s", "T1"), &rate("1000000 kbps", "T1"), &[]);
}

#[test]
fn a_level_is_pending_until_the_next_reboot() {
    let level = |now: &str, next: &str| device(json!({"boot_level": {"current": now, "next_reboot": next}}));
    let settled = level("network-essentials", "network-essentials");
    let pending = level("network-essentials", "network-advantage");
    let wanted = [(
        Kind::LevelPending,
        "licence level: network-advantage after the next reboot, network-essentials now",
    )];
    assert_told(&settled, &pending, &wanted);
    assert_told(&pending, &settled, &[]);
    let other = level("network-essentials", "network-premier");
    let wanted = [(
        Kind::LevelPending,
        "licence level: network-premier after the next reboot, network-essentials now",
    )];
    assert_told(&pending, &other, &wanted);
    let rebooted = level("network-advantage", "network-advantage");
    let wanted = [(Kind::Level, "licence level: network-advantage, network-essentials before")];
    assert_told(&pending, &rebooted, &wanted);
    let addon = |next: &str| {
        device(json!({"boot_level": {"addon_current": "dna-essentials", "addon_next_reboot": next}}))
    };
    let wanted =
        [(Kind::LevelPending, "add-on level: dna-advantage after the next reboot, dna-essentials now")];
    assert_told(&addon("dna-essentials"), &addon("dna-advantage"), &wanted);
}

#[test]
fn the_licensing_model_changes() {
    let model = |word: &str| licensing(json!({ "model": word }));
    assert_told(
        &model("smart"),
        &model("slup"),
        &[(Kind::LicensingModel, "licensing model: slup, smart before")],
    );
}

#[test]
fn the_accounts_change() {
    let accounts = |smart: &str, virtual_one: &str| {
        licensing(json!({"smart_account": smart, "virtual_account": virtual_one}))
    };
    assert_told(
        &accounts("Harbour", "Branch-03"),
        &accounts("Quay", "Default"),
        &[
            (Kind::Account, "Smart Account: Quay, Harbour before"),
            (Kind::Account, "Virtual Account: Default, Branch-03 before"),
        ],
    );
    assert_told(&accounts("Harbour", "Branch-03"), &licensing(json!({})), &[]);
}

#[test]
fn the_registration_changes() {
    let status = |word: &str| licensing(json!({"registration": {"status": word}}));
    assert_told(
        &status("registered"),
        &status("registration_expired"),
        &[(Kind::Registration, "registration: registration_expired, registered before")],
    );
    assert_told(&status("registered"), &status("registered_specific_reservation"), &[]);
}

#[test]
fn the_compliance_changes() {
    let state = |word: &str| licensing(json!({"authorization": {"status": word}}));
    assert_told(
        &state("authorized"),
        &state("out_of_compliance"),
        &[(Kind::Compliance, "compliance: out of compliance, ok before")],
    );
    assert_told(&state("authorized"), &state("authorized_reserved"), &[]);
    // Without the section, the worst of the licences says it.
    let licences = |word: &str| usual(json!({"licenses": [{"name": "a", "status": word}]}));
    assert_told(
        &licences("authorized"),
        &licences("out_of_compliance"),
        &[
            (Kind::Compliance, "compliance: out of compliance, ok before"),
            (Kind::LicenceState, "a: out of compliance, authorized before"),
        ],
    );
    // A section that only one of them has is no other judgement.
    let both = usual(json!({
        "licensing": {"authorization": {"status": "evaluation"}},
        "licenses": [{"name": "a", "status": "authorized"}],
    }));
    assert_told(&licences("authorized"), &both, &[]);
}
