//! The hello that opens a session, and what the peer says in it that it can do.
//!
//! ```text
//! <hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
//!   <capabilities>
//!     <capability>urn:ietf:params:netconf:base:1.1</capability>
//!     <capability>http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&amp;revision=2021-03-01</capability>
//!   </capabilities>
//!   <session-id>27</session-id>
//! </hello>
//! ```

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::fault::Broken;
use super::namespace::Namespace;
use super::walk::Walk;
use super::{BASE, Framing, MessageError};
use crate::record::Text;

const BASE_1_0: &str = "urn:ietf:params:netconf:base:1.0";
const BASE_1_1: &str = "urn:ietf:params:netconf:base:1.1";

/// The peer's hello.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hello<'a> {
    /// Capability URIs in the order given, without surrounding blanks and with XML's entities resolved.
    pub capabilities: Vec<Text<'a>>,
    /// The number of the session; only servers send one.
    pub session_id: Option<u64>,
}

/// A YANG module that the peer's hello lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Module<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its revision, `2021-03-01`.
    pub revision: Option<&'a str>,
}

impl<'a> Hello<'a> {
    /// Reads a hello.
    ///
    /// # Errors
    /// The message is no hello, or no XML.
    pub fn read(message: &'a str) -> Result<Self, MessageError> {
        let mut walk = Walk::new(message);
        let broken = |broken: Broken| broken.in_message(message);
        let root = walk.root().map_err(broken)?;
        if !root.is_some_and(|root| root.is(Namespace::Base, "hello")) {
            return Err(MessageError::unexpected("hello", root));
        }
        let mut hello = Self::default();
        walk.members(|walk, tag| {
            match tag.name {
                "capabilities" => walk.members(|walk, tag| {
                    if tag.name == "capability" {
                        hello.capabilities.extend(Some(walk.text()?).filter(|uri| !uri.is_empty()));
                    }
                    Ok(())
                })?,
                "session-id" => hello.session_id = walk.text()?.parse().ok(),
                _ => {}
            }
            Ok(())
        })
        .map_err(broken)?;
        Ok(hello)
    }

    /// Whether the peer knows the framing of base:1.0.
    pub fn base_1_0(&self) -> bool {
        self.announces(BASE_1_0)
    }

    /// Whether the peer knows the framing of base:1.1.
    pub fn base_1_1(&self) -> bool {
        self.announces(BASE_1_1)
    }

    /// The framing to go on with, given what we announced; `None` if the two have no version in common.
    pub fn framing(&self, ours: &[Framing]) -> Option<Framing> {
        if self.base_1_1() && ours.contains(&Framing::Chunked) {
            Some(Framing::Chunked)
        } else {
            (self.base_1_0() && ours.contains(&Framing::EndOfMessage)).then_some(Framing::EndOfMessage)
        }
    }

    /// The YANG modules that the hello lists.
    pub fn modules(&self) -> impl Iterator<Item = Module<'_>> {
        self.capabilities.iter().filter_map(|capability| module(capability))
    }

    /// One of them by name.
    pub fn module(&self, name: &str) -> Option<Module<'_>> {
        self.modules().find(|module| module.name == name)
    }

    fn announces(&self, uri: &str) -> bool {
        self.capabilities.iter().any(|capability| capability == uri)
    }
}

/// `NAMESPACE?module=NAME&revision=DATE&features=…`
fn module(capability: &str) -> Option<Module<'_>> {
    let (namespace, query) = capability.split_once('?')?;
    let value = |key: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == key).map(|pair| pair.1)
    };
    Some(Module { name: value("module")?, namespace, revision: value("revision") })
}

/// The hello of a client that knows these framings. A device that frames wrongly under base:1.1 is offered
/// [`Framing::EndOfMessage`] alone.
pub fn client_hello(framings: &[Framing]) -> String {
    hello(framings.iter().map(|framing| match framing {
        Framing::EndOfMessage => BASE_1_0,
        Framing::Chunked => BASE_1_1,
    }))
    .finish(None)
}

/// The hello of a server.
pub fn server_hello<C: AsRef<str>>(capabilities: impl IntoIterator<Item = C>, session_id: u64) -> String {
    hello(capabilities).finish(Some(session_id))
}

struct Written(String);

