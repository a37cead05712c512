//! The fuzz targets' bodies. `parsers/tests/fuzz_corpus.rs` and `agent/tests/fuzz_corpus.rs` include the same files.

pub mod entries;
pub mod session;
