//! `licwatch parse`: saved output in, records out. Touches no network.

use std::io::{Read, Write};
use std::path::PathBuf;

use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

use super::Exit;

/// Arguments of `parse`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Saved output of one command; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Operating system of the device.
    #[arg(long, value_parser = platform)]
    platform: Option<Platform>,
    /// Command that the output belongs to.
    #[arg(long)]
    command: Option<String>,
    /// One JSON record per line instead of a table.
    #[arg(long)]
    json: bool,
}

fn platform(word: &str) -> Result<Platform, String> {
    Platform::from_word(word).ok_or_else(|| {
        let known: Vec<_> = Platform::ALL.iter().map(|platform| platform.word()).collect();
        format!("one of {}", known.join(", "))
    })
}

pub(super) fn run(args: &Args) -> Exit {
    let hints = Hints { platform: args.platform, command: args.command.as_deref().and_then(Command::typed) };
    for file in &args.files {
        let bytes = if file.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(file)
        };
        let Ok(bytes) = bytes else { return Exit::Usage };
        let capture = Cleaned::new(&bytes);
        let record = parse(&capture, hints);
        let Ok(line) = serde_json::to_string(&record) else { return Exit::Nothing };
        if writeln!(std::io::stdout(), "{line}").is_err() {
            return Exit::Done;
        }
    }
    Exit::Done
}
