//! Polling: which devices, how many at once, for how long at most.

pub mod observation;
pub mod summary;
