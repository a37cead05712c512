//! What kind of answer a reply is. Its data is left for [`parse`](super::parse).
//!
//! ```text
//! <rpc-reply message-id="101" xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
//!   <rpc-error>
//!     <error-type>application</error-type>
//!     <error-tag>access-denied</error-tag>
//!     <error-severity>error</error-severity>
//!     <error-path>/rpc/get</error-path>
//!     <error-message xml:lang="en">access denied</error-message>
//!   </rpc-error>
//! </rpc-reply>
//! ```

use super::MessageError;
use super::fault::Broken;
use super::namespace::Namespace;
use super::walk::{Tag, Walk};
use crate::record::Text;

/// A reply to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply<'a> {
    /// The number of the request, as the peer gives it back.
    pub message_id: Option<Text<'a>>,
    /// What it says.
    pub outcome: Outcome<'a>,
    /// Errors of severity `warning`; they hide nothing.
    pub warnings: Vec<RpcError<'a>>,
}

/// What a reply says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome<'a> {
    /// It was done, and there is nothing to tell.
    Ok,
    /// There is data, or the output of an operation.
    Data,
    /// It was not done.
    Errors(Vec<RpcError<'a>>),
}

/// One `rpc-error` (RFC 6241 §4.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RpcError<'a> {
    /// The layer: `transport`, `rpc`, `protocol`, `application`.
    pub kind: Text<'a>,
    /// What went wrong: `access-denied`, `operation-not-supported` …
    pub tag: Text<'a>,
    /// Whether the request failed.
    pub severity: ErrorSeverity,
    /// The implementation's own name for it.
    pub app_tag: Option<Text<'a>>,
    /// The node it is about.
    pub path: Option<Text<'a>>,
    /// For people.
    pub message: Option<Text<'a>>,
    /// What `error-info` holds, as `name=value`: `bad-element=usage`.
    pub info: Vec<(Text<'a>, Text<'a>)>,
}

/// Whether the request failed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorSeverity {
    /// It did. What names no severity is one.
    #[default]
    Error,
    /// It did not.
    Warning,
}

impl<'a> Reply<'a> {
    /// Reads a reply up to its data, which by RFC 6241 nothing follows.
    ///
    /// # Errors
    /// The message is no reply, or no XML.
    pub fn read(message: &'a str) -> Result<Self, MessageError> {
        let mut walk = Walk::new(message);
        let broken = |broken: Broken| broken.in_message(message);
        let root = walk.root().map_err(broken)?;
        let Some(tag) = root.filter(|root| root.is(Namespace::Base, "rpc-reply")) else {
            return Err(MessageError::unexpected("rpc-reply", root));
        };
        let (outcome, warnings) = outcome(&mut walk).map_err(broken)?;
        Ok(Self { message_id: tag.attribute("message-id"), outcome, warnings })
    }
}

/// Reads the children of an open `rpc-reply`. One without any has nothing in its data.
fn outcome<'a>(walk: &mut Walk<'a>) -> Result<(Outcome<'a>, Vec<RpcError<'a>>), Broken> {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut outcome = Outcome::Data;
    while let Some(tag) = walk.child()? {
        match (tag.namespace, tag.name) {
            (Namespace::Base, "rpc-error") => {
                let error = RpcError::read(walk)?;
                match error.severity {
                    ErrorSeverity::Error => errors.push(error),
                    ErrorSeverity::Warning => warnings.push(error),
                }
            }
            (Namespace::Base, "ok") => {
                outcome = Outcome::Ok;
                walk.pass()?;
            }
            _ => {
                outcome = Outcome::Data;
                break;
            }
        }
    }
    Ok((if errors.is_empty() { outcome } else { Outcome::Errors(errors) }, warnings))
}

