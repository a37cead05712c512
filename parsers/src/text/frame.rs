//! What a session wraps around one output: the echo of the command, the banner, the prompt.

use std::ops::Range;

use super::banner;
use super::cursor::{Cursor, Line};

/// The parts of a capture, as ranges of the cleaned text.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) body: Range<usize>,
    pub(super) hostname: Option<Range<usize>>,
    pub(super) command: Option<Range<usize>>,
    /// The line of the banner that states the clock.
    pub(super) clock: Option<Range<usize>>,
}

/// A prompt and what was typed behind it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prompt<'a> {
    /// The host name in it.
    pub hostname: &'a str,
    /// What stands behind it, trimmed; empty for a bare prompt.
    pub typed: &'a str,
}

/// Reads a line as a prompt: `Switch#show license all`, `RP/0/RP0/CPU0:edge-1#`, `(Cisco Controller) >`.
///
/// ```
/// # use licwatch_parsers::text::prompt;
/// let line = prompt("core-1(config-if)# show clock").unwrap();
/// assert_eq!((line.hostname, line.typed), ("core-1", "show clock"));
/// assert!(prompt("Total: 5 # of reports").is_none());
/// ```
pub fn prompt(line: &str) -> Option<Prompt<'_>> {
    let line = line.trim();
    if let Some((name, typed)) = line.strip_prefix('(').and_then(|rest| rest.split_once(") >")) {
        let plausible = name.len() <= 32 && !name.contains(['(', ')']);
        return plausible.then_some(Prompt { hostname: name, typed: typed.trim() });
    }
    let end = line.find(['#', '>'])?;
    let (stem, typed) = line.split_at_checked(end)?;
    let typed = typed.get(1..)?.trim();
    let stem = stem.split_once('(').map_or(stem, |(stem, _)| stem);
    let hostname = match stem.rsplit_once(':') {
        // IOS XR: the node stands before the host name.
        Some((node, name)) if node.contains("/CPU") || node.contains("/RP") => name,
        _ => stem.split_once('/').map_or(stem, |(name, _)| name),
    };
    let is_name = |c: char| c.is_alphanumeric() || "-_.:@*".contains(c);
    let plausible = !hostname.is_empty() && hostname.len() <= 64 && hostname.chars().all(is_name);
    plausible.then_some(Prompt { hostname, typed })
}

/// Finds the parts of a cleaned capture.
pub(super) fn find(text: &str) -> Frame {
    let mut frame = Frame { body: 0..text.len(), ..Frame::default() };
    head(text, &mut frame);
    tail(text, &mut frame);
    frame
}

/// Takes echo and banner from the front. They come in either order, with blank lines between.
fn head(text: &str, frame: &mut Frame) {
    for line in Cursor::new(text, 0).take(12) {
        let trimmed = line.trimmed();
        if trimmed.is_empty() {
            continue;
        }
        let taken = if banner::is_banner(trimmed) {
            if banner::is_clock(trimmed) {
                frame.clock = Some(range_of(text, trimmed));
            }
            true
        } else {
            frame.command.is_none() && echo(text, line, frame)
        };
        if !taken {
            break;
        }
        frame.body.start = (line.start + line.text.len() + 1).min(text.len());
    }
}

/// Takes a line that is a prompt, an echo behind a prompt, or an echo alone.
fn echo(text: &str, line: Line<'_>, frame: &mut Frame) -> bool {
    let trimmed = line.trimmed();
    if let Some(prompt) = prompt(trimmed) {
        let is_echo = is_show(prompt.typed);
        if !is_echo && !prompt.typed.is_empty() {
            return false;
        }
        frame.hostname = Some(range_of(text, prompt.hostname));
        frame.command = is_echo.then(|| range_of(text, prompt.typed));
        return true;
    }
    if is_show(trimmed) && !trimmed.contains(':') && trimmed.len() <= 120 {
        frame.command = Some(range_of(text, trimmed));
        return true;
    }
    false
}

/// Takes a bare prompt from the end, and blank lines around it.
fn tail(text: &str, frame: &mut Frame) {
    let mut body = frame.body.clone();
    for _ in 0..3 {
        let Some(kept) = text.get(body.clone()).map(str::trim_end) else { return };
        let last = kept.rsplit('\n').next().unwrap_or(kept);
        let Some(found) = prompt(last).filter(|found| found.typed.is_empty()) else { return };
        // An output may end in a line like `Flags: <Sync>`; a prompt names the host that the echo named.
        let name = range_of(text, found.hostname);
        let known = frame.hostname.clone().and_then(|range| text.get(range));
        if known.is_some_and(|known| known != found.hostname) {
            return;
        }
        if last.trim_start().len() != last.len() && known.is_none() {
            return;
        }
        frame.hostname.get_or_insert(name);
        body.end = body.start + kept.len() - last.len();
        frame.body = body.clone();
    }
}

/// Whether what was typed is a `show` command, abbreviated or not. IOS XR shows some things to `admin` alone.
fn is_show(typed: &str) -> bool {
    let mut words = typed.strip_prefix("admin ").unwrap_or(typed).split_whitespace();
    let verb =
        words.next().is_some_and(|word| word.len() >= 2 && "show".starts_with(&word.to_ascii_lowercase()));
    let subject =
        words.next().is_some_and(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    verb && subject
}

/// Where a part of the text stands in it.
fn range_of(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::super::clean::Cleaned;
    use super::*;

    #[test]
    fn echo_banner_and_prompt_are_not_output() {
        let raw = "\nedge-7#sh lic sum\nLoad for five secs: 1%/0%; one minute: 0%; five minutes: 0%\n\
                   Time source is NTP, 11:43:15.743 UTC Wed Nov 17 2021\n\nLicense Usage:\n  x\n\nedge-7#";
        let cleaned = Cleaned::new(raw.as_bytes());
        assert_eq!(cleaned.body().trim(), "License Usage:\n  x");
        assert_eq!((cleaned.hostname(), cleaned.command()), (Some("edge-7"), Some("sh lic sum")));
        assert_eq!(cleaned.clock().unwrap().synchronized, Some(true));
    }

    #[test]
    fn prompts_of_every_platform() {
        for (line, hostname) in [
            ("RP/0/RP0/CPU0:edge-1#", "edge-1"),
            ("(Cisco Controller) >", "Cisco Controller"),
            ("LAB-ASA/pri/act# ", "LAB-ASA"),
            ("switch.example.net>", "switch.example.net"),
        ] {
            assert_eq!(prompt(line), Some(Prompt { hostname, typed: "" }), "{line}");
        }
        for line in ["", "#", "Flags: <Sync>", "a b#", "-> x"] {
            assert!(prompt(line).is_none_or(|prompt| !prompt.typed.is_empty()), "{line}");
        }
    }

    #[test]
    fn admin_may_show() {
        let cleaned = Cleaned::new(b"RP/0/RP0/CPU0:edge-1#admin show license udi\nUDI\n");
        assert_eq!(cleaned.command(), Some("admin show license udi"));
        assert!(!is_show("admin admin show version"));
        assert!(!is_show("shower curtain"));
    }

    #[test]
    fn an_output_without_a_session_is_all_body() {
        let cleaned = Cleaned::new(b"Smart Licensing Status\n======\n");
        assert_eq!(
            (cleaned.body(), cleaned.hostname(), cleaned.command()),
            ("Smart Licensing Status\n======\n", None, None)
        );
    }
}
