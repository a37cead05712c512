//! Bytes as lower-case hexadecimal digits: digests, keys and signatures are written so.

/// The digits of some bytes.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of so many digits; nothing if there are more or fewer, or others than `0-9a-f`.
pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_stands_for_one_value() {
        assert_eq!(bytes::<3>(&digits(&[0, 0xab, 0xff])), Some([0, 0xab, 0xff]));
        for other in ["00ABff", "00abf", "00abff0", "00abfg", ""] {
            assert_eq!(bytes::<3>(other), None, "{other}");
        }
    }
}
