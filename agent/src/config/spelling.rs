//! What somebody probably meant to write.

/// The candidate nearest to `word`, if one is near enough to be a slip of the hand.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A longer word is no slip of the hand, and comparing costs the product of the lengths.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean "…"? `, or nothing, to stand before the rest of a remedy.
pub(crate) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default()
}

/// `"a", "b", "c"`, cut after a dozen, for remedies that name what there is.
pub(crate) fn listed<'c>(words: impl IntoIterator<Item = &'c str>) -> String {
    const SHOWN: usize = 12;
    let mut words = words.into_iter();
    let shown: Vec<_> = words.by_ref().take(SHOWN).map(|word| format!("\"{word}\"")).collect();
    match words.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let keys = ["sessions", "handshakes", "deadline"];
        assert_eq!(nearest("sesions", keys), Some("sessions"));
        assert_eq!(nearest("hand-shakes", keys), Some("handshakes"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..15).map(|n| n.to_string()).collect();
        assert!(listed(many.iter().map(String::as_str)).ends_with("\"11\" and 3 more"));
        assert_eq!(listed(["a", "b"]), "\"a\", \"b\"");
    }
}
