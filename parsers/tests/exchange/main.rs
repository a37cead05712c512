//! Every file in `testdata/exchange`, against what was written for it by hand, and against itself: whatever is read of
//! a file, its bytes are handed on as they came. A new case is two files and no Rust: `<case>.txt` and `<case>.json`,
//! the record without `sources` and `diagnostics`.

#[cfg(test)]
mod exchange_bytes;
#[cfg(test)]
mod exchange_facts;
#[cfg(test)]
mod exchange_hostile;

#[cfg(test)]
mod files {
    use std::fs;
    use std::path::{Path, PathBuf};

    pub(crate) fn workspace() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
    }

    /// Our own files by name.
    pub(crate) fn own() -> Vec<(String, Vec<u8>)> {
        let folder = workspace().join("testdata/exchange");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == "txt"))
            .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        assert!(files.len() >= 25);
        files
    }

    /// The samples of others, where they are at hand (`LICWATCH_SAMPLES`, or beside the workspace).
    pub(crate) fn samples() -> Vec<(PathBuf, Vec<u8>)> {
        let beside = || {
            let root =
                workspace().ancestors().map(|folder| folder.join("shared/samples")).find(|it| it.is_dir());
            root.into_iter().collect::<Vec<_>>()
        };
        let given = std::env::var_os("LICWATCH_SAMPLES").map(|folder| vec![PathBuf::from(folder)]);
        let mut files = Vec::new();
        for root in given.unwrap_or_else(beside) {
            for folder in ["rum", "slr", "bundle"] {
                for entry in fs::read_dir(root.join(folder)).unwrap() {
                    let path = entry.unwrap().path();
                    if path.extension().is_some_and(|found| found != "md") {
                        files.push((path.clone(), fs::read(path).unwrap()));
                    }
                }
            }
        }
        files
    }
}
