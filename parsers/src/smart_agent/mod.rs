//! x
use crate::command::Command;
use crate::record::DeviceRecord;
use crate::text::Cursor;
/// x
pub fn speaks(_body: &str) -> bool {
    false
}
/// x
pub fn recognize(_body: &str) -> Option<Command> {
    None
}
/// x
pub fn read<'a>(cursor: &mut Cursor<'a>, _record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        cursor.unclaimed(line);
    }
}
