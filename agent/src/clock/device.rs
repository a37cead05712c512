//! A device's clock beside ours.

use std::time::Duration;

use crate::events::{Event, Kind};

/// What a new offset of a device's clock tells those who watch: that it is further off than it may be, or that it is
/// right again. Offsets are the device's clock less ours, in milliseconds; `previous` is the last one that was known.
pub fn judge(device: &str, previous: Option<i64>, now: i64, limit: Duration) -> Option<Event> {
    let most = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let off = |offset: i64| offset.unsigned_abs() > most;
    let seconds = now as f64 / 1000.0;
    let (kind, message) = match (previous.is_some_and(off), off(now)) {
        (false, true) => {
            let way = if now < 0 { "behind" } else { "ahead of" };
            let message = format!("the device's clock is {:.1} s {way} the agent's", seconds.abs());
            (Kind::DeviceClock, message)
        }
        (true, false) => (
            Kind::DeviceClockBack,
            format!("the device's clock is right again, within {:.1} s", seconds.abs()),
        ),
        _ => return None,
    };
    let limit = limit.as_secs_f64();
    Some(Event::new(kind, message).of(device).with("offset_seconds", seconds).with("limit_seconds", limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_when_a_clock_goes_off_and_when_it_is_back() {
        let minute = Duration::from_secs(60);
        let kind = |previous, now| judge("core-1", previous, now, minute).map(|event| event.kind);
        assert_eq!(kind(None, 60_000), None);
        assert_eq!(kind(None, 60_001), Some(Kind::DeviceClock));
        assert_eq!(kind(Some(0), -90_000), Some(Kind::DeviceClock));
        assert_eq!(kind(Some(-90_000), 90_000), None, "it was told already");
        assert_eq!(kind(Some(90_000), 1_000), Some(Kind::DeviceClockBack));
        assert_eq!(kind(Some(1_000), i64::MIN), Some(Kind::DeviceClock));

        let event = judge("core-1", None, -90_400, minute).unwrap();
        assert_eq!(event.message, "the device's clock is 90.4 s behind the agent's");
        assert_eq!(
            (event.device.as_deref(), event.facts["offset_seconds"].as_f64()),
            (Some("core-1"), Some(-90.4))
        );
    }
}
