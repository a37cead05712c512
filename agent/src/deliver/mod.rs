//! Handing records on.

pub mod file_drop;
