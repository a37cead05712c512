//! The fuzzer's corpus, replayed: each input in `fuzz/corpus/<target>/` goes through the body of its target. An input
//! that ever broke something is put there by hand, under a name that says what it was.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows this in tests, but does not see that helpers of a test file are part of them"
)]

#[allow(unreachable_pub, reason = "a module of the fuzz crate's library")]
#[path = "../fuzz/src/entries.rs"]
mod entries;

use std::fs;
use std::path::{Path, PathBuf};

/// The target whose body is in the agent; its tests replay it.
const OF_THE_AGENT: &str = "cli_session";

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> =
        entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_target_has_a_body_and_a_corpus() {
    let targets = names(&fuzz().join("fuzz_targets"));
    assert_eq!(targets, names(&fuzz().join("corpus")));
    for target in targets {
        assert!(target == OF_THE_AGENT || entries::entry(&target).is_some(), "{target}");
        assert!(!names(&fuzz().join("corpus").join(&target)).is_empty(), "{target} has no corpus");
    }
}

#[test]
fn the_corpus_is_survived() {
    for target in names(&fuzz().join("corpus")).iter().filter(|target| *target != OF_THE_AGENT) {
        let body = entries::entry(target).unwrap();
        for entry in fs::read_dir(fuzz().join("corpus").join(target)).unwrap() {
            let path = entry.unwrap().path();
            let outcome = std::panic::catch_unwind(|| body(&fs::read(&path).unwrap()));
            assert!(outcome.is_ok(), "{} breaks {target}", path.display());
        }
    }
}
