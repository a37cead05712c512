//! The fuzzer's corpus of CLI sessions, replayed; the parsers' tests replay the rest.

#[allow(
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a module of the fuzz crate's library"
)]
#[path = "../../../parsers/fuzz/src/session.rs"]
mod session;

use std::fs;
use std::path::Path;

#[test]
fn the_corpus_is_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../parsers/fuzz/corpus/cli_session");
    let mut inputs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        let outcome = std::panic::catch_unwind(|| session::cli_session(&data));
        assert!(outcome.is_ok(), "{} breaks the session", path.display());
        inputs += 1;
    }
    assert!(inputs > 0, "there is no corpus");
}
