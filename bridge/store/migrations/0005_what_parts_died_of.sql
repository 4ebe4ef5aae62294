-- The class of the reason why parts of an entry were missed, by which its dead letter is counted.

ALTER TABLE entry ADD COLUMN missed_cause TEXT NOT NULL DEFAULT 'refused';
