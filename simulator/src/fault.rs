//! What can go wrong with a device, on demand, and how much of it a test will have to bear.

use std::time::Duration;

/// One thing that goes wrong. A device may have several. Where nothing else is said, a fault shows in the command line
/// and in NETCONF alike, and "answer" means the answer to a `show` command (but not to `show privilege`) or the reply
/// to a `get`: session settings keep working, so that the fault can be reached.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Says nothing for this long after a connection was accepted.
    SlowAccept(Duration),
    /// Goes silent for good at this stage, but keeps the connection.
    Silence(Stage),
    /// Takes this long before it looks at a credential, as where its AAA server is slow: SSH's, the shell's, or an
    /// enable secret.
    SlowLogin(Duration),
    /// Refuses every credential.
    LoginRefused,
    /// Shows another host key than [`crate::LiveDevice::known_hosts`] says.
    HostKeyChanged,
    /// Refuses the shell. Command line only.
    ShellMissing,
    /// The login lands on privilege level 1, and `enable` is refused. Command line only.
    PrivilegeTooLow,
    /// Waits this long before everything it answers.
    Delay(Duration),
    /// Sends one byte in each SSH packet.
    OneByteAtATime,
    /// Resets the connection when half of an answer is out.
    ResetMidAnswer,
    /// The answer never ends: it goes on until the peer closes or a limit of [`Limits`] is reached.
    EndlessAnswer,
    /// The answer has at least this many bytes.
    HugeAnswer(usize),
    /// Binary garbage stands in place of the answer.
    Garbage,
    /// Shows this as the prompt. Command line only.
    Prompt(String),
    /// The prompt is another one after each command. Command line only.
    ChangingPrompt,
    /// Refuses `terminal length 0`, and pages. Command line only.
    PagingStays,
    /// Refuses `terminal length 0`, and has always one page more. Command line only.
    EndlessPager,
    /// Refuses the NETCONF subsystem.
    SubsystemMissing,
    /// Does not list the licensing model among its capabilities. NETCONF only.
    CapabilityMissing,
    /// Answers each request with an `rpc-error`. NETCONF only.
    RpcError,
    /// Announces base:1.1 but goes on with the framing of base:1.0. NETCONF only.
    WrongFraming,
    /// Answers with another message-id. NETCONF only.
    WrongMessageId,
    /// The reply declares entities that grow without end. NETCONF only.
    XmlBomb,
}

/// Where a device goes silent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The connection is accepted, no SSH version comes.
    Banner,
    /// The SSH version came, no key exchange follows.
    KeyExchange,
    /// No answer to the first credential that is offered.
    Login,
    /// Logged in, but no answer to the request for a channel.
    Channel,
    /// No answer to the request for the shell or the subsystem.
    Open,
    /// The shell is open but shows no prompt; the subsystem is open but sends no hello.
    Greeting,
    /// The command is echoed and never answered; the request is read and never answered.
    Answer,
    /// Half of the answer comes.
    MidAnswer,
}

impl Stage {
    /// Every stage, in the order in which a session meets them.
    pub const ALL: [Self; 8] = [
        Self::Banner,
        Self::KeyExchange,
        Self::Login,
        Self::Channel,
        Self::Open,
        Self::Greeting,
        Self::Answer,
        Self::MidAnswer,
    ];
}

/// What no connection exceeds, whatever its faults: a test that goes wrong ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one connection lives.
    pub connection: Duration,
    /// How many bytes one channel sends.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connection: Duration::from_secs(120), bytes: 64 << 20 }
    }
}

/// 4096 bytes without sense (xorshift), the same each time.
pub(crate) fn garbage() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(4096).collect()
}

/// The faults of one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.0.contains(fault)
    }

    pub(crate) fn silent_at(&self, stage: Stage) -> bool {
        self.has(&Fault::Silence(stage))
    }

    pub(crate) fn paging_stays(&self) -> bool {
        self.has(&Fault::PagingStays) || self.has(&Fault::EndlessPager)
    }

    pub(crate) fn slow_accept(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::SlowAccept(wait) = fault { Some(*wait) } else { None })
    }

    pub(crate) fn slow_login(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::SlowLogin(wait) = fault { Some(*wait) } else { None })
    }

    pub(crate) fn delay(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::Delay(wait) = fault { Some(*wait) } else { None })
    }

    pub(crate) fn huge_answer(&self) -> Option<usize> {
        self.find(|fault| if let Fault::HugeAnswer(bytes) = fault { Some(*bytes) } else { None })
    }

    pub(crate) fn prompt(&self) -> Option<&str> {
        self.find(|fault| if let Fault::Prompt(prompt) = fault { Some(prompt.as_str()) } else { None })
    }

    fn find<'f, T>(&'f self, pick: impl FnMut(&'f Fault) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(pick)
    }
}
