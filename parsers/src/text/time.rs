//! Points in time in every form that Cisco devices print.
//!
//! | form | where |
//! |---|---|
//! | `Jan 10 20:32:26 2022 UTC` | Smart Agent |
//! | `Feb 10 2023 11:27:20 UTC` | Smart Agent 4.3 and 4.9, ASA |
//! | `Tue Jul 02 2024 13:13:37 UTC` | IOS XR licence platform |
//! | `2019-JAN-15 UTC` | reservation terms; midnight |
//! | `2021-11-17 03:31:32.920 UTC` | event log |
//! | `11:43:15.743 UTC Wed Nov 17 2021` | `show clock` and its banner |

use jiff::civil::{Date, DateTime, Time};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{alpha1, char, i8, i16, space1, u8 as byte};
use nom::combinator::{map_opt, opt, verify};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::record::{Attempt, AttemptResult, Timestamp, stated};

/// The time that a value states: `None` for a sentinel and for the epoch; words in no known form stay unresolved.
///
/// ```
/// # use licwatch_parsers::text::timestamp;
/// let time = timestamp("Jan 10 20:32:26 2022 UTC").unwrap();
/// assert_eq!(time.utc.unwrap().to_string(), "2022-01-10T20:32:26Z");
/// assert!(timestamp("<none>").is_none());
/// ```
pub fn timestamp(text: &str) -> Option<Timestamp<'_>> {
    let text = stated(text)?;
    match form(text) {
        Ok((zone, civil)) => Timestamp::resolved(text, civil, zone.trim()),
        Err(_) => Some(Timestamp::unresolved(text)),
    }
}

/// The civil time that the words state, and the zone words beside it, which may be none; `None` for words in no known
/// form.
///
/// ```
/// # use licwatch_parsers::text::civil_time;
/// let (civil, zone) = civil_time("11:43:15.743 PDT Wed Nov 17 2021").unwrap();
/// assert_eq!((civil.to_string().as_str(), zone), ("2021-11-17T11:43:15.743", "PDT"));
/// ```
pub fn civil_time(text: &str) -> Option<(DateTime, &str)> {
    let text = text.trim();
    // The clock form has its zone in the middle, so that nothing is left behind it.
    if let Ok((_, (civil, Some(zone)))) = clock_form(text) {
        return form(text).is_ok().then_some((civil, zone));
    }
    form(text).ok().map(|(zone, civil)| (civil, zone.trim()))
}

/// `SUCCEEDED on <time>`, `FAILED on <time>`, `SUCCESS on <time>`, or the word alone.
pub fn attempt(text: &str) -> Option<Attempt<'_>> {
    let text = stated(text)?;
    let (word, at) = match text.split_once(" on ") {
        Some((word, at)) => (word.trim(), timestamp(at)),
        None => (text, None),
    };
    let result = match word {
        "SUCCEEDED" | "SUCCESS" => AttemptResult::Succeeded,
        "FAILED" | "FAILURE" => AttemptResult::Failed,
        _ => return None,
    };
    Some(Attempt { result, at, reason: None })
}

/// A civil time and the zone words behind it.
fn form(input: &str) -> IResult<&str, DateTime> {
    alt((clock_form, iso_form, month_first_form)).parse(input).and_then(
        |(zone, (civil, inner))| match inner {
            // The zone of the clock form stands in the middle, and nothing may follow the year.
            Some(inner) if zone.trim().is_empty() => Ok((inner, civil)),
            Some(_) => Err(nom::Err::Error(nom::error::make_error(zone, nom::error::ErrorKind::Eof))),
            None => Ok((zone, civil)),
        },
    )
}

type Civil<'a> = (DateTime, Option<&'a str>);

/// `11:43:15.743 UTC Wed Nov 17 2021`; the zone is handed on beside the time.
fn clock_form(input: &str) -> IResult<&str, Civil<'_>> {
    let (input, time) = time(input)?;
    let (input, zone) = preceded(space1, take_while1(|c: char| !c.is_whitespace())).parse(input)?;
    let (input, _) = (space1, weekday, space1).parse(input)?;
    let (input, (month, _, day, _, year)) = (month, space1, byte, space1, i16).parse(input)?;
    civil(input, year, month, day, time).map(|(input, civil)| (input, (civil, Some(zone))))
}

