//! Who has not answered for too long.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::{StoreError, Tx, micros, timestamp};
use crate::events::{Event, Kind};

impl Tx<'_> {
    /// Tells, once, of every listed device that has not answered for longer than `silent_after`, and returns their
    /// names. A device that never answered counts from when it was first polled for; one that nobody has polled yet is
    /// not silent. Answers that were carried here late bring a device back, too.
    pub fn find_silent(&mut self, now: Timestamp, silent_after: Duration) -> Result<Vec<String>, StoreError> {
        let since = SignedDuration::try_from(silent_after).ok().and_then(|span| now.checked_sub(span).ok());
        // Longer ago than time goes back: nobody is.
        let Some(since) = since else { return Ok(Vec::new()) };
        for (device, name, _, _) in self.standing("n.silent <> 0 AND n.answered_at >= ?", since)? {
            self.sql().prepare_cached("UPDATE newest SET silent = 0 WHERE device = ?")?.execute([device])?;
            self.tell(&Event::new(Kind::CameBack, format!("{name} answers again.")).of(&name))?;
        }
        let mut silent = Vec::new();
        let rows = self.standing("n.silent = 0 AND coalesce(n.answered_at, d.first_seen) < ?", since)?;
        for (device, name, answered_at, asked) in rows {
            self.sql()
                .prepare_cached("UPDATE newest SET silent = ? WHERE device = ?")?
                .execute(params![micros(now), device])?;
            let last = answered_at.map(timestamp);
            let message = match (last, asked) {
                (None, _) => format!("{name} has never answered."),
                (Some(last), true) => format!("{name} was asked and has not answered since {last:.0}."),
                (Some(last), false) => format!("{name} was not asked since it last answered, {last:.0}."),
            };
            let mut event = Event::new(Kind::WentSilent, message).of(&name).with("asked", asked);
            if let Some(last) = last {
                event = event.with("answered_at", last.to_string());
            }
            self.tell(&event)?;
            silent.push(name);
        }
        Ok(silent)
    }

    /// Listed devices with a condition on a time: number, name, when they answered, whether they were asked since.
    #[expect(clippy::type_complexity, reason = "the rows of one query")]
    fn standing(
        &self,
        condition: &str,
        at: Timestamp,
    ) -> Result<Vec<(i64, String, Option<i64>, bool)>, StoreError> {
        let mut query = self.sql().prepare_cached(&format!(
            "SELECT d.id, d.name, n.answered_at, n.observation IS NOT n.answered
             FROM newest n JOIN devices d ON d.id = n.device WHERE d.listed AND {condition} ORDER BY d.name"
        ))?;
        let rows =
            query.query_map([micros(at)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