impl<'a> RpcError<'a> {
    /// Reads an open `rpc-error` to its end.
    pub(super) fn read(walk: &mut Walk<'a>) -> Result<Self, Broken> {
        let mut error = Self::default();
        walk.members(|walk, tag| {
            match tag.name {
                "error-type" => error.kind = walk.text()?,
                "error-tag" => error.tag = walk.text()?,
                "error-severity" if walk.text()? == "warning" => error.severity = ErrorSeverity::Warning,
                "error-app-tag" => error.app_tag = walk.stated()?,
                "error-path" => error.path = walk.stated()?,
                "error-message" => error.message = walk.stated()?,
                "error-info" => walk.children(|walk, tag: Tag<'a>| {
                    let value = walk.text()?;
                    error.info.push((tag.name.into(), value));
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(error)
    }
}

impl std::fmt::Display for RpcError<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.tag.is_empty() { "rpc-error" } else { &self.tag })?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(path) = &self.path {
            write!(f, " at {path}")?;
        }
        for (name, value) in &self.info {
            write!(f, ", {name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(inside: &str) -> String {
        format!("<rpc-reply xmlns=\"{}\" message-id=\"10&amp;1\">{inside}</rpc-reply>", super::super::BASE)
    }

    const ERROR: &str = "<rpc-error><error-type>protocol</error-type><error-tag>unknown-element</error-tag>\
        <error-severity>SEVERITY</error-severity><error-app-tag>too-old</error-app-tag>\
        <error-path> /rpc/get/filter </error-path><error-message xml:lang=\"en\">no such &lt;node&gt;</error-message>\
        <error-info><bad-element>policy</bad-element><x:y xmlns:x=\"urn:x\"/></error-info></rpc-error>";

    #[test]
    fn outcomes_are_told_apart() {
        for (inside, outcome) in [
            ("<ok/>", Outcome::Ok),
            ("<data/>", Outcome::Data),
            ("\n  <data><a xmlns='urn:x'/></data>\n", Outcome::Data),
            (
                "<return-code xmlns='http://cisco.com/ns/yang/cisco-smart-license'>success</return-code>",
                Outcome::Data,
            ),
            ("", Outcome::Data),
        ] {
            let text = reply(inside);
            let read = Reply::read(&text).unwrap();
            assert_eq!((read.message_id.as_deref(), &read.outcome), (Some("10&1"), &outcome), "{inside}");
            assert!(read.warnings.is_empty());
        }
    }

    #[test]
    fn an_error_keeps_everything_it_says() {
        let text = reply(&ERROR.replace("SEVERITY", "error"));
        let Outcome::Errors(errors) = Reply::read(&text).unwrap().outcome else { panic!("no error") };
        let error = &errors[0];
        assert_eq!((error.kind.as_ref(), error.severity), ("protocol", ErrorSeverity::Error));
        assert_eq!(error.app_tag.as_deref(), Some("too-old"));
        assert_eq!(error.path.as_deref(), Some("/rpc/get/filter"));
        assert_eq!(
            error.to_string(),
            "unknown-element: no such <node> at /rpc/get/filter, bad-element=policy, y="
        );
    }

    #[test]
    fn warnings_hide_nothing() {
        let warning = ERROR.replace("SEVERITY", "warning");
        let text = reply(&format!("{warning}<data/>"));
        let read = Reply::read(&text).unwrap();
        assert_eq!((&read.outcome, read.warnings.len()), (&Outcome::Data, 1));
        let text = reply(&format!("{warning}<ok/>"));
        assert_eq!(Reply::read(&text).unwrap().outcome, Outcome::Ok);
        let text = reply(&format!("{warning}<rpc-error/><data/>"));
        assert!(matches!(Reply::read(&text).unwrap().outcome, Outcome::Errors(errors) if errors.len() == 1));
    }

    #[test]
    fn what_follows_the_data_is_not_looked_at() {
        let text = reply("<data><broken");
        let text = text.split("</rpc-reply>").next().unwrap();
        assert_eq!(Reply::read(text).unwrap().outcome, Outcome::Data);
    }

    #[test]
    fn a_reply_without_a_number_and_other_messages() {
        let text = reply("<ok/>").replace(" message-id=\"10&amp;1\"", "");
        assert_eq!(Reply::read(&text).unwrap().message_id, None);
        let error = Reply::read("<notification xmlns='urn:x'/>").unwrap_err().to_string();
        assert_eq!(error, "expected <rpc-reply> in the NETCONF namespace, found <notification>");
        assert!(matches!(Reply::read("<!DOCTYPE a><a/>"), Err(MessageError::Xml(_))));
    }
}
