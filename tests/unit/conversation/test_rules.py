from dataclasses import replace

import pytest

from bridge.conversation.rules import Go, Stop, inbound, learn, note, outbound
from bridge.message import (
    Blocked,
    Closed,
    Confirmed,
    Conversation,
    Direction,
    Fact,
    Lane,
    Moved,
    Opened,
    Reachable,
)

LANE = Lane("support", "4711", "", Direction.INBOUND)
KNOWN = Conversation("support", "4711", "", "main", "request-1", "telegram-4711", confirmed=True)
FRESH = Conversation("support", "4711", "", "main", "request-2", "telegram-4711")


def ruled(known: Conversation | None) -> Go:
    return inbound(known, LANE, "main", "telegram-4711", "request-2")


# ---------------------------------------------------------------- inbound


def test_a_chat_that_writes_for_the_first_time_gets_a_request() -> None:
    assert ruled(None) == Go(FRESH, (Opened(FRESH),))


def test_a_chat_with_an_open_request_keeps_it() -> None:
    assert ruled(KNOWN) == Go(KNOWN)


def test_a_request_that_the_desk_has_not_confirmed_yet_is_kept_as_well() -> None:
    opened = replace(KNOWN, confirmed=False)
    assert ruled(opened) == Go(opened)


def test_a_chat_whose_request_was_closed_gets_a_new_one() -> None:
    assert ruled(replace(KNOWN, closed=True)) == Go(FRESH, (Opened(FRESH),))


def test_a_chat_that_was_given_to_another_desk_gets_a_new_request_there() -> None:
    assert ruled(replace(KNOWN, desk="old")) == Go(FRESH, (Opened(FRESH),))


def test_a_blocked_user_who_writes_is_reachable_again_in_the_same_request() -> None:
    assert ruled(replace(KNOWN, blocked=True)) == Go(KNOWN, (Reachable("support", "4711"),))


def test_a_blocked_user_with_a_closed_request_is_reachable_in_a_new_one() -> None:
    go = ruled(replace(KNOWN, blocked=True, closed=True))
    assert go == Go(FRESH, (Reachable("support", "4711"), Opened(FRESH)))


def test_whoever_opened_a_request_owns_it_when_another_member_of_the_group_writes() -> None:
    assert inbound(KNOWN, LANE, "main", "telegram-12", "request-2").conversation.person == "telegram-4711"


def test_the_topic_of_a_lane_is_the_topic_of_its_request() -> None:
    go = inbound(None, replace(LANE, topic="7"), "main", "telegram-4711", "request-2")
    assert go.conversation.topic == "7"


# ---------------------------------------------------------------- outbound


def test_a_message_for_a_request_without_a_chat_stops() -> None:
    assert outbound(None) == Stop("no chat belongs to this request any more")


def test_a_message_for_a_user_who_blocked_the_bot_stops() -> None:
    blocked = replace(KNOWN, blocked=True)
    assert outbound(blocked) == Stop("the user has blocked the bot", blocked)


def test_a_note_goes_into_the_request_that_it_speaks_of_whatever_has_become_of_it() -> None:
    later = replace(KNOWN, request_id="request-9", closed=True, blocked=True, confirmed=False)
    assert note(later, "request-1") == Go(replace(later, request_id="request-1", confirmed=True))
    assert note(None, "request-1") == Stop("no chat belongs to this request any more")


@pytest.mark.parametrize("conversation", [KNOWN, replace(KNOWN, closed=True), replace(KNOWN, confirmed=False)])
def test_a_message_goes_out_whether_the_request_is_open_or_closed(conversation: Conversation) -> None:
    assert outbound(conversation) == Go(conversation)


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize(
    ("known", "fact", "then"),
    [
        (KNOWN, Opened(FRESH), FRESH),
        (replace(KNOWN, confirmed=False), Confirmed("request-1"), KNOWN),
        (KNOWN, Closed("request-1"), replace(KNOWN, closed=True)),
        (KNOWN, Blocked("support", "4711"), replace(KNOWN, blocked=True)),
        (replace(KNOWN, blocked=True), Reachable("support", "4711"), KNOWN),
        (KNOWN, Moved("support", "4711", "-100"), replace(KNOWN, chat="-100")),
    ],
)
def test_a_fact_changes_the_conversation_that_it_speaks_of(known: Conversation, fact: Fact, then: Conversation) -> None:
    assert learn(known, fact) == then


@pytest.mark.parametrize(
    "fact",
    [
        Opened(replace(FRESH, topic="7")),
        Opened(replace(FRESH, chat="12")),
        Opened(replace(FRESH, channel="sales")),
        Confirmed("request-0"),
        Closed("request-0"),
        Blocked("support", "12"),
        Blocked("sales", "4711"),
        Reachable("support", "12"),
        Reachable("sales", "4711"),
        Moved("support", "12", "-100"),
        Moved("sales", "4711", "-100"),
    ],
)
@pytest.mark.parametrize("known", [replace(KNOWN, blocked=True, confirmed=False), replace(KNOWN, closed=True)])
def test_a_fact_about_others_leaves_a_conversation_as_it_is(known: Conversation, fact: Fact) -> None:
    assert learn(known, fact) == known


def test_a_late_close_of_an_older_request_does_not_close_the_new_one() -> None:
    assert not learn(learn(KNOWN, Opened(FRESH)), Closed("request-1")).closed


@pytest.mark.parametrize(
    "known", [None, KNOWN, replace(KNOWN, blocked=True), replace(KNOWN, closed=True, blocked=True)]
)
def test_what_a_ruling_writes_down_leads_to_the_conversation_it_travels_in(known: Conversation | None) -> None:
    go = ruled(known)
    after = known or FRESH
    for fact in go.facts:
        after = learn(after, fact)
    assert after == go.conversation
    assert inbound(after, LANE, "main", "telegram-4711", "request-3") == Go(after)
