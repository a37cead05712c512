//! Every word of the enumerations that the licensing models publish and the record takes over: each is said by a sample
//! in `testdata/netconf`, and one that is not published survives as `other` with its text.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but does not see that helpers of a test file are part of them"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::netconf::{
    OPENCONFIG_PLATFORM, SMART_LICENSE, XR_PLATFORM_LICENSE, XR_SMART_AGENT, parse,
};
use licwatch_parsers::record::LicensingModel;
use serde_json::Value;

/// An enumeration: the model that has it, the leaf that says its words, its type's name, and what all words begin with.
struct Words {
    model: &'static str,
    leaf: &'static str,
    kind: &'static str,
    beginning: &'static str,
    words: &'static str,
}

const fn xe(leaf: &'static str, kind: &'static str, beginning: &'static str, words: &'static str) -> Words {
    Words { model: SMART_LICENSE, leaf, kind, beginning, words }
}

const fn xr(leaf: &'static str, kind: &'static str, words: &'static str) -> Words {
    Words { model: XR_SMART_AGENT, leaf, kind, beginning: "", words }
}

/// Read in the models of IOS XE 17.18.1 and of IOS XR 24.1.1.
const PUBLISHED: [Words; 17] = [
    xe(
        "registration-state",
        "registration-state-enum",
        "reg-state-",
        "not-registered complete in-progress retry failed",
    ),
    xe(
        "authorization-state",
        "authorization-state-enum",
        "auth-state-",
        "none eval eval-expired authorized authorized-reservation out-of-compliance authorization-expired",
    ),
    xe("transport-type", "transport-type-enum", "transport-type-", "callhome smart cslu off automatic"),
    xe(
        "enforcement-mode",
        "enforcement-mode-enum",
        "enforcement-",
        "waiting in-compliance out-of-compliance overage evaluation evaluation-expired authorization-expired \
         reservation-in-compliance invalid-tag disabled",
    ),
    xe(
        "report-state",
        "rum-report-state-enum",
        "rum-report-state-",
        "invalid open closed pending unacknowledged acknowledged",
    ),
    xe(
        "license-enforcement-type",
        "license-enforcement-type-enum",
        "license-enforcement-type-",
        "invalid unenforced enforced export",
    ),
    xe("install-type", "license-auth-type-enum", "authorization-type-", "none auth-code slr plr fla pak"),
    xr(
        "registration-state",
        "Registration-state-enum",
        "not-registered complete in-progress retry failed not-supported",
    ),
    xr(
        "authorization-state",
        "Authorization-state-enum",
        "none eval eval-expired authorized authorized-reservation out-of-compliance authorization-expired \
         authorization-not-authorized",
    ),
    xr("transport-type", "Transport-type-enum", "invalid not-used callhome smart clsu transport-off"),
    xr(
        "enforce-mode",
        "Enforcement-mode-enum",
        "waiting in-compliance out-of-compliance overage evaluation evaluation-expired authorization-expired \
         reservation-in-compliance invalid-tag disabled in-use not-in-use not-authorized mode-invalid mode-init \
         grace-period grace-period-expired not-applicable enforcement-max",
    ),
    xr(
        "license-enforcement-type",
        "License-enforcement-type-enum",
        "invalid not-enforced enforced export license-enforcement-max",
    ),
    xr("install-status", "Install-status-enum", "in-progress not-installed type-universal type-specific"),
    xr("type", "License-term-type-enum", "none perpetual term subscription max"),
    xr(
        "export-entitlement-status",
        "Export-entitlement-status-enum",
        "not-restricted authorized not-authorized",
    ),
    xr(
        "reservation-usage-status",
        "Reservation-usage-status-enum",
        "not-installed plr-installed slr-installed in-progress",
    ),
    Words {
        model: XR_PLATFORM_LICENSE,
        leaf: "sia-state",
        kind: "Sia-status-enum",
        beginning: "",
        words: "incompliance out-of-compliance perpetual-without-sia-renewal",
    },
];

