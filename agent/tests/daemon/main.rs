//! The daemon as a supervisor runs it, against simulated devices in this process; and, where the time of day matters,
//! the daemon in this process with a clock of ours.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod alone;
mod bounds;
mod clock;
mod damage;
mod devices;
mod disk;
mod hanging;
mod in_process;
mod kept;
mod killed;
mod manager;
mod namespace;
mod once;
mod polling;
#[allow(dead_code, reason = "the tests of the command line use more of it")]
#[path = "../cli/program.rs"]
mod program;
mod receivers;
mod refused;
mod released;
mod reload;
mod reported;
mod restart;
mod running;
#[allow(dead_code, reason = "the tests of the command line use more of it")]
#[path = "../cli/site.rs"]
mod site;
mod stop;
