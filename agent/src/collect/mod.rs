//! What is asked of each platform, and the one record that all the answers make.

pub mod plan;
mod zones;

use licwatch_parsers::recognize::recognize;
use licwatch_parsers::record::{DeviceRecord, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};

use crate::capture::Capture;
use zones::Zones;

/// Parses all captures of one device into one record and hands it to `use_record`. The cleaned texts that the
/// record borrows from live as long as that takes, and no longer. What one of them shows of the platform goes for all,
/// and where the agent's time is known for them, so does what the device's clock shows of its zone.
pub fn with_record<R>(
    captures: &[Capture],
    platform: Option<licwatch_parsers::record::Platform>,
    use_record: impl FnOnce(DeviceRecord<'_>) -> R,
) -> R {
    let cleaned: Vec<_> = captures.iter().map(|capture| Cleaned::new(&capture.raw)).collect();
    let shown = cleaned.iter().find_map(|text| recognize(text).platform);
    let platform = shown.or(platform);
    let mut zones = Zones::default();
    let records: Vec<_> = cleaned
        .iter()
        .zip(captures)
        .map(|(text, capture)| {
            let mut record = parse(text, Hints { platform, command: capture.command });
            record.sources.iter_mut().for_each(|source| capture.describe(source));
            compare_clocks(&mut record, capture, &mut zones);
            record
        })
        .collect();
    let mut merged = merge(&records);
    zones.resolve(&mut merged);
    use_record(merged)
}

/// Tells how far the device's clock is ahead of the agent's, to the millisecond. Each was read in the middle of the
/// same exchange, so that the error is at most half of its duration.
fn compare_clocks(record: &mut DeviceRecord<'_>, capture: &Capture, zones: &mut Zones) {
    let (Some(clock), Some(at)) = (&mut record.device.clock, capture.at) else { return };
    match clock.time.utc {
        Some(utc) => {
            clock.offset_seconds = Some((utc.duration_since(at).as_secs_f64() * 1000.0).round() / 1000.0);
        }
        None => zones.learn(record, at),
    }
}

#[cfg(test)]
mod tests {
    use licwatch_parsers::Command;

    use super::*;
    use crate::capture::Origin;

    #[test]
    fn the_clocks_are_compared_at_the_middle_of_the_exchange() {
        let raw = b"*10:14:52.500 UTC Mon Jan 12 2026\n".to_vec();
        let at = "2026-01-12T10:19:00Z".parse().ok();
        let captures = [Capture::new(Some(Command::ShowClock), Origin::Ssh, raw, at)];
        let offset =
            with_record(&captures, None, |record| record.device.clock.and_then(|clock| clock.offset_seconds));
        assert_eq!(offset, Some(-247.5));
    }
}
