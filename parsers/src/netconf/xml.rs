//! The events of XML: elements with their namespaces, text with its references resolved.

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace as Uri, NamespaceError, QName, ResolveResult};

use super::fault::{Broken, Fault};
use super::namespace::Namespace;
use super::walk::{DEEPEST, Step, Tag};
use crate::record::Text;

/// Namespace declarations in force at one place.
pub(super) const MOST_NAMESPACES: usize = 64;

/// The events of one message.
pub(super) struct Events<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.resolver_mut().set_max_declarations_per_element(MOST_NAMESPACES);
        Self { text, reader }
    }

    /// What comes next, inside so many elements.
    pub(super) fn step(&mut self, depth: usize) -> Result<Step<'a>, Broken> {
        loop {
            let from = self.offset();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.malformed(&error)),
            };
            return match event {
                Event::Start(start) => self.open(&start, from, depth).map(Step::Open),
                Event::End(_) => Ok(Step::Close),
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
                Event::Eof if depth > 0 => Err(broken(Fault::Unfinished, from)),
                Event::Eof => Ok(Step::End),
                // Empty elements come expanded.
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
        }
    }

    /// The URI of an element's namespace; empty if it is in none.
    pub(super) fn uri(&self, tag: Tag<'_>) -> String {
        match self.reader.resolver().resolve_element(QName(tag.qualified.as_bytes())).0 {
            ResolveResult::Bound(Uri(uri)) => String::from_utf8_lossy(uri).into_owned(),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
        }
    }

    fn open(&self, start: &BytesStart<'_>, from: usize, depth: usize) -> Result<Tag<'a>, Broken> {
        let offset =
            from + self.text.get(from..).and_then(|rest| memchr::memchr(b'<', rest.as_bytes())).unwrap_or(0);
        if depth >= DEEPEST {
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
            ResolveResult::Bound(Uri(uri)) => Namespace::of_uri(uri),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => Namespace::Other,
        };
        let local = qualified.split_once(':').map_or(qualified, |(_, local)| local);
        Ok(Tag { namespace, name: local, qualified, attributes, offset })
    }

    fn malformed(&self, error: &quick_xml::Error) -> Broken {
        let offset = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        let fault = match error {
            quick_xml::Error::Namespace(NamespaceError::TooManyDeclarations(_)) => Fault::TooManyNamespaces,
            error => Fault::Malformed(error.to_string()),
        };
        // A namespace error is none of the reader underneath, which then names no place.
        broken(fault, if offset == 0 { self.offset() } else { offset })
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }
}

fn broken(fault: Fault, offset: usize) -> Broken {
    Broken { fault, offset }
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

fn excerpt(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
