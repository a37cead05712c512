//! A device that sends whatever it likes into a CLI session. The session must end, send nothing but what it may,
//! and hand on every byte of an answer at most once.

use std::time::Instant;

use licwatch::transport::cli::{
    CliLimits, CliOptions, Dialect, Event, Machine, ReadCommand, session_settings,
};
use licwatch_parsers::Command;
use secrecy::SecretString;

const SECRET: &str = "no-word-of-a-device";
const COMMANDS: [Command; 3] = [Command::ShowVersion, Command::ShowInventory, Command::ShowLicenseAll];

/// Sizes so small that the fuzzer can reach each of them; the waits are those in force.
fn limits() -> CliLimits {
    CliLimits { answer_bytes: 1 << 12, session_bytes: SESSION_BYTES, pages: 50, ..CliLimits::default() }
}

const SESSION_BYTES: usize = 1 << 14;

/// The first byte chooses dialect and options. Then follow steps: a byte below 192 is a length, and so many bytes
/// come from the device; any other lets time pass until the session wakes by itself. At the end the device says
/// nothing more, and the session must find its own end.
pub fn cli_session(data: &[u8]) {
    let Some((&choice, mut rest)) = data.split_first() else { return };
    let dialect = Dialect::ALL[usize::from(choice) % Dialect::ALL.len()];
    let mut run = Run::new(dialect, choice);
    while let Some((&step, behind)) = rest.split_first() {
        rest = behind;
        if step < 192 {
            let (piece, behind) = rest.split_at(usize::from(step).min(rest.len()));
            rest = behind;
            run.machine.handle_input(piece, run.now);
        } else if let Some(at) = run.machine.poll_timeout() {
            run.wait(at);
        }
        run.drain();
    }
    // Every wait has a limit: a silent device is left after a number of wakings that no input can stretch.
    for _ in 0..10_000 {
        match run.machine.poll_timeout() {
            Some(at) if !run.over => run.wait(at),
            _ => return,
        }
        run.drain();
    }
    panic!("the session never ends");
}

struct Run {
    machine: Machine,
    now: Instant,
    allowed: Vec<String>,
    answered: usize,
    over: bool,
    started: bool,
}

impl Run {
    fn new(dialect: Dialect, choice: u8) -> Self {
        let options = CliOptions {
            pipeline: choice & 0x20 != 0,
            enable: (choice & 0x40 != 0).then(|| SecretString::from(SECRET)),
            login: Some(("licwatch".into(), SecretString::from(SECRET))),
            required_privilege: if choice & 0x80 == 0 { 0 } else { 15 },
            limits: limits(),
        };
        let now = Instant::now();
        let commands = COMMANDS.map(|command| ReadCommand::new(command).unwrap());
        let allowed = session_settings(dialect).into_iter().map(str::to_owned);
        let allowed = allowed.chain(commands.map(|command| command.line().to_owned()));
        // RETURN wakes a silent line, the pager takes a blank or a q, a question is answered no, a login by name.
        let keys = ["", " ", "q", "n", "N", "licwatch"].map(str::to_owned);
        Self {
            machine: Machine::new(dialect, options, now),
            now,
            allowed: allowed.chain(keys).collect(),
            answered: 0,
            over: false,
            started: false,
        }
    }

    fn wait(&mut self, until: Instant) {
        self.now = self.now.max(until);
        self.machine.handle_timeout(self.now);
    }

    fn drain(&mut self) {
        while let Some(event) = self.machine.poll_event() {
            match event {
                Event::Ready if !self.started => {
                    self.started = true;
                    let commands = COMMANDS.map(|command| ReadCommand::new(command).unwrap());
                    self.machine.start(&commands, self.now);
                }
                Event::Ready => panic!("the session is prepared twice"),
                Event::Answer(answer) => {
                    self.answered += 1;
                    assert!(answer.raw.len() <= SESSION_BYTES && answer.started <= answer.finished);
                }
                Event::Done => self.machine.leave(self.now),
                Event::Failed(failure) => {
                    assert!(!failure.to_string().contains(SECRET), "{failure}");
                    self.over = true;
                }
                Event::Left => self.over = true,
            }
        }
        assert!(self.answered <= COMMANDS.len());
        while let Some(sending) = self.machine.poll_output() {
            if sending.is_secret() {
                continue;
            }
            let text = std::str::from_utf8(sending.bytes()).unwrap();
            for line in text.split('\n') {
                assert!(self.allowed.iter().any(|allowed| allowed == line), "{line:?} was sent");
            }
        }
    }
}
