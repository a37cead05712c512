//! Which licences of two outputs are one.

use super::*;

fn license(name: &'static str, entitlement: &'static str, count: u64) -> License<'static> {
    License {
        name: Some(name.into()),
        entitlement: Some(entitlement.into()).filter(|text: &Text<'_>| !text.is_empty()),
        count: Some(count),
        ..License::default()
    }
}

fn list(command: Command, licenses: Vec<License<'static>>) -> Record {
    of(command, |record| record.licenses = Some(licenses))
}

fn tagged(tag: &'static str, license: License<'static>) -> License<'static> {
    License { entitlement_tag: Some(tag.into()), ..license }
}

fn cut(license: License<'static>) -> License<'static> {
    License { truncated: true, ..license }
}

fn in_use(license: License<'static>) -> License<'static> {
    License {
        status: Some(LicenseStatus::InUse),
        status_text: Some("IN USE".into()),
        description: license.entitlement.clone(),
        ..license
    }
}

#[test]
fn a_summary_that_was_cut_is_completed() {
    let usage = vec![
        in_use(license("network-advantage", "C9300-24 Network Advantage", 2)),
        in_use(license("network-advantage", "C9300-48 Network Advantage", 1)),
        in_use(license("dna-advantage", "C9300-24 DNA Advantage", 2)),
    ];
    for dots in ["", "..."] {
        let words =
            |text: &'static str| -> &'static str { Box::leak(format!("{text}{dots}").into_boxed_str()) };
        let summary = list(
            Command::ShowLicenseSummary,
            vec![
                cut(license("network-advantage", words("C9300-48 Network Ad"), 1)),
                cut(license("network-advantage", words("C9300-24 Network Ad"), 2)),
                cut(license("dna-advantage", words("C9300-24 DNA Advant"), 2)),
            ],
        );
        let merged = in_any_order(&[summary.clone(), list(Command::ShowLicenseUsage, usage.clone())]);
        assert_eq!(merged.licenses.as_ref(), Some(&usage));
        assert!(conflicts(&merged).is_empty(), "{:?}", merged.diagnostics);

        // NETCONF completes it too, and keeps the order of the summary.
        let tags = ["n24", "n48", "d24"];
        let netconf: Vec<_> = usage.iter().zip(tags).map(|(known, tag)| tagged(tag, known.clone())).collect();
        let merged = in_any_order(&[list(Command::NetconfGet, netconf.clone()), summary]);
        let [first, second, third] = netconf.as_slice() else { panic!("three") };
        assert_eq!(merged.licenses, Some(vec![second.clone(), first.clone(), third.clone()]));
    }
}

#[test]
fn tags_come_from_netconf_and_statuses_from_the_command_line() {
    let cli = vec![
        in_use(license("network-advantage", "C9300-24 Network Advantage", 3)),
        in_use(license("dna-advantage", "C9300-24 DNA Advantage", 3)),
    ];
    let netconf = vec![
        tagged(
            "d",
            License {
                status: Some(LicenseStatus::InvalidTag),
                status_text: Some("enforcement-invalid-tag".into()),
                ..license("dna-advantage", "C9300-24 DNA Advantage", 3)
            },
        ),
        tagged("n", license("network-advantage", "C9300-24 Network Advantage", 3)),
    ];
    let want = vec![tagged("n", cli[0].clone()), tagged("d", cli[1].clone())];
    let records = [list(Command::NetconfGet, netconf), list(Command::ShowLicenseAll, cli)];
    let merged = in_any_order(&records);
    assert_eq!(merged.licenses, Some(want));
    assert!(conflicts(&merged).is_empty());
}

#[test]
fn a_tag_that_was_cut_is_completed_and_another_tag_is_another_licence() {
    let tech = list(Command::ShowLicenseTechSupport, vec![tagged("regid.x,1.0_12", license("a", "A", 1))]);
    let netconf = list(Command::NetconfGet, vec![tagged("regid.x,1.0_1234", license("a", "A", 1))]);
    let merged = in_any_order(&[tech.clone(), netconf]);
    assert_eq!(merged.licenses, Some(vec![tagged("regid.x,1.0_1234", license("a", "A", 1))]));
    let other = list(Command::NetconfGet, vec![tagged("regid.y,1.0_1", license("a", "A", 1))]);
    assert_eq!(in_any_order(&[tech, other]).licenses.unwrap().len(), 2);
}

#[test]
fn the_same_name_with_another_entitlement_stays_another_licence() {
    let two = vec![license("network-advantage", "C9300-24 Network Advantage", 2)];
    let one = vec![license("network-advantage", "C9300-48 Network Advantage", 2)];
    let merged = merge(&[list(Command::ShowLicenseUsage, two), list(Command::NetconfGet, one)]);
    assert_eq!(merged.licenses.as_ref().unwrap().len(), 2);
    // Nor are those of one output joined with each other.
    let twice = vec![license("network-advantage", "", 2), license("network-advantage", "", 2)];
    let merged = merge(&[list(Command::ShowLicenseUsage, twice.clone()), list(Command::NetconfGet, twice)]);
    assert_eq!(merged.licenses.as_ref().unwrap().len(), 2);
}

#[test]
fn without_an_entitlement_the_name_and_count_decide() {
    let cli = vec![license("network-advantage", "", 1), license("network-advantage", "", 2)];
    let netconf = vec![
        tagged("24", license("network-advantage", "C9300-24 Network Advantage", 2)),
        tagged("48", license("network-advantage", "C9300-48 Network Advantage", 1)),
    ];
    let merged =
        in_any_order(&[list(Command::ShowLicenseUsage, cli), list(Command::NetconfGet, netconf.clone())]);
    assert_eq!(merged.licenses, Some(vec![netconf[1].clone(), netconf[0].clone()]));
    assert!(conflicts(&merged).is_empty());
}

#[test]
fn a_description_stands_for_an_entitlement() {
    let described = License {
        entitlement: None,
        description: Some("c9300-24 network advantage".into()),
        ..license("network-advantage", "", 2)
    };
    let other = License {
        entitlement: None,
        description: Some("C9300-48 Network Advantage".into()),
        ..license("network-advantage", "", 2)
    };
    let cli = list(Command::ShowLicenseUsage, vec![other, described]);
    let netconf = list(
        Command::NetconfGet,
        vec![tagged("24", license("network-advantage", "C9300-24 Network Advantage", 2))],
    );
    let licenses = in_any_order(&[cli, netconf]).licenses.unwrap();
    assert_eq!(licenses.len(), 2);
    assert_eq!(
        (licenses[0].entitlement_tag.as_deref(), licenses[1].entitlement_tag.as_deref()),
        (None, Some("24"))
    );
}

#[test]
fn a_classic_licence_has_another_name_over_netconf() {
    let cli = list(Command::ShowLicenseAll, vec![license("securityk9", "ISR_4331_Security", 1)]);
    let netconf = list(
        Command::NetconfGet,
        vec![tagged("s", license("Cisco ISR 4331 Security", "ISR_4331_Security", 1))],
    );
    let merged = in_any_order(&[cli, netconf]);
    assert_eq!(merged.licenses, Some(vec![tagged("s", license("securityk9", "ISR_4331_Security", 1))]));
    // Of two outputs of the command line these would be two.
    let usage = list(Command::ShowLicenseUsage, vec![license("appxk9", "ISR_4331_Security", 1)]);
    let all = list(Command::ShowLicenseAll, vec![license("securityk9", "ISR_4331_Security", 1)]);
    assert_eq!(in_any_order(&[usage, all]).licenses.unwrap().len(), 2);
}

#[test]
fn counts_that_differ_are_a_conflict() {
    let usage = list(Command::ShowLicenseUsage, vec![license("dna-advantage", "C9300-24 DNA Advantage", 3)]);
    let netconf = list(Command::NetconfGet, vec![license("dna-advantage", "C9300-24 DNA Advantage", 2)]);
    let merged = in_any_order(&[netconf, usage]);
    assert_eq!(merged.licenses.as_ref().unwrap()[0].count, Some(3));
    assert_eq!(
        conflicts(&merged),
        [
            "count of licence dna-advantage: \"show license usage\" (source 1) states 3, \"get\" (source 0) states 2; the first is kept"
        ]
    );
}

#[test]
fn none_in_use_is_told_from_nothing_said() {
    let none = list(Command::ShowLicenseUsage, Vec::new());
    let silent = of(Command::ShowVersion, |_| {});
    assert_eq!(merge(std::slice::from_ref(&silent)).licenses, None);
    assert_eq!(merge(&[silent.clone(), none.clone()]).licenses, Some(Vec::new()));
    let some = list(Command::NetconfGet, vec![license("a", "A", 1)]);
    let merged = in_any_order(&[none, silent, some]);
    assert_eq!(merged.licenses.as_ref().unwrap().len(), 1);
    assert_eq!(
        conflicts(&merged),
        [
            "licenses: \"get\" (source 2) states 1 in use, \"show license usage\" (source 0) states none in use; the first is kept"
        ]
    );
}

#[test]
fn an_authorization_belongs_to_the_licence_that_it_allows() {
    use crate::record::Enforcement;
    let export = Some(Enforcement::ExportRestricted);
    let allowed = License { count: None, enforcement: export, ..license("Router US Export", "DNA_HSEC", 0) };
    let authorization = list(Command::ShowLicenseAuthorization, vec![allowed.clone()]);
    let tag = "regid.2019-03.com.cisco.DNA_HSEC,1.0_a";
    let netconf = list(Command::NetconfGet, vec![tagged(tag, in_use(license("hseck9", "DNA_HSEC", 1)))]);
    let usage = list(
        Command::ShowLicenseUsage,
        vec![in_use(license("other", "OTHER", 1)), in_use(license("hseck9", "DNA_HSEC", 1))],
    );
    for (records, place) in
        [(vec![authorization.clone(), netconf.clone()], 0), (vec![authorization.clone(), netconf, usage], 1)]
    {
        let merged = in_any_order(&records);
        let licenses = merged.licenses.as_ref().unwrap();
        assert_eq!(licenses.len(), place + 1);
        let hsec = &licenses[place];
        assert_eq!((hsec.name.as_deref(), hsec.count, hsec.enforcement), (Some("hseck9"), Some(1), export));
        assert_eq!(hsec.entitlement_tag.as_deref(), Some(tag));
        // The other one is not in NETCONF's list here.
        let others = conflicts(&merged);
        assert!(others.len() == place && others.iter().all(|told| told.starts_with("licence other: ")));
    }
    // Two that both state their use are two.
    let two = [license("hseck9", "DNA_HSEC", 1), license("boost", "DNA_HSEC", 2)]
        .map(|license| list(Command::ShowLicenseUsage, vec![in_use(license)]));
    assert_eq!(count(&two), 2);
    // Nor is what nothing uses joined with what nothing uses.
    let unused = License { name: Some("Another title".into()), ..allowed };
    let both = [authorization, list(Command::ShowLicenseAuthorization, vec![unused])];
    assert_eq!(count(&both), 2);
}

fn count(records: &[Record]) -> usize {
    merge(records).licenses.unwrap().len()
}

#[test]
fn pak_features_are_joined_by_name_but_not_across_terms() {
    use crate::record::{Enforcement, Term};
    let pak = |term| License { term: Some(term), ..license("securityk9", "", 1) };
    let detail = list(Command::ShowLicenseDetail, vec![pak(Term::Permanent), pak(Term::Evaluation)]);
    let feature =
        License { enforcement: Some(Enforcement::Enforced), count: None, ..license("securityk9", "", 1) };
    let licenses =
        in_any_order(&[list(Command::ShowLicenseFeature, vec![feature]), detail.clone()]).licenses.unwrap();
    assert_eq!(licenses.len(), 2);
    assert_eq!(
        (licenses[0].enforcement, licenses[0].term),
        (Some(Enforcement::Enforced), Some(Term::Permanent))
    );
    let left = License { period_left_seconds: Some(60), ..pak(Term::Evaluation) };
    let turned = list(Command::ShowLicense, vec![left.clone(), pak(Term::Permanent)]);
    assert_eq!(in_any_order(&[turned, detail]).licenses, Some(vec![pak(Term::Permanent), left]));
}

/// As many licences as are joined, all alike: work that is not bounded would not end.
#[test]
fn hostile_lists_take_bounded_time() {
    let same = |length| -> Vec<_> { (0..length).map(|count| license("a", "", count)).collect() };
    let alike: Vec<_> = (0..2_000).map(|count| cut(license("a", "b", count))).collect();
    let started = std::time::Instant::now();
    let merged = merge(&[
        list(Command::ShowLicenseUsage, same(2_000)),
        list(Command::NetconfGet, same(50_000)),
        list(Command::ShowLicenseSummary, alike.clone()),
        list(Command::ShowLicenseAll, alike),
    ]);
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
    assert!(merged.licenses.unwrap().len() >= 50_000);
    let last = merged.diagnostics.iter().rfind(|diagnostic| diagnostic.code == "not_joined").unwrap();
    assert!(last.message.starts_with("the 50000 licences of \"get\" (source 1)"), "{}", last.message);
}

proptest::proptest! {
    /// Reading the same output twice changes nothing.
    #[test]
    fn a_record_merged_with_itself_is_itself(
        words in proptest::collection::vec((0..3usize, 0..4usize, 1..3u64, proptest::bool::ANY), 0..8),
    ) {
        let licenses = words.iter().map(|&(name, entitlement, count, truncated)| License {
            truncated,
            ..license(["a", "ab", "b"][name], ["", "A", "A B", "C"][entitlement], count)
        });
        let record = list(Command::ShowLicenseUsage, licenses.collect());
        let merged = merge(&[record.clone(), record.clone()]);
        proptest::prop_assert_eq!(&merged.licenses, &record.licenses);
        proptest::prop_assert!(merged.diagnostics.is_empty(), "{:?}", merged.diagnostics);
    }
}

#[test]
fn states_that_cannot_both_be_are_a_conflict() {
    use LicenseStatus as S;
    let of_status = |command, status| {
        let license = License { status: Some(status), ..license("a", "A", 1) };
        list(command, vec![license])
    };
    for (typed, netconf, contradict) in [
        (S::Authorized, S::OutOfCompliance, true),
        (S::Evaluation, S::EvaluationExpired, true),
        (S::InUse, S::NotInUse, true),
        (S::NotInUse, S::OutOfCompliance, true),
        (S::InUse, S::OutOfCompliance, false),
        // A reservation authorizes, and some words of NETCONF say nothing.
        (S::Authorized, S::Reserved, false),
        (S::InUse, S::NotApplicable, false),
        (S::OutOfCompliance, S::Waiting, false),
        (S::Authorized, S::Other, false),
    ] {
        let merged = in_any_order(&[
            of_status(Command::NetconfGet, netconf),
            of_status(Command::ShowLicenseAll, typed),
        ]);
        assert_eq!(merged.licenses.as_ref().unwrap()[0].status, Some(typed));
        let wanted = format!(
            "status of licence a: \"show license all\" (source 1) states {typed}, \"get\" (source 0) states {netconf}; the first is kept"
        );
        assert_eq!(conflicts(&merged), if contradict { vec![wanted.as_str()] } else { vec![] });
    }
}

#[test]
fn a_licence_that_one_transport_lists_alone_is_kept_and_told() {
    let netconf =
        list(Command::NetconfGet, vec![license("advantage", "A", 2), tagged("t", license("dna", "D", 2))]);
    let typed = list(Command::ShowLicenseAll, vec![license("essentials", "E", 2), license("dna", "D", 2)]);
    let merged = in_any_order(&[netconf.clone(), typed.clone()]);
    assert_eq!(merged.licenses.as_ref().unwrap().len(), 3);
    assert_eq!(
        conflicts(&merged),
        [
            "licence essentials: \"show license all\" (source 1) lists it in use, \"get\" (source 0) does not; it is kept",
            "licence advantage: \"get\" (source 0) lists it in use, \"show license all\" (source 1) does not; it is kept",
        ]
    );
    // What a command does not list in use may well be there, and what is counted elsewhere is another list.
    let pak = list(Command::ShowLicenseDetail, vec![license("essentials", "E", 2)]);
    assert!(conflicts(&in_any_order(&[netconf.clone(), pak])).is_empty());
    let allowed = License { count: None, ..license("hseck9", "H", 1) };
    let reserved =
        list(Command::ShowLicenseAll, vec![license("advantage", "A", 2), license("dna", "D", 2), allowed]);
    assert!(conflicts(&in_any_order(&[netconf, reserved])).is_empty());
    let counted = License { area: Some("fcm".into()), ..license("x", "X", 1) };
    assert!(conflicts(&in_any_order(&[list(Command::NetconfGet, vec![counted]), typed])).is_empty());
}

#[test]
fn areas_of_ios_xr_are_spelled_in_two_ways() {
    let of_area = |command, area: &'static str| {
        let license = License { area: Some(area.into()), name: None, ..license("", "Core Premier RTU", 6) };
        list(command, vec![license])
    };
    let typed = of_area(Command::ShowLicensePlatformSummary, "FCM 2 Core/E");
    let merged = in_any_order(&[of_area(Command::NetconfGet, "fcm"), typed.clone()]);
    let licenses = merged.licenses.as_ref().unwrap();
    assert_eq!((licenses.len(), licenses[0].area.as_deref()), (1, Some("FCM 2 Core/E")));
    let merged = in_any_order(&[of_area(Command::NetconfGet, "system"), typed]);
    assert_eq!(merged.licenses.unwrap().len(), 2);
}
