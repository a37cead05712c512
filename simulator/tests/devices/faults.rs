//! Faults of answers and prompts, each seen by a client.

use std::time::{Duration, Instant};

use licwatch_simulator::{Device, Fault, Fleet, Limits, Manners};
use russh::Preferred;

use crate::client::{Terminal, connect, login};
use crate::fixture::{only, router, serve};
use crate::netconf::{GET, hello};

const PROMPT: &str = "router-1#";

fn with(fault: Fault) -> Device {
    Device::new(router()).fault(fault)
}

/// A shell at its first prompt, not paging.
async fn shell(fleet: &Fleet) -> Terminal {
    let mut shell = Terminal::shell(only(fleet)).await;
    shell.until(PROMPT).await;
    shell.run("terminal length 0", PROMPT).await;
    shell
}

/// A NETCONF session in base:1.0 that has asked its question.
async fn asked(fleet: &Fleet) -> Terminal {
    let mut netconf = Terminal::netconf(only(fleet)).await;
    netconf.send(hello(&["urn:ietf:params:netconf:base:1.0"])).await;
    netconf.until("]]>]]>").await;
    netconf.send(format!("{GET}]]>]]>")).await;
    netconf
}

#[tokio::test]
async fn every_answer_may_be_late() {
    let delay = Duration::from_millis(80);
    let fleet = serve(with(Fault::Delay(delay))).await;
    let mut shell = shell(&fleet).await;
    let asked_at = Instant::now();
    shell.run("show clock", PROMPT).await;
    assert!(asked_at.elapsed() >= delay);
    let asked_at = Instant::now();
    asked(&fleet).await.until("]]>]]>").await;
    assert!(asked_at.elapsed() >= 2 * delay, "hello and reply");
}

#[tokio::test]
async fn a_device_may_be_slow_to_accept() {
    let delay = Duration::from_millis(80);
    let fleet = serve(with(Fault::SlowAccept(delay))).await;
    let connecting_at = Instant::now();
    connect(only(&fleet), only(&fleet).address(), Preferred::DEFAULT).await.unwrap();
    assert!(connecting_at.elapsed() >= delay);
}

#[tokio::test]
async fn credentials_may_be_looked_at_late() {
    let delay = Duration::from_millis(80);
    let low = Manners { privilege: 1, ..Manners::default() };
    let fleet = serve(with(Fault::SlowLogin(delay)).manners(low)).await;
    let begun = Instant::now();
    login(only(&fleet), only(&fleet).address()).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("router-1>").await;
    let enabling = Instant::now();
    shell.run("enable", "Password: ").await;
    shell.send(format!("{}\n", only(&fleet).credentials().enable_secret())).await;
    shell.until(PROMPT).await;
    let tally = only(&fleet).tally();
    assert_eq!((tally.login_times.len(), tally.enable_times.len()), (2, 1));
    assert!(tally.login_times[0] - begun >= delay && tally.enable_times[0] - enabling >= delay);
}

#[tokio::test]
async fn bytes_may_come_one_by_one() {
    let fleet = serve(with(Fault::OneByteAtATime)).await;
    let mut shell = shell(&fleet).await;
    assert!(shell.run("show license udi", PROMPT).await.starts_with("UDI:"));
    assert!(shell.packets.iter().all(|size| *size == 1), "{:?}", shell.packets);
    let mut netconf = asked(&fleet).await;
    assert!(netconf.until("]]>]]>").await.contains("FDO0000X0AA"));
    assert!(netconf.packets.iter().all(|size| *size == 1), "{:?}", netconf.packets);
}

#[tokio::test]
async fn the_connection_may_be_reset_in_mid_answer() {
    let fleet = serve(with(Fault::ResetMidAnswer)).await;
    let mut shell = shell(&fleet).await;
    shell.send("show license all\n").await;
    let said = String::from_utf8(shell.rest().await).unwrap();
    assert!(said.contains("line 20 ") && !said.contains("line 45 "), "{said:?}");
    let said = asked(&fleet).await.rest().await;
    assert!(said.starts_with(b"<?xml") && !said.ends_with(b"]]>]]>"));
}

#[tokio::test]
async fn answers_may_be_whole_before_the_fault_shows() {
    let fleet = serve(with(Fault::ResetMidAnswer).spare(1)).await;
    let mut shell = shell(&fleet).await;
    assert!(shell.run("show license all", PROMPT).await.contains("line 60 "));
    shell.send("show license all\n").await;
    assert!(!String::from_utf8(shell.rest().await).unwrap().contains("line 45 "));
    assert!(asked(&fleet).await.until("]]>]]>").await.contains("FDO0000X0AA"), "each session is spared");
}

