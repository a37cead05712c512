//! What is asked of a device: one `get` with a subtree filter, and the end of the session.
//!
//! The capabilities of the peer decide ([`licensing_filter`]):
//!
//! | the peer has | it is asked for |
//! |---|---|
//! | `cisco-smart-license` | its state, node by node, as far as the revision has them |
//! | `Cisco-IOS-XR-infra-smartlicense-oper`, `Cisco-IOS-XR-smart-license-platform-oper` | the state of the Smart Agent; summary and tags of what the platform counts |
//! | `Cisco-IOS-XE-device-hardware-oper` beside one of these | parts, software, clock |
//! | `openconfig-platform`, `openconfig-system` and not that one | the same, and the host name |
//! | hardware models and none of licences | nothing by [`licensing_filter`], hardware by [`hardware_filter`] |
//! | a YANG library and no list of modules | its library first ([`library_filter`]), then as above |
//! | neither | the two models of IOS XE: what has no library and lists nothing is an old release of it or a proxy |
//!
//! What grows with every report (`rum-reports-closed-keys`) and what installs something (authorization codes, keys) is
//! not named, so that it is never sent. Nodes that the peer's revision does not have are not named either.

use quick_xml::escape::escape;

use super::{
    BASE, DEVICE_HARDWARE, Hello, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, SMART_LICENSE, XR_PLATFORM_LICENSE,
    XR_SMART_AGENT, YANG_LIBRARY,
};

/// Nodes of `state-info` and the revision of `cisco-smart-license` that brought them. The list of usage came first
/// and the policy last; 17.3 has the tree of 2019 under a revision of its own.
const STATE_INFO: [(&str, &str); 13] = [
    ("2017-10-11", "<registration/>"),
    ("2017-10-11", "<authorization/>"),
    ("2017-10-11", "<utility><enabled/></utility>"),
    ("2017-10-11", "<custom-id/>"),
    ("2017-10-11", "<transport/>"),
    ("2017-10-11", "<privacy/>"),
    ("2017-10-11", "<evaluation/>"),
    ("2017-10-11", "<udi/>"),
    ("2017-10-11", "<usage/>"),
    ("2020-11-01", "<trust-code/>"),
    ("2021-03-01", "<policy/>"),
    ("2021-03-01", "<rum-ack/>"),
    ("2021-03-01", "<imported-authorizations/>"),
];

/// Nodes of `state-info` of IOS XR, of which there is one revision: all but codes and keys.
const XR_STATE_INFO: &str = "<registration/><authorization/><utility><utility-enable/></utility><transport/><privacy/>\
    <evaluation/><udi/><reservation><overall-status><udi/><install-status/><status-time/><return-code/>\
    <confirmation-code/></overall-status><authorization/></reservation><custom-id/><usage/>";

/// A subtree filter (RFC 6241 §6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    subtrees: String,
    namespaces: Vec<&'static str>,
}

