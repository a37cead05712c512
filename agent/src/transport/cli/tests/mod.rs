//! The session against a scripted device, in simulated time.

mod device;
mod driver;
mod gate;
mod limits;
mod pitfalls;
mod secrets;
mod splits;
mod stage;

use licwatch_parsers::Command;

use super::ReadCommand;

/// The read commands that most tests send.
fn commands() -> Vec<ReadCommand> {
    read(&[Command::ShowVersion, Command::ShowInventory, Command::ShowLicenseAll])
}

fn read(commands: &[Command]) -> Vec<ReadCommand> {
    commands.iter().map(|&command| ReadCommand::new(command).unwrap()).collect()
}
