//! Lines of a key and a value.

/// `Smart Account: Harbour Logistics` as key and value, both trimmed. A line without a key is none.
///
/// ```
/// # use licwatch_parsers::text::pair;
/// assert_eq!(pair("URL: https://cssm.test:443/x "), Some(("URL", "https://cssm.test:443/x")));
/// assert_eq!(pair("Not Configured"), None);
/// assert_eq!(pair(": x"), None);
/// ```
pub fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty()).then_some((key, value))
}
