//! Puts into the binary: the commit, for `licwatch --version`, and when its source was made, which is before any time
//! that a right clock can show. Both are the commit's own, so that two builds of it are the same.

use std::path::{Path, PathBuf};
use std::process::Command;

/// This source is younger; for a build that knows neither commit nor `SOURCE_DATE_EPOCH`. (2026-11-01)
const OLDEST: u64 = 1_793_491_200;

fn main() {
    // In a worktree `.git` is a file that names another folder, and branches lie in a third.
    for name in ["HEAD", "refs/heads", "packed-refs"] {
        if let Some(path) =
            git(&["rev-parse", "--git-path", name]).map(PathBuf::from).filter(|it| it.exists())
        {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    println!("cargo::rerun-if-changed={}", Path::new("build.rs").display());
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "no commit".to_owned());
    println!("cargo::rustc-env=LICWATCH_COMMIT={commit}");

    // https://reproducible-builds.org/specs/source-date-epoch/
    let told = std::env::var("SOURCE_DATE_EPOCH").ok();
    let made =
        told.or_else(|| git(&["log", "-1", "--format=%ct"])).and_then(|text| text.trim().parse::<u64>().ok());
    println!("cargo::rustc-env=LICWATCH_BUILT={}", made.unwrap_or(OLDEST).max(OLDEST));
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}
