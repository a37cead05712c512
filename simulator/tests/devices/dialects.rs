//! The shells of the platforms beside IOS: prompt, login, refusals, pager, privilege, farewell.

use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use licwatch_simulator::{Device, Fault, Fleet, Manners, Personality};
use russh::Preferred;

use crate::client::{Terminal, connect};
use crate::fixture::{only, serve};

/// A device with one long output.
fn device(platform: Platform) -> Device {
    let long: String = (1..=30).map(|line| format!("part {line}\n")).collect();
    let personality = Personality::new("any", platform, "host-1")
        .output(Command::ShowInventory, long)
        .output(Command::ShowVersion, "a version\n")
        .output(Command::AdminShowInventory, "every part\n")
        .output(Command::ShowClock, "09:14:02.117 UTC Sat Nov 7 2026\n");
    Device::new(personality)
}

async fn shell(fleet: &Fleet, prompt: &str) -> Terminal {
    let mut shell = Terminal::shell(only(fleet)).await;
    shell.until(prompt).await;
    shell
}

#[tokio::test]
async fn nx_os_has_roles_and_a_pager_in_inverse_video() {
    let manners = Manners { unauthorized: vec!["show version".into()], ..Manners::default() };
    let fleet = serve(device(Platform::NxOs).manners(manners)).await;
    let prompt = "host-1# ";
    let mut shell = shell(&fleet, prompt).await;
    shell.send("show inventory\n").await;
    let page = shell.until("\x1b[7m--More--\x1b[m").await;
    assert!(page.contains("part 23\r\n") && !page.contains("part 24"), "{page:?}");
    shell.send(" ").await;
    assert!(shell.until(prompt).await.starts_with("\r\x1b[Kpart 24\r\n"));
    assert_eq!(shell.run("terminal length 0", prompt).await, "");
    assert_eq!(shell.run("terminal width 511", prompt).await, "");
    assert_eq!(
        shell.run("show licence", prompt).await,
        "             ^\r\n% Invalid command at '^' marker.\r\n"
    );
    assert!(shell.run("terminal width 0", prompt).await.contains("% Invalid command"));
    assert!(shell.run("enable", prompt).await.contains("% Invalid command"));
    assert_eq!(shell.run("show version", prompt).await, "% Permission denied for the role\r\n");
    assert!(only(&fleet).tally().violations.is_empty());
}

#[tokio::test]
async fn ios_xr_stamps_every_output_until_it_is_told_not_to() {
    let fleet = serve(device(Platform::IosXr)).await;
    let prompt = "RP/0/RP0/CPU0:host-1#";
    let mut shell = shell(&fleet, prompt).await;
    assert_eq!(shell.run("terminal length 0", prompt).await, "");
    assert_eq!(
        shell.run("admin show inventory", prompt).await,
        "Sat Nov  7 09:14:02.117 UTC\r\nevery part\r\n"
    );
    assert!(shell.run("show licence", prompt).await.ends_with("% Invalid input detected at '^' marker.\r\n"));
    assert_eq!(shell.run("terminal monitor disable", prompt).await, "");
    assert_eq!(shell.run("terminal exec prompt no-timestamp", prompt).await, "");
    assert_eq!(shell.run("show version", prompt).await, "a version\r\n");
}

