//! Which licence of one list is which of the other.

use std::collections::BTreeMap;

use super::view::License;

/// More comparisons than this are not made one by one: what fits by its key alone is paired then.
const MOST_COMPARISONS: usize = 250_000;
/// What a device puts where it cuts a name.
const CUT: &str = "...";

/// The figures of a licence that are compared, and the words for them.
pub(super) const FIGURES: [&str; 4] = ["in use", "in violation", "allowed", "reserved"];

/// One licence: all rows that have its key.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) tag: Option<String>,
    pub(super) name: Option<String>,
    pub(super) entitlement: Option<String>,
    pub(super) term: Option<String>,
    /// Whether the device cut name or entitlement.
    cut: bool,
    /// Added up over its rows; `None` where one of them does not state it.
    pub(super) figures: [Option<u64>; FIGURES.len()],
    /// The states of its rows.
    pub(super) states: Vec<String>,
}

/// A tag, else name, entitlement and term.
type Key = [Option<String>; 4];

impl Held {
    /// Whether any row says that it is used.
    pub(super) fn is_in_use(&self) -> bool {
        self.states.iter().any(|state| !matches!(state.as_str(), "not_in_use" | "not_applicable"))
    }

    /// What people call it.
    pub(super) fn label(&self) -> &str {
        let named = self.name.as_deref().or(self.entitlement.as_deref()).or(self.tag.as_deref());
        named.unwrap_or("a licence without a name")
    }

    /// Whether a name of the same kind is stated by any of these.
    pub(super) fn can_be_told_from(&self, others: &[Held]) -> bool {
        others.is_empty()
            || others.iter().any(|other| {
                (self.tag.is_some() && other.tag.is_some())
                    || (self.name.is_some() && other.name.is_some())
                    || (self.entitlement.is_some() && other.entitlement.is_some())
            })
    }

    fn add(&mut self, row: &License, first: bool) {
        let figures = [row.count, row.count_violation, row.max_count, row.total_reserved];
        for (sum, figure) in self.figures.iter_mut().zip(figures) {
            *sum = match (*sum, figure) {
                (_, figure) if first => figure,
                (Some(sum), Some(figure)) => Some(sum.saturating_add(figure)),
                _ => None,
            };
        }
        if let Some(state) = row.status.word()
            && let Err(place) = self.states.binary_search(&state)
        {
            self.states.insert(place, state);
        }
        self.cut |= row.truncated;
    }

    /// How well this is that, or `None` if it is another. It is asked of licences whose keys differ.
    fn likeness(&self, other: &Self) -> Option<u8> {
        if let (Some(tag), Some(of_other)) = (&self.tag, &other.tag) {
            return (tag.starts_with(of_other.as_str()) || of_other.starts_with(tag.as_str())).then_some(16);
        }
        if let (Some(term), Some(of_other)) = (&self.term, &other.term)
            && term != of_other
        {
            return None;
        }
        let cut = self.cut || other.cut;
        let name = alike(self.name.as_deref(), other.name.as_deref(), cut)?;
        let entitlement = alike(self.entitlement.as_deref(), other.entitlement.as_deref(), cut)?;
        let likeness = 3 * entitlement + name;
        (likeness > 0).then_some(likeness)
    }

    /// Whether it says less than another one that it may be.
    fn is_vaguer_than(&self, other: &Self) -> bool {
        let lacks = |mine: &Option<String>, its: &Option<String>| mine.is_none() && its.is_some();
        self.cut
            || lacks(&self.tag, &other.tag)
            || lacks(&self.name, &other.name)
            || lacks(&self.entitlement, &other.entitlement)
            || lacks(&self.term, &other.term)
    }
}

/// 2 for the same words, 1 where one is the beginning of the other and was cut, 0 where nothing is to compare; `None` if
/// they differ.
fn alike(one: Option<&str>, other: Option<&str>, cut: bool) -> Option<u8> {
    let (Some(one), Some(other)) = (one, other) else { return Some(0) };
    if one == other {
        return Some(2);
    }
    let begins = |short: &str, long: &str| {
        short.strip_suffix(CUT).is_some_and(|begin| !begin.is_empty() && long.starts_with(begin))
    };
    (cut && (begins(one, other) || begins(other, one))).then_some(1)
}

