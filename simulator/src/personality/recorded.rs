//! A device from a folder of captures: a session that `licwatch devices record` kept, or outputs that somebody saved.
//!
//! ```text
//! show_version.txt        a file's name tells the command, else its text does
//! show_license_all.txt
//! get.xml                 a NETCONF reply, and
//! hello.xml               the hello of the session that it came from
//! ```
//! Files with other endings, `REPLACED.txt` and hidden ones are no captures.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use licwatch_parsers::netconf;
use licwatch_parsers::recognize::{recognize, refusal};
use licwatch_parsers::record::{DeviceRecord, Platform};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

use super::{Personality, announced};

/// A folder that no device can be made of.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Operator: it is not there, or may not be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The folder, or a file in it.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Operator: no file is an output of a command that is known.
    #[error("{} holds no output of a known command; name a folder of captures, such as show_version.txt", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// Operator: a capture would fill the memory.
    #[error("{} is larger than {} MiB; is it a capture?", path.display(), LARGEST >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

impl Personality {
    /// The device whose answers lie in a folder. What it refused it does not know, and refuses again.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self, FolderError> {
        let folder = folder.as_ref();
        let mut told = Told::default();
        for path in captures_in(folder)? {
            told.take(&path, &read(&path)?);
        }
        if told.outputs.is_empty() && told.reply.is_none() {
            return Err(FolderError::Empty { folder: folder.to_owned() });
        }
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let platform = told.platform.unwrap_or(Platform::IosXe);
        let hostname = told.hostname.unwrap_or_else(|| UNNAMED.to_owned());
        let device = told
            .outputs
            .into_iter()
            .fold(Self::new(id, platform, hostname), |device, (command, text)| device.output(command, text));
        Ok(match told.reply {
            Some(reply) => {
                let capabilities = told.capabilities.unwrap_or_else(|| models_in(&reply));
                device.netconf(reply, capabilities)
            }
            None => device,
        })
    }
}

/// The host name of a device that does not tell its own.
const UNNAMED: &str = "replayed";

/// A larger file is no capture.
const LARGEST: u64 = 64 << 20;

/// What the files of a folder tell.
#[derive(Default)]
struct Told {
    outputs: Vec<(Command, String)>,
    platform: Option<Platform>,
    hostname: Option<String>,
    reply: Option<String>,
    capabilities: Option<Vec<String>>,
}

impl Told {
    fn take(&mut self, path: &Path, raw: &[u8]) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if stem == "hello" {
            self.capabilities = announced(&String::from_utf8_lossy(raw));
            return;
        }
        let capture = Cleaned::new(raw);
        let seen = recognize(&capture);
        let Some(command) = Command::typed(&stem.replace('_', " ")).or(seen.command) else {
            tracing::warn!(path = %path.display(), "No command is known for a capture; it is not served.");
            return;
        };
        let record = parse(&capture, Hints { platform: None, command: Some(command) });
        self.name(command, &record);
        if command == Command::NetconfGet {
            self.reply = Some(String::from_utf8_lossy(raw).into_owned());
        } else if refusal(capture.body()).is_none() {
            self.outputs.push((command, capture.body().trim_start_matches('\n').to_owned()));
        }
    }

    /// A host name in `show version` is the whole one; prompts may cut it.
    fn name(&mut self, command: Command, record: &DeviceRecord<'_>) {
        self.platform = record.device.platform.or(self.platform);
        if let Some(hostname) = &record.device.hostname
            && (self.hostname.is_none() || command == Command::ShowVersion)
        {
            self.hostname = Some(hostname.clone().into_owned());
        }
    }
}

/// The models whose data a reply holds, as capabilities; the revision is the newest that is known.
fn models_in(reply: &str) -> Vec<String> {
    let is_held = |namespace| ['"', '\''].iter().any(|quote| reply.contains(&format!("{namespace}{quote}")));
    let held = MODELS.into_iter().filter(|(namespace, _)| is_held(*namespace));
    held.map(|(namespace, module)| format!("{namespace}?module={module}&revision=2021-03-01")).collect()
}

