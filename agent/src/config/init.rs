//! A configuration to start from.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The files that are written, by name.
const FILES: [(&str, &str); 2] = [
    ("licwatch.toml", include_str!("init/licwatch.toml")),
    ("devices.csv", include_str!("init/devices.csv")),
];

/// Why a configuration could not be begun. Nothing that was there is touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is something already.
    #[error("{} is there already and is not overwritten; name another folder, or move it away", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// It could not be written.
    #[error("{} cannot be written: {reason}; name a folder that this user may write to", path.display())]
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// Writes `licwatch.toml` and `devices.csv` into a folder, which is made if need be, for its owner alone.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, InitError> {
    let paths: Vec<PathBuf> = FILES.iter().map(|(name, _)| folder.join(name)).collect();
    // Both or none: one old file beside one new one would be a riddle.
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(InitError::Exists { path: path.clone() });
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|reason| InitError::Unwritable { path: folder.to_owned(), reason })?;
    for (path, (_, text)) in paths.iter().zip(FILES) {
        write(path, text).map_err(|reason| match reason.kind() {
            io::ErrorKind::AlreadyExists => InitError::Exists { path: path.clone() },
            _ => InitError::Unwritable { path: path.clone(), reason },
        })?;
    }
    Ok(paths)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::load;

    #[test]
    fn what_is_written_can_be_used() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new/licwatch");
        let paths = init(&folder).unwrap();
        for path in &paths {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let config = load(&paths[0]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert_eq!(config.devices().unwrap(), []);
        assert_eq!(config.credential("network").unwrap().user, "licwatch");

        // The examples in comments are right too, once they are no comments.
        for path in &paths {
            let text = fs::read_to_string(path).unwrap();
            let example =
                |line: &&str| line.contains(" = ") || line.contains("# [") || line.contains("core-1,");
            let used: Vec<_> = text
                .lines()
                .map(|line| if example(&line) { line.trim_start_matches("# ") } else { line })
                .filter(|line| !line.starts_with("password_credential") && !line.starts_with("prompt"))
                .collect();
            fs::write(path, reordered(used)).unwrap();
        }
        let config = load(&paths[0]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let devices = config.devices().unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert_eq!(devices.len(), 1);
        assert_eq!(devices[0].expected_licenses["dna-advantage"], 1);
        assert!(config.file.group["old-access"].settings.legacy_algorithms.unwrap());
    }

    /// The example row of the inventory stands above its header.
    fn reordered(mut lines: Vec<&str>) -> String {
        if let Some(at) = lines.iter().position(|line| line.starts_with("core-1,")) {
            let row = lines.remove(at);
            lines.push(row);
        }
        lines.join("\n")
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("devices.csv");
        fs::write(&mine, "mine").unwrap();
        let error = init(folder.path()).unwrap_err().to_string();
        assert!(error.contains("devices.csv is there already"), "{error}");
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert!(!folder.path().join("licwatch.toml").exists());
    }
}
