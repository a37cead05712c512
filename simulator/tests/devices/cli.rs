//! The command line of a device that works.

use russh::Preferred;

use crate::client::{Terminal, connect};
use crate::fixture::{only, router, serve, within};
use licwatch_simulator::{Clock, Device, Manners, Syslog};

const ENABLED: &str = "router-1#";
const USER: &str = "router-1>";

#[tokio::test]
async fn a_shell_shows_prompt_echo_and_output() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    assert_eq!(shell.until(ENABLED).await, "\r\nrouter-1#");
    assert_eq!(shell.run("terminal length 0", ENABLED).await, "");
    assert_eq!(shell.run("sh lic udi", ENABLED).await, "UDI: PID:C8000V,SN:FDO0000X0AA\r\n");
    assert_eq!(shell.run("show privilege", ENABLED).await, "Current privilege level is 15\r\n");
    let report = shell.run("show license all", ENABLED).await;
    assert_eq!(report.lines().count(), 60);
    shell.send("exit\n").await;
    assert_eq!(shell.rest().await, b"exit\r\n");
    let tally = only(&fleet).tally();
    assert_eq!((tally.connections, tally.login_attempts, tally.logins, tally.shells), (1, 1, 1, 1));
    let typed = ["terminal length 0", "sh lic udi", "show privilege", "show license all", "exit"];
    assert_eq!(tally.commands, typed);
    assert_eq!(tally.violations, [""; 0]);
}

#[tokio::test]
async fn long_outputs_are_paged_until_paging_is_off() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    shell.send("show license all\n").await;
    let first = shell.until(" --More-- ").await;
    assert_eq!(first.lines().filter(|line| line.starts_with("line ")).count(), 23);
    shell.send("\r").await;
    let one = shell.until(" --More-- ").await;
    let erased = "\x08".repeat(9) + "        " + &"\x08".repeat(9);
    assert_eq!(one, format!("{erased}line 24 of the licence report\r\n --More-- "));
    shell.send("  ").await;
    let rest = shell.until(ENABLED).await;
    assert!(rest.ends_with("line 60 of the licence report\r\nrouter-1#"), "{rest:?}");
    assert_eq!(rest.matches("--More--").count(), 1);
    shell.send("show license all\n").await;
    shell.until(" --More-- ").await;
    shell.send("q").await;
    assert!(!shell.until(ENABLED).await.contains("line 24"));
}

#[tokio::test]
async fn commands_that_come_at_once_are_answered_in_order() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    shell.send("terminal length 0\r\nshow clock\rshow license udi\nshow privilege\n").await;
    let answer = shell.until("Current privilege level is 15\r\nrouter-1#").await;
    assert_eq!(
        answer,
        "terminal length 0\r\nrouter-1#show clock\r\n*11:43:15.743 UTC Wed Nov 17 2021\r\n\
         router-1#show license udi\r\nUDI: PID:C8000V,SN:FDO0000X0AA\r\n\
         router-1#show privilege\r\nCurrent privilege level is 15\r\nrouter-1#"
    );
}

#[tokio::test]
async fn unknown_commands_are_refused_as_ios_refuses_them() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    assert_eq!(
        shell.run("show licence all", ENABLED).await,
        "              ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"
    );
    assert!(shell.run("show license summary", ENABLED).await.contains("% Invalid input"));
    assert_eq!(only(&fleet).tally().violations, [""; 0]);
}

#[tokio::test]
async fn what_could_change_the_device_is_refused_and_counted() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    for command in ["configure terminal", "show version | redirect flash:x"] {
        assert!(shell.run(command, ENABLED).await.contains("% Invalid input"), "{command}");
    }
    let violations = only(&fleet).tally().violations;
    assert_eq!(violations, ["configure terminal", "show version | redirect flash:x"]);
}