/// The models that licences and hardware are asked by, with their modules.
const MODELS: [(&str, &str); 6] = [
    (netconf::SMART_LICENSE, "cisco-smart-license"),
    (netconf::DEVICE_HARDWARE, "Cisco-IOS-XE-device-hardware-oper"),
    (netconf::XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper"),
    (netconf::XR_PLATFORM_LICENSE, "Cisco-IOS-XR-smart-license-platform-oper"),
    (netconf::OPENCONFIG_PLATFORM, "openconfig-platform"),
    (netconf::OPENCONFIG_SYSTEM, "openconfig-system"),
];

/// The captures of a folder by name.
fn captures_in(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let failed = |error| FolderError::Unreadable { path: folder.to_owned(), error };
    let mut captures = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().is_some_and(|ending| ending == "txt" || ending == "xml");
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if ending && path.is_file() && !name.starts_with(b".") && name != b"REPLACED.txt" {
            captures.push(path);
        }
    }
    captures.sort();
    Ok(captures)
}

fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    let mut raw = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut raw))
        .map_err(|error| FolderError::Unreadable { path: path.to_owned(), error })?;
    if raw.len() as u64 > LARGEST {
        return Err(FolderError::TooLarge { path: path.to_owned() });
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use std::env::temp_dir;

    use super::*;

    /// A folder that goes away with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn of(name: &str, files: &[(&str, &str)]) -> Self {
            let folder = temp_dir().join(format!("licwatch-recorded-{}-{name}", std::process::id()));
            fs::create_dir(&folder).unwrap();
            for (name, text) in files {
                fs::write(folder.join(name), text).unwrap();
            }
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_folder_is_a_device() {
        let folder = Folder::of(
            "whole",
            &[
                ("show_clock.txt", "edge-9#show clock\r\n10:14:52.500 UTC Mon Jan 12 2026\r\nedge-9#"),
                ("saved.txt", "edge-9#sh lic udi\r\nUDI: PID:C8000V,SN:9ZZ4K2X81QA\r\n\r\nedge-9#"),
                (
                    "show_license.txt",
                    "show license\r\n       ^\r\n% Invalid input detected at '^' marker.\r\n\r\nedge-9#",
                ),
                (
                    "get.xml",
                    "<data><licensing xmlns=\"http://cisco.com/ns/yang/cisco-smart-license\"/></data>",
                ),
                ("REPLACED.txt", "show version"),
                ("session.json", "{}"),
            ],
        );
        let device = Personality::from_folder(&folder.0).unwrap();
        assert_eq!(device.hostname(), "edge-9");
        assert_eq!(device.commands().collect::<Vec<_>>(), [Command::ShowLicenseUdi, Command::ShowClock]);
        assert_eq!(device.text(Command::ShowClock).unwrap(), "10:14:52.500 UTC Mon Jan 12 2026\n");
        assert_eq!(
            device.capabilities(),
            ["http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&revision=2021-03-01"]
        );
    }

    #[test]
    fn the_hello_tells_the_capabilities() {
        let hello = licwatch_parsers::netconf::server_hello(
            ["urn:ietf:params:netconf:base:1.1", "http://cisco.com/ns/yang/x?module=x&revision=2017-10-11"],
            7,
        );
        let folder = Folder::of("hello", &[("get.xml", "<data/>"), ("hello.xml", &hello)]);
        let device = Personality::from_folder(&folder.0).unwrap();
        assert_eq!(device.capabilities(), ["http://cisco.com/ns/yang/x?module=x&revision=2017-10-11"]);
    }

    #[test]
    fn without_a_hello_the_reply_tells_the_models() {
        let reply = "<data><components xmlns=\"http://openconfig.net/yang/platform\"/></data>";
        let folder = Folder::of("no-hello", &[("get.xml", reply)]);
        let device = Personality::from_folder(&folder.0).unwrap();
        assert_eq!(
            device.capabilities(),
            ["http://openconfig.net/yang/platform?module=openconfig-platform&revision=2021-03-01"]
        );
    }

    #[test]
    fn other_folders_are_no_devices() {
        let folder = Folder::of("other", &[("notes.md", "x"), ("x.txt", "nothing known")]);
        assert!(matches!(Personality::from_folder(&folder.0), Err(FolderError::Empty { .. })));
        let nowhere = folder.0.join("nowhere");
        assert!(matches!(Personality::from_folder(nowhere), Err(FolderError::Unreadable { .. })));
    }
}
