-- What operators see and do: who people are, what happened to an entry beside its plain way, what was done by whom.

-- An operator let it live again: its delivered calls are not made once more.
ALTER TABLE entry ADD COLUMN retried INTEGER NOT NULL DEFAULT 0;

CREATE INDEX entry_lane ON entry (lane_id, id);

ALTER TABLE receipt ADD COLUMN delivered_at REAL NOT NULL DEFAULT 0;

-- One row for each thing that happened to an entry, however often: most entries have none.
CREATE TABLE moment (
  entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  what TEXT NOT NULL,
  detail TEXT NOT NULL,
  first_at REAL NOT NULL,
  last_at REAL NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (entry_id, what, detail)
) STRICT;

-- sought: what a search looks at, casefolded.
CREATE TABLE person (
  channel TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  username TEXT NOT NULL,
  sought TEXT NOT NULL,
  PRIMARY KEY (channel, person)
) STRICT;

CREATE TABLE deed (
  id INTEGER PRIMARY KEY,
  done_at REAL NOT NULL,
  done_by TEXT NOT NULL,
  what TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;

CREATE INDEX conversation_person ON conversation (channel, person);
