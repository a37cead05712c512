//! The devices: who they are, where they stand, how they are reached and what they should hold.
//!
//! A device comes from a row of an inventory file, from a `[device.NAME]` table of `licwatch.toml`, or from both:
//! the row then lies over the table. What neither says comes from its groups, then from `[poll]` and `[ssh]`.
//! A [`Device`] is the outcome, with the origin of each setting; it refers to credentials and holds no secret.
//!
//! # Inventory files
//!
//! CSV in UTF-8 with a header line; columns in any order, `#` begins a comment line, a byte-order mark and Windows
//! line ends are tolerated, empty cells state nothing. All mistakes of a file are told at once.
//!
//! | column | holds |
//! |---|---|
//! | `name` | the name of the device, once in all files |
//! | `address` | IPv4, IPv6 (with zone: `fe80::1%eth0`) or a host name |
//! | `port`, `netconf_port` | TCP ports of SSH and NETCONF |
//! | `platform` | `ios` `ios-xe` `nx-os` `ios-xr` `aireos` `asa` |
//! | `transport` | `auto` `netconf` `ssh` |
//! | `group` | one group or several, as `access; oslo` |
//! | `site`, `role`, `environment`, `owner` | where it stands, what for, and who is responsible |
//! | `credential` | a name under `[credentials]` |
//! | `jump` | `[USER@]HOST[:PORT]` |
//! | `smart_account`, `virtual_account` | the accounts it belongs to |
//! | `expected_licenses` | what it should hold, as `network-advantage=3; dna-advantage=3` |
//! | `serial_number` | the serial number it should have |
//! | `legacy_algorithms` | `true` or `false` |
//! | `notes` | anything |

mod address;
mod changes;
mod columns;
mod device;
pub mod import;
mod rows;
mod selection;
mod sheet;
pub mod unknown;

pub use address::{Address, Jump};
pub use changes::{Change, Changes, Listed, changes};
pub use device::{Device, JumpHost, Origin};
pub(crate) use rows::{Row, Rows};
pub use selection::{NoSuchDevice, Selection};
pub use sheet::{Replaced, Sheet};

/// Everything that is wrong with the devices, with file, line and column.
pub type InventoryErrors = crate::config::Problems;
