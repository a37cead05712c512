//! The CLI session: a prompt machine without input or output, and the driver that runs it over any stream.
//!
//! | file | holds |
//! |---|---|
//! | `command` | the read commands, all that collectors can express |
//! | `dialect` | what differs between shells, and the session settings that may be sent |
//! | `screen`, `prompt`, `pager`, `echo`, `syslog` | what single lines mean |
//! | `learn`, `setup`, `exchange` | the three parts of a session: prompt, preparation, commands |
//! | `machine` | the state machine over them |
//! | `session` | the driver |

mod answer;
mod command;
mod dialect;
mod echo;
mod exchange;
mod failures;
mod learn;
mod limits;
mod machine;
mod options;
mod pager;
mod prompt;
mod screen;
mod secrets;
mod session;
mod setup;
mod syslog;
mod tape;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Outcome};
pub use command::ReadCommand;
pub use dialect::{Dialect, session_settings};
pub use limits::CliLimits;
pub use machine::{Event, Machine};
pub use options::CliOptions;
pub use secrets::Sending;
pub use session::CliSession;
