//! The raw bytes of the answer that is being read.

/// Bytes from a place of the stream on.
#[derive(Default)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    start: usize,
}

impl Tape {
    pub(super) fn record(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes no shell prints, if they are so many that this is no text.
    pub(super) fn garbage(&self) -> Option<usize> {
        let unprintable = self.bytes.iter().filter(|byte| !is_plain(**byte)).count();
        is_garbage(self.bytes.len(), unprintable).then_some(unprintable)
    }

    /// Takes everything.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.start += self.bytes.len();
        std::mem::take(&mut self.bytes)
    }

    /// Takes everything before a place of the stream.
    pub(super) fn take_until(&mut self, place: usize) -> Vec<u8> {
        let cut = place.saturating_sub(self.start).min(self.bytes.len());
        let rest = self.bytes.split_off(cut);
        self.start += cut;
        std::mem::replace(&mut self.bytes, rest)
    }

    /// Counts bytes that belong to no answer.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.wind();
        self.start += bytes;
    }

    /// Forgets everything.
    pub(super) fn wind(&mut self) {
        self.start += self.bytes.len();
        self.bytes.clear();
    }
}

/// Whether a shell prints this byte in text.
pub(super) fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t' | 0 | 7 | 8 | 0x1b)
}

/// Whether this is no text of a shell. Banners in other scripts are, so it takes a majority.
pub(super) fn is_garbage(heard: usize, unprintable: usize) -> bool {
    heard >= 16 && unprintable > heard / 2
}