fn hello<C: AsRef<str>>(capabilities: impl IntoIterator<Item = C>) -> Written {
    let mut text = format!(r#"<?xml version="1.0" encoding="UTF-8"?><hello xmlns="{BASE}"><capabilities>"#);
    for capability in capabilities {
        text.push_str("<capability>");
        text.push_str(&escape(capability.as_ref()));
        text.push_str("</capability>");
    }
    text.push_str("</capabilities>");
    Written(text)
}

impl Written {
    fn finish(mut self, session_id: Option<u64>) -> String {
        if let Some(session_id) = session_id {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "<session-id>{session_id}</session-id>");
        }
        self.0.push_str("</hello>");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <nc:hello xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><nc:capabilities>\n\
        <nc:capability> urn:ietf:params:netconf:base:1.0\n</nc:capability>\n\
        <nc:capability>urn:ietf:params:netconf:base:1.1</nc:capability>\n\
        <nc:capability>http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&amp;revision=2021-03-01</nc:capability>\n\
        <nc:capability>urn:example:bare?module=bare</nc:capability>\n\
        <nc:capability/>\n\
        </nc:capabilities><nc:session-id>27</nc:session-id></nc:hello>";

    #[test]
    fn a_hello_is_read_whatever_the_prefix() {
        let hello = Hello::read(HELLO).unwrap();
        assert!(hello.base_1_0() && hello.base_1_1());
        assert_eq!((hello.capabilities.len(), hello.session_id), (4, Some(27)));
        let module = hello.module("cisco-smart-license").unwrap();
        assert_eq!((module.namespace, module.revision), (super::super::SMART_LICENSE, Some("2021-03-01")));
        assert_eq!(hello.module("bare").unwrap().revision, None);
        assert_eq!(hello.module("cisco-smart"), None);
    }

    #[test]
    fn capabilities_without_entities_are_borrowed() {
        let hello = Hello::read(HELLO).unwrap();
        let owned = |capability: &&Text<'_>| matches!(capability, Text::Owned(_));
        assert_eq!(hello.capabilities.iter().filter(owned).count(), 1);
    }

    #[test]
    fn the_framing_is_one_that_both_know() {
        use Framing::{Chunked, EndOfMessage};
        let both = Hello::read(HELLO).unwrap();
        let old = Hello { capabilities: vec![BASE_1_0.into()], session_id: None };
        let new = Hello { capabilities: vec![BASE_1_1.into()], session_id: None };
        assert_eq!(both.framing(&[EndOfMessage, Chunked]), Some(Chunked));
        assert_eq!(both.framing(&[EndOfMessage]), Some(EndOfMessage));
        assert_eq!(old.framing(&[EndOfMessage, Chunked]), Some(EndOfMessage));
        assert_eq!(old.framing(&[Chunked]), None);
        assert_eq!(new.framing(&[EndOfMessage]), None);
        assert_eq!(Hello::default().framing(&[EndOfMessage, Chunked]), None);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let text = client_hello(&[Framing::EndOfMessage, Framing::Chunked]);
        let hello = Hello::read(&text).unwrap();
        assert!(hello.base_1_0() && hello.base_1_1() && hello.session_id.is_none());
        assert!(!text.contains("]]>]]>"));

        let sent = ["urn:ietf:params:netconf:base:1.1", "urn:x?module=m&revision=2020-01-01", "<]]>]]>\""];
        let text = server_hello(sent, 9);
        assert!(!text.contains("]]>]]>"));
        let hello = Hello::read(&text).unwrap();
        assert_eq!(
            (hello.capabilities.as_slice(), hello.session_id),
            (sent.map(Text::from).as_slice(), Some(9))
        );
        assert_eq!(hello.module("m").unwrap().revision, Some("2020-01-01"));
    }

    #[test]
    fn another_message_is_told_by_name() {
        let text = |message| Hello::read(message).unwrap_err().to_string();
        assert_eq!(
            text("<hello><capabilities/></hello>"),
            "expected <hello> in the NETCONF namespace, found <hello> in another namespace"
        );
        assert!(text("<html/>").ends_with("found <html>"));
        assert!(text("  ").ends_with("found no element"));
        assert!(text("SSH-2.0-x").ends_with("found no element"));
        assert_eq!(
            text("<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>\n <capabilities>"),
            "the NETCONF message cannot be read: line 2, column 16: the message ends before the element is closed"
        );
    }
}
