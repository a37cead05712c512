//! Durations in words.

use nom::branch::alt;
use nom::bytes::complete::tag_no_case;
use nom::character::complete::{one_of, space0, u64};
use nom::combinator::{opt, value};
use nom::multi::many0_count;
use nom::{IResult, Parser};

/// The seconds of a duration in words, whatever stands behind it.
///
/// ```
/// # use licwatch_parsers::text::seconds;
/// assert_eq!(seconds("8  weeks 4  days"), Some(5_184_000));
/// assert_eq!(seconds("71 days, 22 hours, 1 minutes, 59 seconds"), Some(6_213_719));
/// assert_eq!(seconds("0  minute  0  second"), Some(0));
/// assert_eq!(seconds("Life time"), None);
/// ```
pub fn seconds(text: &str) -> Option<u64> {
    let (mut rest, mut total) = part(text.trim_start()).ok()?;
    while let Ok((next, seconds)) = part(rest) {
        total = total.checked_add(seconds)?;
        rest = next;
    }
    Some(total)
}

/// `8  weeks`, with the comma or blanks behind it.
fn part(input: &str) -> IResult<&str, u64> {
    let (input, number) = u64(input)?;
    let (input, _) = space0(input)?;
    let (input, unit) = unit(input)?;
    let (input, _) = many0_count(one_of(", ")).parse(input)?;
    match number.checked_mul(unit) {
        Some(seconds) => Ok((input, seconds)),
        None => Err(nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::TooLarge))),
    }
}

fn unit(input: &str) -> IResult<&str, u64> {
    let (input, seconds) = alt((
        value(365 * 86_400, tag_no_case("year")),
        value(7 * 86_400, tag_no_case("week")),
        value(86_400, tag_no_case("day")),
        value(3_600, alt((tag_no_case("hour"), tag_no_case("hr")))),
        value(60, alt((tag_no_case("minute"), tag_no_case("min")))),
        value(1, alt((tag_no_case("second"), tag_no_case("sec")))),
    ))
    .parse(input)?;
    let (input, _) = opt(tag_no_case("s")).parse(input)?;
    Ok((input, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_and_abbreviation() {
        assert_eq!(
            seconds("109 days 16 hrs 33 mins 12 secs"),
            Some(109 * 86_400 + 16 * 3_600 + 33 * 60 + 12)
        );
        assert_eq!(seconds("208 weeks 2 days"), Some(125_971_200));
        assert_eq!(seconds("69 days, 21 hours remaining"), Some(69 * 86_400 + 21 * 3_600));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(seconds(""), None);
        assert_eq!(seconds("18446744073709551615 weeks"), None);
    }
}
