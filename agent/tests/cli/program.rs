//! Runs of the binary.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// No run takes longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that stderr holds all of these.
    #[track_caller]
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        for words in words {
            assert!(self.err.contains(words), "no {words:?} in:\n{}", self.err);
        }
        self
    }

    /// Each line of stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The binary, in a folder, with nothing of the tester's environment that it might look at.
pub(crate) fn program(folder: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("licwatch"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["SSH_AUTH_SOCK", "CREDENTIALS_DIRECTORY", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("HOME", folder);
    command
}

/// Runs it to its end.
#[track_caller]
pub(crate) fn licwatch(folder: &Path, arguments: &[&str]) -> Said {
    fed(folder, arguments, b"")
}

/// Runs it to its end with this on standard input.
#[track_caller]
pub(crate) fn fed(folder: &Path, arguments: &[&str], input: &[u8]) -> Said {
    let mut command = program(folder);
    command.args(arguments);
    let output = assert_cmd::Command::from_std(command).write_stdin(input).timeout(PATIENCE).output();
    output.expect("it runs").into()
}
