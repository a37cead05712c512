//! Numbers as devices print them.

/// The number that a value begins with: `0(300)` is 0, `30  days State(4)` is 30.
///
/// ```
/// # use licwatch_parsers::text::leading_number;
/// assert_eq!(leading_number("0(300)"), Some(0));
/// assert_eq!(leading_number("many"), None);
/// ```
pub fn leading_number(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}
