//! Embeds the captures of the simulated devices: every `testdata/captures/<platform>/<command>/<id>.txt`,
//! `testdata/netconf/<id>.xml` and `testdata/netconf/hello/<id>.xml` whose id is a kind of device. A build without
//! captures gives devices without answers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The ids of `Kind`; a test there holds the two lists together.
const IDS: [&str; 16] = [
    "c9300-stack",
    "c8000v",
    "c9800",
    "isr-g2",
    "c3850",
    "isr4331",
    "c9500-slr",
    "isr4451-plr",
    "n5k",
    "n9k",
    "n9k-honor",
    "asr9k",
    "xr8000",
    "wlc5520",
    "asa5516",
    "asav",
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../testdata");
    let mut captures = String::new();
    let (mut data, mut hellos) = (String::new(), String::new());
    for id in IDS {
        for platform in folders(&root.join("captures"))? {
            for command in folders(&platform)? {
                let file = command.join(format!("{id}.txt"));
                if file.is_file() {
                    let name = command.file_name().unwrap_or_default().to_string_lossy().replace('_', " ");
                    let _ = writeln!(captures, "    ({id:?}, {name:?}, include_bytes!({file:?})),");
                }
            }
        }
        for (folder, table) in [("netconf", &mut data), ("netconf/hello", &mut hellos)] {
            let file = root.join(folder).join(format!("{id}.xml"));
            if file.is_file() {
                let _ = writeln!(table, "    ({id:?}, include_str!({file:?})),");
            }
        }
    }
    let code = format!(
        "pub(super) const CAPTURES: &[(&str, &str, &[u8])] = &[\n{captures}];\n\
         pub(super) const NETCONF: &[(&str, &str)] = &[\n{data}];\n\
         pub(super) const HELLOS: &[(&str, &str)] = &[\n{hellos}];\n"
    );
    fs::write(Path::new(&variable("OUT_DIR")?).join("embedded.rs"), code)?;
    for watched in ["captures", "netconf"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    Ok(())
}

/// The folders in a folder, in order; none if it does not exist.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect();
    let mut folders: Vec<_> = entries?.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("cargo sets {name}: {error}")))
}