impl Filter {
    /// Asks for one node of one namespace with all below it, by the names on the way to it; `None` if one of them
    /// is no plain name. Nothing but a filter can be expressed: names are checked, the namespace is escaped.
    ///
    /// ```
    /// use licwatch_parsers::netconf::Filter;
    ///
    /// let filter = Filter::node("urn:x", &["interfaces", "interface"]).unwrap();
    /// assert_eq!(filter.as_xml(), r#"<interfaces xmlns="urn:x"><interface></interface></interfaces>"#);
    /// assert_eq!(Filter::node("urn:x", &["interfaces/><edit-config"]), None);
    /// ```
    pub fn node(namespace: &'static str, path: &[&str]) -> Option<Self> {
        let (first, rest) = path.split_first()?;
        if !path.iter().all(|name| is_plain_name(name)) {
            return None;
        }
        let mut subtrees = format!(r#"<{first} xmlns="{}">"#, escape(namespace));
        subtrees.extend(rest.iter().map(|name| format!("<{name}>")));
        subtrees.extend(path.iter().rev().map(|name| format!("</{name}>")));
        Some(Self { subtrees, namespaces: vec![namespace] })
    }

    /// The namespaces that are asked for.
    pub fn namespaces(&self) -> &[&'static str] {
        &self.namespaces
    }

    /// The subtrees as XML, for people who want to see what is sent.
    pub fn as_xml(&self) -> &str {
        &self.subtrees
    }

    fn add(&mut self, namespace: &'static str, subtree: &str) {
        self.namespaces.push(namespace);
        self.subtrees.push_str(subtree);
    }
}

/// Whether a name is an identifier of YANG (RFC 7950 §6.2), which are names in XML without a prefix.
fn is_plain_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// What to ask for licences, identity, software and clock; `None` if the peer has no model that says anything about
/// licences. A peer that lists no modules at all may have any, and is asked for those of IOS XE.
pub fn licensing_filter(hello: &Hello<'_>) -> Option<Filter> {
    let peer = Peer { hello, listed: hello.modules().next().is_some() };
    let mut filter = Filter { subtrees: String::new(), namespaces: Vec::new() };
    if !peer.listed || peer.has("cisco-smart-license") {
        let revision = hello.module("cisco-smart-license").and_then(|module| module.revision);
        let nodes: String = STATE_INFO
            .iter()
            .filter(|(since, _)| revision.is_none_or(|revision| revision >= *since))
            .map(|(_, node)| *node)
            .collect();
        filter.add(
            SMART_LICENSE,
            &format!(
                r#"<licensing xmlns="{SMART_LICENSE}"><state><always-enabled/><smart-enabled/><version/><state-info>{nodes}</state-info></state></licensing>"#
            ),
        );
    }
    if peer.has("Cisco-IOS-XR-infra-smartlicense-oper") {
        filter.add(
            XR_SMART_AGENT,
            &format!(
                r#"<smart-agent xmlns="{XR_SMART_AGENT}"><licensing><state><smart-enabled/><version/><state-info>{XR_STATE_INFO}</state-info></state></licensing></smart-agent>"#
            ),
        );
    }
    if peer.has("Cisco-IOS-XR-smart-license-platform-oper") {
        filter.add(
            XR_PLATFORM_LICENSE,
            &format!(
                r#"<plat-smart-license xmlns="{XR_PLATFORM_LICENSE}"><detail><feature-details><name/><entitlement/></feature-details></detail><summary/></plat-smart-license>"#
            ),
        );
    }
    if filter.namespaces.is_empty() {
        return None;
    }
    peer.add_hardware(&mut filter);
    Some(filter)
}

/// What to ask a peer for that has no model of licences: identity, parts, software and clock; `None` if it has no model
/// of these either.
pub fn hardware_filter(hello: &Hello<'_>) -> Option<Filter> {
    let mut filter = Filter { subtrees: String::new(), namespaces: Vec::new() };
    Peer { hello, listed: true }.add_hardware(&mut filter);
    Some(filter).filter(|filter| !filter.namespaces.is_empty())
}

/// What to ask a peer for that has a library of its modules (RFC 8525) and lists none in its hello; its answer goes to
/// [`Hello::add_library`]. `None` where there is nothing to ask.
pub fn library_filter(hello: &Hello<'_>) -> Option<Filter> {
    const LIBRARY: &str = "urn:ietf:params:netconf:capability:yang-library:";
    if hello.modules().next().is_some() {
        return None;
    }
    let versions = hello.capabilities.iter().filter_map(|capability| capability.strip_prefix(LIBRARY));
    // A server of the newer version still has the older form, if only for clients of 1.0.
    let version = versions.max()?;
    let mut filter = Filter { subtrees: String::new(), namespaces: Vec::new() };
    filter.add(
        YANG_LIBRARY,
        &if version.starts_with("1.0") {
            format!(
                r#"<modules-state xmlns="{YANG_LIBRARY}"><module><name/><revision/><namespace/><conformance-type/></module></modules-state>"#
            )
        } else {
            format!(
                r#"<yang-library xmlns="{YANG_LIBRARY}"><module-set><module><name/><revision/><namespace/></module></module-set></yang-library>"#
            )
        },
    );
    Some(filter)
}

/// The peer, and whether it says which modules it has.
struct Peer<'h, 'a> {
    hello: &'h Hello<'a>,
    listed: bool,
}

impl Peer<'_, '_> {
    fn has(&self, module: &str) -> bool {
        self.hello.module(module).is_some()
    }

