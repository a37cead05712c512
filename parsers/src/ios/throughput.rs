//! x
use crate::record::DeviceRecord;
use crate::text::Cursor;
/// x
pub fn read<'a>(cursor: &mut Cursor<'a>, _record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        cursor.unclaimed(line);
    }
}
