//! What NX-OS prints beside the Smart Agent: usage table, licence files, host id, version, inventory.

use crate::command::Command;
use crate::grammar::Grammar;

/// The command whose output this is, where only NX-OS prints it like this.
pub(crate) fn recognize(_body: &str) -> Option<Command> {
    None
}

/// The grammar of a command that NX-OS answers in its own way.
pub(crate) fn grammar(_command: Command, _body: &str) -> Option<Grammar> {
    None
}
