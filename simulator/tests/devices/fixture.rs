//! The device that most tests serve.

use std::time::Duration;

use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use licwatch_simulator::{Credentials, Device, Fleet, LiveDevice, Personality};
use tokio::time::timeout;

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A small router with a few outputs and NETCONF data.
pub(crate) fn router() -> Personality {
    let version = "Cisco IOS XE Software, Version 17.09.04a\nrouter-1 uptime is 2 weeks\n\
                   Processor board ID FDO0000X0AA\n";
    let long: String = (1..=60).map(|line| format!("line {line} of the licence report\n")).collect();
    Personality::new("router", Platform::IosXe, "router-1")
        .output(Command::ShowVersion, version)
        .output(Command::ShowClock, "*11:43:15.743 UTC Wed Nov 17 2021\n")
        .output(Command::ShowLicenseUdi, "UDI: PID:C8000V,SN:FDO0000X0AA\n")
        .output(Command::ShowLicenseAll, long)
        .netconf(DATA, [MODEL])
}

pub(crate) const MODEL: &str =
    "http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&revision=2021-03-01";

pub(crate) const DATA: &str = r#"<data><licensing xmlns="http://cisco.com/ns/yang/cisco-smart-license">
<state><always-enabled>true</always-enabled><state-info><udi><pid>C8000V</pid><sn>FDO0000X0AA</sn></udi>
<rum-reports-closed-keys><key>1</key></rum-reports-closed-keys></state-info></state></licensing></data>"#;

pub(crate) fn credentials() -> Credentials {
    Credentials::new("operator", "let-me-in").with_enable_secret("let-me-rule")
}

/// A fleet of one.
pub(crate) async fn serve(device: Device) -> Fleet {
    Fleet::builder().device(device).credentials(credentials()).start().await.unwrap()
}

pub(crate) fn only(fleet: &Fleet) -> &LiveDevice {
    &fleet.devices()[0]
}

/// Waits for the future, but not for ever.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("the device takes too long")
}
