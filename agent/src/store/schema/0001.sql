-- The first schema. Times are microseconds since 1970 (UTC) by the agent's clock; digests are 32 raw bytes.

-- One row for each device that was ever seen; its id outlives its name.
CREATE TABLE devices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       TEXT NOT NULL UNIQUE,          -- minted here, UUIDv7
    name       TEXT NOT NULL UNIQUE COLLATE NOCASE,
    listed     INTEGER NOT NULL DEFAULT 1,    -- whether the inventory has it now
    first_seen INTEGER NOT NULL
) STRICT;

-- The chassis serial numbers that a device has shown.
CREATE TABLE serials (
    serial_number TEXT NOT NULL COLLATE NOCASE,
    device        INTEGER NOT NULL REFERENCES devices(id),
    first_seen    INTEGER NOT NULL,
    last_seen     INTEGER NOT NULL,
    shown         INTEGER NOT NULL,           -- whether the newest answer of the device showed it
    PRIMARY KEY (serial_number, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX serials_of_device ON serials(device);

-- What polls and hand-carried files said; `seq` is the order in which it was committed.
CREATE TABLE observations (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,         -- RECORD.md observation.id
    device      INTEGER NOT NULL REFERENCES devices(id),
    polled_at   INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('complete', 'partial', 'failed')),
    carried_by  TEXT,                         -- who brought it, if it was no poll
    offset_ms   INTEGER,                      -- the device's clock less ours
    line_sha256 BLOB NOT NULL,
    line        BLOB NOT NULL,                -- the record with its observation, one line, zstd
    captures    INTEGER NOT NULL DEFAULT 0    -- how many of its raw answers are kept
) STRICT;
CREATE INDEX observations_of_device ON observations(device, seq);
CREATE INDEX observations_by_time ON observations(polled_at);
CREATE INDEX observations_with_captures ON observations(polled_at) WHERE captures > 0;

-- Legal holds: while one stands, retention leaves what is kept of its device.
CREATE TABLE holds (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    device  INTEGER REFERENCES devices(id),   -- NULL: every device, also those to come
    set_at  INTEGER NOT NULL,
    set_by  TEXT NOT NULL,
    reason  TEXT NOT NULL
) STRICT;

-- The newest observation of each device, and the newest that told anything.
CREATE TABLE newest (
    device      INTEGER PRIMARY KEY REFERENCES devices(id),
    observation INTEGER NOT NULL,             -- observations.seq
    answered    INTEGER,                      -- observations.seq of the newest complete or partial one
    answered_at INTEGER,
    silent      INTEGER NOT NULL DEFAULT 0,   -- when `went_silent` was told; 0 if the device is not silent
    summary     TEXT NOT NULL                 -- what `status` shows, JSON
) STRICT;

-- Raw answers, each kept once.
CREATE TABLE captures (
    sha256    BLOB PRIMARY KEY,
    bytes     INTEGER NOT NULL,
    sensitive INTEGER NOT NULL,
    zstd      BLOB NOT NULL
) STRICT;

CREATE TABLE observation_captures (
    observation INTEGER NOT NULL REFERENCES observations(seq) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    sha256      BLOB NOT NULL REFERENCES captures(sha256),
    command     TEXT,
    origin      TEXT NOT NULL,
    at          INTEGER,
    PRIMARY KEY (observation, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX captures_in_use ON observation_captures(sha256);

-- What changed on a device, and what security officers must hear of.
CREATE TABLE events (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    device      INTEGER REFERENCES devices(id),
    observation TEXT,                         -- observations.id
    event       TEXT NOT NULL                 -- the whole event, one line of JSON
) STRICT;
CREATE INDEX events_of_device ON events(device, seq);
CREATE INDEX events_by_time ON events(at);

-- The hash chain: hash = SHA-256(prev || entry), where prev and hash are lower-case hexadecimal.
CREATE TABLE journal (
    seq   INTEGER PRIMARY KEY,
    entry BLOB NOT NULL,
    prev  TEXT NOT NULL,
    hash  TEXT NOT NULL
) STRICT;

-- Where records and events go, and how far each sink has come.
CREATE TABLE sinks (
    name         TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    wants        TEXT NOT NULL CHECK (wants IN ('records', 'events')),
    active       INTEGER NOT NULL,            -- whether the configuration has it now
    waiting      INTEGER NOT NULL DEFAULT 0,  -- its rows of outbox, kept by the triggers below
    refused      INTEGER NOT NULL DEFAULT 0,  -- its rows of dead_letters, kept by the triggers below
    delivered    INTEGER NOT NULL DEFAULT 0,  -- lines, ever
    delivered_at INTEGER,
    failures     INTEGER NOT NULL DEFAULT 0,  -- in a row
    failed_at    INTEGER,
    problem      TEXT,                        -- why the last try failed
    next_try     INTEGER,                     -- no earlier than then; NULL is at once
    sequence     INTEGER NOT NULL DEFAULT 0,  -- of the last batch that was begun
    -- The batch that was begun and not yet acknowledged: it is repeated as it was.
    batch_last   INTEGER,                     -- its last outbox.seq
    batch_lines  INTEGER,
    batch_at     INTEGER,
    batch_key    TEXT
) STRICT;

-- A number is never given twice: a line keeps it when it is refused.
CREATE TABLE outbox (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    sink      TEXT NOT NULL REFERENCES sinks(name),
    item      INTEGER NOT NULL,               -- observations.seq or events.seq, as the sink wants
    queued_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_of_sink ON outbox(sink, seq);
CREATE INDEX outbox_of_item ON outbox(item);

CREATE TABLE dead_letters (
    seq       INTEGER PRIMARY KEY,            -- as in the outbox
    sink      TEXT NOT NULL REFERENCES sinks(name),
    item      INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    dead_at   INTEGER NOT NULL,
    reason    TEXT NOT NULL
) STRICT;
CREATE INDEX dead_letters_of_sink ON dead_letters(sink, seq);
CREATE INDEX dead_letters_of_item ON dead_letters(item);

CREATE TRIGGER outbox_grows AFTER INSERT ON outbox
    BEGIN UPDATE sinks SET waiting = waiting + 1 WHERE name = NEW.sink; END;
CREATE TRIGGER outbox_shrinks AFTER DELETE ON outbox
    BEGIN UPDATE sinks SET waiting = waiting - 1 WHERE name = OLD.sink; END;
CREATE TRIGGER dead_letters_grow AFTER INSERT ON dead_letters
    BEGIN UPDATE sinks SET refused = refused + 1 WHERE name = NEW.sink; END;
CREATE TRIGGER dead_letters_shrink AFTER DELETE ON dead_letters
    BEGIN UPDATE sinks SET refused = refused - 1 WHERE name = OLD.sink; END;

-- When each device is due.
CREATE TABLE schedule (
    device     INTEGER PRIMARY KEY REFERENCES devices(id),
    begun_at   INTEGER,                       -- of the last poll
    ended_at   INTEGER,
    due_at     INTEGER NOT NULL,
    failures   INTEGER NOT NULL DEFAULT 0,    -- in a row
    reason     TEXT NOT NULL                  -- why then: interval, retry, confirm, early, catch_up
) STRICT;

-- The login guard. A credential or a device that is stopped stays so until an operator releases it.
CREATE TABLE guard_credentials (
    credential  TEXT PRIMARY KEY,
    stopped_at  INTEGER,
    reason      TEXT
) STRICT;

CREATE TABLE guard_refusals (
    credential TEXT NOT NULL,
    device     TEXT NOT NULL COLLATE NOCASE,
    refused_at INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    counts     INTEGER NOT NULL DEFAULT 1,    -- towards stopping the credential; not after it was accepted elsewhere
    PRIMARY KEY (credential, device)
) STRICT, WITHOUT ROWID;

-- Turns to log in, by the time since boot: `all` or the name of a credential with "credential " before it.
CREATE TABLE guard_turns (
    lane    TEXT PRIMARY KEY,
    boot    TEXT NOT NULL,
    next_ns INTEGER NOT NULL
) STRICT;
