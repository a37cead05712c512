//! The prompt of one device, learned from what it shows twice.
//!
//! ```text
//! edge-1>     edge-1#     edge-1(config)#     LAB-ASA/pri/act#     RP/0/RP0/CPU0:edge-1#     (Cisco Controller) >
//! ```
//! A loose `[>#]$` ends answers at comments, mail addresses and flags. So only *this* device's prompt counts,
//! and only where a line begins with it: the stem as learned, an optional mode in brackets, `>` or `#`.

/// Longest line taken for a prompt: a host name of 64, an IOS XR node, a time, a mode.
const LONGEST: usize = 128;

/// IOS cuts the host name to this length where it shows a mode.
const CUT_STEM: usize = 20;

/// A learned prompt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Prompt {
    stem: Vec<Piece>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(Vec<u8>),
    /// A number that changes: part of a time, or not the same twice.
    Number,
}

/// Whether a line could be some device's prompt.
pub(super) fn is_shaped(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some((b'>' | b'#', stem)) = line.split_last() else { return false };
    let plain = |byte: &u8| (b' '..0x7f).contains(byte) && !b"<>#%\"|!?;,=".contains(byte);
    let blanks = stem.iter().filter(|&&byte| byte == b' ').count();
    line.len() <= LONGEST
        && stem.iter().all(plain)
        && stem.iter().any(u8::is_ascii_alphanumeric)
        && !stem.starts_with(b" ")
        && blanks <= 6
}

impl Prompt {
    /// The prompt that two lines show, if it is one and the same: what may differ are numbers (a time, a count
    /// of commands), the mode and the terminator.
    pub(super) fn learn(first: &[u8], second: &[u8]) -> Option<Self> {
        let (first, second) = (stem_of(first)?, stem_of(second)?);
        let (first, second) = (runs(first), runs(second));
        if first.len() != second.len() {
            return None;
        }
        let mut stem: Vec<Piece> = Vec::new();
        for (at, (one, other)) in first.iter().zip(&second).enumerate() {
            let number = one.first().is_some_and(u8::is_ascii_digit);
            if number != other.first().is_some_and(u8::is_ascii_digit) || (!number && one != other) {
                return None;
            }
            match stem.last_mut() {
                _ if number && (one != other || is_time(&first, at)) => stem.push(Piece::Number),
                Some(Piece::Text(text)) => text.extend_from_slice(one),
                _ => stem.push(Piece::Text(one.to_vec())),
            }
        }
        Some(Self { stem })
    }

    /// How many bytes of the line are the prompt and the blanks behind it, if the line begins with it.
    pub(super) fn lead(&self, line: &[u8]) -> Option<usize> {
        let rest = self.after_stem(line).and_then(after_mode).or_else(|| self.after_cut_stem(line))?;
        let (b'>' | b'#', rest) = rest.split_first()? else { return None };
        Some(line.len() - rest.trim_ascii_start().len())
    }

    /// Whether the line is the prompt and nothing else.
    pub(super) fn is_bare(&self, line: &[u8]) -> bool {
        self.lead(line) == Some(line.len())
    }

    /// How often the line holds the prompt, if it holds nothing else. Prompts stand behind each other where the
    /// line that was typed between them was not echoed there.
    pub(super) fn repeated(&self, line: &[u8]) -> usize {
        let (mut rest, mut count) = (line, 0);
        while let Some(next) = self.lead(rest).and_then(|end| rest.get(end..)) {
            (rest, count) = (next, count + 1);
        }
        if rest.is_empty() { count } else { 0 }
    }

    fn after_stem<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.stem.iter().try_fold(line, |rest, piece| match piece {
            Piece::Text(text) => rest.strip_prefix(text.as_slice()),
            Piece::Number => {
                let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                rest.get(end..).filter(|_| end > 0)
            }
        })
    }

    fn after_cut_stem<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let [Piece::Text(stem)] = self.stem.as_slice() else { return None };
        let rest = line.strip_prefix(stem.get(..CUT_STEM)?)?;
        rest.starts_with(b"(").then(|| after_mode(rest)).flatten()
    }
}

/// The line without terminator and mode.
fn stem_of(line: &[u8]) -> Option<&[u8]> {
    if !is_shaped(line) {
        return None;
    }
    let (_, stem) = line.trim_ascii_end().split_last()?;
    let mode = stem.iter().rposition(|&byte| byte == b'(').filter(|&at| at > 0 && stem.ends_with(b")"));
    stem.get(..mode.unwrap_or(stem.len()))
}