    /// The platform's own model, or OpenConfig's where it has none.
    fn add_hardware(&self, filter: &mut Filter) {
        if !self.listed || self.has("Cisco-IOS-XE-device-hardware-oper") {
            return filter.add(
                DEVICE_HARDWARE,
                &format!(
                    r#"<device-hardware-data xmlns="{DEVICE_HARDWARE}"><device-hardware><device-inventory/><device-system-data><current-time/><software-version/></device-system-data></device-hardware></device-hardware-data>"#
                ),
            );
        }
        if let Some(module) = self.hello.module("openconfig-platform") {
            // One leaf was for all versions until it became three.
            let one = module.revision.is_some_and(|revision| revision < "2018-01-16");
            let versions = if one { "<version/>" } else { "<hardware-version/><software-version/>" };
            filter.add(
                OPENCONFIG_PLATFORM,
                &format!(
                    r#"<components xmlns="{OPENCONFIG_PLATFORM}"><component><name/><state><type/><description/>{versions}<serial-no/><part-no/></state></component></components>"#
                ),
            );
        }
        if self.has("openconfig-system") {
            filter.add(
                OPENCONFIG_SYSTEM,
                &format!(
                    r#"<system xmlns="{OPENCONFIG_SYSTEM}"><state><hostname/><current-datetime/></state></system>"#
                ),
            );
        }
    }
}

/// A `get` of running state.
pub fn get(message_id: u64, filter: &Filter) -> String {
    rpc(message_id, &format!(r#"<get><filter type="subtree">{}</filter></get>"#, filter.subtrees))
}

/// The request that ends the session in good order.
pub fn close_session(message_id: u64) -> String {
    rpc(message_id, "<close-session/>")
}

fn rpc(message_id: u64, operation: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><rpc xmlns="{BASE}" message-id="{message_id}">{operation}</rpc>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(capabilities: &[&str]) -> Option<Filter> {
        let capabilities = capabilities.iter().map(|capability| (*capability).into()).collect();
        licensing_filter(&Hello { capabilities, session_id: None })
    }

    #[test]
    fn the_peer_is_asked_for_what_its_revision_has() {
        let license =
            |revision: &str| format!("{SMART_LICENSE}?module=cisco-smart-license&revision={revision}");
        let asked = |revision: &str| filter(&[&license(revision)]).unwrap().as_xml().to_owned();
        let (classic, trust, policy) = (asked("2019-07-01"), asked("2020-11-01"), asked("2021-03-01"));
        for (node, in_classic, in_trust) in [
            ("<usage/>", true, true),
            ("<udi/>", true, true),
            ("<trust-code/>", false, true),
            ("<policy/>", false, false),
        ] {
            assert_eq!((classic.contains(node), trust.contains(node)), (in_classic, in_trust), "{node}");
            assert!(policy.contains(node), "{node}");
        }
        let whole =
            filter(&["urn:x?module=y", &format!("{SMART_LICENSE}?module=cisco-smart-license")]).unwrap();
        assert_eq!(whole.as_xml(), policy, "without a revision everything is asked for");
        assert_eq!(whole.namespaces(), [SMART_LICENSE]);
        for text in [&classic, &policy] {
            assert!(!text.contains("rum-reports-closed-keys") && !text.contains("customer-info"));
        }
    }

    fn announced(namespace: &str, module: &str, revision: &str) -> String {
        format!("{namespace}?module={module}&revision={revision}")
    }

    #[test]
    fn modules_decide_what_is_asked() {
        let hardware = announced(DEVICE_HARDWARE, "Cisco-IOS-XE-device-hardware-oper", "2023-03-01");
        let license = announced(SMART_LICENSE, "cisco-smart-license", "2021-03-01");
        let agent = announced(XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper", "2019-04-05");
        let counted =
            announced(XR_PLATFORM_LICENSE, "Cisco-IOS-XR-smart-license-platform-oper", "2022-09-28");
        let parts = announced(OPENCONFIG_PLATFORM, "openconfig-platform", "2018-11-21");
        let system = announced(OPENCONFIG_SYSTEM, "openconfig-system", "2021-06-16");
        for (has, asked) in [
            (&[&license, &hardware][..], &[SMART_LICENSE, DEVICE_HARDWARE][..]),
            (&[&license], &[SMART_LICENSE]),
            // What the platform has of its own is not asked for twice.
            (&[&license, &hardware, &parts, &system], &[SMART_LICENSE, DEVICE_HARDWARE]),
            (&[&system, &parts, &license], &[SMART_LICENSE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM]),
            (&[&agent, &parts], &[XR_SMART_AGENT, OPENCONFIG_PLATFORM]),
            (&[&agent, &counted], &[XR_SMART_AGENT, XR_PLATFORM_LICENSE]),
            (&[&counted, &parts, &system], &[XR_PLATFORM_LICENSE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM]),
        ] {
            let has: Vec<&str> = has.iter().map(|uri| uri.as_str()).collect();
            assert_eq!(filter(&has).unwrap().namespaces(), asked, "{has:?}");
        }
        assert_eq!(filter(&[&hardware]), None);
        assert_eq!(filter(&[&parts, &system]), None);
        let nothing_listed = filter(&["urn:ietf:params:netconf:base:1.1"]).unwrap();
        assert_eq!(nothing_listed.namespaces(), [SMART_LICENSE, DEVICE_HARDWARE]);
    }

    #[test]
    fn a_peer_without_licences_is_asked_for_its_hardware() {
        let hardware = |capabilities: &[&str]| {
            let capabilities = capabilities.iter().map(|capability| (*capability).into()).collect();
            hardware_filter(&Hello { capabilities, session_id: None })
        };
        let parts = |revision: &str| announced(OPENCONFIG_PLATFORM, "openconfig-platform", revision);
        let system = announced(OPENCONFIG_SYSTEM, "openconfig-system", "2021-06-16");
        let native = announced(DEVICE_HARDWARE, "Cisco-IOS-XE-device-hardware-oper", "2023-03-01");
        let asked = hardware(&[&parts("2019-04-16"), &system]).unwrap();
        assert_eq!(asked.namespaces(), [OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM]);
        assert!(asked.as_xml().contains("<software-version/>") && !asked.as_xml().contains("<version/>"));
        let old = hardware(&[&parts("2016-12-22")]).unwrap();
        assert!(old.as_xml().contains("<version/>") && !old.as_xml().contains("software-version"));
        assert_eq!(hardware(&[&parts("2019-04-16"), &native]).unwrap().namespaces(), [DEVICE_HARDWARE]);
        assert_eq!(hardware(&["urn:ietf:params:netconf:base:1.1"]), None);
        assert_eq!(hardware(&["urn:x?module=y"]), None);
    }

    #[test]
    fn a_library_is_asked_for_where_no_modules_are_listed() {
        const V1_0: &str =
            "urn:ietf:params:netconf:capability:yang-library:1.0?revision=2016-06-21&module-set-id=9d";
        const V1_1: &str =
            "urn:ietf:params:netconf:capability:yang-library:1.1?revision=2019-01-04&content-id=9d";
        let library = |capabilities: &[&str]| {
            let capabilities = capabilities.iter().map(|capability| (*capability).into()).collect();
            library_filter(&Hello { capabilities, session_id: None })
        };
        let starts = |capabilities: &[&str], root: &str| {
            let filter = library(capabilities).unwrap();
            assert!(filter.as_xml().starts_with(root), "{}", filter.as_xml());
            assert_eq!(filter.namespaces(), [YANG_LIBRARY]);
        };
        starts(&[V1_0], "<modules-state ");
        starts(&[V1_1], "<yang-library ");
        starts(&[V1_1, V1_0], "<yang-library ");
        assert_eq!(library(&["urn:ietf:params:netconf:base:1.1"]), None);
        assert_eq!(library(&[V1_1, "urn:x?module=y"]), None);
    }

    #[test]
    fn no_name_and_no_namespace_leaves_the_filter() {
        for name in ["", "a b", "a>", "a/", "<a", "1a", "a:b", "a]]>]]>", "\u{e9}"] {
            assert_eq!(Filter::node("urn:x", &[name]), None, "{name}");
            assert_eq!(Filter::node("urn:x", &["a", name]), None, "{name}");
        }
        assert_eq!(Filter::node("urn:x", &[]), None);
        let odd = Filter::node("urn:x\"/></filter></get>", &["_a-1.b"]).unwrap();
        assert_eq!(odd.as_xml(), "<_a-1.b xmlns=\"urn:x&quot;/&gt;&lt;/filter&gt;&lt;/get&gt;\"></_a-1.b>");
    }

    /// A filter that names a node which the grammar does not know would ask for nothing of use.
    #[test]
    fn everything_that_is_asked_for_is_read() {
        let agent = announced(XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper", "2019-04-05");
        let counted =
            announced(XR_PLATFORM_LICENSE, "Cisco-IOS-XR-smart-license-platform-oper", "2022-09-28");
        let system = announced(OPENCONFIG_SYSTEM, "openconfig-system", "2021-06-16");
        let parts = |revision: &str| announced(OPENCONFIG_PLATFORM, "openconfig-platform", revision);
        for has in [
            vec![],
            vec![agent, counted, system, parts("2018-11-21")],
            vec![announced(SMART_LICENSE, "cisco-smart-license", "2021-03-01"), parts("2017-01-01")],
        ] {
            let has: Vec<&str> = has.iter().map(String::as_str).collect();
            let request = get(1, &filter(&has).unwrap());
            let inside =
                request.split("<filter type=\"subtree\">").nth(1).unwrap().split("</filter>").next().unwrap();
            let record = super::super::parse(inside);
            let codes: Vec<_> = record.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
            assert!(!codes.contains(&"unclaimed_elements") && !codes.contains(&"broken_xml"), "{codes:?}");
        }
    }

    #[test]
    fn codes_keys_and_reports_are_never_asked_for() {
        let agent = announced(XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper", "2019-04-05");
        for has in [&[][..], &[agent.as_str()]] {
            let asked = filter(has).unwrap();
            for left_out in ["authorization-code", "request-code", "-keys", "customer-info", "banner"] {
                assert!(!asked.as_xml().contains(left_out), "{left_out}");
            }
        }
    }
}
