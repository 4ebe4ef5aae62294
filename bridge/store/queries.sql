-- Every statement of the store, by name. An entry is live while settled_at is NULL; the head of a lane is its first live
-- entry by (begun DESC, ord, id).


-- ------------------------------------------------------------ accepting

-- Comes first, so that the lane's row lock brings the commits of one lane into the order of their ids.
-- name: touch_lane
INSERT INTO lane (channel, chat, topic, direction, destination)
VALUES (:channel, :chat, :topic, :direction, :destination)
ON CONFLICT (channel, chat, topic, direction) DO UPDATE SET destination = lane.destination
RETURNING id;

-- name: insert_entry
INSERT INTO entry (lane_id, source, key, ord, raw, accepted_at, due_at)
VALUES (:lane, :source, :key, :ord, :raw, :now, :now + :grace)
ON CONFLICT (source, key) DO NOTHING;

-- A lane that is ready keeps its place in the line; one that is not waits for its head.
-- name: ready_lane
UPDATE lane
SET destination = :destination, heard_at = :now,
    ready_at = CASE WHEN ready_at <= :now THEN ready_at ELSE (
      SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
      FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
      ORDER BY begun DESC, ord, entry.id LIMIT 1) END
WHERE id = :lane;


-- ------------------------------------------------------------ claiming

-- name: claimable_lanes
SELECT id, channel, chat, topic, direction FROM lane
WHERE destination = :destination AND ready_at <= :now AND (token IS NULL OR lease_until <= :tick)
ORDER BY ready_at, id
LIMIT :lanes;

-- name: next_entries
SELECT id, source, key, raw, step, attempts, suspect, doubt, accepted_at, due_at, state, missed, missed_cause,
  late, retried, begun
FROM entry
WHERE lane_id = :lane AND settled_at IS NULL
ORDER BY begun DESC, ord, id
LIMIT :depth;

-- name: doubt_entry
UPDATE entry SET state = 'waiting', doubt = 1, suspect = suspect + 1 WHERE id = :entry;

-- name: take_tokens
UPDATE counter SET value = value + :count WHERE name = 'token' RETURNING value;

-- name: hold_lane
UPDATE lane SET token = :token, lease = :lease, lease_until = :tick + :lease WHERE id = :lane;


-- ------------------------------------------------------------ under a claim

-- No row if the lease was lost, or the entry is not a live one of this lane.
-- A letter that an operator has tried again comes late by their will: it has no place in the order that was kept.
-- name: held_entry
SELECT CASE WHEN retried THEN 0 ELSE ord END, begun_ord FROM lane JOIN entry ON entry.lane_id = lane.id
WHERE token = :token AND entry.id = :entry AND settled_at IS NULL;

-- name: renew_lease
UPDATE lane SET lease_until = :tick + lease, begun_ord = max(begun_ord, :ord) WHERE token = :token;

-- The doubt of a letter that was tried again is that of all its calls.
-- name: begin_entry
UPDATE entry
SET state = 'sending', begun = 1,
    doubt = CASE WHEN :step > step AND NOT retried THEN 0 ELSE doubt END,
    attempts = CASE WHEN :step > step THEN 0 ELSE attempts END,
    step = CASE WHEN :step > step THEN :step ELSE step END
WHERE id = :entry;

-- name: finish_entry
UPDATE entry SET state = :state, settled_at = :now, reason = :reason, suspect = suspect + :suspect
WHERE id = :entry AND settled_at IS NULL AND lane_id = (SELECT lane.id FROM lane WHERE token = :token);

-- name: delay_entry
UPDATE entry
SET state = 'waiting', due_at = :now + :delay, reason = :reason, attempts = attempts + :spent, suspect = suspect + :suspect,
    doubt = CASE WHEN :suspect > 0 THEN 1 ELSE doubt END
WHERE id = :entry AND settled_at IS NULL AND lane_id = (SELECT lane.id FROM lane WHERE token = :token);

-- name: settle_lane
UPDATE lane
SET done = done + :done, dead = dead + :dead,
    ready_at = (
      SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
      FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
      ORDER BY begun DESC, ord, entry.id LIMIT 1)
WHERE token = :token;

-- name: release_lane
UPDATE lane
SET token = NULL,
    ready_at = (
      SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
      FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
      ORDER BY begun DESC, ord, entry.id LIMIT 1)
WHERE token = :token
RETURNING destination, ready_at;

-- name: overdue
SELECT entry.id, source, key, raw, reason, accepted_at, channel, chat, topic, direction
FROM lane JOIN entry ON entry.lane_id = lane.id AND settled_at IS NULL
WHERE destination = :destination AND ready_at IS NOT NULL AND accepted_at < :before AND late = 0
LIMIT :limit;

