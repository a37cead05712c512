//! `devices list` and `devices show`.

use serde_json::json;

use crate::cli::config::{ConfigFile, show_device};
use crate::cli::poll::chosen;
use crate::cli::{Exit, print, table};
use crate::inventory::{Device, Selection};

/// Arguments of `devices list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch devices list
  licwatch devices list --site branch-3 --role access
  licwatch devices list --json | jq -r .name          one JSON object per line")]
pub(super) struct ListArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    config: ConfigFile,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

/// Arguments of `devices show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch devices show core-1
  licwatch devices show core-1 --json")]
pub(super) struct ShowArgs {
    /// Its name in the inventory.
    name: String,
    #[command(flatten)]
    config: ConfigFile,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &ListArgs) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let devices = chosen(&config, &args.selection)?;
    if args.json {
        for device in &devices {
            print::line(&object(device).to_string())?;
        }
        return Ok(Exit::Done);
    }
    let mut table =
        table::table(["device", "address", "platform", "via", "group", "site", "role", "owner", "serial"]);
    for device in &devices {
        let text = |label: &Option<String>| label.clone().unwrap_or_default();
        table.add_row([
            device.name.clone(),
            device.address.to_string(),
            device.platform.map(|platform| platform.to_string()).unwrap_or_default(),
            device.transport.to_string(),
            device.groups.join(", "),
            text(&device.site),
            text(&device.role),
            text(&device.owner),
            text(&device.serial_number),
        ]);
    }
    let count = devices.len();
    print::data(format_args!("{table}\n{count} {}\n", if count == 1 { "device" } else { "devices" }))?;
    Ok(Exit::Done)
}

pub(super) fn show(args: &ShowArgs) -> Exit {
    match args.config.load() {
        Ok(config) => show_device(&config, &args.name, args.json),
        Err(exit) => exit,
    }
}

fn object(device: &Device) -> serde_json::Value {
    json!({
        "name": device.name,
        "address": device.address,
        "port": device.port,
        "netconf_port": device.netconf_port,
        "platform": device.platform,
        "transport": device.transport,
        "groups": device.groups,
        "site": device.site,
        "role": device.role,
        "environment": device.environment,
        "owner": device.owner,
        "credential": device.credential,
        "smart_account": device.smart_account,
        "virtual_account": device.virtual_account,
        "expected_licenses": device.expected_licenses,
        "serial_number": device.serial_number,
        "notes": device.notes,
    })
}
