//! A walk through one XML message, element by element, on borrowed events.
//!
//! What a grammar does not read of an element is passed over, and what it does not know is counted. Nothing is
//! kept but open namespaces, so memory does not depend on the message.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace as Uri, QName, ResolveResult};

use super::{BASE, DEVICE_HARDWARE, SMART_LICENSE};
use crate::record::{Text, stated};
use crate::text::Positions;

/// Elements within elements; data that is read here has nine.
const DEEPEST: usize = 64;
/// Namespace declarations in force at one place.
const MOST_NAMESPACES: usize = 64;

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
    /// A reference to a character that there is not.
    #[error("\"&{0};\" is no character")]
    Character(String),
    /// More elements within elements than any YANG data here.
    #[error("more than {DEEPEST} elements within each other")]
    TooDeep,
    /// More namespaces than any YANG data here.
    #[error("more than {MOST_NAMESPACES} namespaces in force")]
    TooManyNamespaces,
    /// The message ends within an element.
    #[error("the message ends before the element is closed")]
    Unfinished,
    /// Anything else that is no XML.
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
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    pub(crate) offset: usize,
}

impl Broken {
    pub(super) fn in_message(self, message: &str) -> MessageError {
        let place = Positions::new(message.as_bytes()).of(self.offset);
        MessageError::Xml(XmlError { fault: self.fault, line: place.line, column: place.column })
    }
}

/// The namespaces that grammars here know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Namespace {
    Base,
    SmartLicense,
    DeviceHardware,
    Other,
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(super) namespace: Namespace,
    pub(crate) name: &'a str,
    qualified: &'a str,
    attributes: &'a str,
    offset: usize,
}

impl<'a> Tag<'a> {
    pub(super) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// Where it stands in the message.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// The value of an attribute without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<Text<'a>> {
        let attribute = Attributes::new(self.attributes, 0)
            .with_checks(false)
            .filter_map(Result::ok)
            .find(|attribute| attribute.key.as_ref() == name.as_bytes())?;
        let raw = match attribute.value {
            Cow::Borrowed(raw) => std::str::from_utf8(raw).ok()?,
            Cow::Owned(_) => return None,
        };
        quick_xml::escape::unescape(raw).ok()
    }
}

impl std::fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name: String = self.qualified.chars().take(80).collect();
        write!(f, "<{name}>")
    }
}

/// Elements that a reader of the record should know of.
#[derive(Debug, Default)]
pub(super) struct Noted<'a> {
    pub(super) count: usize,
    /// Name and offset of the first.
    pub(super) first: Option<(&'a str, usize)>,
}

impl<'a> Noted<'a> {
    fn note(&mut self, tag: Tag<'a>) {
        self.count += 1;
        self.first.get_or_insert((tag.qualified, tag.offset));
    }
}

/// Goes through a message once.
pub(crate) struct Walk<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    depth: usize,
    /// Where the last event began.
    began: usize,
    /// Elements that no grammar knows.
    pub(super) unclaimed: Noted<'a>,
    /// Elements whose value is not of its type.
    pub(super) unreadable: Noted<'a>,
}

