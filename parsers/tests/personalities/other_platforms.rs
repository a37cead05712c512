//! What a person read in the captures of the devices that run NX-OS, IOS XR, AireOS and ASA.

use licwatch_parsers::Command::{self, *};

use crate::facts::{CLI, Licence, Personality, pak};

/// What `show version` calls a device by where that is no PID: the product, or the whole series.
pub(crate) const PRODUCT_NAMES: [(&str, &str); 4] = [
    ("n5k", "Nexus5548"),
    ("n9k", "Nexus9000 C93180YC-FX3"),
    ("n9k-honor", "Nexus9000 C93180YC-FX3"),
    ("asr9k", "ASR9K Series"),
];

/// The first round of NX-OS.
const NEXUS: &[Command] = &[ShowVersion, ShowInventory, ShowLicenseUsage, ShowLicenseHostId, ShowClock];

const PACKAGES: &[Licence] = &[
    pak("FCOE_NPV_PKG", None),
    pak("FM_SERVER_PKG", None),
    pak("ENTERPRISE_PKG", None),
    pak("FC_FEATURES_PKG", None),
    pak("VMFEX_FEATURE_PKG", None),
    pak("ENHANCED_LAYER2_PKG", None),
    pak("LAN_BASE_SERVICES_PKG", None),
    pak("LAN_ENTERPRISE_SERVICES_PKG", None),
];

/// NX-OS leaves the names of its licences out.
const NAMELESS: &[Licence] =
    &[("", Some("NXOS_ADVANTAGE_XF"), Some(1), None), ("", Some("SECURITY_PKG_XF"), Some(1), None)];

const HONOR: &[Licence] = &[
    pak("FCOE_PKG_X", None),
    pak("NXOS_ADVANTAGE_XF", None),
    pak("NXOS_ESSENTIALS_XF", None),
    pak("SECURITY_PKG_XF", Some(1)),
];

const AGGREGATION: &[Licence] = &[
    (
        "ASR9K Advanced 10G RTU",
        Some("A9K-ADV-10G-RTU"),
        Some(12),
        Some("regid.2014-05.com.cisco.A9K-ADV-10G-RTU,1.0_5c0b7a31-94e2-4f6d-8a1b-23d7c9e0f654"),
    ),
    (
        "ASR9K L3VPN per line card",
        Some("A9K-L3VPN-LC"),
        Some(1),
        Some("regid.2014-05.com.cisco.A9K-L3VPN-LC,1.0_e81f4d06-7b35-4c92-9fd8-60a1b2c7d3e5"),
    ),
];

const CORE: &[Licence] = &[
    (
        "Core_Edge_Prem_RTU_100G",
        Some("8K-CE-PRM-100G-RTU"),
        Some(6),
        Some("regid.2021-08.com.cisco.8K-CE-PRM-100G-RTU,1.0_7d41b9f2-05c6-4e83-a7b0-91fe62d8c340"),
    ),
    (
        "8000_Type_B_SIA",
        Some("8K-TB-SIA-2"),
        Some(1),
        Some("regid.2021-08.com.cisco.8K-TB-SIA-2,1.0_0f93a5d7-6e28-4b14-8cc5-d2710e4fb698"),
    ),
];

/// The evaluation, what comes with the controller, and what was bought; and the access points that are joined, which
/// another command counts.
const ACCESS_POINTS: &[Licence] = &[
    pak("ap_count", Some(1500)),
    pak("ap_count", Some(0)),
    pak("ap_count (adder)", Some(1200)),
    pak("AP Count", Some(1043)),
];

const FEATURES: &[Licence] = &[
    pak("Maximum Physical Interfaces", None),
    pak("Maximum VLANs", None),
    pak("Inside Hosts", None),
    pak("Failover", None),
    pak("Encryption-DES", None),
    pak("Encryption-3DES-AES", None),
    pak("Security Contexts", None),
    pak("Carrier", None),
    pak("AnyConnect Premium Peers", None),
    pak("AnyConnect Essentials", None),
    pak("Other VPN Peers", None),
    pak("Total VPN Peers", None),
    pak("AnyConnect for Mobile", None),
    pak("AnyConnect for Cisco VPN Phone", None),
    pak("Advanced Endpoint Assessment", None),
    pak("Shared License", None),
    pak("Total TLS Proxy Sessions", None),
    pak("Botnet Traffic Filter", None),
    pak("Cluster", None),
];

