//! A walk through one message, element by element, on borrowed events: of XML, or of the same data in JSON.
//!
//! What a grammar does not read of an element is passed over, and what it does not know is counted. Nothing is
//! kept but what is open, so memory does not depend on the message.

use std::borrow::Cow;

use quick_xml::events::attributes::Attributes;

use super::fault::{Broken, Fault};
use super::namespace::Namespace;
use super::{json, xml};
use crate::record::{Text, stated};

/// Elements within elements; data that is read here has ten.
pub(super) const DEEPEST: usize = 64;

/// A start tag, or a member of a JSON object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    pub(super) namespace: Namespace,
    pub(super) name: &'a str,
    /// With its prefix, or with the name of its module.
    pub(super) qualified: &'a str,
    pub(super) attributes: &'a str,
    pub(super) offset: usize,
}

impl<'a> Tag<'a> {
    pub(super) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name == name
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

/// What comes next in a message.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Open(Tag<'a>),
    Text(Text<'a>),
    Close,
    End,
}

enum Events<'a> {
    Xml(xml::Events<'a>),
    Json(json::Events<'a>),
}

/// Goes through a message once.
pub(super) struct Walk<'a> {
    events: Events<'a>,
    /// The namespace of each element that is open.
    open: Vec<Namespace>,
    /// Elements that no grammar knows.
    pub(super) unclaimed: Noted<'a>,
    /// Elements whose value is not of its type.
    pub(super) unreadable: Noted<'a>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let events = match json::begins(text) {
            true => Events::Json(json::Events::new(text)),
            false => Events::Xml(xml::Events::new(text)),
        };
        Self { events, open: Vec::new(), unclaimed: Noted::default(), unreadable: Noted::default() }
    }

    /// The first element, for messages that have one root.
    pub(super) fn root(&mut self) -> Result<Option<Tag<'a>>, Broken> {
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
    pub(super) fn child(&mut self) -> Result<Option<Tag<'a>>, Broken> {
        self.root()
    }

    /// Passes over the rest of the element that was opened last.
    pub(super) fn pass(&mut self) -> Result<(), Broken> {
        self.leave(self.open.len().saturating_sub(1))
    }

    /// Hands every child of the element that was opened last to `read`, up to its end tag. What `read` leaves
    /// of a child is passed over. Before any element is open, the children are the roots.
    pub(super) fn children(
        &mut self,
        mut read: impl FnMut(&mut Self, Tag<'a>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let inside = self.open.len();
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

    /// As [`Walk::children`]; children in another namespace than the element itself are unknown.
    pub(super) fn members(
        &mut self,
        mut read: impl FnMut(&mut Self, Tag<'a>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let own = self.open.last().copied();
        self.children(|walk, tag| {
            if Some(tag.namespace) == own {
                read(walk, tag)
            } else {
                walk.unclaimed(tag);
                Ok(())
            }
        })
    }

    /// The text of the element that was opened last, up to its end tag, without surrounding blanks.
    pub(super) fn text(&mut self) -> Result<Text<'a>, Broken> {
        let inside = self.open.len();
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

    /// The boolean in the element; IOS XR has an enumeration of its own for it.
    pub(super) fn boolean(&mut self, tag: Tag<'a>) -> Result<Option<bool>, Broken> {
        self.value(tag, |text| match text {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
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

    /// The namespace of the element that was opened last; empty if it is in none that can be told.
    pub(super) fn uri(&self, tag: Tag<'a>) -> String {
        match &self.events {
            Events::Xml(events) => events.uri(tag),
            Events::Json(_) => String::new(),
        }
    }

    fn leave(&mut self, depth: usize) -> Result<(), Broken> {
        while self.open.len() > depth {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Step<'a>, Broken> {
        let step = match &mut self.events {
            Events::Xml(events) => events.step(self.open.len()),
            Events::Json(events) => events.step(),
        }?;
        match &step {
            Step::Open(tag) if self.open.len() >= DEEPEST => {
                return Err(Broken { fault: Fault::TooDeep, offset: tag.offset });
            }
            Step::Open(tag) => self.open.push(tag.namespace),
            Step::Close => drop(self.open.pop()),
            Step::Text(_) | Step::End => {}
        }
        Ok(step)
    }
}

fn trimmed(text: Text<'_>) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) if text.trim().len() == text.len() => text.into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    }
}
