//! The devices of the project's own captures, and what becomes of them as variants.

use std::borrow::Cow;
use std::collections::BTreeSet;

use licwatch_parsers::netconf::{self, Hello, Outcome, Reply, hardware_filter, licensing_filter};
use licwatch_parsers::record::{DeviceRecord, License, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use licwatch_simulator::{Device, Kind, Personality};

use crate::netconf::{ask, open};

/// Every serial number in the captures, read there by eye: chassis, members, boards, power supplies, cables, optics.
fn serial_numbers(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::C9300Stack => &[
            "FOC2411X0A1",
            "FOC2411X0B2",
            "FOC2411X0C3",
            "FOC24100AM1",
            "FOC24100BM2",
            "FOC24100CM3",
            "FOC24090A1U",
            "DTN2408P1A7",
            "DTN2409P2A4",
            "DTN2409P3A9",
            "LCC2406G1S1",
            "LCC2406G3S2",
            "AVD2349X1T1",
        ],
        Kind::C8000v => &["9QX7TB2LM4K", "JAB1303001C"],
        Kind::C9800 => &["FCL2502W0AA", "FCL2502W0AB"],
        Kind::IsrG2 => &["FTX1722L0DD", "FOC17180D2W", "FOC17190D4P", "AZS17210D7S"],
        Kind::C3850 => &["FOC1833X0EE", "FOC18320EM5", "ART1829E0P5", "FOC18310E5U", "NF37E5A0"],
        Kind::Isr4331 => &["FDO2118M0FF", "PST2115N0F4", "FOC21140F1N", "FDO21170F3R"],
        Kind::C9500Slr => &[
            "FOC2308X1A2",
            "FOC2308X1B3",
            "FOC23050A1M",
            "FOC23050B1M",
            "ART2305P1A1",
            "ART2305P1A2",
            "ART2305P1B1",
            "AVD2301X1A3",
        ],
        Kind::Isr4451Plr => {
            &["FJC2236D0QK", "DCA2231Q0K1", "DCA2231Q0K2", "JAB22330Q4E", "AGJ2229Q0K5", "FOC22340QK7"]
        }
        Kind::N5k => &[
            "SSI1712X0C7",
            "FOC1715X0C8",
            "FOC1714X0CC",
            "ART1711X0CB",
            "SSI1640X0CD",
            "JAF1642X0CE",
            "LIT1639X0CF",
        ],
        Kind::N9k => &["FDO2531X0D8", "LIT2519X0D9", "LIT2519X0DA"],
        Kind::N9kHonor => &["FDO2219X0H1", "LIT2207X0H2", "LIT2207X0H3"],
        Kind::Asr9k => &[
            "FOX2146P0QX",
            "FOC2139N0RA",
            "FOC2139N0RB",
            "FOC2141N0LC",
            "FOC2140N0MP",
            "FOC2137N0FT",
            "DTM214400PM",
            "AVD2133E0S1",
            "OW4410072",
        ],
        Kind::Xr8000 => &[
            "FOC2433N0X8",
            "FOC2431N0RP",
            "FOC2431N0FB",
            "NCV2429V0F0",
            "POG2428L0P0",
            "INL2447A0F4",
            "OW8810311",
        ],
        Kind::Wlc5520 => &["FCH2133X0E9"],
        Kind::Asa5516 => &["JAD22470KQX", "MSA22431A0S"],
        Kind::Asav => &["9AHX3RJ7QKD"],
    }
}

/// Everything that a device says, with what it was asked.
fn answers(device: &Personality) -> Vec<(Command, Cow<'_, str>)> {
    let outputs = device.commands().map(|command| (command, device.text(command).unwrap()));
    outputs.chain(device.netconf_data().map(|data| (Command::NetconfGet, data))).collect()
}

