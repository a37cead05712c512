//! Which modules a device has, where its hello lists none: RFC 8525's library, read in the two forms that it has had.
//!
//! ```text
//! <modules-state xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-library">
//!   <module><name>cisco-smart-license</name><revision>2021-03-01</revision>
//!     <namespace>http://cisco.com/ns/yang/cisco-smart-license</namespace>
//!     <conformance-type>implement</conformance-type></module>
//! ```
//! The newer form has `yang-library/module-set` around its modules, and no conformance type.

use super::Hello;
use super::fault::{Broken, MessageError};
use super::namespace::Namespace;
use super::walk::{Tag, Walk};
use crate::record::Text;

/// A device has a thousand modules; a list that is longer is none of a device.
const MOST_MODULES: usize = 20_000;

impl<'a> Hello<'a> {
    /// Takes over the modules that a reply about the device's library names, as if the hello had listed them; says
    /// how many there were. An `rpc-error` names none.
    ///
    /// # Errors
    /// The message is no XML.
    pub fn add_library(&mut self, reply: &str) -> Result<usize, MessageError> {
        let mut walk = Walk::new(reply);
        let mut modules = Vec::new();
        walk.children(|walk, tag| container(walk, tag, &mut modules))
            .map_err(|broken| broken.in_message(reply))?;
        let found = modules.len();
        self.capabilities.extend(modules.into_iter().map(Text::Owned));
        Ok(found)
    }
}

fn container<'r>(walk: &mut Walk<'r>, tag: Tag<'r>, modules: &mut Vec<String>) -> Result<(), Broken> {
    match (tag.namespace, tag.name) {
        (Namespace::Base, "rpc-reply") | (_, "data") => {}
        (Namespace::YangLibrary, "modules-state" | "yang-library" | "module-set") => {}
        (Namespace::YangLibrary, "module") => {
            let module = module(walk)?;
            modules.extend(module.filter(|_| modules.len() < MOST_MODULES));
            return Ok(());
        }
        _ => return Ok(()),
    }
    walk.children(|walk, tag| container(walk, tag, modules))
}

/// A module in the form of a capability; `None` for one that others only take definitions from.
fn module(walk: &mut Walk<'_>) -> Result<Option<String>, Broken> {
    let (mut name, mut revision, mut namespace, mut implemented) = (None, None, None, true);
    walk.members(|walk, tag| {
        match tag.name {
            "name" => name = walk.stated()?,
            "revision" => revision = walk.stated()?,
            "namespace" => namespace = walk.stated()?,
            "conformance-type" => implemented = walk.text()? != "import",
            _ => {}
        }
        Ok(())
    })?;
    let (Some(name), Some(namespace), true) = (name, namespace, implemented) else { return Ok(None) };
    let revision = revision.map(|revision| format!("&revision={revision}")).unwrap_or_default();
    Ok(Some(format!("{namespace}?module={name}{revision}")))
}

#[cfg(test)]
mod tests {
    use super::super::{BASE, SMART_LICENSE, YANG_LIBRARY, library_filter, licensing_filter};
    use super::*;

    fn module(name: &str, namespace: &str, more: &str) -> String {
        format!("<module><name>{name}</name><namespace>{namespace}</namespace>{more}</module>")
    }

    fn hello() -> Hello<'static> {
        let library =
            "urn:ietf:params:netconf:capability:yang-library:1.1?revision=2019-01-04&content-id=7f3a";
        let capabilities = vec!["urn:ietf:params:netconf:base:1.1".into(), library.into()];
        Hello { capabilities, session_id: Some(4) }
    }

    #[test]
    fn both_forms_of_the_library_are_taken_over() {
        let license = |more: &str| module("cisco-smart-license", SMART_LICENSE, more);
        let types = "<conformance-type>import</conformance-type>";
        for (root, modules) in [
            (
                "modules-state",
                license("<revision>2019-07-01</revision><conformance-type>implement</conformance-type>")
                    + &module("ietf-yang-types", "urn:types", types),
            ),
            (
                "yang-library",
                format!("<module-set>{}</module-set>", license("<revision>2019-07-01</revision>")),
            ),
        ] {
            let reply = format!(
                "<rpc-reply xmlns='{BASE}'><data><{root} xmlns='{YANG_LIBRARY}'>{modules}</{root}></data></rpc-reply>"
            );
            let mut hello = hello();
            assert_eq!(hello.add_library(&reply).unwrap(), 1, "{root}");
            let found = hello.module("cisco-smart-license").unwrap();
            assert_eq!((found.namespace, found.revision), (SMART_LICENSE, Some("2019-07-01")));
            // The revision decides here as it does in a hello.
            let filter = licensing_filter(&hello).unwrap();
            assert!(filter.as_xml().contains("<usage/>") && !filter.as_xml().contains("<policy/>"));
            assert_eq!(library_filter(&hello), None, "there is nothing left to ask for");
        }
    }

    #[test]
    fn a_library_without_licences_says_that_there_are_none() {
        let reply = format!(
            "<rpc-reply xmlns='{BASE}'><data><modules-state xmlns='{YANG_LIBRARY}'>{}</modules-state></data></rpc-reply>",
            module("ietf-interfaces", "urn:if", "<revision/>")
        );
        let mut hello = hello();
        assert!(licensing_filter(&hello).is_some());
        assert_eq!(hello.add_library(&reply).unwrap(), 1);
        assert_eq!(licensing_filter(&hello), None);
    }

    #[test]
    fn errors_and_other_messages_name_no_module() {
        let mut hello = hello();
        let error =
            format!("<rpc-reply xmlns='{BASE}'><rpc-error><error-tag>x</error-tag></rpc-error></rpc-reply>");
        assert_eq!(hello.add_library(&error).unwrap(), 0);
        let other = format!("<modules-state xmlns='urn:x'>{}</modules-state>", module("a", "b", ""));
        assert_eq!(hello.add_library(&other).unwrap(), 0);
        let nameless =
            format!("<modules-state xmlns='{YANG_LIBRARY}'><module><name>a</name></module></modules-state>");
        assert_eq!(hello.add_library(&nameless).unwrap(), 0);
        assert!(hello.add_library("<modules-state").is_err());
        assert_eq!(hello.capabilities.len(), 2);
    }
}
