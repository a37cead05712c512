//! One test for each pitfall that other tools fell into; issue numbers are those of the tool named.

use std::time::Duration;

use licwatch_parsers::Command;
use secrecy::SecretString;

use super::device::{Device, VERSION};
use super::stage::{Cut, Stage};
use super::{commands, read};
use crate::transport::cli::{Answer, CliOptions, Dialect};
use crate::transport::{Kind, Stage as At};

fn body(answer: &Answer) -> String {
    licwatch_parsers::text::Cleaned::new(&answer.raw).body().to_owned()
}

fn run(device: Device) -> Vec<Answer> {
    Stage::ios(device).answers(&commands())
}

fn assert_usual(answers: &[Answer]) {
    assert_eq!(answers.len(), 3);
    assert!(body(&answers[0]).contains("Processor board ID FOC0000X0AA"), "{:?}", body(&answers[0]));
    assert!(body(&answers[1]).contains("SN: FOC0000X0AA"), "{:?}", body(&answers[1]));
    assert!(body(&answers[2]).contains("Policy line 59: value 59"), "{:?}", body(&answers[2]));
    assert!(!body(&answers[0]).contains("PID:") && !body(&answers[2]).contains("PID:"));
}

/// oxidized #184, scrapli_community #8, trigger #317
#[test]
fn output_lines_that_look_like_prompts_end_nothing() {
    let traps = "contact <noc@example.com>\nFlags: <Sync RSync>\n# a comment #\ncore-9#\nedge-12#\nedge-1 uplink #\n\
                 (Cisco Controller) >\n[V200R009C00]\n  edge-1#\nedge-1(";
    let outputs = [
        ("show version", format!("{traps}\n{VERSION}{traps}\n")),
        ("show inventory", "SN: FOC0000X0AA\n".into()),
    ];
    for pipeline in [true, false] {
        let mut device = Device::default();
        device.outputs.extend(outputs.clone());
        let mut stage = Stage::ios(device).cut(Cut::Pieces(vec![7]));
        // Each piece comes after the quiet time: every line stands at the end for a while.
        stage.gap = Duration::from_millis(150);
        stage.machine.options.pipeline = pipeline;
        let answers = stage.answers(&commands());
        assert_usual(&answers);
        assert_eq!(body(&answers[0]).matches("core-9#").count(), 2);
    }
}

/// scrapli #380, #359, #369, #195, ansible #36150
#[test]
fn prompts_with_blanks_modes_long_names_and_control_characters_are_learned() {
    for prompt in [
        "edge-1# ",
        "edge-1(conf-tm-dest)#",
        "\x1b[?7hedge-1#",
        "{master}\r\nedge-1#",
        "an-edge-router-whose-name-is-as-long-as-a-host-name-may-ever-be1#",
        "RP/0/RP0/CPU0:edge-1#",
        "LAB-ASA/pri/act# ",
    ] {
        assert_usual(&run(Device { prompt: prompt.into(), ..Device::default() }));
    }
}

/// netmiko #1856
#[test]
fn a_prompt_that_holds_the_time_is_learned() {
    let renamed = [
        ("terminal length 0", "13:48:09 edge-1#".to_owned()),
        ("show version", "13:48:11 edge-1#".to_owned()),
        ("show inventory", "13:49:00 edge-1#".to_owned()),
    ];
    assert_usual(&run(Device {
        prompt: "13:48:07 edge-1#".into(),
        renamed: renamed.into(),
        ..Device::default()
    }));
}

/// netmiko #1979, #3140, #1374, ASA #546
#[test]
fn paging_that_may_not_be_turned_off_is_paged_through() {
    for (pager, erase) in [
        (
            " --More-- ",
            "\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08          \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08",
        ),
        ("<--- More --->", "\r              \r"),
        ("--More-- or (q)uit", "\r\x1b[K"),
        ("-------more--------", "\r\n"),
    ] {
        let (pager, pager_erase) = (pager.to_owned(), erase.to_owned());
        let device = Device { refused: vec!["terminal length 0"], pager, pager_erase, ..Device::default() };
        let mut stage = Stage::ios(device);
        assert_usual(&stage.answers(&commands()));
        assert!(!stage.machine.is_paging_off());
    }
}

