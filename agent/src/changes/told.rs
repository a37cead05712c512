//! The events of one comparison, bounded.

use serde_json::Value;
use uuid::Uuid;

use super::MOST;
use crate::events::{Event, Kind};

/// So many characters of a device's words stand in a sentence; programs get more of them.
const IN_A_SENTENCE: usize = 100;
const AS_A_FACT: usize = 400;

/// Gathers events about one device.
pub(super) struct Told<'d> {
    device: &'d str,
    observation: Option<Uuid>,
    events: Vec<Event>,
    more: usize,
}

impl<'d> Told<'d> {
    pub(super) fn of(device: &'d str, observation: Option<Uuid>) -> Self {
        Self { device, observation, events: Vec::new(), more: 0 }
    }

    /// Adds an event, if there is room. Facts that are `None` are left out.
    pub(super) fn tell(&mut self, kind: Kind, message: String, facts: &[(&str, Option<Value>)]) {
        if self.events.len() >= MOST {
            self.more += 1;
            return;
        }
        let mut event = Event::new(kind, message).of(self.device);
        event.observation = self.observation;
        for (name, value) in facts {
            if let Some(value) = value {
                event = event.with(name, value.clone());
            }
        }
        self.events.push(event);
    }

    /// Something that was one thing and is another now, in one sentence.
    pub(super) fn turned(&mut self, kind: Kind, what: &str, before: &str, after: &str, of: &str) {
        let message = format!("{what}: {}, {} before", words(after), words(before));
        self.tell(
            kind,
            message,
            &[("of", Some(of.into())), ("before", fact(before)), ("after", fact(after))],
        );
    }

    pub(super) fn finish(mut self) -> Vec<Event> {
        if self.more > 0 {
            let message = format!("{} more changes are not told one by one", self.more);
            let mut event = Event::new(Kind::MoreChanges, message).of(self.device).with("count", self.more);
            event.observation = self.observation;
            self.events.push(event);
        }
        self.events
    }
}

/// A device's words in a sentence.
pub(super) fn words(text: &str) -> String {
    cut(text, IN_A_SENTENCE)
}

/// A device's words for programs.
pub(super) fn fact(text: &str) -> Option<Value> {
    Some(cut(text, AS_A_FACT).into())
}

/// The same of words that may not be there.
pub(super) fn fact_of(text: Option<&String>) -> Option<Value> {
    text.and_then(|text| fact(text))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
