-- When the addresses of a file stop to open, so that it can be forgotten; 0: never, and for those that came before.

ALTER TABLE file ADD COLUMN expires_at REAL NOT NULL DEFAULT 0;
CREATE INDEX file_expires ON file (expires_at) WHERE expires_at > 0;