/// What follows an optional mode in brackets.
fn after_mode(rest: &[u8]) -> Option<&[u8]> {
    if !rest.starts_with(b"(") {
        return Some(rest);
    }
    let end = rest.iter().take(40).position(|&byte| byte == b')')?;
    rest.get(end + 1..)
}

/// The line as runs of digits and of others.
fn runs(line: &[u8]) -> Vec<&[u8]> {
    line.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit()).collect()
}

/// Whether the run of digits stands in a time: `13:48:07.272`.
fn is_time(runs: &[&[u8]], at: usize) -> bool {
    let parted_by =
        |at: Option<usize>, part: &[u8]| at.and_then(|at| runs.get(at)).is_some_and(|run| *run == part);
    let number = |at: Option<usize>| at.and_then(|at| runs.get(at)).is_some();
    let (before, after) = (at.checked_sub(1), at.checked_add(1));
    let minutes = parted_by(before, b":") && number(at.checked_sub(2));
    let hours = parted_by(after, b":") && number(at.checked_add(2));
    let fraction = parted_by(before, b".") && parted_by(at.checked_sub(3), b":");
    minutes || hours || fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(line: &str) -> Prompt {
        Prompt::learn(line.as_bytes(), line.as_bytes()).unwrap()
    }

    #[test]
    fn prompts_of_every_platform_are_learned() {
        let long = format!("{}#", "h".repeat(64));
        for line in [
            "edge-1>",
            "edge-1# ",
            "RP/0/RP0/CPU0:edge-1#",
            "(Cisco Controller) >",
            "LAB-ASA/pri/act# ",
            "sw.example.net#",
            "edge_1(conf-tm-dest)#",
            long.as_str(),
        ] {
            assert!(learned(line).is_bare(line.as_bytes()), "{line}");
        }
        for line in
            ["", "#", ">", "##########", "<noc@example.com>", "Flags: <Sync RSync>", "# keep out #", "-> x"]
        {
            assert_eq!(Prompt::learn(line.as_bytes(), line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn terminator_and_mode_may_change() {
        let prompt = learned("edge-1>");
        for line in ["edge-1#", "edge-1# ", "edge-1(config)#", "edge-1(config-if)#"] {
            assert!(prompt.is_bare(line.as_bytes()), "{line}");
        }
        assert_eq!(prompt.lead(b"edge-1# show version"), Some(8));
        for line in ["edge-12#", "edge-1", "xedge-1#", " edge-1#", "edge-1 up #", "edge-1(never closed"] {
            assert_eq!(prompt.lead(line.as_bytes()), None, "{line}");
        }
        let long = learned("a-router-with-a-very-long-name#");
        assert!(long.is_bare(b"a-router-with-a-very(config)#") && !long.is_bare(b"a-router-with-a-very#"));
    }

    #[test]
    fn prompts_behind_each_other_are_counted() {
        let prompt = learned("edge-1>");
        for (line, count) in [
            ("", 0),
            ("edge-1>", 1),
            ("edge-1> edge-1#", 2),
            ("edge-1>edge-1>edge-1> ", 3),
            ("edge-1>edge-1", 0),
        ] {
            assert_eq!(prompt.repeated(line.as_bytes()), count, "{line}");
        }
    }

    #[test]
    fn times_and_counters_are_wild_and_other_numbers_are_not() {
        let prompt = Prompt::learn(b"13:48:07.272 edge-1#", b"13:48:09.001 edge-1#").unwrap();
        assert!(prompt.is_bare(b"23:59:59.9 edge-1#") && !prompt.is_bare(b"23:59:59.9 edge-2#"));
        let same_second = learned("13:48:07 edge-1#");
        assert!(same_second.is_bare(b"13:48:08 edge-1#"));
        let counted = Prompt::learn(b"[9] edge-1#", b"[10] edge-1#").unwrap();
        assert!(counted.is_bare(b"[11] edge-1#"));
        assert_eq!(Prompt::learn(b"edge-1#", b"core-1#"), None);
        assert!(!learned("RP/0/RP0/CPU0:e1#").is_bare(b"RP/0/RP1/CPU0:e1#"));
    }
}
