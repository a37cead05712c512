//! What ASA prints beside the Smart Agent: version with the licensed features, activation keys.

use crate::command::Command;
use crate::grammar::Grammar;

/// The command whose output this is, where only ASA prints it like this.
pub(crate) fn recognize(_body: &str) -> Option<Command> {
    None
}

/// The grammar of a command that ASA answers in its own way.
pub(crate) fn grammar(_command: Command, _body: &str) -> Option<Grammar> {
    None
}
