-- What all answers of a device together tell, so that a part of an answer hides no change.

-- Compressed JSON, as changes::carry makes it; NULL until the next answer where an older licwatch kept the last one.
ALTER TABLE newest ADD COLUMN known BLOB;
