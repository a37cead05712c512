//! Who sits at the command line, for the journal.

use std::os::unix::fs::MetadataExt;

use crate::journal::Actor;

/// The user that this process runs as; who became that by `sudo` is named, too.
pub(super) fn operator() -> Actor {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let running = std::fs::metadata("/proc/self").map(|own| own.uid()).ok();
    // What the login was that everything since came from; 4294967295 where nobody logged in.
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.and_then(|text| text.trim().parse().ok()).filter(|uid| *uid != u32::MAX);
    Actor::Operator(named(running, login, &passwd))
}

fn named(running: Option<u32>, login: Option<u32>, passwd: &str) -> String {
    let name = |uid: u32| {
        let of = |line: &str| {
            let mut fields = line.split(':');
            let (name, uid_there) = (fields.next()?, fields.nth(1)?);
            (uid_there.parse() == Ok(uid)).then(|| name.to_owned())
        };
        passwd.lines().find_map(of).unwrap_or_else(|| format!("uid {uid}"))
    };
    match (running, login) {
        (Some(running), Some(login)) if running != login => format!("{} as {}", name(login), name(running)),
        (Some(uid), _) | (None, Some(uid)) => name(uid),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_became_another_is_named() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\nbroken\n";
        assert_eq!(named(Some(0), Some(1000), passwd), "ann as root");
        assert_eq!(named(Some(1000), Some(1000), passwd), "ann");
        assert_eq!(named(Some(0), None, passwd), "root");
        assert_eq!(named(Some(7), None, passwd), "uid 7");
        assert_eq!(named(None, None, ""), "unknown");
    }
}
