//! Who acts, for the journal.

use crate::journal::Actor;

/// The user of this process, by the name that the host's user table has, else by number. What the environment says of
/// it is not asked.
pub(super) fn operator() -> Actor {
    let uid = rustix::process::getuid().as_raw();
    let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    });
    Actor::Operator(name.unwrap_or_else(|| format!("uid {uid}")))
}
