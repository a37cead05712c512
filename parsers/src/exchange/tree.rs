//! JSON and XML as one tree of names and values, borrowed from the text.
//!
//! What Cisco puts into `<data>` is published for some files only, and is JSON in some and may be XML in others.
//! The grammars here therefore read names and values, whatever wraps them. Names are compared in one spelling:
//! `reportId`, `report-id` and `report_id` are the same member.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::ExchangeError;
use super::view::View;
use crate::netconf::{Broken, Step, Tag, Walk};

/// Values within values that are looked into; deeper ones are kept as they stand. Real files have eight.
const DEEPEST: usize = 24;
/// Names and values of one document. A report of a controller with 6,000 access points has 20,000.
const MOST_NODES: usize = 200_000;

/// A name and its value.
pub(super) struct Node<'t> {
    /// Empty for an item of a list.
    pub(super) name: Cow<'t, str>,
    /// The JSON value, or the XML element with its tags, as it stands.
    pub(super) raw: &'t str,
    value: Value<'t>,
}

enum Value<'t> {
    /// A string without its quotes, a number, a word, the text of an element.
    Leaf(Cow<'t, str>),
    /// Members, items, elements.
    Branch(Vec<Node<'t>>),
}

impl<'t> Node<'t> {
    /// The name in small letters, its words divided by `_`.
    pub(super) fn key(&self) -> Cow<'_, str> {
        key(&self.name)
    }

    /// The text of a leaf.
    pub(super) fn leaf(&self) -> Option<&Cow<'t, str>> {
        match &self.value {
            Value::Leaf(text) => Some(text),
            Value::Branch(_) => None,
        }
    }

    /// The members, items or elements.
    pub(super) fn children(&self) -> &[Node<'t>] {
        match &self.value {
            Value::Leaf(_) => &[],
            Value::Branch(children) => children,
        }
    }

    /// The child of that key.
    pub(super) fn child(&self, wanted: &str) -> Option<&Node<'t>> {
        self.children().iter().find(|child| child.key() == wanted)
    }

    /// Whether nothing is stated: `null`, `""`, `{}`, `[]`, an empty element.
    pub(super) fn is_blank(&self) -> bool {
        match &self.value {
            Value::Leaf(text) => text.trim().is_empty(),
            Value::Branch(children) => children.is_empty(),
        }
    }
}

/// `smartLicenseRumAck` and `smart-license-rum-ack` as `smart_license_rum_ack`.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| !byte.is_ascii_uppercase() && byte != b'-') {
        return Cow::Borrowed(name);
    }
    let mut key = String::with_capacity(name.len() + 8);
    let mut before = '_';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins_word = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase));
        if begins_word {
            key.push('_');
        }
        key.push(if letter == '-' { '_' } else { letter.to_ascii_lowercase() });
        before = letter;
    }
    Cow::Owned(key)
}

/// Reads a JSON value, which must be the whole text.
pub(super) fn json<'t>(view: &View<'_, 't>) -> Result<Node<'t>, ExchangeError> {
    let text = view.text();
    let value: &RawValue = serde_json::from_str(text).map_err(|error| broken(view, text, &error))?;
    let mut budget = MOST_NODES;
    json_node(view, Cow::Borrowed(""), value, DEEPEST, &mut budget)
}

fn json_node<'t>(
    view: &View<'_, 't>,
    name: Cow<'t, str>,
    value: &'t RawValue,
    deeper: usize,
    budget: &mut usize,
) -> Result<Node<'t>, ExchangeError> {
    let raw = value.get();
    *budget = budget.checked_sub(1).ok_or_else(|| too_many(view.place(raw)))?;
    let broken = |error| broken(view, raw, &error);
    let node = |value| Node { name, raw, value };
    Ok(match raw.bytes().next() {
        Some(b'{') if deeper > 0 => {
            let Members(members) = serde_json::from_str(raw).map_err(broken)?;
            let read = |(Name(name), value)| json_node(view, name, value, deeper - 1, budget);
            node(Value::Branch(members.into_iter().map(read).collect::<Result<_, _>>()?))
        }
        Some(b'[') if deeper > 0 => {
            let Items(items) = serde_json::from_str(raw).map_err(broken)?;
            let read = |value| json_node(view, Cow::Borrowed(""), value, deeper - 1, budget);
            node(Value::Branch(items.into_iter().map(read).collect::<Result<_, _>>()?))
        }
        Some(b'"') => {
            let Name(text) = serde_json::from_str(raw).map_err(broken)?;
            node(Value::Leaf(text))
        }
        _ if raw == "null" => node(Value::Leaf("".into())),
        _ => node(Value::Leaf(raw.into())),
    })
}

