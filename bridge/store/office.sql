-- What operators ask of the store. A view of an entry has the same columns everywhere, see `bridge.store.views.view`.


-- ------------------------------------------------------------ conversations

-- Counts are made for the rows that are shown, not for all that are searched.
-- name: office_conversations
SELECT found.*,
  (SELECT count(*) FROM lane JOIN entry ON entry.lane_id = lane.id AND settled_at IS NULL
   WHERE lane.channel = found.channel AND lane.chat = found.chat AND lane.topic = found.topic),
  (SELECT coalesce(sum(dead), 0) FROM lane
   WHERE lane.channel = found.channel AND lane.chat = found.chat AND lane.topic = found.topic)
FROM (
  SELECT conversation.channel, conversation.chat, conversation.topic, desk, request_id, conversation.person, confirmed, closed,
    blocked, coalesce(name, ''), coalesce(username, ''), coalesce((
      SELECT max(heard_at) FROM lane
      WHERE lane.channel = conversation.channel AND lane.chat = conversation.chat AND lane.topic = conversation.topic), 0) AS heard
  FROM conversation LEFT JOIN person ON person.channel = conversation.channel AND person.person = conversation.person
  WHERE :words = '' OR instr(coalesce(sought, '') || ' ' || conversation.chat || ' ' || request_id || ' ' || conversation.person, :words) > 0
    OR EXISTS (SELECT 1 FROM request WHERE request.request_id = :words AND request.channel = conversation.channel
               AND request.chat = conversation.chat AND request.topic = conversation.topic)
) AS found
ORDER BY heard DESC, channel, chat, topic
LIMIT :limit OFFSET :skip;

-- name: office_conversation
SELECT conversation.channel, conversation.chat, conversation.topic, desk, request_id, conversation.person, confirmed, closed,
  blocked, coalesce(name, ''), coalesce(username, ''),
  coalesce((SELECT max(heard_at) FROM lane
    WHERE lane.channel = conversation.channel AND lane.chat = conversation.chat AND lane.topic = conversation.topic), 0),
  (SELECT count(*) FROM lane JOIN entry ON entry.lane_id = lane.id AND settled_at IS NULL
   WHERE lane.channel = conversation.channel AND lane.chat = conversation.chat AND lane.topic = conversation.topic),
  (SELECT coalesce(sum(dead), 0) FROM lane
   WHERE lane.channel = conversation.channel AND lane.chat = conversation.chat AND lane.topic = conversation.topic)
FROM conversation LEFT JOIN person ON person.channel = conversation.channel AND person.person = conversation.person
WHERE conversation.channel = :channel AND conversation.chat = :chat AND conversation.topic = :topic;

-- name: keep_person
INSERT INTO person (channel, person, name, username, sought) VALUES (:channel, :person, :name, :username, :sought)
ON CONFLICT (channel, person) DO UPDATE SET name = excluded.name, username = excluded.username, sought = excluded.sought;


-- ------------------------------------------------------------ entries

-- With those of the side lanes, which are the conversation's as well.
-- name: office_entries
SELECT entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM lane JOIN entry ON entry.lane_id = lane.id
WHERE channel = :channel AND chat = :chat AND (topic = :topic OR topic = 'notes' OR topic = 'presses') AND entry.id < :before
ORDER BY entry.id DESC
LIMIT :limit;

-- name: office_entry
SELECT raw, entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM entry JOIN lane ON lane.id = lane_id
WHERE entry.id = :entry;

-- An index begins with the source, and there are few: it is skipped from one to the next.
-- name: find_by_key
WITH RECURSIVE known (source) AS (
  SELECT (SELECT source FROM entry ORDER BY source LIMIT 1)
  UNION ALL
  SELECT (SELECT source FROM entry WHERE source > known.source ORDER BY source LIMIT 1) FROM known WHERE known.source IS NOT NULL)
SELECT entry.id FROM known JOIN entry ON entry.source = known.source AND entry.key = :key;

-- name: find_by_receipt
SELECT entry_id FROM receipt WHERE far_id = :far_id LIMIT 50;

-- name: moments
SELECT first_at, what, detail, times, last_at FROM moment WHERE entry_id = :entry;

