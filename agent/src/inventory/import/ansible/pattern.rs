//! Host patterns of Ansible: `sw[01:10]`, `leaf-[a:c].dc1`, `sw[1:9:2]`, `core-1:2222`.

/// The hosts that a pattern names, with the port behind it. The error says what is wrong with it.
pub(super) fn hosts(pattern: &str, most: usize) -> Result<(Vec<String>, Option<String>), String> {
    let (pattern, port) = without_port(pattern);
    let mut names = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('[') {
        let Some((range, behind)) = behind.split_once(']') else {
            return Err("a bracket is not closed".into());
        };
        let Some(words) = range_words(range, most)? else {
            // An IPv6 address in brackets, or a name that has some.
            names.iter_mut().for_each(|name| *name += &format!("{before}{range}"));
            rest = behind;
            continue;
        };
        if names.len().saturating_mul(words.len()) > most {
            return Err(format!("it names more than {most} hosts"));
        }
        names = names
            .iter()
            .flat_map(|name| words.iter().map(move |word| format!("{name}{before}{word}")))
            .collect();
        rest = behind;
    }
    names.iter_mut().for_each(|name| *name += rest);
    Ok((names, port.map(str::to_owned)))
}

/// `core-1:2222` and `[2001:db8::1]:22`, but not `2001:db8::1`.
fn without_port(pattern: &str) -> (&str, Option<&str>) {
    let outside = pattern.rfind(']').map_or(0, |at| at + 1);
    let tail = pattern.get(outside..).unwrap_or_default();
    match tail.split_once(':') {
        Some((before, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (pattern.get(..outside + before.len()).unwrap_or(pattern), Some(port))
        }
        _ => (pattern, None),
    }
}

/// The words of `01:10`, `a:f`, `1:9:2`; nothing where it is no range.
fn range_words(range: &str, most: usize) -> Result<Option<Vec<String>>, String> {
    let parts: Vec<&str> = range.split(':').collect();
    let (start, end, step) = match parts.as_slice() {
        [start, end] => (*start, *end, "1"),
        [start, end, step] => (*start, *end, *step),
        _ => return Ok(None),
    };
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let letter = |text: &str| match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(*letter),
        _ => None,
    };
    let step: usize = match step.parse() {
        Ok(step) if step > 0 => step,
        _ => return Ok(None),
    };
    if let (Some(start), Some(end)) = (letter(start), letter(end)) {
        if start > end {
            return Err(format!("the range [{range}] ends before it begins"));
        }
        return Ok(Some((start..=end).step_by(step).map(|letter| char::from(letter).to_string()).collect()));
    }
    // `[:9]` begins at 0.
    let start = if start.is_empty() { "0" } else { start };
    if !digits(start) || !digits(end) {
        return Ok(None);
    }
    let width = if start.starts_with('0') { start.len() } else { 0 };
    let (Ok(first), Ok(last)) = (start.parse::<usize>(), end.parse::<usize>()) else { return Ok(None) };
    if first > last {
        return Err(format!("the range [{range}] ends before it begins"));
    }
    if (last - first) / step >= most {
        return Err(format!("it names more than {most} hosts"));
    }
    Ok(Some((first..=last).step_by(step).map(|number| format!("{number:0width$}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_out() {
        let names = |pattern| hosts(pattern, 100).unwrap().0;
        assert_eq!(names("sw[08:10]"), ["sw08", "sw09", "sw10"]);
        assert_eq!(names("leaf-[a:c].dc1"), ["leaf-a.dc1", "leaf-b.dc1", "leaf-c.dc1"]);
        assert_eq!(names("r[1:2]-[a:b]"), ["r1-a", "r1-b", "r2-a", "r2-b"]);
        assert_eq!(names("sw[1:9:4]"), ["sw1", "sw5", "sw9"]);
        assert_eq!(names("core-1"), ["core-1"]);
    }

    #[test]
    fn ports_stand_behind_names() {
        assert_eq!(hosts("core-1:2222", 9), Ok((vec!["core-1".into()], Some("2222".into()))));
        assert_eq!(hosts("2001:db8::1", 9), Ok((vec!["2001:db8::1".into()], None)));
        assert_eq!(hosts("[2001:db8::1]:22", 9), Ok((vec!["2001:db8::1".into()], Some("22".into()))));
    }

    #[test]
    fn ranges_are_bounded() {
        for hostile in ["sw[0:999999999]", "a[1:50]b[1:50]c[1:50]", "x[9:1]", "x[1:2", "x[b:a]"] {
            assert!(hosts(hostile, 1000).is_err(), "{hostile}");
        }
    }
}
