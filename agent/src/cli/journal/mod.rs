//! `licwatch journal`: the account of everything done.

mod export;
mod show;
mod verify;

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Span, SpanRelativeTo, Timestamp};

use super::config::ConfigFile;
use super::{Exit, print};
use crate::journal::Kind;
use crate::store::StoreError;

/// Arguments of `journal`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Shows entries, the newest last.
    #[command(after_help = "\
Examples:
  licwatch journal show                            the last 50
  licwatch journal show --since 7d --kind imported --kind key_trusted
  licwatch journal show --device core-1 --json     entries byte for byte, each with its hash

Exit: 0 done, 2 usage or configuration, 3 no store or it cannot be read.")]
    Show(ShowArgs),
    /// Verifies the chain: the store's, or an export's by itself.
    #[command(after_help = "\
Finds and locates any entry that was changed, dropped, added or moved. A head from outside (a drop's manifest, a
receipt, an older export's journal.head.json) also tells whether the tail was cut off, an older copy put back, or the
whole journal written anew.

Examples:
  licwatch journal verify                          the store, against its own newest head
  licwatch journal verify --head drop/licwatch-hq-20261121T175300Z-000007.manifest.json
  licwatch journal verify /media/audit/journal-2026 --head head-of-june.json

Exit: 0 it verifies, 1 it does not, 2 usage or configuration, 3 it cannot be read.")]
    Verify(VerifyArgs),
    /// Writes the entries as they are, with all that is needed to verify them without licwatch.
    #[command(after_help = "\
The folder's README.txt tells how to verify it with sh, sha256sum and openssl. The export is an entry of the journal.

Example:
  licwatch journal export /media/audit/journal-2026

Exit: 0 done, 1 exported, but the chain does not verify, 2 usage or configuration, 3 nothing was exported.")]
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    config: ConfigFile,
    /// Only what happened since: a time, a day (2026-11-21) or how long ago (7d, 12h).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only entries of this kind; may be given several times.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Vec<Kind>,
    /// Only entries that name this device.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// So many at most, the newest; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    #[command(flatten)]
    config: ConfigFile,
    /// A file with a signed head: a manifest, a receipt, a journal.head.json; may be given several times.
    #[arg(long, value_name = "FILE")]
    head: Vec<PathBuf>,
    /// The folder of an export; without it, the store is verified.
    #[arg(value_name = "EXPORT")]
    export: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    #[command(flatten)]
    config: ConfigFile,
    /// The folder to make; it must not exist.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.act {
        Act::Show(args) => show::show(args),
        Act::Verify(args) => verify::verify(args),
        Act::Export(args) => export::export(args),
    };
    ended.unwrap_or_else(|exit| exit)
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::ALL.iter().copied().find(|kind| kind.word() == word).ok_or_else(|| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        format!("one of {}", known.join(", "))
    })
}

/// A time as people give it: a moment, a day in UTC, or how long ago.
pub(super) fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(day) = text.parse::<Date>() {
        return Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    }
    let ago = text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    now.checked_sub(ago.abs()).ok()
}

/// [`moment`], or a complaint.
fn typed_moment(text: &str, now: Timestamp) -> Result<Timestamp, Exit> {
    moment(text, now).ok_or_else(|| {
        print::error(format_args!("{text:?} is no time; give 2026-11-21T18:00:00Z, 2026-11-21 or 7d"));
        Exit::Usage
    })
}

fn unusable(error: StoreError) -> Exit {
    print::error(error);
    Exit::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_days_or_spans() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (text, at) in [
            ("2026-11-21T18:00:00+01:00", "2026-11-21T17:00:00Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("7d", "2026-11-15T12:00:00Z"),
            ("90m", "2026-11-22T10:30:00Z"),
        ] {
            assert_eq!(moment(text, now), at.parse().ok(), "{text}");
        }
        assert_eq!((moment("yesterday", now), moment("", now)), (None, None));
    }
}