#[tokio::test]
async fn an_asa_tells_hardly_anything_without_privilege() {
    let fleet = serve(device(Platform::Asa)).await;
    let mut shell = shell(&fleet, "host-1> ").await;
    let refused = "ERROR: % Invalid input detected at '^' marker.\r\n";
    assert!(shell.run("terminal pager 0", "host-1> ").await.ends_with(refused));
    assert!(shell.run("show inventory", "host-1> ").await.ends_with(refused));
    assert_eq!(shell.run("show version", "host-1> ").await, "a version\r\n");
    assert_eq!(
        shell.run("show curpriv", "host-1> ").await,
        "Username : operator\r\nCurrent privilege level : 1\r\nCurrent Mode/s : P_UNPR\r\n"
    );
    shell.send("enable\nno\nno\nno\n").await;
    assert!(shell.until("host-1> ").await.ends_with("Access denied.\r\nhost-1> "));
    shell.send("enable\n").await;
    shell.until("Password: ").await;
    shell.send("let-me-rule\n").await;
    shell.until("host-1# ").await;
    shell.send("show inventory\n").await;
    shell.until("<--- More --->").await;
    shell.send(" ").await;
    assert!(shell.until("host-1# ").await.starts_with("\r              \rpart 24\r\n"));
    assert_eq!(shell.run("terminal pager 0", "host-1# ").await, "");
    assert_eq!(shell.run("show inventory", "host-1# ").await.lines().count(), 30);
    assert!(shell.run("terminal width 511", "host-1# ").await.ends_with(refused));
    shell.send("exit\n").await;
    assert!(String::from_utf8_lossy(&shell.rest().await).ends_with("\r\nLogoff\r\n\r\n"));
}

#[tokio::test]
async fn aireos_asks_who_is_there_inside_the_shell() {
    let fleet = serve(device(Platform::AireOs)).await;
    let device = only(&fleet);
    let mut session = connect(device, device.address(), Preferred::DEFAULT).await.unwrap();
    assert!(session.password("anybody", "anything").await.unwrap(), "SSH lets everybody in");
    let mut shell = session.shell().await.unwrap();
    shell.until("User: ").await;
    assert_eq!((device.tally().login_attempts, device.tally().logins), (0, 0));
    shell.send("operator\nwrong\n").await;
    assert_eq!(
        shell.until("User: ").await,
        "operator\r\nPassword:*****\r\n\r\n(Cisco Controller) \r\nUser: "
    );
    shell.send("operator\nlet-me-in\n").await;
    let prompt = "(Cisco Controller) >";
    assert!(!shell.until(prompt).await.contains("let-me-in"));
    assert_eq!((device.tally().login_attempts, device.tally().logins), (2, 1));

    shell.send("show inventory\n").await;
    shell.until("--More-- or (q)uit").await;
    shell.send("q").await;
    assert!(!shell.until(prompt).await.contains("part 24"));
    assert_eq!(shell.run("config paging disable", prompt).await, "");
    assert_eq!(shell.run("show inventory", prompt).await.lines().count(), 30);
    let refused = "\r\nIncorrect usage.  Use the '?' or <TAB> key to list commands.\r\n\r\n";
    for line in ["show clock", "show licence", "terminal length 0", "config wlan disable all"] {
        assert_eq!(shell.run(line, prompt).await, refused, "{line}");
    }
    assert_eq!(device.tally().violations, ["config wlan disable all"]);
    assert!(!device.tally().commands.iter().any(|line| line.contains("operator") || line.contains("let-me")));
    shell.send("logout\n").await;
    shell.until("Would you like to save them now? (y/N) ").await;
    shell.send("n\n").await;
    assert!(String::from_utf8_lossy(&shell.rest().await).contains("Configuration Not Saved!"));
    assert_eq!(device.tally().violations.len(), 1);
}

#[tokio::test]
async fn saving_on_the_way_out_is_a_violation() {
    let fleet = serve(device(Platform::AireOs)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("User: ").await;
    shell.send("operator\nlet-me-in\nlogout\n").await;
    shell.until("(y/N) ").await;
    shell.send("y").await;
    shell.rest().await;
    assert_eq!(only(&fleet).tally().violations, ["save"]);
}

#[tokio::test]
async fn a_shell_that_refuses_everybody_hangs_up() {
    let fleet = serve(device(Platform::AireOs).fault(Fault::LoginRefused)).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    for _ in 0..3 {
        shell.until("User: ").await;
        shell.send("operator\nlet-me-in\n").await;
    }
    shell.rest().await;
    assert_eq!((only(&fleet).tally().login_attempts, only(&fleet).tally().logins), (3, 0));
}
