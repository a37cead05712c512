//! What a person read in the captures of each device; those of IOS and IOS XE.

use licwatch_parsers::Command::{self, *};

/// What a device is.
pub(crate) struct Personality {
    pub(crate) id: &'static str,
    pub(crate) platform: &'static str,
    pub(crate) hostname: &'static str,
    pub(crate) model: &'static str,
    pub(crate) serial_number: &'static str,
    pub(crate) software_version: &'static str,
    pub(crate) agent_version: Option<&'static str>,
    pub(crate) licensing: &'static str,
    /// What the device is asked, and the licences that it then tells: name, entitlement, count, tag.
    pub(crate) asked: &'static [(&'static [Command], &'static [Licence])],
    /// The licences of everything that there is.
    pub(crate) licences: &'static [Licence],
}

/// Name, which is empty where the device gives none, entitlement, count, tag.
pub(crate) type Licence = (&'static str, Option<&'static str>, Option<u64>, Option<&'static str>);

/// The ways to ask a device under Smart Licensing.
pub(crate) const CLI: &[Command] = &[ShowVersion, ShowInventory, ShowLicenseAll, ShowClock];
pub(crate) const BOTH: &[Command] = &[NetconfGet, ShowLicenseAll];
pub(crate) const NETCONF: &[Command] = &[NetconfGet];

const STACK: &[Licence] = &[
    (
        "network-advantage",
        Some("C9300-24 Network Advantage"),
        Some(2),
        Some("regid.2017-03.com.cisco.advantagek9,1.0_5d1f8c42-6a07-4e93-b2d8-7f30c94e1a65"),
    ),
    (
        "dna-advantage",
        Some("C9300-24 DNA Advantage"),
        Some(2),
        Some("regid.2017-03.com.cisco.dna_advantage,1.0_e8b02a97-41cd-4f7b-9c16-d35a60f2b814"),
    ),
    (
        "network-advantage",
        Some("C9300-48 Network Advantage"),
        Some(1),
        Some("regid.2017-03.com.cisco.advantagek9-48,1.0_07a6d3f1-9b52-4c88-8e40-21c7f5d9063b"),
    ),
    (
        "dna-advantage",
        Some("C9300-48 DNA Advantage"),
        Some(1),
        Some("regid.2017-03.com.cisco.dna_advantage-48,1.0_c2f97e60-3d18-4ab5-b7e9-840d6c13a5f2"),
    ),
];

const VIRTUAL: &[Licence] = &[
    (
        "network-advantage_T2",
        Some("NWSTACK_T2_A"),
        Some(1),
        Some("regid.2021-07.com.cisco.NWSTACK_T2_A,1.0_3c7d2a19-5e40-4b8f-9a61-0d2e5b7c8f13"),
    ),
    (
        "dna-advantage_T2",
        Some("DSTACK_T2_A"),
        Some(1),
        Some("regid.2021-07.com.cisco.DSTACK_T2_A,1.0_b4f0e6d2-17a9-4c35-8e0b-62a9d1c7f548"),
    ),
    (
        "hseck9",
        Some("DNA_HSEC"),
        Some(1),
        Some("regid.2019-03.com.cisco.DNA_HSEC,1.0_91d5a0c8-7b3e-4f62-a1d4-c80e93f2b657"),
    ),
];

const WIRELESS: &[Licence] = &[
    (
        "air-network-advantage",
        Some("DNA_NWStack"),
        Some(37),
        Some("regid.2018-06.com.cisco.DNA_NWStack,1.0_f4a81c36-0b7d-4e59-9d23-c6150e8fb972"),
    ),
    (
        "air-dna-advantage",
        Some("AIR-DNA-A"),
        Some(37),
        Some("regid.2017-08.com.cisco.AIR-DNA-A,1.0_1bd6e7f0-8c42-4a35-b9e1-5f70d2a6c384"),
    ),
];

const CLASSIC: &[Licence] = &[
    (
        "ISR_4300_Application",
        Some("ISR_4300_Application"),
        Some(1),
        Some("regid.2014-12.com.cisco.ISR_4300_Application,1.0_6b2e40d9-f153-4c78-a0e6-91d7c35b8f24"),
    ),
    (
        "ISR_4300_UnifiedCommunication",
        Some("ISR_4300_UnifiedCommunication"),
        Some(1),
        Some(
            "regid.2014-12.com.cisco.ISR_4300_UnifiedCommunication,1.0_d83f5a17-2c6b-49e0-8174-e0ba69c1d352",
        ),
    ),
    (
        "ISR_4300_Security",
        Some("ISR_4300_Security"),
        Some(1),
        Some("regid.2014-12.com.cisco.ISR_4300_Security,1.0_a5901ec4-7d38-4f2b-b6c9-2e4f17d08b63"),
    ),
];

const SPECIFIC: &[Licence] = &[
    (
        "C9500 Network Advantage",
        Some("C9500 Network Advantage"),
        Some(2),
        Some("regid.2017-03.com.cisco.C9500_network_advantage,1.0_c60e1b74-3a5d-4f98-b2e7-08d49a71c5f3"),
    ),
    (
        "C9500-DNA-40X-A",
        Some("C9500-40X DNA Advantage"),
        Some(2),
        Some("regid.2017-07.com.cisco.C9500-DNA-40X-A,1.0_92d8f0a5-4c17-4be3-8d60-f7e135b2c894"),
    ),
];

const UNIVERSAL: &[Licence] = &[
    ("ISR_4400_Application", Some("ISR_4400_Application"), Some(1), None),
    ("ISR_4400_Security", Some("ISR_4400_Security"), Some(1), None),
    ("ISR_4451_2G_Performance", Some("ISR_4451_2G_Performance"), Some(1), None),
];

/// A licence of which the device tells no entitlement.
pub(crate) const fn pak(name: &'static str, count: Option<u64>) -> Licence {
    (name, None, count, None)
}

/// The devices that run IOS and IOS XE.
pub(crate) const OF_IOS: &[Personality] = &[
    Personality {
        id: "c9300-stack",
        platform: "ios-xe",
        hostname: "br3-acc-stack1",
        model: "C9300-24UX",
        serial_number: "FOC2411X0A1",
        software_version: "17.9.4a",
        agent_version: Some("5.8.4_rel/9"),
        licensing: "slup",
        asked: &[(CLI, STACK), (BOTH, STACK), (NETCONF, STACK)],
        licences: STACK,
    },
    Personality {
        id: "c8000v",
        platform: "ios-xe",
        hostname: "edge-vr2",
        model: "C8000V",
        serial_number: "9QX7TB2LM4K",
        software_version: "17.12.3",
        agent_version: Some("5.11.3_rel/14"),
        licensing: "slup",
        asked: &[(CLI, VIRTUAL), (BOTH, VIRTUAL), (NETCONF, VIRTUAL)],
        licences: VIRTUAL,
    },
    Personality {
        id: "c9800",
        platform: "ios-xe",
        hostname: "wlc-hq1",
        model: "C9800-L-F-K9",
        serial_number: "FCL2502W0AA",
        software_version: "17.9.5",
        agent_version: Some("5.8.11_rel/3"),
        licensing: "slup",
        asked: &[(CLI, WIRELESS), (BOTH, WIRELESS), (NETCONF, WIRELESS)],
        licences: WIRELESS,
    },
    Personality {
        id: "isr4331",
        platform: "ios-xe",
        hostname: "wan-r4",
        model: "ISR4331/K9",
        serial_number: "FDO2118M0FF",
        software_version: "16.9.6",
        agent_version: Some("4.4.13_rel/116"),
        licensing: "smart",
        asked: &[(CLI, CLASSIC), (BOTH, CLASSIC), (NETCONF, CLASSIC)],
        licences: CLASSIC,
    },
    Personality {
        id: "c9500-slr",
        platform: "ios-xe",
        hostname: "dc1-core1",
        model: "C9500-40X",
        serial_number: "FOC2308X1A2",
        software_version: "16.12.4",
        agent_version: Some("4.9.8_rel/44"),
        licensing: "slr",
        asked: &[(CLI, SPECIFIC)],
        licences: SPECIFIC,
    },
    Personality {
        id: "isr4451-plr",
        platform: "ios-xe",
        hostname: "wan-hub1",
        model: "ISR4451-X/K9",
        serial_number: "FJC2236D0QK",
        software_version: "16.12.5",
        agent_version: Some("4.9.10_rel/47"),
        licensing: "plr",
        asked: &[(CLI, UNIVERSAL)],
        licences: UNIVERSAL,
    },
    Personality {
        id: "isr-g2",
        platform: "ios",
        hostname: "br7-rtr1",
        model: "CISCO2911/K9",
        serial_number: "FTX1722L0DD",
        software_version: "15.2(4)M6",
        agent_version: None,
        licensing: "pak",
        asked: &[
            (
                CLI,
                &[
                    pak("ipbasek9", None),
                    pak("securityk9", None),
                    pak("securityk9", None),
                    pak("uck9", None),
                    pak("SSL_VPN", Some(0)),
                ],
            ),
            (
                &[ShowVersion, ShowInventory, ShowLicense, ShowClock],
                &[
                    pak("ipbasek9", None),
                    pak("securityk9", None),
                    pak("uck9", None),
                    pak("datak9", None),
                    pak("gatekeeper", None),
                    pak("LI", None),
                    pak("SSL_VPN", Some(0)),
                    pak("ios-ips-update", None),
                    pak("SNASw", None),
                    pak("hseck9", None),
                    pak("cme-srst", Some(0)),
                ],
            ),
        ],
        licences: &[
            pak("ipbasek9", None),
            // Bought, and the evaluation that is built in.
            pak("securityk9", None),
            pak("securityk9", None),
            pak("uck9", None),
            pak("datak9", None),
            pak("gatekeeper", None),
            pak("LI", None),
            pak("SSL_VPN", Some(0)),
            pak("ios-ips-update", None),
            pak("SNASw", None),
            pak("hseck9", None),
            pak("cme-srst", Some(0)),
        ],
    },
    Personality {
        id: "c3850",
        platform: "ios-xe",
        hostname: "lab-sw5",
        model: "WS-C3850-24T",
        serial_number: "FOC1833X0EE",
        software_version: "16.6.7",
        agent_version: None,
        licensing: "rtu",
        asked: &[(
            &[ShowVersion, ShowInventory, ShowLicenseRightToUseSummary, ShowClock],
            &[pak("ipservices", None), pak("apcount", Some(0)), pak("apcount", Some(25))],
        )],
        licences: &[
            pak("ipservices", None),
            pak("ipservices", None),
            pak("ipbase", None),
            pak("ipbase", None),
            pak("lanbase", None),
            // Evaluation, base and adder.
            pak("apcount", None),
            pak("apcount", Some(0)),
            pak("apcount", Some(25)),
        ],
    },
];
