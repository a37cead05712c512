//! Nothing grows while everything goes wrong.

use std::fs;
use std::time::{Duration, Instant};

use licwatch_simulator::collector::{Collector, Reply};
use licwatch_simulator::{Fault, Stage};

use crate::polling::{router, scheduled};
use crate::receivers::sink;
use crate::running::{Daemon, until};

/// Polls at the same time.
const SESSIONS: usize = 8;
/// Descriptors beside those of polls: the store and its readers, signals, the log, the collector.
const OTHERS: usize = 40;
const LASTS: Duration = Duration::from_secs(12);

/// The most that was seen of something.
#[derive(Clone, Copy, Debug, Default)]
struct Peak {
    descriptors: usize,
    resident: u64,
}

impl Peak {
    fn see(&mut self, pid: u32) {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
        let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
        self.descriptors = self.descriptors.max(descriptors);
        self.resident = self.resident.max(pages << 12);
    }
}

/// Twenty devices each second, a third of them with faults, and a collector that answers badly every other time: what
/// the process holds at the end is what it held after the first third, and no session is left.
#[test]
fn memory_and_descriptors_stay_bounded_while_everything_goes_wrong() {
    let faults = [
        Fault::Silence(Stage::Banner),
        Fault::Silence(Stage::Login),
        Fault::Silence(Stage::MidAnswer),
        Fault::ResetMidAnswer,
        Fault::HostKeyChanged,
        Fault::Garbage,
        Fault::EndlessAnswer,
        Fault::HugeAnswer(1 << 20),
        Fault::RpcError,
        Fault::ShellMissing,
    ];
    let names: Vec<_> = (0..20).map(|number| format!("device-{number}")).collect();
    let devices = names.iter().enumerate().map(|(number, name)| {
        let device = match number % 3 {
            0 => router().fault(faults[number / 3 % faults.len()].clone()),
            _ if number == 1 => router().fault(Fault::LoginRefused),
            _ => router(),
        };
        (name.as_str(), device, if number % 2 == 0 { "netconf" } else { "ssh" })
    });
    let site = scheduled(devices, "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nretry = \"1s\"");
    site.edit("licwatch.toml", "[poll]", &format!("[poll]\nsessions = {SESSIONS}"));
    for limit in ["connect", "handshake", "login", "command", "absolute"] {
        site.edit("licwatch.toml", &format!("\n{limit} = \"60s\""), &format!("\n{limit} = \"2s\""));
    }
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(10);
    let begun = Instant::now();
    let bad = [Reply::Status(500), Reply::HalfAnswer, Reply::Hang, Reply::Drop, Reply::TakeAndDrop];
    let mut thirds = [Peak::default(); 3];
    let mut looks = 0;
    until("the time is over", || {
        let third = (begun.elapsed().as_millis() * 3 / LASTS.as_millis()) as usize;
        let Some(peak) = thirds.get_mut(third) else { return true };
        peak.see(daemon.pid());
        if looks % 20 == 0 {
            collector.next([bad[looks / 20 % bad.len()].clone(), Reply::Take]);
        }
        looks += 1;
        false
    });
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let polls: u64 = site.devices().iter().map(|device| device.tally().connections).sum();
    println!("{polls} connections: {thirds:?}");
    assert!(polls > 60, "{polls} connections");
    let [first, .., last] = thirds;
    for peak in thirds {
        assert!(peak.descriptors <= SESSIONS + OTHERS, "{thirds:?}");
    }
    assert!(last.descriptors <= first.descriptors + SESSIONS, "{thirds:?}");
    assert!(last.resident <= first.resident * 3 / 2 + (16 << 20), "{thirds:?}");
    assert_eq!(site.devices()[1].tally().login_attempts, 1);
    for device in site.devices() {
        let tally = device.tally();
        assert!(tally.peak_connections <= 1 && tally.violations.is_empty(), "{tally:?}");
    }
}
