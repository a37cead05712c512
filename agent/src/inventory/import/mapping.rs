//! Which column or variable of an export means which field of the inventory.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::config::spelling;

/// Declares the fields with their words and the names that exports have for them, the most telling first.
macro_rules! fields {
    ($($name:ident = $word:literal [$($alias:literal)*],)+) => {
        /// What an importer can learn of a host.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(super) enum Field { $($name,)+ }

        impl Field {
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word for it, which is the inventory's column where it has one.
            pub(super) fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($alias),*],)+ }
            }
        }
    };
}

// The aliases are without blanks, hyphens, underscores and capitals.
fields! {
    Name = "name" ["name" "hostname" "devicename" "device" "host" "nodename" "node" "sysname" "inventoryhostname"],
    Address = "address" ["address" "ipaddress" "managementip" "mgmtip" "managementaddress" "mgmtaddress" "mgmtipaddress"
        "managementipaddress" "ip" "primaryip" "primaryip4" "primaryipv4" "primaryip6" "ipv4" "ipv4address" "hostip"
        "ansiblehost" "fqdn" "dnsname"],
    Port = "port" ["port" "sshport" "ansibleport"],
    NetconfPort = "netconf_port" ["netconfport"],
    Platform = "platform" ["platform" "networkos" "ansiblenetworkos" "os" "ostype" "nos" "operatingsystem"],
    Transport = "transport" ["transport"],
    Group = "group" ["group" "groups"],
    Site = "site" ["site" "sitename" "location" "branch"],
    Role = "role" ["role" "devicerole" "function"],
    Environment = "environment" ["environment" "env" "stage"],
    Owner = "owner" ["owner" "contact" "responsible" "team" "tenant"],
    Credential = "credential" ["credential"],
    Jump = "jump" ["jump" "jumphost" "bastion" "proxyjump"],
    SmartAccount = "smart_account" ["smartaccount"],
    VirtualAccount = "virtual_account" ["virtualaccount"],
    ExpectedLicenses = "expected_licenses" ["expectedlicenses" "expectedlicences"],
    SerialNumber = "serial_number" ["serialnumber" "serial" "serialno" "sn" "chassisserial" "chassisserialnumber"],
    LegacyAlgorithms = "legacy_algorithms" ["legacyalgorithms"],
    Notes = "notes" ["notes" "note" "comments" "comment" "description"],
    // What the inventory has no column for.
    User = "user" ["user" "username" "login" "ansibleuser"],
    Status = "status" [],
    Manufacturer = "manufacturer" [],
    Connection = "connection" [],
}

impl Field {
    /// The field that a column or variable is about, and how good a name it is for it: 0 is the best.
    pub(super) fn of(source: &str) -> Option<(Self, usize)> {
        let plain = plain(source);
        Self::ALL.iter().find_map(|field| {
            let rank = field.aliases().iter().position(|alias| *alias == plain)?;
            Some((*field, rank))
        })
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::columns().find(|field| field.word() == word)
    }

    /// Fields that the inventory has a column for.
    pub(super) fn columns() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|field| {
            !matches!(field, Self::User | Self::Status | Self::Manufacturer | Self::Connection)
        })
    }
}

/// A name without what people write differently.
pub(super) fn plain(source: &str) -> String {
    source.chars().filter(|c| c.is_alphanumeric()).take(100).flat_map(char::to_lowercase).collect()
}

/// Whether a value under this key may be a secret. It is asked before the value is looked at.
pub(super) fn may_be_secret(key: &str) -> bool {
    const TELLING: [&str; 14] = [
        "pass",
        "secret",
        "token",
        "privatekey",
        "community",
        "apikey",
        "passphrase",
        "authkey",
        "privkey",
        "credentials",
        "vault",
        "snmp",
        "enable",
        "pwd",
    ];
    let plain = plain(key);
    // A path to a key is no key.
    let is_path = plain.ends_with("file") || plain.ends_with("path");
    !is_path && TELLING.iter().any(|telling| plain.contains(telling))
}

/// Where a column or variable of the export went.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Mapped {
    /// Its name in the export.
    pub source: String,
    /// The field of the inventory; none where it was not used.
    pub field: Option<&'static str>,
    /// How that was decided: `by name`, `--map`, `not used`, `secret, never read` …
    pub why: &'static str,
    /// How many values were met.
    pub values: usize,
}

/// `--map FIELD=COLUMN`: the operator's word on a column. An empty column leaves the field out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldMap {
    pub(super) field: Field,
    pub(super) column: String,
}

impl FieldMap {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (field, column) =
            text.split_once('=').ok_or("write FIELD=COLUMN, such as address=\"Mgmt IP\"")?;
        let field = field.trim();
        let words = || Field::columns().map(Field::word);
        let known = Field::from_word(field).ok_or_else(|| {
            let near = spelling::did_you_mean(field, words());
            format!(
                "there is no field \"{field}\"; {near}The fields are {}",
                words().collect::<Vec<_>>().join(", ")
            )
        })?;
        Ok(Self { field: known, column: column.trim().to_owned() })
    }
}

impl Display for FieldMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.field.word(), self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::columns::{COLUMNS, NAME};

    #[test]
    fn every_column_of_the_inventory_has_a_field_and_finds_itself() {
        let columns: Vec<_> = std::iter::once(NAME).chain(COLUMNS.iter().map(|(name, _)| *name)).collect();
        assert_eq!(Field::columns().map(Field::word).collect::<Vec<_>>(), columns);
        for column in columns {
            assert_eq!(Field::of(column).map(|(field, rank)| (field.word(), rank)), Some((column, 0)));
        }
    }

    #[test]
    fn names_are_met_in_any_spelling() {
        for (source, field) in
            [("Mgmt-IP", Field::Address), ("Serial No.", Field::SerialNumber), ("Host Name", Field::Name)]
        {
            assert_eq!(Field::of(source).map(|(field, _)| field), Some(field), "{source}");
        }
        assert_eq!(Field::of("rack"), None);
    }

    #[test]
    fn secrets_are_known_by_their_keys() {
        for key in
            ["ansible_password", "Enable Secret", "snmp_community", "ansible_become_pass", "API-Key", "PWD"]
        {
            assert!(may_be_secret(key), "{key}");
        }
        for key in ["ansible_ssh_private_key_file", "ansible_host", "site", "credential"] {
            assert!(!may_be_secret(key), "{key}");
        }
    }

    #[test]
    fn maps_are_checked() {
        assert_eq!(FieldMap::read("address = Mgmt IP").unwrap().to_string(), "address=Mgmt IP");
        assert!(FieldMap::read("adress=IP").unwrap_err().contains("did you mean \"address\"?"));
        assert!(FieldMap::read("address").is_err());
    }
}