/// A pager in spite of an accepted paging-off eats typed-ahead commands; they are asked again.
#[test]
fn a_pager_that_eats_typed_ahead_commands_loses_none() {
    let mut device = Device { outputs: Device::default().outputs, ..Device::default() };
    device.outputs.insert("terminal length 0", String::new());
    let mut stage = Stage::ios(device);
    stage.open().unwrap();
    stage.device.page = Some(24);
    let order = read(&[Command::ShowLicenseAll, Command::ShowVersion, Command::ShowInventory]);
    let outcome = stage.run(&order);
    assert_eq!(outcome.failure, None);
    let [license, version, inventory] = outcome.answers.as_slice() else { panic!("{:?}", outcome.answers) };
    assert!(body(license).contains("Policy line 0:") && body(license).contains("Policy line 59:"));
    assert!(body(version).contains("Processor board") && body(inventory).contains("SN: FOC0000X0AA"));
}

/// A shell on a terminal of Linux, which echoes typed-ahead commands at once, into the answer to the first: they are
/// asked again, and nothing is typed ahead after that.
#[test]
fn a_terminal_that_echoes_at_once_costs_time_and_no_answer() {
    let mut stage = Stage::ios(Device { echoes_at_once: true, ..Device::default() });
    stage.open().unwrap();
    assert!(stage.elapsed() < Duration::from_secs(5), "{:?}", stage.elapsed());
    let (opened, sendings) = (stage.elapsed(), stage.sendings);
    let outcome = stage.run(&commands());
    assert_eq!(outcome.failure, None);
    assert_usual(&outcome.answers);
    assert_eq!(stage.sendings - sendings, 3, "one by one");
    assert!(stage.elapsed() - opened < Duration::from_secs(1), "{:?}", stage.elapsed() - opened);
}

/// netmiko #2046, #1603
#[test]
fn refused_settings_and_wrapped_echoes_do_no_harm() {
    let refused = vec!["terminal width 0", "terminal no monitor", "terminal exec prompt no-timestamp"];
    for width in [12, 16, 20, 80] {
        let device = Device { refused: refused.clone(), width, ..Device::default() };
        assert_usual(&run(device));
    }
}

/// SROS #2366: the echo is not what was typed.
#[test]
fn an_expanded_echo_is_only_advice() {
    let echoed_as = [("show inventory", "show  the inventory of all".to_owned())];
    assert_usual(&run(Device { echoed_as: echoed_as.into(), ..Device::default() }));
    let mut one_by_one =
        Stage::ios(Device { echoed_as: [("show version", "shver".to_owned())].into(), ..Device::default() });
    one_by_one.machine.options.pipeline = false;
    assert_usual(&one_by_one.answers(&commands()));
}

fn privileged(device: Device, enable: Option<&str>) -> (Stage, Result<(), crate::transport::Failure>) {
    let options = CliOptions {
        required_privilege: 15,
        enable: enable.map(SecretString::from),
        ..CliOptions::default()
    };
    let mut stage = Stage::new(device, Dialect::Ios, options);
    let opened = stage.open();
    (stage, opened)
}

/// netmiko #2000, PR #3194
#[test]
fn a_hash_is_no_privilege() {
    let device = Device { privilege: 7, secret: "s3cret".into(), ..Device::default() };
    let (stage, opened) = privileged(device.clone(), Some("s3cret"));
    assert_eq!(opened, Ok(()));
    assert_eq!((stage.device.privilege, stage.device.passwords), (15, 1));
    let (stage, opened) = privileged(device, None);
    let failure = opened.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (At::Privilege, Kind::PrivilegeTooLow));
    assert!(failure.text.contains("privilege level 7 and needs 15"), "{failure}");
    assert!(!stage.device.commands.iter().any(|command| command == "enable"));
}

