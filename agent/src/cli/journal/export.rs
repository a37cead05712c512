//! `journal export`.

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
    // First on record, then out of the house.
    let entry = Entry::new(operator(), Kind::Exported)
        .with("folder", args.folder.display().to_string())
        .with("entries", end.seq)
        .with("hash", end.hash.as_str());
    store.write_blocking(move |tx| tx.account(&entry)).map_err(unusable)?;
    let out = export.publish().map_err(|error| refused(&error))?;
    print::data(format_args!("{}\n", out.display()))?;
    print::talk(format_args!("{} entries; the head's hash is {}", end.seq, end.hash));
    if let Some(broken) = broken.or_else(|| chain.finish().err()) {
        print::error(format_args!("the journal does not verify: {broken}"));
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

fn refused(error: &ExportError) -> Exit {
    print::error(error);
    match error {
        ExportError::Exists { .. } => Exit::Usage,
        ExportError::Write { .. } => Exit::Nothing,
    }
}
