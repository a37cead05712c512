//! The echo of a command, by which answers are told apart.

use super::prompt::Prompt;
use super::screen::Line;

/// Over more lines than this no echo is wrapped.
const WRAPPED_LINES: u8 = 4;

/// Looks for the echo of one command at the start of lines, whole or wrapped over several.
#[derive(Debug)]
pub(super) struct Echo {
    command: &'static str,
    part: Option<Part>,
}

/// The part of a wrapped echo that was seen.
#[derive(Clone, Copy, Debug)]
struct Part {
    matched: usize,
    lines: u8,
    place: usize,
}

/// What a line is to the echo that is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Heard {
    /// It, behind a prompt that ends at this place of the stream.
    Behind(usize),
    /// It, without a prompt.
    Alone,
    /// The first part of it; the next line tells.
    Part,
    /// Something else.
    Other,
}

impl Echo {
    pub(super) fn of(command: &'static str) -> Self {
        Self { command, part: None }
    }

    /// Looks at the next line.
    pub(super) fn hear(&mut self, line: &Line<'_>, prompt: &Prompt) -> Heard {
        let versions = [line.shown, line.typed];
        if let Some(part) = self.part.take() {
            match versions.iter().find_map(|version| self.compare(version.text, part.matched)) {
                Some(0) => return Heard::Behind(part.place),
                Some(rest) if part.lines < WRAPPED_LINES => {
                    return self.in_part(Part {
                        matched: self.length() - rest,
                        lines: part.lines + 1,
                        ..part
                    });
                }
                _ => {}
            }
        }
        for version in versions {
            let Some(end) = prompt.lead(version.text) else { continue };
            match version.text.get(end..).and_then(|rest| self.compare(rest, 0)) {
                Some(0) => return Heard::Behind(version.place_after(end)),
                Some(rest) => {
                    let place = version.place_after(end);
                    return self.in_part(Part { matched: self.length() - rest, lines: 1, place });
                }
                None => {}
            }
        }
        match self.compare(line.shown.text, 0) {
            Some(0) => Heard::Alone,
            _ => Heard::Other,
        }
    }

    fn in_part(&mut self, part: Part) -> Heard {
        self.part = Some(part);
        Heard::Part
    }

    fn length(&self) -> usize {
        squashed(self.command.as_bytes()).count()
    }

    /// How many letters of the command are missing behind this text, if the text continues it after `from`
    /// letters. Blanks count for nothing: terminals wrap at them.
    fn compare(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut wanted = squashed(self.command.as_bytes()).skip(from);
        let mut any = false;
        for byte in squashed(text) {
            any = true;
            if wanted.next() != Some(byte) {
                return None;
            }
        }
        any.then(|| wanted.count())
    }
}

fn squashed(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::cli::screen::Screen;

    fn hear(bytes: &[u8]) -> Vec<Heard> {
        let prompt = Prompt::learn(b"R1#", b"R1#").unwrap();
        let mut echo = Echo::of("show license right-to-use summary");
        let (mut screen, mut rest, mut heard) = (Screen::default(), bytes, Vec::new());
        while let Some(line) = screen.next_line(&mut rest) {
            heard.push(echo.hear(&line, &prompt));
        }
        heard
    }

    #[test]
    fn an_echo_is_found_whole_wrapped_or_redrawn() {
        assert_eq!(hear(b"R1#show license right-to-use summary\r\n"), [Heard::Behind(3)]);
        assert_eq!(hear(b"R1# show license right-to-use summary  \r\r\n"), [Heard::Behind(4)]);
        assert_eq!(hear(b"show license right-to-use summary\r\n"), [Heard::Alone]);
        assert_eq!(hear(b"R1#show license right-to\r\n-use summary\r\n"), [Heard::Part, Heard::Behind(3)]);
        assert_eq!(hear(b"R1#show license right-to \r-use summary\r\n"), [Heard::Behind(3)]);
        assert_eq!(hear(b"R1#show lix\x08cense right-to-use summary\r\n"), [Heard::Behind(3)]);
    }

    #[test]
    fn other_lines_are_no_echo() {
        assert_eq!(hear(b"R1#show license right-to-use summary of all\r\n"), [Heard::Other]);
        assert_eq!(hear(b"R2#show license right-to-use summary\r\n"), [Heard::Other]);
        assert_eq!(hear(b"R1#\r\n\r\n"), [Heard::Other, Heard::Other]);
        assert_eq!(
            hear(b"R1#show lic\r\nR1#show license right-to-use summary\r\n"),
            [Heard::Part, Heard::Behind(16)]
        );
    }
}