#[tokio::test]
async fn an_answer_may_never_end_but_for_the_limit() {
    let bytes = 2 << 20;
    let limits = Limits { bytes, ..Limits::default() };
    let fleet = Fleet::builder().device(with(Fault::EndlessAnswer)).limits(limits).start().await.unwrap();
    let mut shell = shell(&fleet).await;
    shell.send("show license all\n").await;
    let said = shell.rest().await.len() as u64;
    assert!(said > bytes / 2 && said <= bytes, "{said}");
    let said = asked(&fleet).await.rest().await.len() as u64;
    assert!(said > bytes / 2 && said <= bytes, "{said}");
}

#[tokio::test]
async fn an_endless_answer_ends_when_the_client_goes() {
    let fleet = serve(with(Fault::EndlessAnswer)).await;
    let mut shell = shell(&fleet).await;
    shell.send("show license all\n").await;
    shell.at_least(100_000).await;
    drop(shell);
    crate::fixture::within(only(&fleet).until(|tally| tally.open_connections == 0)).await;
}

#[tokio::test]
async fn an_answer_may_be_huge() {
    let bytes = 3 << 20;
    let fleet = serve(with(Fault::HugeAnswer(bytes))).await;
    let mut shell = shell(&fleet).await;
    let said = shell.run("show license all", PROMPT).await.len();
    assert!(said >= bytes && said < bytes + 10_000, "{said}");
    let said = asked(&fleet).await.until("]]>]]>").await.len();
    assert!(said >= bytes && said < bytes + 10_000, "{said}");
}

#[tokio::test]
async fn an_answer_may_be_garbage() {
    let fleet = serve(with(Fault::Garbage)).await;
    let mut shell = shell(&fleet).await;
    let said = shell.run("show license all", PROMPT).await;
    assert!(said.contains('\u{fffd}') && said.contains('\0'));
    let said = asked(&fleet).await.at_least(4096).await;
    assert!(std::str::from_utf8(&said).is_err());
}

#[tokio::test]
async fn the_prompt_may_be_no_prompt() {
    let fleet = serve(with(Fault::Prompt("ready: ".into()))).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    assert_eq!(shell.until("ready: ").await, "\r\nready: ");
}

#[tokio::test]
async fn the_prompt_may_change() {
    let fleet = serve(with(Fault::ChangingPrompt)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("router-1-0#").await;
    shell.run("show clock", "router-1-1#").await;
    shell.run("show clock", "router-1-2#").await;
}

#[tokio::test]
async fn paging_may_not_be_turned_off() {
    let fleet = serve(with(Fault::PagingStays)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(PROMPT).await;
    assert!(shell.run("terminal length 0", PROMPT).await.contains("% Invalid input"));
    shell.send("show license all\n").await;
    shell.until(" --More-- ").await;
    shell.send("  ").await;
    assert!(shell.until(PROMPT).await.contains("line 60 "));
}

#[tokio::test]
async fn paging_may_never_end() {
    let fleet = serve(with(Fault::EndlessPager)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until(PROMPT).await;
    shell.send("show license udi\n").await;
    for _ in 0..50 {
        assert!(shell.until(" --More-- ").await.contains("UDI:"));
        shell.send(" ").await;
    }
    shell.send("q").await;
    shell.until(PROMPT).await;
}

#[tokio::test]
async fn privilege_may_be_too_low() {
    let fleet = serve(with(Fault::PrivilegeTooLow)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("router-1>").await;
    assert!(shell.run("show license all", "router-1>").await.contains("% Invalid input"));
    shell.send("enable\n").await;
    shell.until("Password: ").await;
    shell.send("let-me-rule\n").await;
    assert!(shell.until("router-1>").await.contains("% Error in authentication."));
    assert_eq!(shell.run("show privilege", "router-1>").await, "Current privilege level is 1\r\n");
}

#[tokio::test]
async fn the_shell_may_be_missing() {
    let fleet = serve(with(Fault::ShellMissing)).await;
    assert!(login(only(&fleet), only(&fleet).address()).await.shell().await.is_none());
    assert!(asked(&fleet).await.until("]]>]]>").await.contains("FDO0000X0AA"));
}
