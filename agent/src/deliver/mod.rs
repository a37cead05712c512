//! Handing records on.

pub mod file_drop;
pub mod http;
pub mod metrics;
pub mod sink;
pub mod stdout;
pub mod syslog;

pub use sink::{Batch, Line, Receipt, Refusal, Sink};
