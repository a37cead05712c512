//! Data to stdout, talk to stderr. A reader that goes away is no error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use super::Exit;

/// Writes data to stdout, with colours only on a terminal. The error is how the verb ends then.
pub(super) fn data(text: impl Display) -> Result<(), Exit> {
    written(write!(anstream::stdout().lock(), "{text}"))
}

/// Writes data to stdout, and how the verb ends with that.
pub(super) fn all(text: impl Display) -> Exit {
    data(text).map_or_else(|end| end, |()| Exit::Done)
}

/// Writes one line of data to stdout, byte for byte.
pub(super) fn line(text: &str) -> Result<(), Exit> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n")))
}

/// Says something to the person; if stderr is gone there is nobody to tell.
pub(super) fn talk(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says what went wrong, in the form that every verb uses.
pub(super) fn error(text: impl Display) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    talk(format_args!("{style}error{style:#}: {text}"));
}

fn written(result: io::Result<()>) -> Result<(), Exit> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Exit::Done),
        Err(problem) => {
            error(format_args!("cannot write to standard output: {problem}"));
            Err(Exit::Nothing)
        }
    }
}
