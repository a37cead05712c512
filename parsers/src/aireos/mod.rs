//! What AireOS wireless controllers print: dotted leaders, inventory, licence tables.

use crate::command::Command;
use crate::grammar::Grammar;

/// The command whose output this is, where only AireOS prints it like this.
pub(crate) fn recognize(_body: &str) -> Option<Command> {
    None
}

/// The grammar of a command that AireOS answers in its own way.
pub(crate) fn grammar(_command: Command, _body: &str) -> Option<Grammar> {
    None
}
