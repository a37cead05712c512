//! The licences of several outputs, joined.
//!
//! A licence is the same in two outputs by its entitlement tag, or by name and entitlement; a name or entitlement
//! that the summary cut is completed by the one that it begins. Where an output prints no entitlement, the name
//! decides; where it states no use, as authorizations do, the entitlement does, since an authorization names what it
//! allows by the title that it has in CSSM (`Router US Export Lic. for DNA` for `hseck9`). Licences of one output are never joined with each other: a stack of two models has
//! `network-advantage` twice. What finds no match is another licence.

use std::collections::BTreeMap;

use super::super::{License, Text};
use super::disagreements::{contradict, tell_one_sided};
use super::{Merging, Part};

/// Comparisons per licence and way to find one; devices use a few dozen licences.
const MOST_CANDIDATES: usize = 64;
/// A list that is longer than this is none of a device, and is not joined.
const MOST_LICENSES: usize = 2_000;

/// Joins the licences of all records; `None` if no record says anything about licences.
pub(super) fn join<'a>(merging: &mut Merging<'_, 'a>) -> Option<Vec<License<'a>>> {
    let lists: Vec<(usize, &Vec<License<'a>>)> =
        merging.stated(Part::Licenses, |record| record.licenses.as_ref()).collect();
    let &(from, _) = lists.iter().find(|(_, list)| !list.is_empty()).or(lists.first())?;

    let mut joined: Vec<Joined<'a>> = Vec::new();
    for &(at, list) in &lists {
        if list.is_empty() {
            continue;
        }
        let matches = if joined.len().max(list.len()) <= MOST_LICENSES {
            matches(&joined, list)
        } else {
            merging.too_many(at, list.len(), joined.len());
            vec![None; list.len()]
        };
        for (license, found) in list.iter().zip(matches) {
            match found.and_then(|found| joined.get_mut(found)) {
                Some(known) => known.complete(license, at, merging),
                None => joined.push(Joined::new(license, at)),
            }
        }
    }
    tell_one_sided(merging, &lists, &joined);
    for &(at, list) in &lists {
        if list.is_empty() && !joined.is_empty() {
            let count = format!("{} in use", joined.len());
            merging.conflict("licenses", (from, &count), (at, "none in use"));
        }
    }
    Some(joined.into_iter().map(|joined| joined.license).collect())
}

/// A licence, which records name it, and whose count and status it has.
pub(super) struct Joined<'a> {
    pub(super) license: License<'a>,
    counted_by: usize,
    status_by: usize,
    /// Records, and whether they say that it is used.
    named_by: Vec<(usize, bool)>,
}

/// For each licence of the list the one that it is, one for one, the surest matches first.
fn matches<'a>(joined: &[Joined<'a>], list: &[License<'a>]) -> Vec<Option<usize>> {
    let index = Index::new(joined);
    let mut pairs: Vec<(Likeness, usize, usize)> = Vec::new();
    for (at, license) in list.iter().enumerate() {
        for candidate in index.candidates(license) {
            let known = joined.get(candidate).map(|joined| &joined.license);
            pairs.extend(
                known.and_then(|known| likeness(known, license)).map(|likeness| (likeness, at, candidate)),
            );
        }
    }
    pairs.sort_unstable();
    let mut matches = vec![None; list.len()];
    let mut taken = vec![false; joined.len()];
    for (_, at, candidate) in pairs {
        let (Some(found), Some(taken)) = (matches.get_mut(at), taken.get_mut(candidate)) else { continue };
        if found.is_none() && !*taken {
            (*found, *taken) = (Some(candidate), true);
        }
    }
    matches
}

/// Where to look for a licence, so that work stays linear.
#[derive(Default)]
struct Index<'j> {
    by_tag: BTreeMap<&'j str, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    by_entitlement: BTreeMap<String, Vec<usize>>,
    truncated: Vec<usize>,
}

