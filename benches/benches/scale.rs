//! How the time of reading grows with the input: each shape at 1, 10 and 100 MB, in one run, as nanoseconds for each
//! byte. Equal figures in a row are linear time; the machine's speed drifts, so read the rows, not the figures.

use std::hint::black_box;
use std::time::{Duration, Instant};

use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

const MB: usize = 1_000_000;
const SIZES: [usize; 3] = [MB, 10 * MB, 100 * MB];

fn main() {
    println!("{:<34} {:>9} {:>9} {:>9}  growth", "ns for each byte of", "1 MB", "10 MB", "100 MB");
    for (name, command, unit) in SHAPES {
        let costs = SIZES.map(|size| cost(*unit, *command, size));
        println!(
            "{name:<34} {:>9.2} {:>9.2} {:>9.2}  {:.2}",
            costs[0],
            costs[1],
            costs[2],
            costs[2] / costs[0]
        );
    }
}

type Unit = fn(usize) -> Vec<u8>;

const SHAPES: &[(&str, Option<Command>, Unit)] = &[
    ("garbage", None, garbage),
    ("words of every grammar", Some(Command::ShowLicenseAll), words),
    ("one line", Some(Command::ShowLicenseAll), one_line),
    ("a pager without end", Some(Command::ShowVersion), pager),
    ("elements without end", Some(Command::NetconfGet), elements),
];

/// The least of three readings, in nanoseconds for each byte.
fn cost(unit: Unit, command: Option<Command>, size: usize) -> f64 {
    let raw = unit(size);
    let reading = || {
        let begun = Instant::now();
        let cleaned = Cleaned::new(black_box(&raw));
        black_box(parse(&cleaned, Hints { platform: None, command }));
        begun.elapsed()
    };
    let least = (0..3).map(|_| reading()).min().unwrap_or(Duration::ZERO);
    least.as_nanos() as f64 / raw.len() as f64
}

/// The same numbers each time, from xorshift.
fn garbage(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(size / 8).flatten().collect()
}

fn words(size: usize) -> Vec<u8> {
    repeated(
        "License Usage:\n  a (b):\n    Count: 3\nIndex 1 Feature: x\n PID:a,SN:b --More-- \u{8} \r\n",
        size,
    )
}

fn one_line(size: usize) -> Vec<u8> {
    repeated("Status: x, ", size)
}

fn pager(size: usize) -> Vec<u8> {
    repeated("Software, Version 1\r\n --More-- \r          \r", size)
}

fn elements(size: usize) -> Vec<u8> {
    [b"<rpc-reply><data>".to_vec(), repeated("<licensing><a>&lt;</a></licensing>", size)].concat()
}

fn repeated(unit: &str, size: usize) -> Vec<u8> {
    unit.repeat(size / unit.len()).into_bytes()
}