impl Words {
    fn whole(&self) -> BTreeSet<String> {
        self.words.split_whitespace().map(|word| format!("{}{word}", self.beginning)).collect()
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sample(name: &str) -> String {
    fs::read_to_string(workspace().join("testdata/netconf").join(name).with_extension("xml")).unwrap()
}

/// Each subtree of a model in the samples.
fn subtrees(model: &str) -> Vec<String> {
    let samples = fs::read_dir(workspace().join("testdata/netconf")).unwrap();
    let mut found = Vec::new();
    for path in samples.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == "xml") {
            let text = fs::read_to_string(&path).unwrap();
            // A root says its namespace, and ends where the next one does.
            let roots = text.split(" xmlns=\"").skip(1).filter_map(|rest| rest.split_once('"'));
            found.extend(roots.filter(|(uri, _)| *uri == model).map(|(_, rest)| rest.to_owned()));
        }
    }
    found
}

#[test]
fn every_published_word_is_said_by_a_sample() {
    let mut unsaid = Vec::new();
    for published in PUBLISHED {
        let subtrees = subtrees(published.model);
        for word in published.whole() {
            let said = format!("<{leaf}>{word}</{leaf}>", leaf = published.leaf);
            if !subtrees.iter().any(|subtree| subtree.contains(&said)) {
                unsaid.push(format!("{} {said}", published.model));
            }
        }
    }
    assert_eq!(unsaid, [""; 0]);
}

/// The types of components that are told apart; what is software by a newer type is no part.
#[test]
fn every_type_of_component_is_said_by_a_sample_or_comes_beside_one() {
    let subtrees = subtrees(OPENCONFIG_PLATFORM);
    for word in ["CHASSIS", "OPERATING_SYSTEM"] {
        assert!(subtrees.iter().any(|subtree| subtree.contains(&format!(":{word}</type>"))), "{word}");
    }
    let reply = sample("n9k");
    for (word, is_part) in [
        ("OPERATING_SYSTEM_UPDATE", false),
        ("BOOT_LOADER", false),
        ("BIOS", false),
        ("SOFTWARE_MODULE", false),
        ("UNHEARD_OF", true),
    ] {
        let component = format!(
            "<component><name>one-more</name><state><type>t:{word}</type><description>One more</description>\
             <serial-no>FDO2531X0Z9</serial-no><part-no>ONE-MORE</part-no></state></component></components>"
        );
        let more = reply.replace("</components>", &component);
        let (plain, more) = (parse(&reply), parse(&more));
        let listed = more.device.inventory.iter().any(|part| part.pid.as_deref() == Some("ONE-MORE"));
        assert_eq!(listed, is_part, "{word}");
        assert_eq!(more.device.software_version, plain.device.software_version, "{word}");
    }
}

/// The list above is that of the modules, which are not ours to ship: they are read where they lie beside the
/// repository.
#[test]
fn the_words_are_those_of_the_modules() {
    let yang = workspace().parent().unwrap().join("shared/yang");
    if !yang.is_dir() {
        return;
    }
    for published in PUBLISHED {
        let module = match published.model {
            SMART_LICENSE => "ios-xe-17.18.1/cisco-smart-license.yang",
            XR_SMART_AGENT => "ios-xr-24.1.1/Cisco-IOS-XR-infra-smartlicense-oper-sub1.yang",
            _ => "ios-xr-24.1.1/Cisco-IOS-XR-smart-license-platform-oper-sub1.yang",
        };
        let module = fs::read_to_string(yang.join(module)).unwrap();
        let (_, rest) = module.split_once(&format!("typedef {} {{", published.kind)).unwrap();
        let typedef = rest.split("typedef ").next().unwrap();
        let words = typedef.split(" enum ").skip(1).filter_map(|rest| rest.split_whitespace().next());
        let words: BTreeSet<String> = words.map(|word| word.trim_matches('"').to_owned()).collect();
        assert_eq!(published.whole(), words, "{}", published.kind);
    }
}

