//! The events of the same data in JSON (RFC 8259, RFC 7951), as RESTCONF answers it.
//!
//! ```text
//! {"cisco-smart-license:state": {"version": "5.8.6_rel/17", "state-info": {"usage": [
//!   {"license-name": "network-advantage", "count": 2}, {"license-name": "dna-advantage", "count": 2}]}}}
//! ```
//! Capture: `testdata/netconf/restconf/state.txt`
//!
//! A member is an element, each entry of a list is one of the list's name, and a member without the name of a module
//! is in the namespace of the one around it. What begins with `@` is about a member and no data (RFC 7952).

use super::fault::{Broken, Fault};
use super::namespace::Namespace;
use super::walk::{DEEPEST, Step, Tag};
use crate::record::Text;

/// Lists within lists have no element of their own.
const MOST_OPEN: usize = 2 * DEEPEST;

/// Whether a text is JSON and no XML.
pub(super) fn begins(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

/// The events of one message.
pub(super) struct Events<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open<'a>>,
    next: Next<'a>,
}

/// What is open.
#[derive(Clone, Copy)]
enum Open<'a> {
    /// An object; its members are in this namespace where they name none. The outermost has no name.
    Object { namespace: Namespace, named: bool },
    /// A list and the name of its entries.
    List(Option<Tag<'a>>),
}

