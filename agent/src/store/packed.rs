//! Bytes as the store keeps them: compressed, with a checksum.

use std::io::Read;

use super::StoreError;

/// How hard we compress: harder costs more time than it saves room.
const LEVEL: i32 = 3;
/// No record and no answer of a device is larger; what claims to be is damaged.
const LARGEST: u64 = 256 << 20;

/// Compresses.
pub(crate) fn pack(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let packed = zstd::bulk::Compressor::new(LEVEL).and_then(|mut compressor| {
        compressor.include_checksum(true)?;
        compressor.compress(bytes)
    });
    packed.map_err(|error| StoreError::Content(format!("it cannot be compressed: {error}")))
}

/// What was compressed, if not a bit of it has changed.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let read = zstd::stream::read::Decoder::with_buffer(packed)
        .and_then(|decoder| decoder.take(LARGEST).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 == LARGEST => Err(StoreError::Content("it is too large".to_owned())),
        Ok(_) => Ok(bytes),
        Err(error) => Err(StoreError::Content(format!("it cannot be unpacked: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_is_found() {
        let bytes = b"{\"device\":\"core-1\"}".repeat(20);
        let packed = pack(&bytes).unwrap();
        assert_eq!(unpack(&packed).unwrap(), bytes);
        for bit in 0..packed.len() * 8 {
            let mut changed = packed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A bit of the frame's head may mean nothing for the content; then the content is the same.
            assert!(unpack(&changed).map_or(true, |read| read == bytes), "bit {bit}");
        }
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length]).map_or(true, |read| read.is_empty()), "{length} bytes");
        }
    }
}
