//! `licwatch config`: the configuration begun, shown and described.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use comfy_table::{Table, presets};
use serde_json::json;

use super::{Exit, print};
use crate::config::{self, Config, Problems, ShownSetting, spelling};
use crate::inventory::Device;

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Writes a licwatch.toml and a devices.csv to start from.
    Init {
        /// The folder to write to; it is made if need be.
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Shows the configuration in force, or the settings of one device and where each comes from.
    Show {
        #[command(flatten)]
        file: ConfigFile,
        /// Only what holds for this device.
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON Schema of licwatch.toml, for editors and programs.
    Schema,
}

/// Which configuration file to use, for every verb that needs one.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ConfigFile {
    /// The configuration file [default: ./licwatch.toml, else /etc/licwatch/licwatch.toml].
    #[arg(long = "config", value_name = "FILE")]
    path: Option<PathBuf>,
}

impl ConfigFile {
    /// Reads it where there is one, or says on stderr everything that is wrong.
    pub(super) fn load_if_any(&self) -> Result<Option<Config>, Exit> {
        config::discover(self.path.as_deref()).map(|_| self.load()).transpose()
    }

    /// The file to read, if there is one.
    pub(super) fn found(&self) -> Option<PathBuf> {
        config::discover(self.path.as_deref())
    }

    /// Reads it, or says on stderr everything that is wrong.
    pub(super) fn load(&self) -> Result<Config, Exit> {
        config::load_found(self.path.as_deref()).map_err(|problems| complain(&problems))
    }
}

/// Says on stderr what is wrong with files of the operator's.
pub(super) fn complain(problems: &Problems) -> Exit {
    let colour = std::io::stderr().is_terminal()
        && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    print::talk(problems.render(colour).trim_end());
    Exit::Usage
}

pub(super) fn run(args: &Args) -> Exit {
    match &args.act {
        Act::Init { folder } => init(folder),
        Act::Show { file, device, json } => match (file.load(), device) {
            (Err(exit), _) => exit,
            (Ok(config), None) => show(&config, *json),
            (Ok(config), Some(name)) => show_device(&config, name, *json),
        },
        Act::Schema => print_json(&config::schema()),
    }
}

fn init(folder: &Path) -> Exit {
    match config::init(folder) {
        Ok(paths) => {
            let written: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
            let exit = print::all(written);
            print::talk("Written. Next:");
            print::talk("  1. put your devices into devices.csv, one a line;");
            print::talk(
                "  2. put the user into [credentials.network], and its password into a file of mode 0600;",
            );
            print::talk("  3. licwatch config show --device NAME: see what holds for a device;");
            print::talk("  4. licwatch poll --dry-run: see what would be sent, then licwatch poll.");
            exit
        }
        Err(error) => {
            print::error(format_args!("{error}"));
            Exit::Usage
        }
    }
}

fn show(config: &Config, json: bool) -> Exit {
    let shown = config::show(config);
    if json {
        return print_json(&json!({ "file": config.path(), "config": shown }));
    }
    let path = config.path().map(|path| format!("# {}\n\n", path.display())).unwrap_or_default();
    print::all(format!("{path}{shown}"))
}

pub(super) fn show_device(config: &Config, name: &str, json: bool) -> Exit {
    let devices = match config.devices() {
        Ok(devices) => devices,
        Err(problems) => return complain(&problems),
    };
    let Some(device) = devices.iter().find(|device| device.name == name) else {
        let near = spelling::did_you_mean(name, devices.iter().map(|device| device.name.as_str()));
        print::error(format_args!(
            "there is no device \"{name}\"\n  help: {near}its name stands in [device.NAME] or an inventory file"
        ));
        return Exit::Usage;
    };
    let settings = config::show_device(device);
    if json {
        return print_json(&json!({ "device": device.name, "settings": settings }));
    }
    print::all(table(device, &settings))
}

fn table(device: &Device, settings: &[ShownSetting]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([&device.name, "", "from"]);
    for setting in settings {
        table.add_row([setting.key, &setting.text(), &setting.from]);
    }
    let mut text: String = table.lines().map(|line| format!("{}\n", line.trim())).collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn print_json(value: &serde_json::Value) -> Exit {
    print::all(format!("{value:#}\n"))
}
