-- The journal's tables, as all migrations together leave them.
-- Times are seconds since the epoch, durations are seconds, truth is 0 or 1.

CREATE TABLE migration (
  number INTEGER PRIMARY KEY,
  applied_at REAL NOT NULL
) STRICT;

CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;

INSERT INTO counter (name, value) VALUES ('token', 0);

-- ready_at: when the lane's head may be sent; NULL while nothing waits.
-- token: who holds the lane; NULL while nobody does.
-- done, dead: how many such entries of the lane are stored, so that a count never reads the history.
-- heard_at: when it last had an arrival. begun_ord: the largest order that was ever begun.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  topic TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction = 'in' OR direction = 'out'),
  destination TEXT NOT NULL,
  ready_at REAL,
  token INTEGER,
  lease REAL NOT NULL DEFAULT 0,
  lease_until REAL NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0, heard_at REAL NOT NULL DEFAULT 0, begun_ord INTEGER NOT NULL DEFAULT 0,
  UNIQUE (channel, chat, topic, direction)
) STRICT;

CREATE INDEX lane_ready ON lane (destination, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX lane_heard ON lane (heard_at);
CREATE UNIQUE INDEX lane_held ON lane (token) WHERE token IS NOT NULL;

-- An entry is live until settled_at is set. No reference to lane: an empty lane is deleted, and the check of a reference
-- would need an index over every settled entry. Checks compare with = because SQLite builds a table for each IN.
CREATE TABLE entry (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lane_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  ord INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  step INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  suspect INTEGER NOT NULL DEFAULT 0,
  doubt INTEGER NOT NULL DEFAULT 0,
  begun INTEGER NOT NULL DEFAULT 0,
  accepted_at REAL NOT NULL,
  due_at REAL NOT NULL,
  settled_at REAL,
  reason TEXT NOT NULL DEFAULT '',
  raw BLOB NOT NULL, missed TEXT NOT NULL DEFAULT '', late INTEGER NOT NULL DEFAULT 0, retried INTEGER NOT NULL DEFAULT 0, missed_cause TEXT NOT NULL DEFAULT 'refused',
  UNIQUE (source, key),
  CHECK ((settled_at IS NULL) = (state = 'waiting' OR state = 'sending'))
) STRICT;

CREATE INDEX entry_lane ON entry (lane_id, id);
CREATE INDEX entry_live ON entry (lane_id, begun DESC, ord, id) WHERE settled_at IS NULL;
CREATE INDEX entry_done ON entry (settled_at) WHERE state = 'done';
CREATE INDEX entry_dead ON entry (settled_at) WHERE state = 'dead';
CREATE INDEX entry_suspect ON entry (suspect) WHERE suspect > 0;

CREATE TABLE receipt (
  entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  far_id TEXT NOT NULL, delivered_at REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (entry_id, step)
) STRICT;

CREATE TABLE conversation (
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  topic TEXT NOT NULL,
  desk TEXT NOT NULL,
  request_id TEXT NOT NULL,
  person TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  PRIMARY KEY (channel, chat, topic)
) STRICT;

CREATE INDEX conversation_person ON conversation (channel, person);
CREATE INDEX conversation_request ON conversation (request_id);
CREATE INDEX conversation_open ON conversation (desk) WHERE closed = 0 AND confirmed = 1;

-- Every request that was ever opened, and the chat it belongs to.
CREATE TABLE request (
  request_id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  topic TEXT NOT NULL
) STRICT;

CREATE INDEX request_chat ON request (channel, chat);

CREATE TABLE guest (
  desk TEXT NOT NULL,
  person TEXT NOT NULL,
  user_id TEXT NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY (desk, person)
) STRICT;

CREATE TABLE subscription (
  desk TEXT NOT NULL,
  event TEXT NOT NULL,
  id TEXT NOT NULL,
  target TEXT NOT NULL,
  secret TEXT NOT NULL,
  PRIMARY KEY (desk, event)
) STRICT;

CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- buttons: a JSON array of [kind, label, target, echo]. chosen_by: the key of the press that used the offer up.
CREATE TABLE offer (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  buttons TEXT NOT NULL,
  chosen_by TEXT NOT NULL,
  offered_at REAL NOT NULL
) STRICT;

CREATE INDEX offer_age ON offer (offered_at);
CREATE INDEX offer_chat ON offer (channel, chat);

-- thumbnail: the network's id of a still picture, '' if there is none. person: who sent it, '' if that is not known.
-- expires_at: when its addresses stop to open, 0: never.
CREATE TABLE file (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  network_id TEXT NOT NULL,
  name TEXT NOT NULL,
  mime TEXT NOT NULL,
  size INTEGER NOT NULL,
  thumbnail TEXT NOT NULL,
  filed_at REAL NOT NULL
, person TEXT NOT NULL DEFAULT '', expires_at REAL NOT NULL DEFAULT 0) STRICT;

CREATE INDEX file_chat ON file (channel, chat);
CREATE INDEX file_person ON file (channel, person);
CREATE INDEX file_expires ON file (expires_at) WHERE expires_at > 0;

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
