//! Handing records on.

pub mod file_drop;
pub mod http;
pub mod sink;

pub use sink::{Batch, Line, Receipt, Refusal, Sink};