-- name: mark_late
UPDATE entry SET late = 1 WHERE id = :entry AND settled_at IS NULL;

-- name: late_entry
SELECT id FROM entry WHERE id = :entry AND late = 1;

-- name: note_missed
UPDATE entry SET missed = :missed, missed_cause = :cause WHERE id = :entry;

-- name: keep_receipt
INSERT INTO receipt (entry_id, step, far_id, delivered_at) VALUES (:entry, :step, :far_id, :now)
ON CONFLICT (entry_id, step) DO UPDATE SET far_id = excluded.far_id, delivered_at = excluded.delivered_at;


-- ------------------------------------------------------------ pruning

-- name: forget_done
DELETE FROM entry
WHERE id IN (SELECT id FROM entry WHERE state = 'done' AND settled_at < :before ORDER BY settled_at LIMIT :limit)
RETURNING lane_id;

-- name: forget_offers
DELETE FROM offer WHERE offered_at < :before;

-- name: count_forgotten
UPDATE lane SET done = done - :count WHERE id = :lane;

-- name: forget_lane
DELETE FROM lane WHERE id = :lane AND ready_at IS NULL AND token IS NULL AND done = 0 AND dead = 0;


-- ------------------------------------------------------------ recovery

-- name: count_live
SELECT coalesce(sum(CASE WHEN state = 'sending' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0)
FROM entry WHERE settled_at IS NULL;

-- name: doubt_in_flight
UPDATE entry SET state = 'waiting', doubt = 1, suspect = suspect + 1 WHERE state = 'sending' AND settled_at IS NULL;

-- name: release_all
UPDATE lane SET token = NULL WHERE token IS NOT NULL;

-- The latest time that this journal has seen.
-- name: last_seen
SELECT max(
  coalesce((SELECT accepted_at FROM entry ORDER BY id DESC LIMIT 1), 0),
  coalesce((SELECT max(settled_at) FROM entry WHERE state = 'done'), 0));

-- Nothing was accepted in the future, nor before this program was written (1577836800 is 2020): the clock was wrong then, and the
-- entry's wait begins now.
-- name: hasten_entries
UPDATE entry SET due_at = due_at - accepted_at + :now, accepted_at = :now
WHERE settled_at IS NULL AND (accepted_at > :now OR (accepted_at < 1577836800 AND :now >= 1577836800));

-- name: hasten_lanes
UPDATE lane
SET ready_at = (
  SELECT CASE WHEN due_at > :now THEN due_at ELSE :now END
  FROM entry WHERE lane_id = lane.id AND settled_at IS NULL
  ORDER BY begun DESC, ord, entry.id LIMIT 1)
WHERE ready_at > :now;

-- A clock that is set forward ends waits, which harms nobody; some were written down after it was set, and must not move.
-- name: shift_entries
UPDATE entry SET due_at = due_at + min(:seconds, 0), accepted_at = min(accepted_at + :seconds, :now) WHERE settled_at IS NULL;

-- name: shift_lanes
UPDATE lane SET ready_at = ready_at + min(:seconds, 0) WHERE ready_at IS NOT NULL;

-- Changes nothing, and shows whether the disk takes it.
-- name: try_writing
UPDATE counter SET value = value WHERE name = 'token';

-- name: note_migration
INSERT INTO migration (number, applied_at) VALUES (:number, :now);


-- ------------------------------------------------------------ views

-- name: census_settled
SELECT destination, sum(done), sum(dead) FROM lane GROUP BY destination;

-- name: census_live
SELECT destination, sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), sum(CASE WHEN state = 'sending' THEN 1 ELSE 0 END),
  min(CASE WHEN state = 'waiting' THEN accepted_at END)
FROM entry JOIN lane ON lane.id = lane_id
WHERE settled_at IS NULL
GROUP BY destination;

-- name: recent
SELECT entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM entry JOIN lane ON lane.id = lane_id
ORDER BY entry.id DESC
LIMIT :limit;

-- name: dead_letters
SELECT entry.id, channel, chat, topic, direction, source, key, state, reason, step, attempts, suspect, accepted_at, settled_at,
  destination, missed, late, due_at
FROM entry JOIN lane ON lane.id = lane_id
WHERE state = 'dead'
ORDER BY settled_at DESC, entry.id DESC
LIMIT :limit;

-- name: suspects_total
SELECT coalesce(sum(suspect), 0) FROM entry WHERE suspect > 0;


-- ------------------------------------------------------------ facts

-- name: open_conversation
INSERT INTO conversation (channel, chat, topic, desk, request_id, person, confirmed, closed, blocked)
VALUES (:channel, :chat, :topic, :desk, :request_id, :person, :confirmed, :closed, :blocked)
ON CONFLICT (channel, chat, topic) DO UPDATE
SET desk = excluded.desk, request_id = excluded.request_id, person = excluded.person,
    confirmed = excluded.confirmed, closed = excluded.closed, blocked = excluded.blocked;

