-- Credentials shown to devices, by the time since boot. Each counts as being shown until it was answered, or until nobody
-- waits for its answer any more; and for a window of the cap longer.
CREATE TABLE guard_shown (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    place      INTEGER NOT NULL,              -- guard_places.id of its login, which may be over
    credential TEXT NOT NULL,
    boot       TEXT NOT NULL,
    ended_ns   INTEGER NOT NULL               -- no device sees it later than that
) STRICT;
-- guard_refusals.counts is 1 while a refusal counts, 0 once another device took the credential, 2 once an operator saw it.
-- Another device has taken the credential since this login began: it is a good one, and who hangs will hardly refuse it.
ALTER TABLE guard_places ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX guard_shown_by_end ON guard_shown(ended_ns);
