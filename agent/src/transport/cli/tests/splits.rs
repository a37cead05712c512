//! The same bytes give the same answers, however they are cut.

use std::time::Duration;

use licwatch_parsers::Command;
use licwatch_parsers::text::Cleaned;
use proptest::prelude::*;

use super::device::{Device, INVENTORY, VERSION, license_all};
use super::stage::{Cut, Stage};
use super::{commands, read};
use crate::transport::cli::Answer;

/// Devices that differ in everything that moves the ends of answers.
fn devices() -> Vec<(&'static str, Device)> {
    let noisy = "\r\n*Mar  1 00:12:34.567: %SYS-5-CONFIG_I: Configured from console\r\nedge-1#";
    let quiet_noise = "\r\n*Mar  1 00:12:34.567: %LINK-3-UPDOWN: Interface up\r\n";
    let banner = "\n################\n# authorized use only #\n# Password: none >\n################\n";
    vec![
        ("plain", Device { banner: banner.into(), ..Device::default() }),
        ("CRCRLF", Device { echo_end: "\r\r\n".into(), prompt: "n9k-1# ".into(), ..Device::default() }),
        ("paging stays", Device { refused: vec!["terminal length 0"], ..Device::default() }),
        (
            "pager erased by returns",
            Device {
                refused: vec!["terminal length 0"],
                pager: "<--- More --->".into(),
                pager_erase: "\r              \r".into(),
                ..Device::default()
            },
        ),
        ("no echo", Device { echo: false, ..Device::default() }),
        ("wrapped echo", Device { width: 20, ..Device::default() }),
        ("escapes", Device { prompt: "\x1b[?7h\x1b[1medge-1\x1b[0m#".into(), ..Device::default() }),
        (
            "syslog redrawn",
            Device { before_echo: [("show inventory", noisy.to_owned())].into(), ..Device::default() },
        ),
        (
            "syslog",
            Device { before_echo: [("show inventory", quiet_noise.to_owned())].into(), ..Device::default() },
        ),
    ]
}

fn texts(answers: &[Answer]) -> Vec<(&'static str, String)> {
    answers
        .iter()
        .map(|answer| (answer.command.line(), String::from_utf8(answer.raw.clone()).unwrap()))
        .collect()
}

fn answers(device: &Device, cut: Cut) -> Vec<(&'static str, String)> {
    texts(&Stage::ios(device.clone()).cut(cut).answers(&commands()))
}

#[test]
fn every_answer_is_whole_and_holds_nothing_else() {
    let license = license_all();
    for (name, device) in devices() {
        let answers = answers(&device, Cut::Whole);
        assert_eq!(answers.len(), 3, "{name}");
        for ((command, raw), output) in answers.iter().zip([VERSION, INVENTORY, license.as_str()]) {
            let cleaned = Cleaned::new(raw.as_bytes());
            let lines: Vec<_> =
                cleaned.body().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            for line in output.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let count = lines.iter().filter(|seen| **seen == line).count();
                assert_eq!(count, 1, "{name}: {command}: {line:?} in {raw:?}");
            }
            let stated = output.lines().filter(|line| !line.trim().is_empty()).count();
            assert!(lines.len() <= stated + 3, "{name}: {command}: {raw:?}");
            assert!(raw.ends_with(&device.prompt), "{name}: {raw:?}");
        }
    }
}

#[test]
fn a_cut_at_any_byte_changes_no_answer() {
    for (name, device) in devices() {
        let mut whole = Stage::ios(device.clone());
        let want = texts(&whole.answers(&commands()));
        for at in 1..whole.printed.len() {
            assert_eq!(answers(&device, Cut::At(at)), want, "{name}, cut at {at}");
        }
        assert_eq!(answers(&device, Cut::Pieces(vec![1])), want, "{name}, byte by byte");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cuts_of_any_sizes_change_no_answer(sizes in prop::collection::vec(1usize..200, 1..20), which in 0usize..9) {
        let (_, device) = devices().swap_remove(which);
        prop_assert_eq!(answers(&device, Cut::Pieces(sizes)), answers(&device, Cut::Whole));
    }

    #[test]
    fn nothing_that_a_device_sends_makes_the_machine_panic(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..40)
    ) {
        use crate::transport::cli::{CliOptions, Dialect, Machine};
        let mut now = std::time::Instant::now();
        let mut machine = Machine::new(Dialect::Ios, CliOptions::default(), now);
        for piece in pieces {
            machine.handle_input(b"\r\nR1#", now);
            machine.handle_input(&piece, now);
            while machine.poll_output().is_some() {}
            while machine.poll_event().is_some() {}
            now += Duration::from_millis(400);
            machine.handle_timeout(now);
            machine.start(&commands(), now);
        }
    }
}

#[test]
fn answers_that_follow_each_other_leave_no_byte_out() {
    let mut stage = Stage::ios(Device::default());
    stage.open().unwrap();
    let from = stage.printed.len();
    let outcome = stage.run(&commands());
    let all: Vec<u8> = outcome.answers.into_iter().flat_map(|answer| answer.raw).collect();
    assert_eq!(all, stage.printed[from..]);
}

#[test]
fn answers_are_what_the_parsers_want() {
    let answers = Stage::ios(Device::default()).answers(&commands());
    let capture = Cleaned::new(&answers[1].raw);
    assert_eq!((capture.command(), capture.hostname()), (Some("show inventory"), Some("edge-1")));
    assert_eq!(capture.body().replace("\r", ""), INVENTORY);
}

#[test]
fn commands_are_typed_ahead_only_if_paging_is_off_and_it_may_be_done() {
    let sendings = |device: Device, pipeline| {
        let mut stage = Stage::ios(device);
        stage.machine.options.pipeline = pipeline;
        stage.open().unwrap();
        let before = stage.sendings;
        stage.run(&read(&[Command::ShowVersion, Command::ShowInventory, Command::ShowClock]));
        stage.sendings - before
    };
    assert_eq!(sendings(Device::default(), true), 1);
    assert_eq!(sendings(Device::default(), false), 3);
    assert_eq!(sendings(Device { refused: vec!["terminal length 0"], ..Device::default() }, true), 3);
    assert_eq!(sendings(Device { echo: false, ..Device::default() }, true), 3);
}

#[test]
fn typed_ahead_commands_fit_the_line_buffer() {
    let mut stage = Stage::ios(Device::default());
    stage.machine.options.limits.in_flight_bytes = 30;
    assert_eq!(stage.answers(&commands()).len(), 3);
    assert_eq!(stage.device.commands.len(), 7);
}
