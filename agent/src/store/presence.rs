//! Whether there is a store, and reading one that is not opened to be written.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::{BUSY, FILE, StoreError, connect};

/// Whether a folder has a store. That this cannot be seen, because the folder may not be entered, is an error and no
/// absence.
pub fn is_there(folder: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(folder.join(FILE)) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(reason) => Err(StoreError::Folder { folder: folder.to_owned(), reason: Arc::new(reason) }),
    }
}

/// A connection that only reads, to a store that may be damaged, may lack its key, and is not brought up to date.
pub fn read_only(folder: &Path) -> Result<Connection, StoreError> {
    if !is_there(folder)? {
        return Err(StoreError::Absent { folder: folder.to_owned() });
    }
    let file = folder.join(FILE);
    connect(&file, OpenFlags::SQLITE_OPEN_READ_ONLY, BUSY).map_err(|error| error.of(&file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{Store, status};

    #[test]
    fn a_folder_that_may_not_be_entered_is_not_one_without_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = folder.path().join("nothing");
        assert!(!is_there(&nothing).unwrap());
        assert!(matches!(read_only(&nothing), Err(StoreError::Absent { .. })));
        // A link that leads to itself cannot be entered by anybody, root included.
        let round = folder.path().join("round");
        std::os::unix::fs::symlink(&round, &round).unwrap();
        let clock = Arc::new(SystemClock::new());
        let refusals = [
            read_only(&round).map(drop),
            status::read(&round, status::devices).map(drop),
            Store::open_existing(&round, "a", clock).map(drop),
        ];
        for refused in refusals {
            assert!(
                matches!(&refused, Err(StoreError::Folder { folder, .. }) if *folder == round),
                "{refused:?}"
            );
        }
    }
}