#[test]
fn enable_changes_the_prompt_and_is_never_captured() {
    let device = Device {
        prompt: "edge-1>".into(),
        privileged_prompt: Some("edge-1#".into()),
        privilege: 1,
        secret: "s3cret".into(),
        ..Device::default()
    };
    let (mut stage, opened) = privileged(device, Some("s3cret"));
    assert_eq!(opened, Ok(()));
    let outcome = stage.run(&commands());
    assert_usual(&outcome.answers);
    assert!(outcome.answers.iter().all(|answer| !String::from_utf8_lossy(&answer.raw).contains("assword")));
}

#[test]
fn enable_is_tried_once_and_its_result_is_checked() {
    let device =
        Device { prompt: "edge-1>".into(), privilege: 1, secret: "s3cret".into(), ..Device::default() };
    let (stage, opened) = privileged(device.clone(), Some("wrong"));
    let failure = opened.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (At::Privilege, Kind::EnableRefused));
    assert!(failure.text.contains("refused the enable secret"), "{failure}");
    assert_eq!(stage.device.passwords, 1);
    let (stage, opened) = privileged(Device { granted: 5, ..device }, Some("s3cret"));
    assert!(opened.unwrap_err().text.contains("privilege level 5 and needs 15"));
    assert_eq!(stage.device.passwords, 1);
}

#[test]
fn enough_privilege_needs_no_enable() {
    let (stage, opened) = privileged(Device::default(), Some("s3cret"));
    assert_eq!((opened, stage.device.passwords), (Ok(()), 0));
}

#[test]
fn asa_turns_paging_off_after_enable() {
    let device = Device {
        prompt: "fw-1> ".into(),
        privileged_prompt: Some("fw-1# ".into()),
        privilege: 1,
        secret: "s3cret".into(),
        refused: vec!["terminal pager 0"],
        ..Device::default()
    };
    let options = CliOptions {
        required_privilege: 15,
        enable: Some(SecretString::from("s3cret")),
        ..CliOptions::default()
    };
    let mut stage = Stage::new(device, Dialect::Asa, options);
    stage.open().unwrap();
    let commands = &stage.device.commands;
    assert_eq!(commands[..2], ["terminal pager 0", "show curpriv"]);
    assert_eq!(commands.iter().filter(|line| *line == "terminal pager 0").count(), 2);
    assert_usual(&stage.run(&super::commands()).answers);
}

/// netmiko #3704: a host name inside "password".
#[test]
fn host_names_and_banners_with_password_are_no_question() {
    for prompt in ["AS#", "password#", "Password-switch#"] {
        let device =
            Device { prompt: prompt.into(), privilege: 7, secret: "s3cret".into(), ..Device::default() };
        let (mut stage, opened) = privileged(device, Some("s3cret"));
        assert_eq!(opened, Ok(()), "{prompt}");
        assert_usual(&stage.run(&commands()).answers);
    }
}

/// unicon.plugins #71
#[test]
fn syslog_anywhere_splits_nothing() {
    let message = "*Mar  1 00:12:34.567: %SYS-5-CONFIG_I: Configured from console by vty0";
    let between = |text: String| [("show inventory", text)].into();
    for before_echo in [
        format!("\r\n{message}\r\n"),
        format!("\r\n{message}\r\n{message}\r\n\r\n"),
        format!("\r\n{message}\r\nedge-1#"),
        format!("{message}\r\nedge-1#"),
        format!("show inv\r\n{message}\r\nedge-1#"),
    ] {
        let mut stage = Stage::ios(Device { before_echo: between(before_echo), ..Device::default() });
        assert_usual(&stage.answers(&commands()));
        // Paging, three settings, three commands: none had to be asked again.
        assert_eq!(stage.device.commands.len(), 7, "{:?}", stage.device.commands);
    }
    for after in [format!("\r\n{message}\r\n"), format!("\r\n{message}\r\nedge-1#"), format!("{message}\r\n")]
    {
        // Behind the very last prompt, where nothing else would bring the prompt back.
        let last = Device { after_prompt: [("show license all", after.clone())].into(), ..Device::default() };
        assert_usual(&run(last));
        let mut one_by_one =
            Stage::ios(Device { after_prompt: [("show version", after)].into(), ..Device::default() });
        one_by_one.machine.options.pipeline = false;
        assert_usual(&one_by_one.answers(&commands()));
    }
    let mut device = Device::default();
    device.outputs.insert("show version", VERSION.replace('\n', &format!("\n{message}\n")));
    assert_usual(&run(device));
}