-- name: receipts
SELECT step, far_id, delivered_at FROM receipt WHERE entry_id = :entry ORDER BY step;

-- Of an entry that was forgotten while somebody had it in hand there is nothing to note.
-- name: note_moment
INSERT INTO moment (entry_id, what, detail, first_at, last_at, times)
SELECT id, :what, :detail, :now, :now, 1 FROM entry WHERE id = :entry
ON CONFLICT (entry_id, what, detail) DO UPDATE SET last_at = excluded.last_at, times = times + 1;

-- name: note_in_flight
INSERT INTO moment (entry_id, what, detail, first_at, last_at, times)
SELECT id, 'suspect', 'the daemon ended while it was being sent', :now, :now, 1 FROM entry
WHERE state = 'sending' AND settled_at IS NULL
ON CONFLICT (entry_id, what, detail) DO UPDATE SET last_at = excluded.last_at, times = times + 1;

-- name: office_waiting
SELECT channel, chat, topic, direction, destination, entry.id, entry.reason, entry.accepted_at, entry.due_at, token IS NOT NULL,
  (SELECT count(*) FROM entry AS one WHERE one.lane_id = lane.id AND one.settled_at IS NULL)
FROM lane JOIN entry ON entry.id = (
  SELECT head.id FROM entry AS head WHERE head.lane_id = lane.id AND head.settled_at IS NULL
  ORDER BY head.begun DESC, head.ord, head.id LIMIT 1)
WHERE ready_at IS NOT NULL OR token IS NOT NULL
ORDER BY entry.accepted_at
LIMIT :limit;

-- name: last_entry
SELECT id FROM entry ORDER BY id DESC LIMIT 1;

-- The length of a content is known without reading it.
-- name: stored_sizes
SELECT entry.id, length(raw)
FROM entry JOIN lane ON lane.id = lane_id
WHERE entry.id > :after AND entry.id <= :last AND accepted_at >= :since AND accepted_at < :until
  AND (:channel = '' OR channel = :channel) AND (:chat = '' OR chat = :chat)
ORDER BY entry.id;

-- name: stored_entries
SELECT raw, entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM entry JOIN lane ON lane.id = lane_id
WHERE entry.id > :after AND entry.id <= :last AND accepted_at >= :since AND accepted_at < :until
  AND (:channel = '' OR channel = :channel) AND (:chat = '' OR chat = :chat)
ORDER BY entry.id;


-- ------------------------------------------------------------ dead letters

-- name: office_dead
SELECT entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM entry JOIN lane ON lane.id = lane_id
WHERE state = 'dead' AND settled_at <= :until AND (:words = '' OR instr(lower(reason), lower(:words)) > 0)
ORDER BY settled_at DESC, entry.id DESC
LIMIT :limit OFFSET :skip;

-- name: count_dead
SELECT count(*) FROM entry
WHERE state = 'dead' AND settled_at <= :until AND (:words = '' OR instr(lower(reason), lower(:words)) > 0);

-- What it was like before it is changed; nothing if it is no dead letter (any more).
-- name: remember_death
INSERT INTO moment (entry_id, what, detail, first_at, last_at, times)
SELECT id, 'dead', reason, settled_at, settled_at, 1 FROM entry WHERE id = :entry AND state = 'dead'
ON CONFLICT (entry_id, what, detail) DO UPDATE SET last_at = excluded.last_at, times = times + 1;

-- name: remember_acceptance
INSERT INTO moment (entry_id, what, detail, first_at, last_at, times)
SELECT id, 'accepted', source, accepted_at, accepted_at, 1 FROM entry WHERE id = :entry AND state = 'dead'
ON CONFLICT (entry_id, what, detail) DO NOTHING;

-- Its time begins anew, and so do its calls but for those that have a receipt. Agents were told, so they hear when it got through.
-- If one of them has ever been suspect towards a desk, all that have none are looked up first: which one it was need not be known.
-- name: retry_entry
UPDATE entry
SET state = 'waiting', settled_at = NULL, accepted_at = :now, due_at = :now, attempts = 0, begun = 0, late = 1, retried = 1,
  doubt = unsure, step = 0, missed = ''
