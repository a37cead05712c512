-- The number of the batch before, so that nobody waits for one that was given up; and where ages are counted from.

-- Of the last batch that was acknowledged. Batches between it and the next were given up: an operator discarded lines of
-- them, or the store had lost some.
ALTER TABLE sinks ADD COLUMN taken_sequence INTEGER NOT NULL DEFAULT 0;
UPDATE sinks SET taken_sequence = iif(batch_key IS NULL, sequence, sequence - 1);

-- The number before that of a drop, where its manifest says that it is not the next smaller one.
ALTER TABLE carried_drops ADD COLUMN follows INTEGER;

-- Where the ages of what is kept are counted from; it follows the own clock with care.
ALTER TABLE own_clock ADD COLUMN reckoned_at INTEGER;