-- name: open_request
INSERT INTO request (request_id, channel, chat, topic) VALUES (:request_id, :channel, :chat, :topic)
ON CONFLICT (request_id) DO UPDATE SET channel = excluded.channel, chat = excluded.chat, topic = excluded.topic;

-- name: confirm
UPDATE conversation SET confirmed = 1 WHERE request_id = :request_id;

-- name: close
UPDATE conversation SET closed = 1 WHERE request_id = :request_id;

-- name: block
UPDATE conversation SET blocked = :blocked WHERE channel = :channel AND chat = :chat;

-- A conversation that was already opened under the new id is the younger one and stays.
-- name: move_conversations
UPDATE conversation SET chat = :to
WHERE channel = :channel AND chat = :chat AND NOT EXISTS (
  SELECT 1 FROM conversation AS younger
  WHERE younger.channel = :channel AND younger.chat = :to AND younger.topic = conversation.topic);

-- name: forget_conversations
DELETE FROM conversation WHERE channel = :channel AND chat = :chat;

-- name: move_requests
UPDATE request SET chat = :to WHERE channel = :channel AND chat = :chat;

-- name: move_offers
UPDATE offer SET chat = :to WHERE channel = :channel AND chat = :chat;

-- name: keep_offer
INSERT INTO offer (id, channel, chat, buttons, chosen_by, offered_at)
VALUES (:id, :channel, :chat, :buttons, :chosen_by, :at)
ON CONFLICT (id) DO NOTHING;

-- name: use_offer
UPDATE offer SET chosen_by = :by WHERE id = :id AND chosen_by = '';

-- name: keep_file
INSERT INTO file (id, channel, chat, network_id, name, mime, size, thumbnail, filed_at, person, expires_at)
VALUES (:id, :channel, :chat, :network_id, :name, :mime, :size, :thumbnail, :at, :person, :expires)
ON CONFLICT (id) DO UPDATE SET
  expires_at = CASE WHEN 0 IN (expires_at, excluded.expires_at) THEN 0 ELSE max(expires_at, excluded.expires_at) END;

-- name: forget_files
DELETE FROM file WHERE id IN (SELECT id FROM file WHERE expires_at > 0 AND expires_at < :before LIMIT :limit);


-- ------------------------------------------------------------ the book

-- name: conversation
SELECT channel, chat, topic, desk, request_id, person, confirmed, closed, blocked FROM conversation
WHERE channel = :channel AND chat = :chat AND topic = :topic;

-- name: conversation_of_request
SELECT conversation.channel, conversation.chat, conversation.topic, desk, conversation.request_id, person, confirmed, closed,
  blocked
FROM request JOIN conversation
  ON conversation.channel = request.channel AND conversation.chat = request.chat AND conversation.topic = request.topic
WHERE request.request_id = :request_id;

-- name: open_conversations
SELECT channel, chat, topic, desk, request_id, person, confirmed, closed, blocked FROM conversation
WHERE desk = :desk AND closed = 0 AND confirmed = 1;

-- A conversation comes once for each of its lanes.
-- name: active_conversations
SELECT conversation.channel, conversation.chat, conversation.topic, desk, request_id, person, confirmed, closed, blocked
FROM lane JOIN conversation
  ON conversation.channel = lane.channel AND conversation.chat = lane.chat AND conversation.topic = lane.topic
WHERE heard_at > :since AND desk = :desk AND closed = 0 AND confirmed = 1;

-- name: guest
SELECT desk, person, user_id, token FROM guest WHERE desk = :desk AND person = :person;

-- name: keep_guest
INSERT INTO guest (desk, person, user_id, token) VALUES (:desk, :person, :user_id, :token)
ON CONFLICT (desk, person) DO UPDATE SET user_id = excluded.user_id, token = excluded.token;

-- name: forget_guest
DELETE FROM guest WHERE desk = :desk AND person = :person;

-- name: subscriptions
SELECT desk, event, id, target, secret FROM subscription WHERE desk = :desk ORDER BY event;

-- name: keep_subscription
INSERT INTO subscription (desk, event, id, target, secret) VALUES (:desk, :event, :id, :target, :secret)
ON CONFLICT (desk, event) DO UPDATE SET id = excluded.id, target = excluded.target, secret = excluded.secret;

-- name: offer
SELECT id, channel, chat, buttons, offered_at, chosen_by FROM offer WHERE id = :id;

-- name: file
SELECT id, channel, chat, network_id, name, mime, size, thumbnail, filed_at, person, expires_at FROM file WHERE id = :id;

-- name: make_secret
INSERT INTO secret (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: secret
SELECT value FROM secret WHERE name = :name;
