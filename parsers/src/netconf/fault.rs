//! What can be wrong with a message.

use super::walk::{DEEPEST, Tag};
use super::xml::MOST_NAMESPACES;
use crate::text::Positions;

/// Why a message could not be read to its end.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct XmlError {
    /// What is wrong.
    pub fault: Fault,
    /// Line of the message, from 1.
    pub line: usize,
    /// Byte within the line, from 1.
    pub column: usize,
}

/// What is wrong with a message. Who sent it is to blame.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A document type could make the message grow without end.
    #[error("a document type is refused")]
    Doctype,
    /// An entity that XML does not define.
    #[error("the entity \"&{0};\" is not expanded")]
    Entity(String),
    /// A reference to a character that there is not, or an escape of one.
    #[error("\"&{0};\" is no character")]
    Character(String),
    /// More elements within elements than any YANG data here.
    #[error("more than {DEEPEST} elements within each other")]
    TooDeep,
    /// More namespaces than any YANG data here.
    #[error("more than {MOST_NAMESPACES} namespaces in force")]
    TooManyNamespaces,
    /// The message ends within an element, an object or a list.
    #[error("the message ends before the element is closed")]
    Unfinished,
    /// Anything else that is no XML and no JSON.
    #[error("{0}")]
    Malformed(String),
}

/// Why a message is not what it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It is no XML, or XML that is refused. (device)
    #[error("the NETCONF message cannot be read: {0}")]
    Xml(XmlError),
    /// It is another message. (device)
    #[error("expected <{expected}> in the NETCONF namespace, found {found}")]
    Unexpected {
        /// The element that should be there.
        expected: &'static str,
        /// The element that is there, or that there is none.
        found: String,
    },
}

impl MessageError {
    pub(super) fn unexpected(expected: &'static str, found: Option<Tag<'_>>) -> Self {
        let found = match found {
            Some(tag) if tag.name == expected => format!("{tag} in another namespace"),
            Some(tag) => tag.to_string(),
            None => "no element".to_owned(),
        };
        Self::Unexpected { expected, found }
    }
}

/// A fault and its place in the message.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) fault: Fault,
    pub(super) offset: usize,
}

impl Broken {
    pub(super) fn in_message(self, message: &str) -> MessageError {
        let place = Positions::new(message.as_bytes()).of(self.offset);
        MessageError::Xml(XmlError { fault: self.fault, line: place.line, column: place.column })
    }
}
