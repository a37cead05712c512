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
