//! What is asked of a device: one `get` with a subtree filter, and the end of the session.
//!
//! The capabilities of the peer decide. Of `cisco-smart-license` everything that the record has a place for is
//! named node by node, which leaves out `rum-reports-closed-keys`: it grows with every report and says nothing
//! about licences. Nodes that the peer's revision does not have are not named.

use quick_xml::escape::escape;

use super::{BASE, DEVICE_HARDWARE, Hello, SMART_LICENSE};

/// Nodes of `state-info` and the revision of the module that brought them.
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

/// What to ask for licensing, identity, software version and clock; `None` if the peer has no model that says
/// anything about licences. A peer that lists no modules at all may have any, and is asked for both.
pub fn licensing_filter(hello: &Hello<'_>) -> Option<Filter> {
    let listed = hello.modules().next().is_some();
    let revision = match hello.module("cisco-smart-license") {
        None if listed => return None,
        module => module.and_then(|module| module.revision),
    };
    let nodes: String = STATE_INFO
        .iter()
        .filter(|(since, _)| revision.is_none_or(|revision| revision >= *since))
        .map(|(_, node)| *node)
        .collect();
    let mut filter = Filter { subtrees: String::new(), namespaces: Vec::new() };
    filter.add(
        SMART_LICENSE,
        &format!(
            r#"<licensing xmlns="{SMART_LICENSE}"><state><always-enabled/><smart-enabled/><version/><state-info>{nodes}</state-info></state></licensing>"#
        ),
    );
    if !listed || hello.module("Cisco-IOS-XE-device-hardware-oper").is_some() {
        filter.add(
            DEVICE_HARDWARE,
            &format!(
                r#"<device-hardware-data xmlns="{DEVICE_HARDWARE}"><device-hardware><device-inventory/><device-system-data><current-time/><software-version/></device-system-data></device-hardware></device-hardware-data>"#
            ),
        );
    }
    Some(filter)
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

    #[test]
    fn modules_decide_what_is_asked() {
        let hardware =
            format!("{DEVICE_HARDWARE}?module=Cisco-IOS-XE-device-hardware-oper&revision=2023-03-01");
        let license = format!("{SMART_LICENSE}?module=cisco-smart-license&revision=2021-03-01");
        let both = filter(&[&license, &hardware]).unwrap();
        assert_eq!(both.namespaces(), [SMART_LICENSE, DEVICE_HARDWARE]);
        assert_eq!(filter(&[&hardware]), None);
        assert_eq!(filter(&["urn:ietf:params:netconf:base:1.1"]).unwrap().namespaces(), both.namespaces());
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
        let request = get(1, &filter(&[]).unwrap());
        let inside =
            request.split("<filter type=\"subtree\">").nth(1).unwrap().split("</filter>").next().unwrap();
        let record = super::super::parse(inside);
        let codes: Vec<_> = record.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(!codes.contains(&"unclaimed_elements") && !codes.contains(&"broken_xml"), "{codes:?}");
    }
}
