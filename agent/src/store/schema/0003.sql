-- Drops of other agents (and of this one) that people carried here.

-- One row for each drop that was taken in: by them, repeats are told apart and gaps are seen.
CREATE TABLE carried_drops (
    agent           TEXT NOT NULL,
    sink            TEXT NOT NULL,             -- '' where a person polled
    sequence        INTEGER NOT NULL,
    manifest_sha256 BLOB NOT NULL,
    created_at      INTEGER NOT NULL,          -- by the other agent's clock
    taken_at        INTEGER NOT NULL,
    carried_by      TEXT NOT NULL,
    PRIMARY KEY (agent, sink, sequence, manifest_sha256)
) STRICT, WITHOUT ROWID;

-- The key that signs an agent's journal heads, and the newest head that was seen of it.
CREATE TABLE agent_heads (
    agent      TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    hash       TEXT NOT NULL,
    signed_at  INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Saved output that was taken in, by device and files: the same is not taken in twice.
CREATE TABLE carried_outputs (
    digest      BLOB PRIMARY KEY,
    observation TEXT NOT NULL,
    taken_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
