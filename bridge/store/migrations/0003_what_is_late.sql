-- When a lane last had an arrival, how far it has come, and which entries agents were told are late.

ALTER TABLE lane ADD COLUMN heard_at REAL NOT NULL DEFAULT 0;

-- The largest order that was ever begun: what arrives below it later comes out of its order.
ALTER TABLE lane ADD COLUMN begun_ord INTEGER NOT NULL DEFAULT 0;

CREATE INDEX lane_heard ON lane (heard_at);

ALTER TABLE entry ADD COLUMN late INTEGER NOT NULL DEFAULT 0;

CREATE INDEX conversation_open ON conversation (desk) WHERE closed = 0 AND confirmed = 1;