/// `FOC2411X0A1`: a place, a year and week, a number.
fn is_serial_number(word: &str) -> bool {
    word.len() == 11
        && word.chars().take(3).all(|c| c.is_ascii_uppercase())
        && word.chars().skip(3).take(4).all(|c| c.is_ascii_digit())
        && word.chars().skip(7).all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

#[test]
fn no_serial_number_and_no_host_name_survives_in_a_variant() {
    for kind in Kind::ALL {
        let (original, variant) = (Personality::of(kind), Personality::of(kind).variant(1));
        let known = serial_numbers(kind);
        let mut said: BTreeSet<&str> = BTreeSet::new();
        for (command, text) in answers(&original) {
            for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
                assert!(!is_serial_number(word) || known.contains(&word), "{} {command}: {word}", kind.id());
                said.extend(known.iter().copied().filter(|serial_number| *serial_number == word));
            }
        }
        assert_eq!(said.len(), known.len(), "{}: only {said:?} are said", kind.id());
        let hostname = original.hostname().into_owned();
        for (command, text) in answers(&variant) {
            for gone in known.iter().copied().chain([hostname.as_str()]) {
                assert!(!text.contains(gone), "{} {command}: {gone} is still there", kind.id());
            }
        }
    }
}

#[test]
fn a_variant_is_one_device_whatever_it_is_asked() {
    for kind in Kind::ALL {
        let (original, variant) = (Personality::of(kind), Personality::of(kind).variant(1));
        let (was, is) = (answers(&original), answers(&variant));
        let (was, is) = (cleaned(&was), cleaned(&is));
        let (was, is) = (record(&was), record(&is));
        assert!(is.diagnostics.is_empty(), "{}: {:?}", kind.id(), is.diagnostics);
        assert_eq!(is.device.hostname.as_deref(), Some(&*variant.hostname()), "{}", kind.id());
        assert_ne!(is.device.serial_number, was.device.serial_number, "{}", kind.id());
        let shape = |record: &DeviceRecord<'_>| {
            let device = &record.device;
            let codes = record.licensing.trust_codes.len() + record.licensing.device_authorizations.len();
            (device.model.as_deref().map(str::to_owned), device.udis.len(), device.inventory.len(), codes)
        };
        assert_eq!(shape(&is), shape(&was), "{}", kind.id());
        // What a licence is reserved for is named by the member that has it.
        let licences = |record: &DeviceRecord<'_>| {
            let licences = record.licenses.iter().flatten();
            licences
                .map(|it| format!("{:?}", License { terms: Vec::new(), ..it.clone() }))
                .collect::<Vec<_>>()
        };
        assert_eq!(licences(&is), licences(&was), "{}: licences are those of the original", kind.id());
    }
}

type Answers<'t> = Vec<(Command, Cleaned<'t>)>;

fn cleaned<'t>(answers: &'t [(Command, Cow<'_, str>)]) -> Answers<'t> {
    answers.iter().map(|(command, text)| (*command, Cleaned::new(text.as_bytes()))).collect()
}

fn record<'t>(answers: &'t Answers<'_>) -> DeviceRecord<'t> {
    let records: Vec<_> = answers
        .iter()
        .map(|(command, text)| parse(text, Hints { command: Some(*command), platform: None }))
        .collect();
    merge(&records)
}

/// What our own filter picks is everything that the record has a place for, but for the closed usage reports.
#[tokio::test]
async fn our_filter_loses_nothing_of_any_device() {
    let mut asked = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| Personality::of(*kind).has_netconf()) {
        let variant = Personality::of(kind).variant(1);
        let whole = variant.netconf_data().unwrap().into_owned();
        let (_fleet, mut session, greeting) = open(Device::new(variant)).await;
        let greeting = Hello::read(&greeting).unwrap();
        let filter = licensing_filter(&greeting).or_else(|| hardware_filter(&greeting)).unwrap();
        let reply = ask(&mut session, &netconf::get(7, &filter)).await;
        assert_eq!(Reply::read(&reply).unwrap().outcome, Outcome::Data, "{}", kind.id());
        assert!(!reply.contains("rum-reports-closed-keys"), "{}", kind.id());
        let mut wanted = netconf::parse(&whole);
        let under_policy = matches!(kind, Kind::C9300Stack | Kind::C8000v | Kind::C9800);
        assert_eq!(!wanted.licensing.rum_reports.entries.is_empty(), under_policy, "{}", kind.id());
        wanted.licensing.rum_reports.entries.clear();
        assert_eq!(netconf::parse(&reply), wanted, "{}", kind.id());
        let asked_for_policy = filter.as_xml().contains("<policy/>");
        assert_eq!(asked_for_policy, under_policy, "{}: its model has no policy", kind.id());
        asked += 1;
    }
    assert_eq!(asked, 8);
}
