//! licwatch's side of the comparison. Reads `path TAB platform TAB command` lines from standard input; prints for each,
//! as a line of JSON, the record and the nanoseconds of one reading: cleaning, parsing, writing the record as JSON.

use std::hint::black_box;
use std::io::{self, BufRead};
use std::time::{Duration, Instant};

use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

/// How long each capture is read again and again.
const MEASURED: Duration = Duration::from_millis(40);

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut fields = line.split('\t');
        let path = fields.next().unwrap_or_default();
        let platform = fields.next().and_then(Platform::from_word);
        let command = fields.next().and_then(Command::typed);
        let raw = std::fs::read(path)?;
        let read = || -> serde_json::Result<String> {
            let cleaned = Cleaned::new(black_box(&raw));
            serde_json::to_string(&parse(&cleaned, Hints { platform, command }))
        };
        let record = read()?;
        let (begun, mut times) = (Instant::now(), 0_u32);
        while begun.elapsed() < MEASURED {
            black_box(read()?);
            times += 1;
        }
        let nanoseconds = begun.elapsed().as_nanos() / u128::from(times.max(1));
        println!("{{\"path\":{},\"ns\":{nanoseconds},\"record\":{record}}}", serde_json::to_string(path)?);
    }
    Ok(())
}
