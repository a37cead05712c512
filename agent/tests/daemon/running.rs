//! A daemon that runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::Said;
use crate::site::Site;

/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// `licwatch run`, and what it says. It is killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Daemon {
    /// Starts it in the operator's folder.
    pub(crate) fn start(site: &Site, arguments: &[&str]) -> Self {
        Self::logging(site, arguments, "licwatch=debug")
    }

    /// The same, with this said in its log.
    pub(crate) fn logging(site: &Site, arguments: &[&str], filter: &str) -> Self {
        let mut command = site.program(&["run"]);
        command.args(arguments);
        Self::saying(command, filter)
    }

    /// Starts it as this command says.
    pub(crate) fn of(command: Command) -> Self {
        Self::saying(command, "licwatch=debug")
    }

    fn saying(mut command: Command, filter: &str) -> Self {
        command.env("LICWATCH_LOG", filter).env_remove("JOURNAL_STREAM");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines() {
                if line.is_ok_and(|line| sender.send(line).is_err()) {
                    return;
                }
            }
        });
        Self { child, lines, said: String::new() }
    }

    /// Waits until it says a line with all of these words, and gives the line. What it said before that is skipped.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &[&str]) -> String {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.said.push_str(&format!("{line}\n"));
                    if words.iter().all(|word| line.contains(word)) {
                        return line;
                    }
                }
                Err(error) => panic!("{error}: no {words:?} in\n{}", self.said),
            }
        }
    }

    /// Waits until polls of so many are kept, and gives the observations' ids.
    #[track_caller]
    pub(crate) fn keeps(&mut self, polls: usize) -> Vec<String> {
        (0..polls).map(|_| observation(&self.says(&["A poll is kept."])).unwrap()).collect()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ends(mut self) -> Said {
        let begun = Instant::now();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(line) => self.said.push_str(&format!("{line}\n")),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.said),
            }
        }
        let code = self.child.wait().unwrap().code();
        Said { code, out: String::new(), err: std::mem::take(&mut self.said) }
    }

    /// Kills it as a power failure would, and gives what it said to the last.
    pub(crate) fn dies(self) -> Said {
        self.signal("-KILL");
        self.ends()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already where the test waited for that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so that nobody tells of, and looks often.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it does not come that {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The observation that a line of the log tells of as kept.
pub(crate) fn observation(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("A poll is kept.")?;
    Some(rest.split_once("observation=")?.1.split(' ').next()?.to_owned())
}
