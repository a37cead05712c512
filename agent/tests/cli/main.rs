//! The binary as an operator runs it, against simulated devices in this process: what stands on stdout, what on
//! stderr, how it exits, and what a device saw of it.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod check;
mod config_verbs;
mod devices;
mod drops;
mod dry_run;
mod guard;
mod hold;
mod ingest;
mod interrupt;
mod journal;
mod keys;
mod mistakes;
mod netconf;
mod parse;
mod platforms;
mod poll;
mod program;
mod readme;
mod record;
#[allow(dead_code, reason = "the tests of the daemon use more of it")]
#[path = "../daemon/running.rs"]
mod running;
mod secrets;
mod selection;
mod site;
mod status;
