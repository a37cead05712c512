//! From what a poll came to, to what the store keeps of it.

use serde::Deserialize;

use crate::journal::Actor;
use crate::poll::Polled;
use crate::store::Collected;

/// The few facts of a record that the store has columns for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts {
    device: Device,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Device {
    serial_number: Option<String>,
    udis: Vec<Udi>,
    clock: Option<Clock>,
}

#[derive(Deserialize)]
struct Udi {
    serial_number: Option<String>,
}

#[derive(Deserialize)]
struct Clock {
    offset_seconds: Option<f64>,
}

/// What the daemon keeps of a poll.
pub(super) fn collected(polled: Polled) -> Collected {
    // A line that could not be written as a record has no facts.
    let Facts { device } = serde_json::from_str(&polled.line).unwrap_or_default();
    let mut serial_numbers: Vec<String> = Vec::new();
    let named = device.udis.into_iter().filter_map(|udi| udi.serial_number);
    for serial in device.serial_number.into_iter().chain(named) {
        if !serial_numbers.contains(&serial) {
            serial_numbers.push(serial);
        }
    }
    let offset = device.clock.and_then(|clock| clock.offset_seconds);
    Collected {
        device: polled.observation.device,
        id: polled.observation.id,
        polled_at: polled.observation.polled_at,
        outcome: polled.observation.outcome,
        line: polled.line,
        summary: polled.summary,
        serial_numbers,
        offset_ms: offset.map(|seconds| (seconds * 1000.0).round() as i64),
        captures: polled.captures,
        actor: Actor::Daemon,
        carried_by: None,
    }
}