impl<'j> Index<'j> {
    fn new(joined: &'j [Joined<'_>]) -> Self {
        let mut index = Self::default();
        for (at, Joined { license, .. }) in joined.iter().enumerate() {
            if let Some(tag) = &license.entitlement_tag {
                index.by_tag.entry(tag).or_default().push(at);
            }
            index.by_name.entry(key(license.name.as_ref())).or_default().push(at);
            for words in [&license.entitlement, &license.description] {
                index.by_entitlement.entry(key(words.as_ref())).or_default().push(at);
            }
            if license.truncated {
                index.truncated.push(at);
            }
        }
        index
    }

    fn candidates(&self, license: &License<'_>) -> Vec<usize> {
        let tag = license.entitlement_tag.as_deref().and_then(|tag| self.by_tag.get(tag));
        let name = key(license.name.as_ref());
        let mut candidates: Vec<usize> = tag
            .into_iter()
            .chain(self.by_name.get(&name))
            .chain(self.by_entitlement.get(&key(license.entitlement.as_ref())))
            .chain(self.by_entitlement.get(&key(license.description.as_ref())))
            .chain(Some(&self.truncated))
            .flat_map(|found| found.iter().take(MOST_CANDIDATES).copied())
            .collect();
        if license.truncated {
            let beginning = |(known, _): &(&String, &Vec<usize>)| known.starts_with(&name);
            let longer = self.by_name.range(name.clone()..).take_while(beginning).take(MOST_CANDIDATES);
            candidates.extend(longer.flat_map(|(_, found)| found.iter().copied()).take(MOST_CANDIDATES));
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// The form in which names and entitlements are compared, without what stands for the rest of a cut one.
fn key(text: Option<&Text<'_>>) -> String {
    text.map(|text| stem(text).to_ascii_lowercase()).unwrap_or_default()
}

fn stem(text: &str) -> &str {
    let stem = text.trim_end();
    stem.strip_suffix("...").or(stem.strip_suffix('…')).unwrap_or(stem).trim_end()
}

/// How sure it is that two licences are one; the surest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Likeness {
    Tag,
    NameAndEntitlement { count_differs: bool },
    Truncated { count_differs: bool },
    Name { count_differs: bool },
    Entitlement,
    EntitlementAndCount,
}

/// Whether two values are one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Same {
    Yes,
    /// One was cut where the other goes on.
    Beginning,
    /// One is not stated.
    Unknown,
    No,
}

fn likeness(known: &License<'_>, other: &License<'_>) -> Option<Likeness> {
    let truncated = known.truncated || other.truncated;
    let name = same(known.name.as_ref(), other.name.as_ref(), truncated);
    let entitlement = same_entitlement(known, other, truncated);
    let tag = same(known.entitlement_tag.as_ref(), other.entitlement_tag.as_ref(), true);
    let differs = |one: bool, another: bool| one && another;
    let terms_differ = differs(known.term.is_some(), other.term.is_some()) && known.term != other.term;
    let areas_differ = match (&known.area, &other.area) {
        (Some(one), Some(another)) => !same_area(one, another),
        _ => false,
    };
    if tag == Same::No || terms_differ || areas_differ {
        return None;
    }
    let count_differs = known.count.is_some() && other.count.is_some() && known.count != other.count;
    match (name, entitlement) {
        _ if tag == Same::Yes => Some(Likeness::Tag),
        (Same::Yes, Same::Yes) => Some(Likeness::NameAndEntitlement { count_differs }),
        (Same::Yes | Same::Beginning, Same::Yes | Same::Beginning) => {
            Some(Likeness::Truncated { count_differs })
        }
        (Same::Yes | Same::Beginning, Same::Unknown) => Some(Likeness::Name { count_differs }),
        (Same::Unknown, Same::Yes | Same::Beginning) if !count_differs => Some(Likeness::Entitlement),
        (Same::No, Same::Yes) if states_use(known) != states_use(other) => Some(Likeness::Entitlement),
        // Classic licences have another name over NETCONF than on the command line.
        (Same::No, Same::Yes) if known.count.is_some() && known.count == other.count => {
            let crosses = known.entitlement_tag.is_some() != other.entitlement_tag.is_some();
            crosses.then_some(Likeness::EntitlementAndCount)
        }
        (Same::Unknown, Same::Unknown) if known == other => Some(Likeness::Tag),
        _ => None,
    }
}

/// Whether an output counts the licence or says how it fares, and does not only allow it.
fn states_use(license: &License<'_>) -> bool {
    license.count.is_some() || license.status.is_some()
}

/// `FCM 2 Core/E` on the command line is `fcm` over NETCONF.
fn same_area(one: &str, another: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.get(..short.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(short))
    };
    begins(one, another) || begins(another, one)
}

/// Entitlements, or the description that repeats one.
fn same_entitlement(known: &License<'_>, other: &License<'_>, truncated: bool) -> Same {
    let crossed = [
        (known.entitlement.as_ref(), other.entitlement.as_ref()),
        (known.entitlement.as_ref(), other.description.as_ref()),
        (known.description.as_ref(), other.entitlement.as_ref()),
    ];
    let found = crossed.map(|(known, other)| same(known, other, truncated));
    let [direct, ..] = found;
    for wanted in [Same::Yes, Same::Beginning] {
        if found.contains(&wanted) {
            return wanted;
        }
    }
    direct
}

