//! A line of a drop: what it must tell, and under whose name its device goes here.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::key::Own;
use super::manifest::{Manifest, is_name};
use super::told;
use crate::plain_name::plain_name;

/// The form of the lines.
const RECORD: &str = licwatch_parsers::record::SCHEMA;
/// No line rests on more answers.
const MOST_SOURCES: usize = 1000;

/// What a line must tell.
#[derive(Deserialize)]
pub(super) struct Header {
    schema: String,
    pub(super) observation: Observed,
    #[serde(default)]
    pub(super) sources: Vec<Source>,
}

#[derive(Deserialize)]
pub(super) struct Observed {
    pub(super) id: Uuid,
    pub(super) agent: String,
    pub(super) device: String,
    pub(super) polled_at: Timestamp,
    pub(super) outcome: String,
}

#[derive(Deserialize)]
pub(super) struct Source {
    #[serde(default)]
    pub(super) command: Option<String>,
    #[serde(default)]
    pub(super) transport: Option<String>,
    #[serde(default)]
    pub(super) sha256: Option<String>,
    #[serde(default)]
    pub(super) at: Option<Timestamp>,
}

/// What a line tells, or what is wrong with it.
pub(super) fn header(line: &[u8]) -> Result<(&str, Value, Header), String> {
    let line = line.strip_suffix(b"\n").ok_or("does not end, or is too long")?;
    let text = std::str::from_utf8(line).map_err(|_| "is no text")?;
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON ({error})"))?;
    let header = Header::deserialize(&value).map_err(|error| format!("is no observation ({error})"))?;
    if header.schema != RECORD {
        return Err(format!("has the form {}, this licwatch takes {RECORD}", header.schema));
    }
    let Observed { agent, device, outcome, .. } = &header.observation;
    if !is_name(agent) || !is_name(device) || device.contains('/') {
        return Err("has no usable name of its agent or device".to_owned());
    }
    if told::outcome(outcome).is_none() {
        return Err(format!("has an outcome that is not known: {outcome}"));
    }
    if header.sources.len() > MOST_SOURCES {
        return Err(format!("rests on more than {MOST_SOURCES} answers"));
    }
    Ok((text, value, header))
}

/// In whose name a line of a drop speaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Speaker {
    /// The agent that made the drop.
    Maker,
    /// Another agent, whose drops the maker took in and hands on. Only the maker answers for it.
    Relayed(String),
    /// This agent, in a drop that it did not make.
    Us,
}

/// In whose name a line speaks, and what its device goes by here.
pub(super) fn name(own: &Own, manifest: &Manifest, observed: &Observed) -> (Speaker, String) {
    let (maker, Observed { agent, device, .. }) = (&manifest.agent, observed);
    let (ours, is_makers) = (own.made(manifest), plain_name(agent) == *maker);
    let agent_of_line = plain_name(agent);
    match (ours, *agent == own.agent, is_makers) {
        (true, true, _) => (Speaker::Maker, device.clone()),
        (false, true, _) => (Speaker::Us, format!("{maker}/{agent_of_line}/{device}")),
        (_, false, true) => (Speaker::Maker, format!("{maker}/{device}")),
        // What we once took in and handed on ourselves.
        (true, false, false) => {
            (Speaker::Relayed(agent_of_line.clone()), format!("{agent_of_line}/{device}"))
        }
        (false, false, false) => {
            (Speaker::Relayed(agent_of_line.clone()), format!("{maker}/{agent_of_line}/{device}"))
        }
    }
}
