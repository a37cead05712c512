//! Where the members and licences stand that later sections speak of again. A device may name as many as it likes,
//! and each is found without a look at the others.

use std::collections::BTreeMap;

use crate::record::{DeviceAuthorization, License, Text, Udi, stated};

/// The indices of what the record already holds.
#[derive(Debug, Default)]
pub(super) struct Places<'a> {
    members: BTreeMap<Udi<'a>, usize>,
    licences: BTreeMap<Named<'a>, usize>,
    tags: BTreeMap<Text<'a>, usize>,
    /// How many licences have their place in `licences`.
    known: usize,
}

/// What tells licences apart: the entitlement, or the name where there is none.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Named<'a> {
    Entitlement(Text<'a>),
    Name(Option<Text<'a>>),
}

impl<'a> Named<'a> {
    fn of(name: Option<Text<'a>>, entitlement: Option<Text<'a>>) -> Self {
        entitlement.map_or(Self::Name(name), Self::Entitlement)
    }
}

impl<'a> Places<'a> {
    /// The index of a member's authorization; the same member may be listed by two sections.
    pub(super) fn member(
        &mut self,
        udi: Udi<'a>,
        authorizations: &mut Vec<DeviceAuthorization<'a>>,
    ) -> usize {
        *self.members.entry(udi).or_insert_with_key(|udi| {
            authorizations.push(DeviceAuthorization {
                role: udi.role.clone(),
                pid: udi.pid.clone(),
                serial_number: udi.serial_number.clone(),
                ..DeviceAuthorization::default()
            });
            authorizations.len() - 1
        })
    }

    /// The index of the first licence of this name; one that no usage block has shown is added.
    pub(super) fn licence(
        &mut self,
        name: &'a str,
        entitlement: &'a str,
        licenses: &mut Vec<License<'a>>,
    ) -> usize {
        self.learn(licenses);
        let (name, entitlement) = (stated(name).map(Text::from), stated(entitlement).map(Text::from));
        let at = *self.licences.entry(Named::of(name.clone(), entitlement.clone())).or_insert_with(|| {
            licenses.push(License { name, entitlement, ..License::default() });
            licenses.len() - 1
        });
        self.learn(licenses);
        at
    }

    /// The index of the licence with this tag, or else with this entitlement.
    pub(super) fn tagged(
        &mut self,
        tag: &'a str,
        entitlement: &'a str,
        licenses: &[License<'a>],
    ) -> Option<usize> {
        self.learn(licenses);
        let of_entitlement = || self.licences.get(&Named::Entitlement(entitlement.into()));
        self.tags.get(tag).or_else(of_entitlement).copied()
    }

    fn learn(&mut self, licenses: &[License<'a>]) {
        for (at, license) in licenses.iter().enumerate().skip(self.known) {
            let named = Named::of(license.name.clone(), license.entitlement.clone());
            self.licences.entry(named).or_insert(at);
            if let Some(tag) = &license.entitlement_tag {
                self.tags.entry(tag.clone()).or_insert(at);
            }
        }
        self.known = licenses.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entitlement_names_a_licence_better_than_its_name() {
        let mut licenses = vec![
            License { name: Some("a".into()), entitlement: Some("A".into()), ..License::default() },
            License { name: Some("b".into()), ..License::default() },
            License { name: Some("b".into()), ..License::default() },
        ];
        let mut places = Places::default();
        assert_eq!(places.licence("other", "A", &mut licenses), 0);
        assert_eq!(places.licence("b", "", &mut licenses), 1);
        assert_eq!(places.licence("a", "", &mut licenses), 3);
        licenses.push(License { name: Some("c".into()), ..License::default() });
        assert_eq!(places.licence("c", "", &mut licenses), 4);
        assert_eq!(places.licence("a", "", &mut licenses), 3);
        assert_eq!(licenses.len(), 5);
    }

    #[test]
    fn a_member_has_one_entry() {
        let member = |serial: &'static str| Udi { serial_number: Some(serial.into()), ..Udi::default() };
        let (mut places, mut entries) = (Places::default(), Vec::new());
        let found = ["S1", "S2", "S1"].map(|serial| places.member(member(serial), &mut entries));
        assert_eq!((found, entries.len()), ([0, 1, 0], 2));
    }
}
