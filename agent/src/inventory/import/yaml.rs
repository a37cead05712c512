//! YAML as inventories use it, read into a small tree whose nodes know their lines.
//!
//! The events come from `saphyr-parser`; the tree is ours, so that its size is: nesting is bounded, an alias counts as
//! many nodes as it stands for, a repeated key is told, and the value of a `!vault` tag is dropped here and now.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::Export;
use crate::config::Problem;

/// Deeper nesting is refused.
const DEEPEST: usize = 64;
/// More nodes are refused, with aliases counted as what they stand for.
const MOST_NODES: usize = 2_000_000;

/// A node with its line, from 1.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
    /// How many nodes it is with all below it, aliases counted as what they stand for.
    weight: usize,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value {
    /// Nothing: `~`, `null`, or no value at all.
    Null,
    Text(String),
    /// Something encrypted, which was not kept.
    Vault,
    List(Vec<Rc<Node>>),
    Map(Vec<Member>),
}

/// A key of a map, the line that it stands on, and its value.
#[derive(Clone, Debug)]
pub(super) struct Member {
    key: String,
    line: usize,
    node: Rc<Node>,
}

impl Node {
    /// The members of a map; none of anything else.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.members_in_lines().map(|(key, _, node)| (key, node))
    }

    /// The members of a map with the lines that their keys stand on.
    pub(super) fn members_in_lines(&self) -> impl Iterator<Item = (&str, usize, &Node)> {
        let members = match &self.value {
            Value::Map(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|it| (it.key.as_str(), it.line, it.node.as_ref()))
    }

    /// A member of a map. The last of several wins, as everywhere in YAML's world.
    pub(super) fn member(&self, key: &str) -> Option<&Node> {
        self.members().filter(|(known, _)| *known == key).last().map(|(_, node)| node)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, or the one text that stands in place of a list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let (own, list) = match &self.value {
            Value::List(list) => (None, list.as_slice()),
            Value::Text(text) => (Some(text.as_str()), &[][..]),
            _ => (None, &[][..]),
        };
        own.into_iter().chain(list.iter().filter_map(|node| node.text()))
    }
}

/// A key that stands twice in one map.
#[derive(Debug)]
pub(super) struct Repeated {
    pub(super) key: String,
    pub(super) line: usize,
}

/// The first document of a file; an empty file is an empty node. The second value tells keys that stand twice.
pub(super) fn read(export: &Export) -> Result<(Node, Vec<Repeated>), Problem> {
    const ENCRYPTED: &str = "$ANSIBLE_VAULT";
    if export.text().trim_start().starts_with(ENCRYPTED) {
        let remedy =
            "it is not opened here; write what it tells in clear, without its secrets, to another file";
        return Err(export.problem(1, "the whole file is encrypted by Ansible Vault", remedy));
    }
    let mut builder = Builder { export, ..Builder::new(export) };
    for event in Parser::new_from_str(export.text()) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            let message = format!("this is no YAML: {} (column {})", error.info(), error.marker().col() + 1);
            export.problem(line, message, "mend the file, or export it anew")
        })?;
        builder.event(event, span.start.line())?;
    }
    Ok(builder.finish())
}

/// A list or map that is not closed yet.
struct Open {
    line: usize,
    anchor: usize,
    vault: bool,
    weight: usize,
    /// The key whose value comes next.
    key: Option<(String, usize)>,
    content: Content,
}

enum Content {
    List(Vec<Rc<Node>>),
    Map { members: Vec<Member>, keys: BTreeSet<String>, merged: Vec<Rc<Node>> },
}

struct Builder<'e> {
    export: &'e Export,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    documents: usize,
    nodes: usize,
    repeated: Vec<Repeated>,
}