/// What must come next.
enum Next<'a> {
    /// A value of this name.
    Value(Option<Tag<'a>>),
    /// The text of a value that was opened.
    Text(Text<'a>),
    /// Its end.
    Close,
    /// The first member or entry of what was opened, or its end.
    First,
    /// Another one, or the end.
    Another,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let at = text.len() - text.trim_start_matches('\u{feff}').len();
        Self { text, at, open: Vec::new(), next: Next::Value(None) }
    }

    /// What comes next.
    pub(super) fn step(&mut self) -> Result<Step<'a>, Broken> {
        loop {
            let step = match std::mem::replace(&mut self.next, Next::Another) {
                Next::Value(name) => self.value(name)?,
                Next::Text(text) => {
                    self.next = Next::Close;
                    Some(Step::Text(text))
                }
                Next::Close => Some(Step::Close),
                Next::First => self.go_on(true)?,
                Next::Another => self.go_on(false)?,
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn value(&mut self, name: Option<Tag<'a>>) -> Result<Option<Step<'a>>, Broken> {
        let begins = self.peek()?;
        if matches!(begins, b'{' | b'[') && self.open.len() >= MOST_OPEN {
            return Err(self.broken(Fault::TooDeep));
        }
        match begins {
            b'{' => {
                self.at += 1;
                self.next = Next::First;
                let namespace = name.map_or(Namespace::Other, |name| name.namespace);
                self.open.push(Open::Object { namespace, named: name.is_some() });
                return Ok(name.map(Step::Open));
            }
            b'[' => {
                self.at += 1;
                self.next = Next::First;
                self.open.push(Open::List(name));
                return Ok(None);
            }
            _ => {}
        }
        let Some(name) = name else { return Err(self.malformed("a value without a name")) };
        let text = if begins == b'"' { self.string()? } else { self.literal()? };
        self.next = Next::Text(text);
        Ok(Some(Step::Open(name)))
    }

    /// The next member or entry of what is open, or its end.
    fn go_on(&mut self, first: bool) -> Result<Option<Step<'a>>, Broken> {
        let Some(open) = self.open.last().copied() else {
            self.skip_blanks();
            let ended = self.at >= self.text.len();
            return if ended { Ok(Some(Step::End)) } else { Err(self.malformed("something after the end")) };
        };
        let end = if matches!(open, Open::List(_)) { b']' } else { b'}' };
        if self.peek()? == end {
            self.at += 1;
            self.open.pop();
            return Ok(matches!(open, Open::Object { named: true, .. }).then_some(Step::Close));
        }
        if !first {
            self.expect(b',')?;
        }
        match open {
            Open::List(name) => self.next = Next::Value(name),
            Open::Object { namespace, .. } => {
                let member = self.member(namespace)?;
                if member.name.starts_with('@') {
                    self.skip_value()?;
                } else {
                    self.next = Next::Value(Some(member));
                }
            }
        }
        Ok(None)
    }

    /// `"cisco-smart-license:state":`, `"version":`
    fn member(&mut self, around: Namespace) -> Result<Tag<'a>, Broken> {
        if self.peek()? != b'"' {
            return Err(self.malformed("no name of a member"));
        }
        let offset = self.at;
        // No identifier of YANG has a character that is escaped.
        let qualified = self.quoted()?;
        self.expect(b':')?;
        let (namespace, name) = match qualified.split_once(':') {
            Some((module, name)) => (Namespace::of_module(module), name),
            None => (around, qualified),
        };
        Ok(Tag { namespace, name, qualified, attributes: "", offset })
    }

    /// What stands between quotation marks, as it stands there.
    fn quoted(&mut self) -> Result<&'a str, Broken> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            let rest = self.text.as_bytes().get(end..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { return Err(self.unfinished()) };
            end += found;
            if rest.get(found) == Some(&b'"') {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        Ok(self.text.get(start..end).unwrap_or_default())
    }

    fn string(&mut self) -> Result<Text<'a>, Broken> {
        let start = self.at + 1;
        let raw = self.quoted()?;
        if !raw.contains('\\') {
            return Ok(raw.into());
        }
        unescaped(raw).map(Into::into).map_err(|(fault, at)| Broken { fault, offset: start + at })
    }

    /// A number, `true`, `false`, or `null`, which is the value of an empty leaf.
    fn literal(&mut self) -> Result<Text<'a>, Broken> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
        let (word, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        let known = matches!(word, "true" | "false" | "null")
            || word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        // A word that the message breaks off in could have gone on.
        if after.is_empty() {
            return Err(self.unfinished());
        }
        if !known {
            return Err(self.malformed("no value"));
        }
        self.at += word.len();
        Ok(if word == "null" { "" } else { word }.into())
    }

    /// Passes over a value of any kind.
    fn skip_value(&mut self) -> Result<(), Broken> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'{' | b'[' => {
                    self.at += 1;
                    depth += 1;
                }
                b'}' | b']' if depth > 0 => {
                    self.at += 1;
                    depth -= 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                b'"' => drop(self.quoted()?),
                _ => drop(self.literal()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_blanks(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// The next byte that is no blank, where it stands.
    fn peek(&mut self) -> Result<u8, Broken> {
        self.skip_blanks();
        self.text.as_bytes().get(self.at).copied().ok_or_else(|| self.unfinished())
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.peek()? != byte {
            return Err(self.malformed(&format!("no \"{}\"", char::from(byte))));
        }
        self.at += 1;
        Ok(())
    }

    fn unfinished(&self) -> Broken {
        Broken { fault: Fault::Unfinished, offset: self.text.len() }
    }

    /// There is something else than JSON has at this place.
    fn malformed(&self, found: &str) -> Broken {
        self.broken(Fault::Malformed(format!("this is no JSON: {found} stands here")))
    }

    fn broken(&self, fault: Fault) -> Broken {
        Broken { fault, offset: self.at }
    }
}

/// The text of a string with escapes; an escape of no character is a fault, and where it stands.
fn unescaped(raw: &str) -> Result<String, (Fault, usize)> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let at = raw.len() - escape.len() - 1;
        let mut characters = escape.chars();
        let (character, after) = match characters.next() {
            Some('u') => unicode(characters.as_str())
                .ok_or_else(|| (Fault::Character(escape.chars().take(11).collect()), at))?,
            Some(known) => {
                let character = match known {
                    '"' | '\\' | '/' => known,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    _ => return Err((Fault::Character(known.into()), at)),
                };
                (character, characters.as_str())
            }
            None => return Err((Fault::Unfinished, at)),
        };
        text.push(character);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// `00e9`, or two halves of a character outside the basic plane, `d83d\ude00`; and what follows.
fn unicode(text: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(text)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((char::from_u32(first)?, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?, rest))
}

/// Four hexadecimal digits.
fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((u32::from_str_radix(digits, 16).ok().filter(|_| only_digits)?, rest))
}

#[cfg(test)]
mod tests;