const FIREWALL: &[Licence] = &[("ASAv30 Standard - 2G", Some("ASAv-STD-2G"), Some(1), None)];

pub(crate) const OF_OTHER_PLATFORMS: &[Personality] = &[
    Personality {
        id: "n5k",
        platform: "nx-os",
        hostname: "dc1-agg5",
        model: "N5K-C5548UP",
        serial_number: "SSI1712X0C7",
        software_version: "7.3(8)N1(1)",
        agent_version: None,
        licensing: "pak",
        asked: &[(NEXUS, PACKAGES)],
        licences: PACKAGES,
    },
    Personality {
        id: "n9k",
        platform: "nx-os",
        hostname: "dc1-leaf2",
        model: "N9K-C93180YC-FX3",
        serial_number: "FDO2531X0D8",
        software_version: "10.3(4a)",
        agent_version: Some("5.1.9_rel/22"),
        licensing: "slup",
        asked: &[
            (
                &[ShowVersion, ShowInventory, ShowLicenseUsage, ShowLicenseHostId, ShowClock, ShowLicenseAll],
                NAMELESS,
            ),
            (&[NetconfGet, ShowLicenseUsage, ShowLicenseHostId, ShowClock, ShowLicenseAll], NAMELESS),
        ],
        licences: NAMELESS,
    },
    Personality {
        id: "n9k-honor",
        platform: "nx-os",
        hostname: "dc2-leaf7",
        model: "N9K-C93180YC-FX3",
        serial_number: "FDO2219X0H1",
        software_version: "9.3(9)",
        agent_version: None,
        licensing: "honor",
        asked: &[(NEXUS, HONOR)],
        licences: HONOR,
    },
    Personality {
        id: "asr9k",
        platform: "ios-xr",
        hostname: "pe2-fra",
        model: "ASR-9006",
        serial_number: "FOX2146P0QX",
        software_version: "6.5.3",
        agent_version: Some("2.6.8_rel/44"),
        licensing: "smart",
        asked: &[
            (CLI, AGGREGATION),
            (&[NetconfGet, ShowLicenseAll, ShowVersion, ShowInventory, ShowClock], AGGREGATION),
        ],
        licences: AGGREGATION,
    },
    Personality {
        id: "xr8000",
        platform: "ios-xr",
        hostname: "core1-fra-8k",
        model: "8201-SYS",
        serial_number: "FOC2433N0X8",
        software_version: "24.2.1",
        agent_version: Some("5.8.3_rel/12"),
        licensing: "slup",
        asked: &[
            (&[ShowVersion, ShowInventory, ShowLicensePlatformSummary, ShowLicenseAll, ShowClock], CORE),
            (&[NetconfGet, ShowLicenseAll, ShowLicensePlatformSummary], CORE),
        ],
        licences: CORE,
    },
    Personality {
        id: "wlc5520",
        platform: "aireos",
        hostname: "wlc-quay",
        model: "AIR-CT5520-K9",
        serial_number: "FCH2133X0E9",
        software_version: "8.10.185.0",
        agent_version: None,
        licensing: "rtu",
        asked: &[(&[ShowSysinfo, ShowInventory, ShowLicenseSummary, ShowLicenseCapacity], ACCESS_POINTS)],
        licences: ACCESS_POINTS,
    },
    Personality {
        id: "asa5516",
        platform: "asa",
        hostname: "fw1-hq",
        model: "ASA5516",
        serial_number: "JAD22470KQX",
        software_version: "9.16(4)27",
        agent_version: None,
        licensing: "pak",
        asked: &[(&[ShowVersion, ShowInventory, ShowClock], FEATURES)],
        licences: FEATURES,
    },
    Personality {
        id: "asav",
        platform: "asa",
        hostname: "fw2-dmz",
        model: "ASAv",
        serial_number: "9AHX3RJ7QKD",
        software_version: "9.18(3)56",
        agent_version: Some("4.9.6_rel/41"),
        licensing: "smart",
        asked: &[(CLI, FIREWALL)],
        licences: FIREWALL,
    },
];