#[tokio::test]
async fn enable_asks_for_the_secret_and_never_shows_it() {
    let fleet = serve(Device::new(router()).manners(Manners { privilege: 1, ..Manners::default() })).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(USER).await;
    assert_eq!(shell.run("show privilege", USER).await, "Current privilege level is 1\r\n");
    assert!(shell.run("show license udi", USER).await.contains("% Invalid input"));
    shell.send("enable\n").await;
    shell.until("Password: ").await;
    shell.send("wrong\n").await;
    shell.until("Password: ").await;
    shell.send("let-me-rule\n").await;
    assert_eq!(shell.until(ENABLED).await, "\r\nrouter-1#");
    assert!(shell.run("show license udi", ENABLED).await.starts_with("UDI:"));
    let tally = only(&fleet).tally();
    assert_eq!(tally.enable_attempts, 2);
    assert!(!tally.commands.iter().any(|command| command.contains("rule") || command == "wrong"));
    assert_eq!(shell.run("disable", USER).await, "");
    shell.send("enable\nbad\nbad\nbad\n").await;
    assert!(shell.until(USER).await.ends_with("% Bad secrets\r\n\r\nrouter-1>"));
}

#[tokio::test]
async fn an_old_device_has_banners_old_line_ends_and_old_algorithms() {
    let fleet = serve(Device::new(router()).manners(Manners::old())).await;
    let device = only(&fleet);
    let modern = connect(device, device.address(), Preferred::DEFAULT).await;
    assert!(matches!(modern.err(), Some(russh::Error::NoCommonAlgo { .. })));
    let old = Preferred {
        kex: vec![russh::kex::DH_G14_SHA1].into(),
        cipher: vec![russh::cipher::AES_128_CBC].into(),
        mac: vec![russh::mac::HMAC_SHA1].into(),
        ..Preferred::DEFAULT
    };
    let mut session = connect(device, device.address(), old).await.unwrap();
    let credentials = device.credentials();
    assert!(session.interactive(credentials.user(), credentials.password()).await);
    assert!(session.login_banner().contains("# Managed device. Keep out.     #\r\n"));
    let mut shell = session.shell().await.unwrap();
    let banner = shell.until(USER).await;
    assert!(
        banner.contains("# Managed device. Keep out.     #\r\n> Calls: noc@example.net <\r\n"),
        "{banner:?}"
    );
    shell.send("show clock\n").await;
    assert!(shell.until(USER).await.starts_with("show clock\r\r\n*11:43"));
}

#[tokio::test]
async fn timestamps_and_log_lines_come_until_they_are_turned_off() {
    let manners = Manners { timestamps: true, syslog: Syslog::UntilNoMonitor, ..Manners::default() };
    let fleet = serve(Device::new(router()).manners(manners)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    let noisy = shell.run("show license udi", ENABLED).await;
    assert!(noisy.starts_with("Load for five secs: "), "{noisy:?}");
    assert!(noisy.contains("No time source, *11:43:15.743 UTC Wed Nov 17 2021\r\n"), "{noisy:?}");
    assert!(noisy.contains("%SYS-5-CONFIG_I"), "{noisy:?}");
    shell.run("terminal exec prompt no-timestamp", ENABLED).await;
    shell.run("terminal no monitor", ENABLED).await;
    assert_eq!(shell.run("show license udi", ENABLED).await, "UDI: PID:C8000V,SN:FDO0000X0AA\r\n");
}

#[tokio::test]
async fn authorization_may_forbid_a_command() {
    let manners = Manners { unauthorized: vec!["show license".into()], ..Manners::default() };
    let fleet = serve(Device::new(router()).manners(manners)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    assert_eq!(shell.run("sh lic udi", ENABLED).await, "Command authorization failed.\r\n\r\n");
    assert!(shell.run("show clock", ENABLED).await.starts_with("*11:43"));
}

#[tokio::test]
async fn a_clock_may_run_ahead() {
    let ahead = jiff::SignedDuration::from_hours(48);
    let fleet = serve(Device::new(router()).clock(Clock::Running(ahead))).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(ENABLED).await;
    let shown = shell.run("show clock", ENABLED).await;
    let day = jiff::Timestamp::now().checked_add(ahead).unwrap().strftime("%b %-d %Y").to_string();
    assert!(shown.contains(&day), "{shown:?} does not name {day}");
}

#[tokio::test]
async fn the_end_of_a_connection_is_seen() {
    let fleet = serve(Device::new(router())).await;
    let shell = Terminal::shell(only(&fleet)).await;
    within(only(&fleet).until(|tally| tally.open_connections == 1)).await;
    drop(shell);
    within(only(&fleet).until(|tally| tally.open_connections == 0)).await;
    assert_eq!(only(&fleet).tally().peak_connections, 1);
}
