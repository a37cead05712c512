//! `journal export`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::operator::operator;
use super::super::poll::agent_name;
use super::super::{Exit, print};
use super::{ExportArgs, unusable};
use crate::clock::SystemClock;
use crate::journal::{Entry, ExportError, Exporting, Kind, Verifier};
use crate::store::Store;
use crate::store::journal::{each, end};

pub(super) fn export(args: &ExportArgs) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let clock = Arc::new(SystemClock::new());
    let folder = config.store_directory();
    let store = Store::open_existing(&folder, &agent_name(&config), clock).map_err(unusable)?;
    let mut export = Exporting::begin(&args.folder).map_err(|error| refused(&error))?;
    // A damaged journal is exported as it is: it is the proof of what was done to it.
    let mut chain = Verifier::new(Vec::new());
    let mut broken = None;
    let mut failed = None;
    let written = store.read_blocking(|connection| {
        let end = end(connection)?;
        each(connection, |kept| {
            if broken.is_none() {
                broken = chain.take(kept).err();
            }
            failed = export.add(&kept).err();
            failed.is_none()
        })?;
        Ok(end)
    });
    let end = written.map_err(unusable)?;
    if let Some(error) = failed {
        return Err(refused(&error));
    }
    let head = store.sign_head(&end);
    export.seal(&head).map_err(|error| refused(&error))?;
    let entry = Entry::new(operator(), Kind::Exported)
        .with("folder", args.folder.display().to_string())
        .with("entries", end.seq)
        .with("hash", end.hash.as_str());
    let out = hand_out(&store, export, entry)?;
    print::data(format_args!("{}\n", out.display()))?;
    print::talk(format_args!("{} entries; the head's hash is {}", end.seq, end.hash));
    if let Some(broken) = broken.or_else(|| chain.finish().err()) {
        print::error(format_args!("the journal does not verify: {broken}"));
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

/// Gives the export its name and puts it on record. What cannot be put on record does not leave the house, and what
/// could not leave it is not on record.
fn hand_out(store: &Store, export: Exporting, entry: Entry) -> Result<PathBuf, Exit> {
    let out = export.publish().map_err(|error| refused(&error))?;
    store.write_blocking(move |tx| tx.account(&entry)).map_err(|error| {
        let exit = unusable(error);
        match fs::remove_dir_all(&out) {
            Ok(()) => print::talk("       Nothing was exported."),
            Err(problem) => print::error(format_args!(
                "{} stands there and is not in the journal; it cannot be removed: {problem}",
                out.display()
            )),
        }
        exit
    })?;
    Ok(out)
}

fn refused(error: &ExportError) -> Exit {
    print::error(error);
    match error {
        ExportError::Exists { .. } => Exit::Usage,
        ExportError::Write { .. } => Exit::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::journal::Actor;
    use crate::store::FILE;

    fn hand_out_of(store: &Store, out: &str) -> Result<PathBuf, Exit> {
        let mut export = Exporting::begin(&store.folder().join(out)).unwrap();
        let end = store.read_blocking(end).unwrap();
        export.seal(&store.sign_head(&end)).unwrap();
        if out == "taken" {
            fs::create_dir(store.folder().join(out)).unwrap();
        }
        hand_out(store, export, Entry::new(Actor::Daemon, Kind::Exported))
    }

    #[test]
    fn an_export_and_its_entry_are_both_there_or_neither() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hq", Arc::new(SystemClock::new())).unwrap();
        let entries = || store.read_blocking(end).unwrap().seq;
        assert_eq!(hand_out_of(&store, "taken").unwrap_err(), Exit::Usage);
        assert_eq!(entries(), 1, "what failed is not on record");
        let refuse = "CREATE TRIGGER no BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no'); END";
        let sql = |sql: &str| Connection::open(folder.path().join(FILE)).unwrap().execute_batch(sql).unwrap();
        sql(refuse);
        assert_eq!(hand_out_of(&store, "unknown").unwrap_err(), Exit::Nothing);
        assert!(!folder.path().join("unknown").exists());
        sql("DROP TRIGGER no");
        assert!(hand_out_of(&store, "out").unwrap().exists());
        assert_eq!(entries(), 2);
    }
}