/// Which sample says a word, and where in its record the word and its text go.
const SAID: [(&str, &str, &str, &str); 17] = [
    (
        "classic-out-of-compliance",
        "registration-state",
        "reg-state-complete",
        "/licensing/registration/status",
    ),
    (
        "classic-out-of-compliance",
        "authorization-state",
        "auth-state-out-of-compliance",
        "/licensing/authorization/status",
    ),
    ("classic-out-of-compliance", "transport-type", "transport-type-callhome", "/licensing/transport/type"),
    ("classic-out-of-compliance", "enforcement-mode", "enforcement-out-of-compliance", "/licenses/0/status"),
    ("slup-classic-words", "enforcement-mode", "enforcement-invalid-tag", "/licenses/1/status"),
    (
        "slup-every-authorization",
        "license-enforcement-type",
        "license-enforcement-type-enforced",
        "/licenses/2/enforcement",
    ),
    (
        "slup-every-authorization",
        "install-type",
        "authorization-type-slr",
        "/licensing/device_authorizations/1/status",
    ),
    ("xr-reservation", "registration-state", "complete", "/licensing/registration/status"),
    ("xr-reservation", "authorization-state", "authorized-reservation", "/licensing/authorization/status"),
    ("xr-reservation", "transport-type", "smart", "/licensing/transport/type"),
    ("xr-reservation", "enforce-mode", "reservation-in-compliance", "/licenses/0/status"),
    ("xr-reservation", "license-enforcement-type", "not-enforced", "/licenses/0/enforcement"),
    ("xr-reservation", "install-status", "type-specific", "/licensing/device_authorizations/0/status"),
    ("xr-reservation", "type", "perpetual", "/licenses/0/terms/0/term"),
    ("xr-reservation", "export-entitlement-status", "not-restricted", "/licenses/0/export_status"),
    ("xr-reservation", "reservation-usage-status", "slr-installed", "/licenses/0/reservation_status"),
    ("xr8000", "sia-state", "incompliance", "/licensing/sia_status"),
];

#[test]
fn a_word_that_nobody_published_survives_as_other_with_its_text() {
    for (name, leaf, word, place) in SAID {
        let published = PUBLISHED.iter().filter(|published| published.leaf == leaf);
        let beginnings: Vec<_> = published.map(|published| published.beginning).collect();
        let beginning = beginnings.into_iter().find(|it| word.starts_with(it)).unwrap();
        // With the model's beginning, and without.
        for unheard in [format!("{beginning}unheard-of"), "Unheard Of".to_owned()] {
            let said = |word: &str| format!("<{leaf}>{word}</{leaf}>");
            let reply = sample(name);
            assert!(reply.contains(&said(word)), "{name} {leaf}");
            let reply = reply.replace(&said(word), &said(&unheard));
            let record = serde_json::to_value(parse(&reply)).unwrap();
            let at = |place: &str| record.pointer(place).and_then(Value::as_str).map(str::to_owned);
            assert_eq!(at(place).as_deref(), Some("other"), "{name} {leaf}: {record:#}");
            assert_eq!(at(&format!("{place}_text")).as_deref(), Some(unheard.as_str()), "{name} {leaf}");
        }
    }
    let leaves: BTreeSet<_> = SAID.iter().map(|(_, leaf, ..)| *leaf).collect();
    for Words { leaf, .. } in PUBLISHED {
        // The state of a report is taken over as it is.
        assert!(leaves.contains(leaf) || leaf == "report-state", "{leaf}");
    }
}

/// The record has no place for the kind of a policy, but it tells the model.
#[test]
fn every_kind_of_policy_tells_the_licensing_model() {
    use LicensingModel::{Plr, Slup, Smart};
    let kinds = [
        ("cisco-invalid", Smart),
        ("cisco-default", Slup),
        ("platform-default", Slup),
        ("factory-installed", Slup),
        ("custom", Slup),
        ("plr", Plr),
        ("fla", Slup),
        ("controller", Slup),
        ("merged", Slup),
        ("unheard-of", Slup),
    ];
    let reply = sample("classic-authorization-expired");
    assert!(reply.contains("<policy-type>policy-type-cisco-invalid<"));
    for (kind, model) in kinds {
        let reply = reply.replace("policy-type-cisco-invalid", &format!("policy-type-{kind}"));
        let record = parse(&reply);
        assert_eq!(record.licensing.model, Some(model), "{kind}");
        assert_eq!(record.licensing.policy.merged, (kind == "merged").then_some(true), "{kind}");
    }
}