/// Where the reader of a slice of the text stopped, as a place in the file. Its words are without the text's.
fn broken(view: &View<'_, '_>, slice: &str, error: &serde_json::Error) -> ExchangeError {
    let line_starts = memchr::memchr_iter(b'\n', slice.as_bytes()).map(|newline| newline + 1);
    let start = std::iter::once(0).chain(line_starts).nth(error.line().saturating_sub(1)).unwrap_or_default();
    let at = (start + error.column().saturating_sub(1)).min(slice.len());
    let words = error.to_string();
    let problem = words.split(" at line ").next().unwrap_or_default();
    let before = view.text().len() - slice.len();
    let at = if before == 0 { view.place_at(at) } else { view.place(slice) };
    if problem.starts_with(OVERFULL) {
        too_many(at)
    } else {
        ExchangeError::Json { offset: at, problem: problem.to_owned() }
    }
}

fn too_many(offset: usize) -> ExchangeError {
    ExchangeError::TooMany { offset, what: "values in one report or message", limit: MOST_NODES }
}

/// What a list says that has more items than are read.
const OVERFULL: &str = "too many values";

/// The members of an object in order, with repeated ones.
struct Members<'t>(Vec<(Name<'t>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                    if members.len() > MOST_NODES {
                        return Err(A::Error::custom(OVERFULL));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// The items of a list.
struct Items<'t>(Vec<&'t RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                    if items.len() > MOST_NODES {
                        return Err(A::Error::custom(OVERFULL));
                    }
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Read)
    }
}

/// A string, borrowed where nothing in it is escaped.
struct Name<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Read)
    }
}

/// Reads XML elements, as many as a document may have.
pub(super) struct Elements {
    budget: usize,
}

impl Elements {
    pub(super) fn new() -> Self {
        Self { budget: MOST_NODES }
    }

    /// Reads the element that was opened last to its end. `text` is what the walk goes through.
    pub(super) fn read<'t>(
        &mut self,
        walk: &mut Walk<'t>,
        tag: Tag<'t>,
        text: &'t str,
    ) -> Result<Node<'t>, Overrun> {
        self.budget = self.budget.checked_sub(1).ok_or(Overrun::TooMany(tag.offset()))?;
        let mut children = Vec::new();
        let mut words = Words::default();
        loop {
            match walk.step().map_err(Overrun::Broken)? {
                Step::Open(tag) => children.push(self.read(walk, tag, text)?),
                Step::Text(decoded) => words.add(walk.event(), decoded),
                Step::Close | Step::End => break,
            }
        }
        let raw = text.get(tag.offset()..walk.offset()).unwrap_or_default();
        let value = if children.is_empty() { Value::Leaf(words.text()) } else { Value::Branch(children) };
        Ok(Node { name: tag.name.into(), raw, value })
    }
}

/// Why elements could not be read.
pub(super) enum Overrun {
    Broken(Broken),
    TooMany(usize),
}

impl Overrun {
    /// As an error at a place of the file, whose XML begins at `start`.
    pub(super) fn at(self, start: usize) -> ExchangeError {
        match self {
            Self::Broken(Broken { fault, offset }) => ExchangeError::Xml { offset: start + offset, fault },
            Self::TooMany(offset) => too_many(start + offset),
        }
    }
}

/// The text of an element, a slice of the file where it stands in one piece.
#[derive(Default)]
pub(super) struct Words<'t> {
    text: Cow<'t, str>,
    /// Blanks that count only if something follows.
    blanks: Vec<Cow<'t, str>>,
}