/// netmiko #3653, #3761, ansible #35817
#[test]
fn slow_devices_are_waited_for() {
    for pipeline in [true, false] {
        let mut stage = Stage::ios(Device::default());
        stage.machine.options.pipeline = pipeline;
        stage.open().unwrap();
        stage.thinks = Duration::from_secs(20);
        assert_usual(&stage.run(&commands()).answers);
    }
    let mut stage = Stage::ios(Device::default());
    stage.open().unwrap();
    stage.cut = Cut::Pieces(vec![400]);
    stage.gap = Duration::from_secs(10);
    assert_usual(&stage.run(&commands()).answers);
}

#[test]
fn a_dribbling_device_is_understood() {
    let banner = "\n######\n######\n# keep out #\nedge-1 >\nedge-1 >\n";
    for milliseconds in [1, 90, 110, 400, 1600] {
        let mut stage = Stage::ios(Device { banner: banner.into(), ..Device::default() });
        stage.cut = Cut::Pieces(vec![5]);
        stage.machine.options.limits.prompt = Duration::from_secs(120);
        stage.gap = Duration::from_millis(milliseconds);
        let answers = stage.answers(&read(&[Command::ShowVersion, Command::ShowInventory]));
        assert!(body(&answers[0]).contains("Processor board"), "{milliseconds} ms: {:?}", body(&answers[0]));
        assert!(body(&answers[1]).contains("SN: FOC0000X0AA"), "{milliseconds} ms: {:?}", body(&answers[1]));
    }
}

/// scrapli #14, scrapli_community #171
#[test]
fn login_banners_may_hold_anything() {
    let banner = "\nUser: none\nPassword: none\n%% authorized #\n****>\nPress the button --More-- often\n";
    assert_usual(&run(Device { banner: banner.into(), ..Device::default() }));
}

#[test]
fn a_prompt_that_changes_in_mid_session_is_learned_again() {
    for pipeline in [true, false] {
        let renamed = [("show version", "core-7#".to_owned())];
        let mut stage = Stage::ios(Device { renamed: renamed.into(), ..Device::default() });
        stage.machine.options.pipeline = pipeline;
        assert_usual(&stage.answers(&commands()));
    }
}

#[test]
fn aireos_asks_inside_the_shell() {
    let device = Device {
        prompt: "(Cisco Controller) >".into(),
        login: Some(("reader".into(), "s3cret".into())),
        ..Device::default()
    };
    let options = |password: &str| CliOptions {
        login: Some(("reader".into(), SecretString::from(password))),
        ..CliOptions::default()
    };
    let mut stage = Stage::new(device.clone(), Dialect::Aireos, options("s3cret"));
    assert_usual(&stage.answers(&commands()));
    assert_eq!(stage.device.commands[0], "config paging disable");
    let mut stage = Stage::new(device.clone(), Dialect::Aireos, options("wrong"));
    let failure = stage.open().unwrap_err();
    assert_eq!((failure.stage, failure.kind), (At::Login, Kind::AuthenticationFailed));
    assert_eq!(stage.device.passwords, 1);
    let failure = Stage::new(device, Dialect::Aireos, CliOptions::default()).open().unwrap_err();
    assert_eq!((failure.stage, failure.kind), (At::Login, Kind::CredentialUnavailable));
}

#[test]
fn a_refused_command_is_an_answer() {
    let answers = run(Device { refused: vec!["show inventory"], ..Device::default() });
    assert_eq!(answers[1].refused.as_deref(), Some("% Invalid input detected at '^' marker."));
    assert_eq!((answers[0].refused.as_deref(), answers[2].refused.as_deref()), (None, None));
}
