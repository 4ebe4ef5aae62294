-- Who sent a file, so that it can be forgotten with them in groups as well; '' for those that came before.

ALTER TABLE file ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE INDEX file_person ON file (channel, person);
