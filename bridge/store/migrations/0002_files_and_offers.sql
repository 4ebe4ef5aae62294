-- Files with an address of ours, offers of buttons, and what an entry's delivered calls missed.

ALTER TABLE entry ADD COLUMN missed TEXT NOT NULL DEFAULT '';

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

-- thumbnail: the network's id of a still picture, '' if there is none.
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
) STRICT;

CREATE INDEX file_chat ON file (channel, chat);