/// The licences of a list, each once, by their keys.
pub(super) fn held(rows: &[License]) -> BTreeMap<Key, Held> {
    let mut held: BTreeMap<Key, Held> = BTreeMap::new();
    for row in rows {
        let term = match row.term.as_deref() {
            Some("other") => row.term_text.clone().or_else(|| row.term.clone()),
            _ => row.term.clone(),
        };
        let key = match &row.entitlement_tag {
            Some(tag) => [Some(tag.clone()), None, None, None],
            None => [None, row.name.clone(), row.entitlement.clone(), term.clone()],
        };
        let mut first = false;
        let licence = held.entry(key).or_insert_with(|| {
            first = true;
            Held {
                tag: row.entitlement_tag.clone(),
                name: row.name.clone(),
                entitlement: row.entitlement.clone(),
                term,
                ..Held::default()
            }
        });
        licence.add(row, first);
    }
    held
}

/// Which licences are the same in both lists, and which are in one alone.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// Places in both lists; and whether each is the only one that it may be, so that figures can be compared.
    pub(super) pairs: Vec<(usize, usize, bool)>,
    /// Places in the older list.
    pub(super) gone: Vec<usize>,
    /// Places in the newer list.
    pub(super) came: Vec<usize>,
}

/// Pairs the licences of two lists.
pub(super) fn matched(
    before: BTreeMap<Key, Held>,
    after: BTreeMap<Key, Held>,
) -> (Vec<Held>, Vec<Held>, Matched) {
    let mut matched = Matched::default();
    let places: BTreeMap<&Key, usize> = after.keys().enumerate().map(|(place, key)| (key, place)).collect();
    let mut paired_after = vec![false; after.len()];
    for (place, key) in before.keys().enumerate() {
        match places.get(key).copied() {
            Some(other) => {
                matched.pairs.push((place, other, true));
                paired_after.iter_mut().skip(other).take(1).for_each(|paired| *paired = true);
            }
            None => matched.gone.push(place),
        }
    }
    matched.came =
        paired_after.iter().enumerate().filter(|(_, paired)| !**paired).map(|(place, _)| place).collect();
    let before: Vec<Held> = before.into_values().collect();
    let after: Vec<Held> = after.into_values().collect();
    if matched.gone.len().saturating_mul(matched.came.len()) <= MOST_COMPARISONS {
        pair_alike(&before, &after, &mut matched);
    }
    if (matched.gone.len() + matched.came.len()).saturating_mul(before.len() + after.len())
        <= MOST_COMPARISONS
    {
        explain(&before, &after, &mut matched);
    }
    (before, after, matched)
}

/// Pairs what is most alike first.
fn pair_alike(before: &[Held], after: &[Held], matched: &mut Matched) {
    let mut candidates: Vec<(u8, usize, usize)> = Vec::new();
    for gone in &matched.gone {
        for came in &matched.came {
            let (Some(one), Some(other)) = (before.get(*gone), after.get(*came)) else { continue };
            candidates.extend(one.likeness(other).map(|likeness| (likeness, *gone, *came)));
        }
    }
    candidates.sort_by_key(|(likeness, gone, came)| (std::cmp::Reverse(*likeness), *gone, *came));
    for (_, gone, came) in candidates {
        if matched.gone.contains(&gone) && matched.came.contains(&came) {
            matched.pairs.push((gone, came, true));
            matched.gone.retain(|place| *place != gone);
            matched.came.retain(|place| *place != came);
        }
    }
}

/// Takes out what a vaguer licence of the other list may stand for: `network-advantage` alone, for those of all models.
fn explain(before: &[Held], after: &[Held], matched: &mut Matched) {
    let stands_for =
        |vague: &Held, exact: &Held| vague.likeness(exact).is_some() && vague.is_vaguer_than(exact);
    let mut vague_after = Vec::new();
    matched.gone.retain(|gone| {
        let Some(gone) = before.get(*gone) else { return false };
        let found = after.iter().position(|it| stands_for(it, gone));
        vague_after.extend(found);
        found.is_none()
    });
    let mut vague_before = Vec::new();
    matched.came.retain(|came| {
        let Some(came) = after.get(*came) else { return false };
        let found = before.iter().position(|it| stands_for(it, came));
        vague_before.extend(found);
        found.is_none()
    });
    for (one, other, alone) in &mut matched.pairs {
        *alone &= !vague_before.contains(one) && !vague_after.contains(other);
    }
}
