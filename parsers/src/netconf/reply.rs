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
use super::xml::{Broken, Namespace, Tag, Walk};
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
        walk.children_of(Namespace::Base, |walk, tag| {
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
