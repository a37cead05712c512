//! From a cleaned capture to the grammar that reads it.

use crate::command::Command;
use crate::record::{DeviceRecord, Platform, Source};
use crate::text::{Cleaned, Cursor};
use crate::{
    aireos, asa, diagnose, exchange, ios, ios_xr, neighbors, netconf, nx_os, recognize, smart_agent,
};

/// What the caller knows about a capture. What is not given is recognized from the text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Hints {
    /// The operating system of the device. It helps to choose the grammar and is never stated in the record.
    pub platform: Option<Platform>,
    /// The command that was sent.
    pub command: Option<Command>,
}

/// A grammar: reads the lines of one output into the record, and says which lines it does not know.
pub(crate) type Grammar = for<'a> fn(&mut Cursor<'a>, &mut DeviceRecord<'a>);

/// Lines that are read of one output. Real ones have some thousands; a licence takes a hundred times the memory of
/// the shortest line that states one.
const MOST_LINES: usize = 250_000;

/// Reads one capture of a command. It never fails: what was not understood stands in the diagnostics.
pub fn parse<'a>(capture: &'a Cleaned<'_>, hints: Hints) -> DeviceRecord<'a> {
    let seen = recognize::recognize(capture);
    let command = hints.command.or(seen.command);

    if command == Some(Command::NetconfGet) {
        return netconf::parse_capture(capture);
    }

    if matches!(hints.command, None | Some(Command::LicenseSmartSaveUsage)) {
        let expected = command == Some(Command::LicenseSmartSaveUsage);
        if let Some(record) = exchange::parse_capture(capture, expected, seen.command.is_some()) {
            return record;
        }
    }

    let mut record = DeviceRecord::default();
    record
        .sources
        .push(Source { command: command.map(|command| command.spelling().into()), ..Source::default() });
    record.device.hostname = capture.hostname().map(Into::into);
    record.device.platform = seen.platform;
    record.device.clock = capture.clock();
    let around = record.device.clone();

    let mut cursor = capture.cursor();
    let end = cursor.end_after(MOST_LINES);
    record.diagnostics.extend(end.map(|end| diagnose::too_long(capture, MOST_LINES, end)));
    let body = capture.body();
    let grammar = match command {
        Some(command) => {
            own(hints.platform.or(seen.platform), command, body).or_else(|| grammar(command, body))
        }
        None => shared(body),
    };
    if let Some(refusal) = recognize::refusal(body) {
        record.diagnostics.push(diagnose::refused(refusal));
    } else if let Some(grammar) = grammar {
        grammar(&mut cursor, &mut record);
        diagnose::unclaimed(capture, cursor, &mut record);
    } else {
        record.diagnostics.push(match command {
            Some(command) => diagnose::without_grammar(command),
            None => diagnose::unrecognized(),
        });
    }
    // What an output looks like chooses its grammar; where it says nothing of the device, it states no platform.
    if record.device == around && recognize::named_platform(body).is_none() {
        record.device.platform = None;
    }
    record
}

/// The grammar of an output that several commands print alike, so that its command cannot be told.
fn shared(body: &str) -> Option<Grammar> {
    ios::right_to_use::is_agreement(body).then_some(ios::right_to_use::read)
}

/// The grammar of a command that the platform answers in its own way.
fn own(platform: Option<Platform>, command: Command, body: &str) -> Option<Grammar> {
    match platform? {
        Platform::Ios | Platform::IosXe => None,
        Platform::NxOs => nx_os::grammar(command, body),
        Platform::IosXr => ios_xr::grammar(command, body),
        Platform::AireOs => aireos::grammar(command, body),
        Platform::Asa => asa::grammar(command, body),
    }
}

/// The grammar of a command's output. Where PAK licensing and the Smart Agent answer to the same command, the
/// output decides.
fn grammar(command: Command, body: &str) -> Option<Grammar> {
    use Command as C;
    let smart = smart_agent::speaks(body);
    Some(match command {
        C::ShowLicenseEventlog => smart_agent::eventlog::read,
        C::ShowLicenseSummary
        | C::ShowLicenseUsage
        | C::ShowLicenseReservation
        | C::ShowLicenseDataConversion
        | C::ShowLicenseAuthorization
        | C::ShowLicenseTechSupport
        | C::ShowLicenseHistoryMessage
        | C::ShowLicenseRumIdAll
        | C::ShowLicenseRumIdDetail => smart_agent::read,
        C::ShowLicense | C::ShowLicenseAll | C::ShowLicenseStatus | C::ShowLicenseUdi if smart => {
            smart_agent::read
        }
        C::ShowLicense | C::ShowLicenseAll | C::ShowLicenseDetail => ios::pak::read,
        C::ShowLicenseStatus => ios::pak_status::read,
        C::ShowLicenseUdi => ios::udi_table::read,
        C::ShowLicenseFeature => ios::feature::read,
        C::ShowLicenseRightToUse
        | C::ShowLicenseRightToUseSummary
        | C::ShowLicenseRightToUseUsage
        | C::ShowLicenseRightToUseDefault
        | C::ShowLicenseRightToUseDetail
        | C::ShowLicenseRightToUseEulaAdder
        | C::ShowLicenseRightToUseEulaEvaluation
        | C::ShowLicenseRightToUseEulaPermanent => ios::right_to_use::read,
        C::ShowVersion => ios::version::read,
        C::ShowInventory | C::ShowInventoryAll | C::AdminShowInventory => ios::inventory::read,
        C::ShowClock => ios::clock::read,
        C::ShowPlatformHardwareThroughputLevel | C::ShowPlatformHardwareThroughputCrypto => {
            ios::throughput::read
        }
        C::ShowCdpNeighborsDetail => neighbors::cdp::read,
        C::ShowLldpNeighborsDetail => neighbors::lldp::read,
        C::ShowLicenseHostId
        | C::ShowLicensePlatformSummary
        | C::ShowLicensePlatformDetail
        | C::ShowLicenseCapacity
        | C::ShowLicenseFeatures
        | C::ShowLicenseEntitlement
        | C::ShowActivationKey
        | C::ShowSysinfo
        | C::ShowSwitch
        | C::ShowPlatform
        | C::ShowPrivilege
        | C::LicenseSmartSaveUsage
        | C::NetconfGet => return None,
    })
}

/// What a grammar reads of a text, and the lines that it does not know.
#[cfg(test)]
pub(crate) fn read_with(grammar: Grammar, text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
    let mut record = DeviceRecord::default();
    let mut cursor = Cursor::new(text, 0);
    grammar(&mut cursor, &mut record);
    (record, cursor.into_unclaimed().iter().map(|line| line.text).collect())
}