FROM (SELECT one.id AS number, one.suspect > 0 AND direction = 'in' AS unsure
      FROM entry AS one JOIN lane ON lane.id = one.lane_id WHERE one.id = :entry)
WHERE id = number AND state = 'dead'
RETURNING lane_id, source, key;

-- A note that says of a message that it was not delivered, and was not delivered itself, is untrue when the message is tried again.
-- name: outdate_notes
UPDATE entry SET state = 'done', settled_at = :now, reason = 'the message it speaks of is tried again'
WHERE source = :source AND key >= :about || '/' AND key < :about || '0' AND state = 'dead'
RETURNING lane_id;

-- name: revive_lane
UPDATE lane
SET dead = dead - 1,
    ready_at = CASE WHEN ready_at <= :now THEN ready_at ELSE (
      SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
      FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
      ORDER BY begun DESC, ord, entry.id LIMIT 1) END
WHERE id = :lane
RETURNING destination;

-- name: drop_entry
UPDATE entry SET state = 'done', settled_at = :now, reason = :reason WHERE id = :entry AND state = 'dead' RETURNING lane_id;

-- name: count_dropped
UPDATE lane SET dead = dead - 1, done = done + 1 WHERE id = :lane;


-- ------------------------------------------------------------ deeds

-- name: note_deed
INSERT INTO deed (done_at, done_by, what, subject) VALUES (:now, :by, :what, :subject);

-- name: deeds
SELECT done_at, done_by, what, subject, id FROM deed WHERE id < :before ORDER BY id DESC LIMIT :limit;

-- name: forget_deeds
DELETE FROM deed WHERE id <= (SELECT max(id) FROM deed) - 10000;


-- ------------------------------------------------------------ forgetting a person

-- name: conversations_of_person
SELECT chat, topic, desk, request_id FROM conversation WHERE channel = :channel AND person = :person;

-- name: person_called
SELECT person FROM person WHERE channel = :channel AND username <> '' AND lower(username) = lower(:username);

-- name: requests_of_chat
SELECT request_id FROM request WHERE channel = :channel AND chat = :chat;

-- name: lanes_of_chat
SELECT id FROM lane WHERE channel = :channel AND chat = :chat;

-- name: erase_lane_entries
DELETE FROM entry WHERE lane_id = :lane;

-- name: erase_lane
DELETE FROM lane WHERE id = :lane;

-- name: content
SELECT raw, chat FROM entry JOIN lane ON lane.id = lane_id WHERE entry.id = :entry;

-- name: rewrite_entry
UPDATE entry SET raw = :raw WHERE id = :entry;

-- name: erase_entry
DELETE FROM entry WHERE id = :entry RETURNING lane_id, state;

-- name: recount_lane
UPDATE lane
SET done = done - :done, dead = dead - :dead,
    ready_at = (
      SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
      FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
      ORDER BY begun DESC, ord, entry.id LIMIT 1)
WHERE id = :lane;

-- name: erase_offers
DELETE FROM offer WHERE channel = :channel AND chat = :chat;

-- name: files_of_chat
SELECT id, network_id, thumbnail FROM file WHERE channel = :channel AND chat = :chat;

-- name: files_of_person
SELECT id, chat, network_id, thumbnail FROM file WHERE channel = :channel AND person = :person;

-- name: erase_file
DELETE FROM file WHERE id = :id;

-- Without it, what agents write there is no business of ours any more: each of their messages would name the person again.
-- name: erase_request
DELETE FROM request WHERE request_id = :request_id;

-- name: erase_conversations
DELETE FROM conversation WHERE channel = :channel AND chat = :chat;

-- In a group the conversation stays, and ends: the next one who writes there opens another request.
-- name: disown_conversations
UPDATE conversation SET person = '', closed = 1 WHERE channel = :channel AND person = :person;

-- name: guests_of_person
SELECT user_id FROM guest WHERE person = :person;

-- name: erase_guests
DELETE FROM guest WHERE person = :person;

-- name: erase_person
DELETE FROM person WHERE channel = :channel AND person = :person;