impl<'t> Words<'t> {
    /// Adds a piece: the event as it stands, and what it means.
    pub(super) fn add(&mut self, event: &'t str, decoded: Cow<'t, str>) {
        let section = event.strip_prefix("<![CDATA[").and_then(|section| section.strip_suffix("]]>"));
        let piece = match section {
            Some(section) => Cow::Borrowed(section),
            // Anything but a reference means what it says.
            None if !event.starts_with('&') => Cow::Borrowed(event),
            None => decoded,
        };
        if piece.trim().is_empty() {
            self.blanks.push(piece);
        } else if self.text.is_empty() {
            self.blanks.clear();
            self.text = piece;
        } else {
            let text = self.text.to_mut();
            self.blanks.drain(..).for_each(|blank| text.push_str(&blank));
            text.push_str(&piece);
        }
    }

    /// The text without the blanks around it.
    pub(super) fn text(self) -> Cow<'t, str> {
        match self.text {
            Cow::Borrowed(text) => text.trim().into(),
            Cow::Owned(text) => text.trim().to_owned().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_one_spelling() {
        for (name, want) in [
            ("report_id", "report_id"),
            ("reportId", "report_id"),
            ("report-id", "report_id"),
            ("RUMReport", "rum_report"),
            ("specificPLR", "specific_plr"),
            ("subscriptionID", "subscription_id"),
            ("smartLicenseRumAck", "smart_license_rum_ack"),
            ("x509Cert", "x509_cert"),
            ("", ""),
        ] {
            assert_eq!(key(name), want);
        }
    }

    #[test]
    fn json_is_read_in_order_with_repeated_members() {
        let text = r#" {"a": 1, "b": [null, "x\ty"], "a": {"c": true}} "#;
        let root = json(&View::plain(text, 0)).ok().unwrap();
        let names: Vec<_> = root.children().iter().map(|child| &*child.name).collect();
        assert_eq!(names, ["a", "b", "a"]);
        let b = &root.children()[1];
        assert_eq!(b.raw, r#"[null, "x\ty"]"#);
        assert!(b.children()[0].is_blank());
        assert_eq!(b.children()[1].leaf().unwrap(), "x\ty");
        assert_eq!(root.raw, text.trim());
    }

    #[test]
    fn broken_json_is_told_with_its_place_and_without_its_text() {
        let text = "{\n \"a\": secret}";
        let error = json(&View::plain(text, 40)).err().unwrap();
        assert_eq!(error.offset(), 40 + text.find("secret").unwrap());
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn deep_json_is_kept_as_it_stands_and_endless_lists_are_refused() {
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        let mut node = &json(&View::plain(&deep, 0)).ok().unwrap();
        for _ in 0..DEEPEST {
            node = &node.children()[0];
        }
        assert!(node.leaf().is_some_and(|text| text.len() == 2 * (5_000 - DEEPEST) + 1));
        let long = format!("[{}0]", "0,".repeat(MOST_NODES + 1));
        assert!(matches!(json(&View::plain(&long, 0)), Err(ExchangeError::TooMany { .. })));
    }

    fn element(text: &str) -> Node<'_> {
        let mut walk = Walk::new(text);
        let tag = walk.root().unwrap().unwrap();
        Elements::new().read(&mut walk, tag, text).ok().unwrap()
    }

    #[test]
    fn elements_are_read_with_their_exact_text() {
        let node = element(
            "<a>\n <b x='1'> t </b><c/><d>&lt;<![CDATA[<&]]></d><!-- n --><e>\n<![CDATA[ {} ]]>\n</e></a>",
        );
        let raw: Vec<_> = node.children().iter().map(|child| child.raw).collect();
        assert_eq!(
            raw,
            ["<b x='1'> t </b>", "<c/>", "<d>&lt;<![CDATA[<&]]></d>", "<e>\n<![CDATA[ {} ]]>\n</e>"]
        );
        let text: Vec<_> = node.children().iter().map(|child| child.leaf().unwrap().as_ref()).collect();
        assert_eq!(text, ["t", "", "<<&", "{}"]);
        assert!(matches!(node.children()[3].leaf(), Some(Cow::Borrowed(_))), "one CDATA section is no copy");
    }

    #[test]
    fn divided_cdata_is_joined() {
        let node = element("<e> <![CDATA[[1,]]]]><![CDATA[>2]]> &lt; &gt; </e>");
        assert_eq!(node.leaf().unwrap(), "[1,]]>2 < >");
    }
}