/// `2021-11-17 03:31:32.920 UTC`, `2019-JAN-15 UTC`.
fn iso_form(input: &str) -> IResult<&str, Civil<'_>> {
    let (input, (year, _, month, _, day)) =
        (i16, char('-'), alt((month, i8)), char('-'), byte).parse(input)?;
    let (input, time) = opt(preceded(alt((space1, tag("T"))), time)).parse(input)?;
    civil(input, year, month, day, time.unwrap_or_default()).map(|(input, civil)| (input, (civil, None)))
}

/// `[Tue] Jul 02 13:13:37 2024 UTC`, `[Tue] Jul 02 2024 13:13:37 UTC`.
fn month_first_form(input: &str) -> IResult<&str, Civil<'_>> {
    let (input, _) = opt(terminated(weekday, space1)).parse(input)?;
    let (input, (month, _, day, _)) = (month, space1, byte, space1).parse(input)?;
    let year_last = (terminated(time, space1), i16).map(|(time, year)| (year, time));
    let (input, (year, time)) = alt((year_last, (terminated(i16, space1), time))).parse(input)?;
    civil(input, year, month, day, time).map(|(input, civil)| (input, (civil, None)))
}

fn civil(input: &str, year: i16, month: i8, day: u8, time: Time) -> IResult<&str, DateTime> {
    match i8::try_from(day).ok().and_then(|day| Date::new(year, month, day).ok()) {
        Some(date) => Ok((input, date.to_datetime(time))),
        None => Err(nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::Verify))),
    }
}

/// `20:32:26`, `11:43:15.743`.
fn time(input: &str) -> IResult<&str, Time> {
    let (input, (hour, _, minute, _, second)) = (i8, char(':'), i8, char(':'), i8).parse(input)?;
    let fraction = preceded(char('.'), take_while_m_n(1, 9, |c: char| c.is_ascii_digit()));
    let (input, fraction) = opt(fraction).parse(input)?;
    match Time::new(hour, minute, second, nanoseconds(fraction.unwrap_or_default())) {
        Ok(time) => Ok((input, time)),
        Err(_) => Err(nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::Verify))),
    }
}

fn nanoseconds(fraction: &str) -> i32 {
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    digits.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'))
}

fn weekday(input: &str) -> IResult<&str, &str> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    verify(alpha1, |word: &str| DAYS.contains(&word)).parse(input)
}

fn month(input: &str) -> IResult<&str, i8> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    map_opt(alpha1, |word: &str| {
        MONTHS
            .iter()
            .position(|month| month.eq_ignore_ascii_case(word))
            .and_then(|at| i8::try_from(at + 1).ok())
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        timestamp(text).unwrap().utc.map(|utc| utc.to_string())
    }

    #[test]
    fn every_form_is_read() {
        for (text, want) in [
            ("Jan 10 20:32:26 2022 UTC", "2022-01-10T20:32:26Z"),
            ("Feb 10 2023 11:27:20 UTC", "2023-02-10T11:27:20Z"),
            ("Tue Jul 02 2024 13:13:37 UTC", "2024-07-02T13:13:37Z"),
            ("2019-JAN-15 UTC", "2019-01-15T00:00:00Z"),
            ("2021-11-17 03:31:32.920 UTC", "2021-11-17T03:31:32.92Z"),
            ("11:43:15.743 UTC Wed Nov 17 2021", "2021-11-17T11:43:15.743Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn ambiguous_zones_and_unknown_forms_keep_their_words() {
        for text in ["Aug 30 19:03:00 2023 PDT", "Jan 10 20:32:26 2022", "Feb 31 20:32:26 2022 UTC", "soon"] {
            assert_eq!(timestamp(text).unwrap().text, text);
            assert_eq!(utc(text), None, "{text}");
        }
        assert_eq!(timestamp("Jan 01 00:00:00 1970 UTC"), None);
    }

    #[test]
    fn attempts_state_result_and_time() {
        let tried = attempt("FAILED on May 16 10:01:19 2022 CET").unwrap();
        assert_eq!(
            (tried.result, tried.at.unwrap().text.as_ref()),
            (AttemptResult::Failed, "May 16 10:01:19 2022 CET")
        );
        assert_eq!(attempt("SUCCEEDED").unwrap().at, None);
        assert_eq!(attempt("None"), None);
    }
}
