//! Whole configurations: what they mean, and what is said about those that mean nothing.

mod effective;
mod mistakes;
mod reference;
mod sinks;

use super::*;

/// A configuration as if it stood in `/etc/licwatch`.
fn read(text: &str) -> Result<Config, Problems> {
    Config::read(None, Path::new("/etc/licwatch"), "licwatch.toml".into(), text)
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn bad(text: &str) -> Problems {
    match read(text) {
        Ok(_) => panic!("this was taken for a configuration:\n{text}"),
        Err(problems) => problems,
    }
}
