//! What IOS and IOS XE print beside the Smart Agent: PAK, right-to-use, version, inventory, clock, throughput.

mod attribute;
mod boilerplate;
mod boot_level;
mod smart_status;

pub mod clock;
pub mod feature;
pub mod inventory;
pub mod pak;
pub mod pak_status;
pub mod right_to_use;
pub mod throughput;
pub mod udi_table;
pub mod version;
