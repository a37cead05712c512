-- The second schema: logins in flight, the way that worked, and the own clock.

-- Logins that are begun and not yet answered, by the time since boot. Each may be refused, and is counted so until it
-- is old; what is of another boot is gone.
CREATE TABLE guard_places (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    credential TEXT NOT NULL,
    device     TEXT NOT NULL COLLATE NOCASE,
    boot       TEXT NOT NULL,
    begins_ns  INTEGER NOT NULL               -- its turn
) STRICT;
CREATE INDEX guard_refusals_of_device ON guard_refusals(device);

-- What was learned about the way to a device, so that it is not found out anew by each poll.
CREATE TABLE ways (
    device       TEXT PRIMARY KEY COLLATE NOCASE,
    narrow_lane  INTEGER NOT NULL DEFAULT 0,  -- its key exchange is an expensive one
    missed_at    INTEGER,                     -- when NETCONF was not there, and the CLI was
    missed_port  INTEGER,                     -- at which port
    missed_under TEXT                         -- the software version that the CLI told then
) STRICT, WITHOUT ROWID;

-- What the own clock was last known to say, and when an operator said that it is right after all.
CREATE TABLE own_clock (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    last_good_us INTEGER,
    released_at  INTEGER
) STRICT;