impl<'e> Builder<'e> {
    fn new(export: &'e Export) -> Self {
        Self {
            export,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
            repeated: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let remedy = "keep one, or make a file of each";
                    return Err(self.export.problem(line, "a second YAML document begins here", remedy));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, is_vault(tag.as_deref()));
                self.complete(Node { line, value, weight: 1 }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(line, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map { members: Vec::new(), keys: BTreeSet::new(), merged: Vec::new() };
                self.begin(line, anchor, tag.as_deref(), content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = Rc::clone(node);
                    self.count(node.weight, line)?;
                    self.place(node)
                }
                None => {
                    Err(self.export.problem(line, "an alias stands within what it names", "write it out"))
                }
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(
        &mut self,
        line: usize,
        anchor: usize,
        tag: Option<&Tag>,
        content: Content,
    ) -> Result<(), Problem> {
        if self.open.len() >= DEEPEST {
            let message = format!("this is nested deeper than {DEEPEST} levels");
            return Err(self.export.problem(
                line,
                message,
                "an inventory needs a few; see that it is the right file",
            ));
        }
        self.open.push(Open { line, anchor, vault: is_vault(tag), weight: 1, key: None, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.content {
            _ if open.vault => Value::Vault,
            Content::List(list) => Value::List(list),
            Content::Map { mut members, mut keys, merged } => {
                // `<<` brings what the map does not say itself.
                for member in merged.iter().flat_map(|node| match &node.value {
                    Value::Map(members) => members.as_slice(),
                    _ => &[],
                }) {
                    if keys.insert(member.key.clone()) {
                        members.push(member.clone());
                    }
                }
                Value::Map(members)
            }
        };
        self.complete(Node { line: open.line, value, weight: open.weight }, open.anchor)
    }

    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        let line = node.line;
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.count(1, line)?;
        self.place(node)
    }

    fn count(&mut self, nodes: usize, line: usize) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            let message = format!(
                "there are more than {MOST_NODES} nodes, with aliases counted as what they stand for"
            );
            return Err(self.export.problem(line, message, "see that it is the right file, or split it"));
        }
        Ok(())
    }

    /// Puts a node where it belongs: into what is open, or at the root.
    fn place(&mut self, node: Rc<Node>) -> Result<(), Problem> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.weight = open.weight.saturating_add(node.weight);
        match &mut open.content {
            Content::List(list) => list.push(node),
            Content::Map { members, keys, merged } => match open.key.take() {
                None => {
                    let Some(key) = key_of(&node) else {
                        return Err(self.export.problem(
                            node.line,
                            "a key here is no plain text",
                            "write it as text",
                        ));
                    };
                    if key != "<<" && !keys.insert(key.clone()) {
                        self.repeated.push(Repeated { key: key.clone(), line: node.line });
                    }
                    open.key = Some((key, node.line));
                }
                Some((key, _)) if key == "<<" => match &node.value {
                    Value::List(list) => merged.extend(list.iter().cloned()),
                    _ => merged.push(node),
                },
                Some((key, line)) => members.push(Member { key, line, node }),
            },
        }
        Ok(())
    }

    fn finish(self) -> (Node, Vec<Repeated>) {
        let empty = Node { line: 1, value: Value::Null, weight: 1 };
        drop(self.anchors);
        (self.root.and_then(Rc::into_inner).unwrap_or(empty), self.repeated)
    }
}

fn key_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

fn scalar(text: &str, style: ScalarStyle, vault: bool) -> Value {
    if vault || text.trim_start().starts_with("$ANSIBLE_VAULT") {
        Value::Vault
    } else if style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        Value::Null
    } else {
        Value::Text(text.to_owned())
    }
}

fn is_vault(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.suffix.contains("vault"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        read(&Export::of("a.yml", text)).unwrap().0
    }

    fn refused(text: &str) -> String {
        read(&Export::of("a.yml", text)).unwrap_err().to_string()
    }

    #[test]
    fn nodes_know_their_lines_and_aliases_what_they_name() {
        let root = tree(
            "# x\nbase: &b\n  site: hq\n  port: 22\nsw:\n  <<: *b\n  port: 2222\n  note: ~\n  list: [a, 'b']\n",
        );
        let switch = root.member("sw").unwrap();
        assert_eq!(switch.member("site").unwrap().text(), Some("hq"));
        assert_eq!(
            (switch.member("port").unwrap().text(), switch.member("port").unwrap().line),
            (Some("2222"), 7)
        );
        assert!(matches!(switch.member("note").unwrap().value, Value::Null));
        assert_eq!(switch.member("list").unwrap().texts().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_is_encrypted_is_not_kept() {
        let root =
            tree("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3161\nb: $ANSIBLE_VAULT;1.1\nc: !vault [x]\n");
        for key in ["a", "b", "c"] {
            assert!(matches!(root.member(key).unwrap().value, Value::Vault), "{key}");
        }
        assert!(!format!("{root:?}").contains("3161"));
        assert!(refused("$ANSIBLE_VAULT;1.1;AES256\n3161\n").contains("encrypted by Ansible Vault"));
    }

    #[test]
    fn a_billion_laughs_are_refused_at_once() {
        let mut text = String::from("l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
        for level in 1..40 {
            let below = level - 1;
            text.push_str(&format!("l{level}: &l{level} [{}]\n", vec![format!("*l{below}"); 10].join(", ")));
        }
        assert!(refused(&text).contains("nodes, with aliases counted"));
        // The same by merged maps.
        let mut text = String::from("m0: &m0 {a: 1, b: 2}\n");
        for level in 1..60 {
            text.push_str(&format!("m{level}: &m{level} {{x{level}: *m{0}, y{level}: *m{0}}}\n", level - 1));
        }
        assert!(refused(&text).contains("nodes, with aliases counted"));
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(refused(&"[".repeat(5000)).contains("a.yml:1"));
        let blocks: String = (0..100).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(refused(&blocks).contains("deeper than 64 levels"));
    }

    #[test]
    fn a_circle_of_aliases_is_refused() {
        assert!(refused("a: &a\n  b: *a\n").contains("a.yml:2"));
    }

    #[test]
    fn a_repeated_key_is_told_and_the_last_wins() {
        let (root, repeated) = read(&Export::of("a.yml", "a: 1\nb: 2\na: 3\n")).unwrap();
        assert_eq!(root.member("a").unwrap().text(), Some("3"));
        assert_eq!((repeated[0].key.as_str(), repeated[0].line), ("a", 3));
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_without_their_words() {
        let said = refused("a: 1\npassword: \"hunter2\n");
        assert!(said.starts_with("a.yml:") && !said.contains("hunter2"), "{said}");
        assert!(refused("--- a\n--- b\n").contains("second YAML document"));
        assert!(refused("? [a]\n: b\n").contains("no plain text"));
        assert!(matches!(tree("").value, Value::Null));
    }
}
