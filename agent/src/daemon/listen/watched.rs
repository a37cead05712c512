//! Which messages of devices are worth a look before the next poll is due, and how long to let the device settle.

use std::time::Duration;

/// A message that is worth a look.
#[derive(Debug)]
pub(super) struct Watched {
    /// The facility: as it is; with `*` before it, what ends so; with `*` behind it, what begins so.
    facility: &'static str,
    /// The mnemonic, in the same way.
    mnemonic: &'static str,
    /// Words of which one must stand behind the mnemonic; none for any text.
    text: &'static [&'static str],
    /// What it tells.
    pub(super) means: &'static str,
    /// How long the device may take until a poll shows what it told of, in seconds.
    settle: u64,
}

const fn watched(
    facility: &'static str,
    mnemonic: &'static str,
    means: &'static str,
    settle: u64,
) -> Watched {
    Watched { facility, mnemonic, text: &[], means, settle }
}

const LICENCE: &str = "licensing changed";
const CONFIGURED: &str = "its configuration changed";
const RELOADS: &str = "it reloads";
const STARTED: &str = "it started";
const MEMBERS: &str = "its stack members changed";
const MODULES: &str = "its modules changed";

/// Every message that is looked for. A note says what writes it; where it ends in "unverified", the row is from memory
/// and no document or capture of ours shows the message. A wrong row costs an early poll or a missed one: the next poll
/// by schedule finds the change. How long a device settles is our judgement everywhere.
pub(super) const TABLE: &[Watched] = &[
    // Smart Licensing Using Policy, "Troubleshooting", all `%SMART_LIC-…`. IOS XR says `%LICENSE-SMART_LIC-…`, NX-OS
    // `%SMART_LIC-…` or `%LICMGR-…`, and ASA puts one into its 444303 to 444306 (ASA syslog messages, 444303).
    watched("SMART_LIC", "*", LICENCE, 30),
    watched("*-SMART_LIC", "*", LICENCE, 30),
    // NX-OS System Messages Reference, LICMGR.
    watched("LICMGR", "*", LICENCE, 30),
    // Classic licensing: `%LICENSE-6-INSTALL`, `%IOS_LICENSE_IMAGE_APPLICATION-6-…`; unverified.
    watched("LICENSE", "*", LICENCE, 30),
    watched("IOS_LICENSE*", "*", LICENCE, 30),
    // ASA 444xxx: time-based keys and Smart Licensing; unverified.
    watched("ASA", "444*", LICENCE, 30),
    // "Throughput level has been set", as ISR 4000 and Catalyst 8000 log it.
    watched("*_THROUGHPUT", "*", LICENCE, 30),
    // IOS, IOS XE, the text of every "Configured from console by …".
    watched("SYS", "CONFIG_I", CONFIGURED, 30),
    // Stack members and supervisors log with a number: `%SYS-SW2-5-CONFIG_I`, `%SYS-SP-5-RESTART`.
    watched("SYS-*", "CONFIG_I", CONFIGURED, 30),
    // IOS XE by NETCONF, RESTCONF or gNMI: `%DMI-5-CONFIG_I: … Configured from NETCONF/RESTCONF by …`.
    watched("DMI", "CONFIG_I", CONFIGURED, 30),
    // NX-OS: "Configured from vty by admin on …".
    watched("VSHD", "VSHD_SYSLOG_CONFIG_I", CONFIGURED, 30),
    // IOS XR: "Configured from console by …"; `%MGBL-CONFIG-6-DB_COMMIT` comes with each commit, unverified.
    watched("MGBL-SYS", "CONFIG_I", CONFIGURED, 30),
    watched("MGBL-CONFIG", "DB_COMMIT", CONFIGURED, 30),
    // ASA: 111010 is a command that changes the configuration; 111004 the end of one from the terminal, unverified.
    watched("ASA", "111010", CONFIGURED, 30),
    watched("ASA", "111004", CONFIGURED, 30),
    // 111008 comes with every command but `show`, `terminal pager` and `enable` of our own polls among them: only the
    // ones that store or restart anything count.
    Watched {
        text: &["'write", "'copy", "'reload", "'license", "'activation-key"],
        ..watched("ASA", "111008", CONFIGURED, 30)
    },
    // IOS and IOS XE; a device that goes down says so, and `RESTART` when it is back.
    watched("SYS", "RELOAD", RELOADS, 600),
    watched("SYS", "RESTART", STARTED, 120),
    watched("SYS-*", "RELOAD", RELOADS, 600),
    watched("SYS-*", "RESTART", STARTED, 120),
    // Unverified.
    watched("SYS", "BOOTTIME", STARTED, 120),
    // NX-OS: PLATFORM-2-PFM_SYSTEM_RESET; ASCII-CFG-2-CONF_CONTROL, which we take for the end of a start; unverified.
    watched("PLATFORM", "PFM_SYSTEM_RESET", RELOADS, 600),
    watched("ASCII-CFG", "CONF_CONTROL", STARTED, 120),
    // ASA: 199005 "Startup begin", 199001 and 199002 reload and its end; unverified.
    watched("ASA", "199001", RELOADS, 600),
    watched("ASA", "199002", STARTED, 120),
    watched("ASA", "199005", STARTED, 120),
    // Catalyst stacks: SWITCH_ADDED, SWITCH_REMOVED, STACK_LINK_CHANGE, MASTER_READY …
    watched("STACKMGR", "*", MEMBERS, 120),
    watched("STACKMGR-*", "*", MEMBERS, 120),
    // INSCARD, REMCARD, ONLINECARD, OFFLINECARD of chassis, line cards and their parts: `%OIR-6-…`, `%OIR-SP-6-…`,
    // `%IOSXE_OIR-6-…`, `%SPA_OIR-6-…`.
    watched("OIR", "*CARD", MODULES, 120),
    watched("OIR-*", "*CARD", MODULES, 120),
    watched("*_OIR", "*CARD", MODULES, 120),
    // Catalyst power supplies and fan trays aside, `%PLATFORM_FEP-…` tells of no licence; NX-OS modules do:
    // `%MODULE-5-MOD_OK: Module 1 is online (Serial number: …)`, `%PLATFORM-2-MOD_REMOVE`.
    watched("MODULE", "MOD_*", MODULES, 120),
    watched("PLATFORM", "MOD_*", MODULES, 120),
    // IOS XR: `%PLATFORM-SHELFMGR-6-NODE_STATE_CHANGE`, `%INFRA-INVMGR-6-NODE_STATE_CHANGE`; unverified.
    watched("*", "NODE_STATE_CHANGE", MODULES, 120),
];

impl Watched {
    /// The row of a message, if it is worth a look.
    pub(super) fn of(facility: &str, mnemonic: &str, text: &[u8]) -> Option<&'static Self> {
        TABLE.iter().find(|row| {
            fits(row.facility, facility)
                && fits(row.mnemonic, mnemonic)
                && (row.text.is_empty()
                    || row.text.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some()))
        })
    }

    /// How long the device may take until a poll shows what it told of.
    pub(super) fn settle(&self) -> Duration {
        Duration::from_secs(self.settle)
    }
}

fn fits(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => word.ends_with(end),
        (None, Some(begin)) => word.starts_with(begin),
        (None, None) => word == pattern,
    }
}
