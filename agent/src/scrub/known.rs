//! Originals that are looked for everywhere: a tree of words, so that any number of them is found in one walk.

use std::collections::HashMap;

use super::Kind;
use super::find::Found;
use super::ordinary::is_ordinary;
use super::tokens::{Span, is_escape, is_word, text_of, trimmed};

/// Originals by their words.
#[derive(Default)]
pub(super) struct Known {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    next: HashMap<Vec<u8>, usize>,
    end: Option<End>,
}

struct End {
    kind: Kind,
    /// One plain word is found only as it was spelled: in another case it is somebody else's.
    exact: Option<Vec<u8>>,
}

impl Known {
    /// Makes an original known, unless it says nothing: ordinary words, short numbers, zeros, single letters.
    pub(super) fn add(&mut self, original: &[u8], kind: Kind) {
        let Some(span) = trimmed(original, Span { start: 0, end: original.len() }) else { return };
        let text = text_of(original, span);
        let bare = text.strip_prefix(b"0x").unwrap_or(text);
        let letters = bare.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        // Groups of zeros stay in keys and addresses.
        let number = digits >= SHORTEST_NUMBER && text.iter().any(|byte| matches!(byte, b'1'..=b'9'));
        let telling = (2..=LONGEST).contains(&text.len()) && (letters || number);
        if !telling || is_ordinary(text) {
            return;
        }
        let plain = digits == 0 && text.iter().all(|byte| is_word(*byte));
        let mut at = self.node();
        let mut pieces = Pieces { text, at: 0 };
        while let Some(piece) = pieces.next() {
            let piece = text_of(text, piece).to_ascii_lowercase();
            let next = self.nodes.get(at).and_then(|node| node.next.get(&piece).copied());
            at = next.unwrap_or_else(|| {
                let new = self.nodes.len();
                self.nodes.push(Node::default());
                if let Some(node) = self.nodes.get_mut(at) {
                    node.next.insert(piece, new);
                }
                new
            });
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.end.get_or_insert(End { kind, exact: plain.then(|| text.to_vec()) });
        }
    }

    /// Every known original in a text, but for those within what is `kept`.
    pub(super) fn find(&self, text: &[u8], kept: &Self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = next_word(text, at) {
            let length = word_end(text, start);
            if is_escape(text, Span { start, end: length }) {
                at = length;
                continue;
            }
            let known = self.longest(text, start);
            at = match (known, kept.longest(text, start)) {
                (Some((_, end)), Some((_, kept))) if kept >= end => kept,
                (None, Some((_, kept))) => kept,
                (Some((kind, end)), _) => {
                    found.push(Found::word(kind, Span { start, end }));
                    end
                }
                (None, None) => length,
            };
        }
        found
    }

    /// The longest original that begins here, with its end.
    fn longest(&self, text: &[u8], start: usize) -> Option<(Kind, usize)> {
        let mut node = self.nodes.first()?;
        let mut longest = None;
        let mut pieces = Pieces { text, at: start };
        let mut lower = Vec::new();
        while let Some(piece) = pieces.next() {
            lower.clear();
            lower.extend(text_of(text, piece).iter().map(u8::to_ascii_lowercase));
            let Some(next) = node.next.get(&lower).and_then(|next| self.nodes.get(*next)) else { break };
            node = next;
            if let Some(end) = &node.end
                && end.exact.as_ref().is_none_or(|exact| text.get(start..piece.end) == Some(exact))
            {
                longest = Some((end.kind, piece.end));
            }
        }
        longest
    }

    /// The root.
    fn node(&mut self) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        0
    }
}

/// A longer original is replaced where its label stands, and not looked for elsewhere.
const LONGEST: usize = 512;

/// A shorter number may be a count of anything.
const SHORTEST_NUMBER: usize = 6;

/// Words, and each byte between them.
struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
}

impl Pieces<'_> {
    fn next(&mut self) -> Option<Span> {
        let start = self.at;
        let first = *self.text.get(start)?;
        let end = if is_word(first) { word_end(self.text, start) } else { start + 1 };
        // No known original has a longer word.
        let end = end.min(start + LONGEST + 1);
        self.at = end;
        Some(Span { start, end })
    }
}

fn word_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.iter().position(|byte| !is_word(*byte)).map_or(text.len(), |length| start + length)
}

fn next_word(text: &[u8], from: usize) -> Option<usize> {
    Some(from + text.get(from..)?.iter().position(|byte| is_word(*byte))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(known: &Known, text: &str) -> Vec<String> {
        let found = known.find(text.as_bytes(), &Known::default());
        found.iter().map(|it| text.get(it.span.range()).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_longest_original_is_found_by_its_words() {
        let mut known = Known::default();
        for name in ["br3-acc", "br3-acc-stack1", "Harbour Logistics", "atlas", "4096", "Switch", "R1"] {
            known.add(name.as_bytes(), Kind::HostName);
        }
        assert_eq!(
            found(&known, "br3-acc-stack1# BR3-ACC:x br3-accx S:br3-acc_7"),
            ["br3-acc-stack1", "BR3-ACC", "br3-acc"]
        );
        assert_eq!(found(&known, "Harbour Logistics Policy, Harbour  Logistics"), ["Harbour Logistics"]);
        assert_eq!(found(&known, "atlas Atlas 4096 Switch r1 R12"), ["atlas", "r1"]);
    }

    #[test]
    fn what_is_kept_is_not_found() {
        let (mut known, mut kept) = (Known::default(), Known::default());
        known.add(b"C9300", Kind::HostName);
        kept.add(b"C9300-24UX", Kind::HostName);
        let text = b"C9300#  PID:C9300-24UX";
        let spans: Vec<_> = known.find(text, &kept).iter().map(|it| it.span.start).collect();
        assert_eq!(spans, [0]);
    }
}
