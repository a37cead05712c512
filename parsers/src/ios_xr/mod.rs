//! What IOS XR prints beside the Smart Agent: the counted licences, version, inventory.

use crate::command::Command;
use crate::grammar::Grammar;

/// The command whose output this is, where only IOS XR prints it like this.
pub(crate) fn recognize(_body: &str) -> Option<Command> {
    None
}

/// The grammar of a command that IOS XR answers in its own way.
pub(crate) fn grammar(_command: Command, _body: &str) -> Option<Grammar> {
    None
}
