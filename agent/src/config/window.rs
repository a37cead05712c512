//! Windows of time that come back every week: `Mon-Fri 20:00-06:00`, `Sat,Sun`, `02:00-04:30`.

use std::fmt::{self, Display};
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};

use super::value::{NotAValue, as_text};

/// One window. It belongs to the days that it begins on, and may end on the day after.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// The days that it begins on; Monday is the first.
    pub days: [bool; 7],
    /// When it begins.
    pub from: Time,
    /// When it ends, which is no part of it; not later than `from` means on the day after.
    pub until: Time,
}

/// Several windows: whatever lies in one of them lies in all of them together.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct Windows(pub Vec<Window>);

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Window {
    /// Whether it begins on a day.
    pub fn begins_on(&self, day: Weekday) -> bool {
        let place = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
        self.days.get(place).copied().unwrap_or(false)
    }
}

impl FromStr for Window {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let wrong = || {
            NotAValue(
                "must be windows such as \"Mon-Fri 20:00-06:00\", \"Sat,Sun\" or \"02:00-04:30\"".into(),
            )
        };
        let mut window = Self { days: [true; 7], from: Time::midnight(), until: Time::midnight() };
        let mut words: Vec<&str> = text.split_whitespace().collect();
        if words.last().is_some_and(|word| word.contains(':')) {
            let (from, until) = words.pop().and_then(|word| word.split_once('-')).ok_or_else(wrong)?;
            // "24:00" is how people write the end of a day.
            let time = |text: &str| match text {
                "24:00" => Ok(Time::midnight()),
                text => Time::strptime("%H:%M", text).map_err(|_| wrong()),
            };
            (window.from, window.until) = (time(from)?, time(until)?);
        }
        match words.as_slice() {
            [] if !text.trim().is_empty() => {}
            [days] => window.days = self::days(days).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
        Ok(window)
    }
}

/// `Mon-Fri,Sun`
fn days(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name.trim()));
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let mut place = first;
        loop {
            *days.get_mut(place)? = true;
            if place == last {
                break;
            }
            place = (place + 1) % 7;
        }
    }
    Some(days)
}

impl Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> =
            DAYS.iter().zip(self.days).filter(|(_, held)| *held).map(|(name, _)| *name).collect();
        if named.len() < DAYS.len() {
            f.write_str(&named.join(","))?;
            f.write_str(" ")?;
        }
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.until.strftime("%H:%M"))
    }
}

as_text!(Window, "Window", { "type": "string", "examples": ["Mon-Fri 20:00-06:00", "Sat,Sun", "02:00-04:30"] });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written() {
        for (text, shown) in [
            ("Mon-Fri 20:00-06:00", "Mon,Tue,Wed,Thu,Fri 20:00-06:00"),
            ("Sat,Sun", "Sat,Sun 00:00-00:00"),
            ("fri-mon 02:00-24:00", "Mon,Fri,Sat,Sun 02:00-00:00"),
            ("02:00-04:30", "02:00-04:30"),
        ] {
            let window: Window = text.parse().unwrap();
            assert_eq!(window.to_string(), shown);
            assert_eq!(window.to_string().parse::<Window>().unwrap(), window);
        }
        for wrong in ["", "Mon-", "25:00-26:00", "Mon 02:00", "Mon Tue", "02:00-04:30 Mon", "Funday"] {
            assert!(wrong.parse::<Window>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_window_knows_its_days() {
        let window: Window = "Sat,Sun".parse().unwrap();
        assert!(window.begins_on(Weekday::Sunday) && !window.begins_on(Weekday::Monday));
    }
}
