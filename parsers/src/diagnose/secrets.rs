//! Words behind which a line holds a secret: product authorization keys, authorization codes, and the passwords and
//! communities of a configuration that somebody saved together with the output.

/// The words, in lower case.
const OPENERS: [&str; 18] = [
    "<pak>",
    "sign=",
    "authorization code:",
    "<authorizationcode>",
    "<signature>",
    "community ",
    "password ",
    "password:",
    "secret ",
    "passphrase ",
    "key-string ",
    "pre-shared-key ",
    "shared-secret ",
    "idtoken ",
    " key 0 ",
    " key 6 ",
    " key 7 ",
    " key 8 ",
];

/// The text up to the first secret, if it holds one.
pub(super) fn before_secret(text: &str) -> Option<&str> {
    let words = text.to_ascii_lowercase();
    let ends = OPENERS.iter().filter_map(|opener| words.find(opener).map(|at| at + opener.len()));
    let (before, secret) = text.split_at_checked(ends.min()?)?;
    (!secret.trim().is_empty()).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::before_secret;

    #[test]
    fn what_stands_behind_these_words_is_hidden() {
        for (text, want) in [
            ("<PAK>3QX81Z</PAK>\" SIGN=2A9B", "<PAK>"),
            ("SIGN=2A9B", "SIGN="),
            ("Authorization code: <specificPLR><flag>A", "Authorization code:"),
            ("snmp-server community s3cret RO", "snmp-server community "),
            ("username admin password 0 hunter2", "username admin password "),
            ("tacacs-server key 7 08224F", "tacacs-server key 7 "),
            ("license smart trust idtoken AbC9", "license smart trust idtoken "),
        ] {
            assert_eq!(before_secret(text), Some(want));
        }
        for text in ["", "Key version : A", "Authorization code:", "Status: AUTHORIZED", "\u{130} password"] {
            assert_eq!(before_secret(text), None, "{text}");
        }
    }
}
