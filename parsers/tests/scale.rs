//! Inputs far larger than any answer: read to the end, in memory that is a fixed multiple of them. That time grows no
//! faster is what `cargo bench -p licwatch-benches --bench scale` shows.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows this in tests, but does not see that helpers of a test file are part of them"
)]

use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

const MIB: usize = 1 << 20;

/// Heap that reading may hold at once, in bytes for each byte of the input. Garbage takes the most, 16: every byte that
/// is no text becomes two, and where each stood is remembered, in a list that doubles as it grows.
const HEAP: u64 = 20;

fn reads_within_bounds(raw: &[u8], command: Option<Command>) {
    let used = allocation_counter::measure(|| {
        let cleaned = Cleaned::new(raw);
        let record = parse(&cleaned, Hints { platform: None, command });
        serde_json::to_writer(std::io::sink(), &record).unwrap();
    });
    let held = used.bytes_max / raw.len() as u64;
    assert!(held <= HEAP, "{held} bytes of heap for each of the input");
}

/// The same numbers each time, from xorshift.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(length / 8).flatten().collect()
}

#[test]
fn a_hundred_megabytes_of_garbage() {
    reads_within_bounds(&noise(100 * MIB), None);
}

#[test]
fn a_hundred_megabytes_of_words_that_grammars_know() {
    let unit =
        "License Usage:\n  a (b):\n    Count: 3\nIndex 1 Feature: x\n PID:a,SN:b --More-- \u{8}\u{8} \r\n";
    let raw = unit.repeat(100 * MIB / unit.len());
    reads_within_bounds(raw.as_bytes(), Some(Command::ShowLicenseAll));
}

#[test]
fn one_line_of_ten_megabytes() {
    let raw = "Status: x, ".repeat(10 * MIB / 11);
    for command in
        [None, Some(Command::ShowLicenseAll), Some(Command::ShowVersion), Some(Command::NetconfGet)]
    {
        reads_within_bounds(raw.as_bytes(), command);
    }
}
