//! Every capture in `testdata/captures/<platform>/<command>/`, read and compared with what a person read in it.
//!
//! A new case is two files and no Rust: `<case>.txt` as the device printed it, and `<case>.json`, the record
//! without `sources` and `diagnostics`. `UPDATE_GOLDEN=1 cargo test -p licwatch-parsers --test captures` rewrites
//! the records; what it changed is then read against the capture, line by line, before it is committed.

#[cfg(test)]
mod borrowing;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod difference;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod prefixes;
#[cfg(test)]
mod real;
#[cfg(test)]
mod recognition;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod timestamps;
#[cfg(test)]
mod vocabulary;
