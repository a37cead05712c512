//! Who sits at the command line.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::journal::Actor;

/// The person at the command line, by the name of the user; behind `sudo`, with the name of who called it.
pub(super) fn operator() -> Actor {
    // The owner of a process's own folder is the user that it runs as.
    let user = fs::metadata("/proc/self").map(|it| it.uid());
    let passwd = fs::read("/etc/passwd").unwrap_or_default();
    let user = user.map_or_else(|_| "unknown".to_owned(), |uid| name(&String::from_utf8_lossy(&passwd), uid));
    let caller = std::env::var("SUDO_USER").ok();
    Actor::Operator(told(&user, caller.as_deref()))
}

/// The name of a user; one that a directory service alone knows goes by the number.
fn name(passwd: &str, uid: u32) -> String {
    let uid = uid.to_string();
    let mut users = passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number == uid && !name.is_empty()).then(|| name.to_owned())
    });
    users.next().unwrap_or_else(|| format!("uid {uid}"))
}

fn told(user: &str, caller: Option<&str>) -> String {
    let plain = |name: &str| name.chars().filter(|c| !c.is_control()).take(64).collect::<String>();
    match caller.map(plain).filter(|caller| !caller.is_empty() && caller != user) {
        Some(caller) => format!("{} (sudo by {caller})", plain(user)),
        None => plain(user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_known_by_name_and_sudo_tells_who_called() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\n:x:7:7::/:\nbroken\nanna:x:1000:1000::/home/anna:/bin/sh\n";
        assert_eq!(name(passwd, 1000), "anna");
        assert_eq!((name(passwd, 7), name(passwd, 12)), ("uid 7".to_owned(), "uid 12".to_owned()));
        assert_eq!(told("root", Some("anna")), "root (sudo by anna)");
        assert_eq!(
            (told("root", Some("root")), told("root", Some("\n"))),
            ("root".to_owned(), "root".to_owned())
        );
    }
}