pub(crate) enum Step<'a> {
    Open(Tag<'a>),
    Text(Text<'a>),
    Close,
    End,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.resolver_mut().set_max_declarations_per_element(MOST_NAMESPACES);
        Self { text, reader, depth: 0, began: 0, unclaimed: Noted::default(), unreadable: Noted::default() }
    }

    /// The first element, for messages that have one root.
    pub(crate) fn root(&mut self) -> Result<Option<Tag<'a>>, Broken> {
        loop {
            match self.step()? {
                Step::Open(tag) => return Ok(Some(tag)),
                Step::End | Step::Close => return Ok(None),
                Step::Text(_) => {}
            }
        }
    }

    /// The next child of the element that was opened last, which its caller must read or [`pass`](Self::pass);
    /// `None` at its end tag.
    pub(crate) fn child(&mut self) -> Result<Option<Tag<'a>>, Broken> {
        self.root()
    }

    /// Passes over the rest of the element that was opened last.
    pub(crate) fn pass(&mut self) -> Result<(), Broken> {
        self.leave(self.depth.saturating_sub(1))
    }

    /// Hands every child of the element that was opened last to `read`, up to its end tag. What `read` leaves
    /// of a child is passed over. Before any element is open, the children are the roots.
    pub(super) fn children(
        &mut self,
        mut read: impl FnMut(&mut Self, Tag<'a>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let inside = self.depth;
        loop {
            match self.step()? {
                Step::Open(tag) => {
                    read(self, tag)?;
                    self.leave(inside)?;
                }
                Step::Close | Step::End => return Ok(()),
                Step::Text(_) => {}
            }
        }
    }

    /// As [`Walk::children`]; children in another namespace are unknown.
    pub(super) fn children_of(
        &mut self,
        namespace: Namespace,
        mut read: impl FnMut(&mut Self, Tag<'a>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.children(|walk, tag| {
            if tag.namespace == namespace {
                read(walk, tag)
            } else {
                walk.unclaimed(tag);
                Ok(())
            }
        })
    }

    /// The text of the element that was opened last, up to its end tag, without surrounding blanks.
    pub(super) fn text(&mut self) -> Result<Text<'a>, Broken> {
        let inside = self.depth;
        let mut text = Text::default();
        loop {
            match self.step()? {
                Step::Text(piece) if text.is_empty() => text = piece,
                Step::Text(piece) => text.to_mut().push_str(&piece),
                Step::Open(tag) => {
                    self.unclaimed(tag);
                    self.leave(inside)?;
                }
                Step::Close | Step::End => return Ok(trimmed(text)),
            }
        }
    }

    /// The text of the element, or nothing where the device says that it has none.
    pub(super) fn stated(&mut self) -> Result<Option<Text<'a>>, Broken> {
        Ok(Some(self.text()?).filter(|text| stated(text).is_some()))
    }

    /// The number in the element.
    pub(super) fn number<N: std::str::FromStr>(&mut self, tag: Tag<'a>) -> Result<Option<N>, Broken> {
        self.value(tag, |text| text.parse().ok())
    }

    /// The boolean in the element.
    pub(super) fn boolean(&mut self, tag: Tag<'a>) -> Result<Option<bool>, Broken> {
        self.value(tag, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    fn value<T>(&mut self, tag: Tag<'a>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Broken> {
        let text = self.text()?;
        let value = read(&text);
        if value.is_none() && !text.is_empty() {
            self.unreadable.note(tag);
        }
        Ok(value)
    }

    /// Counts an element that no grammar knows.
    pub(super) fn unclaimed(&mut self, tag: Tag<'a>) {
        self.unclaimed.note(tag);
    }

    /// The namespace of the element that was opened last; empty if it is in none.
    pub(super) fn uri(&self, tag: Tag<'a>) -> String {
        match self.reader.resolver().resolve_element(QName(tag.qualified.as_bytes())).0 {
            ResolveResult::Bound(Uri(uri)) => String::from_utf8_lossy(uri).into_owned(),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
        }
    }

    fn leave(&mut self, depth: usize) -> Result<(), Broken> {
        while self.depth > depth {
            self.step()?;
        }
        Ok(())
    }

    /// The next event; comments and instructions are passed over.
    pub(crate) fn step(&mut self) -> Result<Step<'a>, Broken> {
        loop {
            let from = self.offset();
            self.began = from;
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.malformed(&error)),
            };
            return match event {
                Event::Start(start) => self.open(&start, from).map(Step::Open),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Step::Close)
                }
                Event::Text(text) => match text.xml10_content() {
                    Ok(text) => Ok(Step::Text(text)),
                    Err(error) => Err(broken(Fault::Malformed(error.to_string()), from)),
                },
                Event::CData(text) => match text.xml10_content() {
                    Ok(text) => Ok(Step::Text(text)),
                    Err(error) => Err(broken(Fault::Malformed(error.to_string()), from)),
                },
                Event::GeneralRef(reference) => match reference.decode() {
                    Ok(name) => expand(&name).map(Step::Text).map_err(|fault| broken(fault, from)),
                    Err(error) => Err(broken(Fault::Malformed(error.to_string()), from)),
                },
                Event::DocType(_) => Err(broken(Fault::Doctype, from)),
                Event::Eof if self.depth > 0 => Err(broken(Fault::Unfinished, from)),
                Event::Eof => Ok(Step::End),
                // Empty elements come expanded.
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, from: usize) -> Result<Tag<'a>, Broken> {
        let offset =
            from + self.text.get(from..).and_then(|rest| memchr::memchr(b'<', rest.as_bytes())).unwrap_or(0);
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(broken(Fault::TooDeep, offset));
        }
        let name = start.name();
        let content = self.text.get(offset + 1..offset + 1 + start.len()).unwrap_or_default();
        let (qualified, attributes) = content.split_at_checked(name.as_ref().len()).unwrap_or_default();
        // Bindings are counted only where some may have come.
        if !attributes.is_empty() && self.reader.resolver().bindings().nth(MOST_NAMESPACES).is_some() {
            return Err(broken(Fault::TooManyNamespaces, offset));
        }
        let namespace = match self.reader.resolver().resolve_element(name).0 {
            ResolveResult::Bound(Uri(uri)) => namespace(uri),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => Namespace::Other,
        };
        let local = qualified.split_once(':').map_or(qualified, |(_, local)| local);
        Ok(Tag { namespace, name: local, qualified, attributes, offset })
    }

    fn malformed(&self, error: &quick_xml::Error) -> Broken {
        let offset = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        let fault = match error {
            quick_xml::Error::Namespace(quick_xml::name::NamespaceError::TooManyDeclarations(_)) => {
                Fault::TooManyNamespaces
            }
            error => Fault::Malformed(error.to_string()),
        };
        // A namespace error is none of the reader underneath, which then names no place.
        broken(fault, if offset == 0 { self.offset() } else { offset })
    }

    /// The last event as it stands in the message, byte for byte.
    pub(crate) fn event(&self) -> &'a str {
        self.text.get(self.began..self.offset()).unwrap_or_default()
    }

    /// Where the next event begins.
    pub(crate) fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }
}

fn broken(fault: Fault, offset: usize) -> Broken {
    Broken { fault, offset }
}

fn namespace(uri: &[u8]) -> Namespace {
    match std::str::from_utf8(uri) {
        Ok(BASE) => Namespace::Base,
        Ok(SMART_LICENSE) => Namespace::SmartLicense,
        Ok(DEVICE_HARDWARE) => Namespace::DeviceHardware,
        _ => Namespace::Other,
    }
}

/// The text of one of XML's own entities or of a character reference.
fn expand<'a>(name: &str) -> Result<Text<'a>, Fault> {
    if let Some(digits) = name.strip_prefix('#') {
        let number = match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        let character = number.ok().filter(|&number| number != 0).and_then(char::from_u32);
        return match character {
            Some(character) => Ok(character.to_string().into()),
            None => Err(Fault::Character(excerpt(name))),
        };
    }
    match resolve_predefined_entity(name) {
        Some(text) => Ok(text.into()),
        None => Err(Fault::Entity(excerpt(name))),
    }
}

fn trimmed(text: Text<'_>) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) if text.trim().len() == text.len() => text.into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    }
}

fn excerpt(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
