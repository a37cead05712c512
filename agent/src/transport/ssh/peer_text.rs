//! What a peer said, made fit for a message to people.

/// Longer text is cut.
const LONGEST: usize = 160;

/// The first line of some bytes, escaped and cut.
pub(super) fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|&byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let mut text = line.iter().take(LONGEST).copied().collect::<Vec<u8>>().escape_ascii().to_string();
    if line.len() > LONGEST {
        text.push('…');
    }
    text
}

/// A text on one line, without control characters, and cut.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut blank = false;
    for character in text.chars() {
        if line.chars().count() >= LONGEST {
            line.push('…');
            break;
        }
        if character.is_control() || character.is_whitespace() {
            blank = !line.is_empty();
        } else {
            if std::mem::take(&mut blank) {
                line.push(' ');
            }
            line.push(character);
        }
    }
    line
}

/// A list of names, each cut, and not too many of them.
pub(super) fn names(names: &[String]) -> String {
    const MOST: usize = 12;
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| one_line(name)).collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_of_the_peer_does_not_reach_the_reader() {
        assert_eq!(first_line(b"\r\nHTTP/1.1 400\x1b[2J\r\nmore"), "HTTP/1.1 400\\x1b[2J");
        assert_eq!(one_line("  Too\r\n\tmany \x1b[2Jusers "), "Too many [2Jusers");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), LONGEST + 1);
        assert_eq!(first_line(&[0; 500]).chars().count(), 4 * LONGEST + 1);
        assert_eq!(names(&[]), "nothing");
    }
}