fn same(one: Option<&Text<'_>>, another: Option<&Text<'_>>, truncated: bool) -> Same {
    let (Some(one), Some(another)) = (one, another) else { return Same::Unknown };
    let (one, another) = (stem(one), stem(another));
    let begins = |short: &str, long: &str| {
        long.get(..short.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(short))
    };
    if one.eq_ignore_ascii_case(another) {
        Same::Yes
    } else if truncated && (begins(one, another) || begins(another, one)) {
        Same::Beginning
    } else {
        Same::No
    }
}

impl<'a> Joined<'a> {
    fn new(license: &License<'a>, at: usize) -> Self {
        let named_by = vec![(at, states_use(license))];
        Self { license: license.clone(), counted_by: at, status_by: at, named_by }
    }

    pub(super) fn is_in(&self, at: usize) -> bool {
        self.named_by.iter().any(|(by, _)| *by == at)
    }

    pub(super) fn used_in(&self, at: usize) -> bool {
        self.named_by.contains(&(at, true))
    }

    /// Takes over what the licence does not state yet, and whole words for cut ones.
    fn complete(&mut self, other: &License<'a>, at: usize, merging: &mut Merging<'_, 'a>) {
        let title = other.name.as_ref().or(other.entitlement.as_ref()).map_or("?", |name| name.as_ref());
        if let (Some(kept), Some(count)) = (self.license.count, other.count)
            && kept != count
        {
            let name = format!("count of licence {title}");
            merging.conflict(&name, (self.counted_by, &kept.to_string()), (at, &count.to_string()));
        }
        if self.license.count.is_none() && other.count.is_some() {
            self.counted_by = at;
        }
        if let (Some(kept), Some(status)) = (self.license.status, other.status)
            && contradict(kept, status)
        {
            let name = format!("status of licence {title}");
            merging.conflict(&name, (self.status_by, kept.word()), (at, status.word()));
        }
        if self.license.status.is_none() && other.status.is_some() {
            self.status_by = at;
        }
        self.named_by.push((at, states_use(other)));
        let known = &mut self.license;
        if !states_use(known) && states_use(other) && other.name.is_some() {
            known.name.clone_from(&other.name);
        }
        if known.truncated {
            let name = longer(known.name.take(), other.name.as_ref());
            let entitlement = longer(known.entitlement.take(), other.entitlement.as_ref());
            (known.name, known.entitlement) = (name, entitlement);
            known.truncated = other.truncated;
        }
        known.entitlement_tag = longer(known.entitlement_tag.take(), other.entitlement_tag.as_ref());
        if known.status.is_none() {
            (known.status, known.status_text) = (other.status, other.status_text.clone());
        }
        if known.export_status.is_none() {
            (known.export_status, known.export_status_text) =
                (other.export_status, other.export_status_text.clone());
        }
        if known.enforcement.is_none() {
            (known.enforcement, known.enforcement_text) = (other.enforcement, other.enforcement_text.clone());
        }
        if known.term.is_none() {
            (known.term, known.term_text) = (other.term, other.term_text.clone());
        }
        if known.reservation_status.is_none() {
            (known.reservation_status, known.reservation_status_text) =
                (other.reservation_status, other.reservation_status_text.clone());
        }
        if known.terms.is_empty() {
            known.terms.clone_from(&other.terms);
        }
        macro_rules! fill {
            ($($field:ident),+ $(,)?) => {$(
                if known.$field.is_none() {
                    known.$field.clone_from(&other.$field);
                }
            )+};
        }
        fill!(
            name,
            entitlement,
            description,
            feature_name,
            feature_description,
            version,
            count,
            count_next,
            count_active,
            count_violation,
            count_reported,
            count_authorized,
            count_out_of_compliance,
            count_subscription_expired,
            count_insufficient,
            count_unlicensed,
            total_available,
            total_reserved,
            sync_overdue_deadline,
            eula_accepted,
            installed,
            expires,
            period_left_seconds,
            period_used_seconds,
            grace_remaining_seconds,
            priority,
            area,
            max_count,
            remaining_count,
        );
    }
}

/// The value that goes on where the other was cut.
fn longer<'a>(known: Option<Text<'a>>, other: Option<&Text<'a>>) -> Option<Text<'a>> {
    match (known, other) {
        (Some(known), Some(other)) if stem(other).len() > stem(&known).len() => Some(other.clone()),
        (known, other) => known.or_else(|| other.cloned()),
    }
}
