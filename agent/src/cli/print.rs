//! Data to stdout, talk to stderr. A reader that goes away is no error.
//!
//! What devices and files say is shown as they say it, and a terminal would obey some of that. There, control
//! characters are written out; a file or a pipe gets every byte.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use super::Exit;

/// Writes data to stdout, with colours only on a terminal. The error is how the verb ends then.
pub(super) fn data(text: impl Display) -> Result<(), Exit> {
    let text = text.to_string();
    let shown = if io::stdout().is_terminal() { harmless(&text) } else { text.as_str().into() };
    written(anstream::stdout().lock().write_all(shown.as_bytes()))
}

/// Writes data to stdout, and how the verb ends with that.
pub(super) fn all(text: impl Display) -> Exit {
    data(text).map_or_else(|end| end, |()| Exit::Done)
}

/// Writes one line of data to stdout, byte for byte but for a terminal's sake.
pub(super) fn line(text: &str) -> Result<(), Exit> {
    let mut stdout = io::stdout().lock();
    let text = if stdout.is_terminal() { harmless(text) } else { text.into() };
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n")))
}

/// Says something to the person; if stderr is gone there is nobody to tell.
pub(super) fn talk(text: impl Display) {
    let text = text.to_string();
    let shown = if io::stderr().is_terminal() { harmless(&text) } else { text.as_str().into() };
    let _ = writeln!(anstream::stderr().lock(), "{shown}");
}

/// Says what went wrong, in the form that every verb uses.
pub(super) fn error(text: impl Display) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    talk(format_args!("{style}error{style:#}: {text}"));
}

fn written(result: io::Result<()>) -> Result<(), Exit> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Exit::Done),
        Err(problem) => {
            error(format_args!("cannot write to standard output: {problem}"));
            Err(Exit::Nothing)
        }
    }
}

/// The text with every character written out that could move a terminal's cursor, name its window or turn its text
/// around, in the form that JSON has for it. Line ends, tabs and colours stay.
fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(obeyed) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        if let Some((colour, behind)) = colour(from) {
            shown.push_str(colour);
            rest = behind;
            continue;
        }
        let mut characters = from.chars();
        if let Some(control) = characters.next() {
            shown.push_str(&format!("\\u{:04x}", u32::from(control)));
        }
        rest = characters.as_str();
    }
    shown.push_str(rest);
    shown.into()
}

/// `ESC [ 1 ; 31 m` at the beginning, and what stands behind it.
fn colour(text: &str) -> Option<(&str, &str)> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers.get(end..)?.starts_with('m').then(|| text.split_at(end + 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_but_colours() {
        for plain in ["a\n\tb", "\u{1b}[1;31merror\u{1b}[0m: Ångström", "─ ↳ 令"] {
            assert_eq!(harmless(plain), plain);
        }
        for (hostile, shown) in [
            ("x\u{1b}[2Jy", "x\\u001b[2Jy"),
            ("\u{1b}]0;owned\u{7}", "\\u001b]0;owned\\u0007"),
            ("\u{9b}31m", "\\u009b31m"),
            ("a\rb", "a\\u000db"),
            ("\u{202e}gnp", "\\u202egnp"),
            ("end\u{1b}", "end\\u001b"),
            ("\u{1b}[1", "\\u001b[1"),
        ] {
            assert_eq!(harmless(hostile), shown);
        }
    }
}
