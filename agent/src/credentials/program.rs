//! Secrets that a program prints, as password stores do.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use secrecy::SecretString;

use super::secret_file::{LONGEST, read_at_most, secret};
use super::{CredentialError, Program};

/// How long a program may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// Runs a program, without a shell, and takes its output as the secret.
pub(super) fn run(program: &Program, limit: Duration) -> Result<SecretString, CredentialError> {
    let name = || program.to_string();
    let not_run = |reason| CredentialError::ProgramNotRun { program: name(), reason };
    let mut child = program
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // It may repeat the secret.
        .stderr(Stdio::null())
        .spawn()
        .map_err(not_run)?;
    let Some(output) = child.stdout.take() else {
        return Err(not_run(std::io::Error::other("it has no output")));
    };

    // The reader is a thread, because only that bounds the wait for a program that neither writes nor ends. It ends
    // with the output; if a grandchild keeps that open, it is left behind, holding nothing.
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let bytes = read_at_most(output, LONGEST + 3);
        sender.send(bytes).ok();
    });
    let bytes = receiver.recv_timeout(limit);
    // A program that closed its output has nothing more to say; one that did not has had its time.
    let ended = match &bytes {
        Ok(Ok(bytes)) if bytes.len() <= LONGEST + 2 => wait(&mut child, limit),
        _ => Ok(None),
    };
    child.kill().ok();
    child.wait().ok();
    let bytes = match bytes {
        Ok(bytes) => bytes.map_err(not_run)?,
        Err(_) => {
            return Err(CredentialError::ProgramTooSlow { program: name(), seconds: limit.as_secs() });
        }
    };
    match ended.map_err(not_run)? {
        Some(status) if !status.success() => Err(CredentialError::ProgramFailed { program: name(), status }),
        None if bytes.len() <= LONGEST + 2 => {
            Err(CredentialError::ProgramTooSlow { program: name(), seconds: limit.as_secs() })
        }
        _ => secret(&bytes, || format!("output of {}", name())),
    }
}

/// How a program that has closed its output ended; `None` if it goes on.
fn wait(
    child: &mut std::process::Child,
    limit: Duration,
) -> std::io::Result<Option<std::process::ExitStatus>> {
    const STEP: Duration = Duration::from_millis(10);
    let mut left = limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if left.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(STEP.min(left));
        left = left.saturating_sub(STEP);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<String, String> {
        let program = Program::new(["/bin/sh", "-c", script].map(str::to_owned));
        run(&program, limit)
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| format!("{error}; {}", error.remedy()))
    }

    #[test]
    fn the_output_is_the_secret() {
        assert_eq!(shell("echo hunter2; echo noise >&2", LIMIT), Ok("hunter2".into()));
    }

    #[test]
    fn failures_name_the_program_alone() {
        for (script, said) in [
            ("echo hunter2; exit 3", "exit status: 3"),
            ("echo hunter2; echo hunter2", "more than one line"),
            ("true hunter2", "is empty"),
            ("# hunter2\nyes x | tr -d '\\n'", "more than 4096 bytes"),
        ] {
            let error = shell(script, LIMIT).unwrap_err();
            assert!(error.contains(said) && error.contains("/bin/sh (2 arguments)"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let none = run(&Program::new(["/none/such".to_owned()]), LIMIT).unwrap_err().to_string();
        assert!(none.contains("/none/such could not be run: there is no such file"), "{none}");
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let limit = Duration::from_millis(50);
        for script in ["exec sleep 1000", "echo hunter2; exec >&-; exec sleep 1000"] {
            let error = shell(script, limit).unwrap_err();
            assert!(error.contains("was killed") && !error.contains("hunter2"), "{error}");
        }
    }
}
