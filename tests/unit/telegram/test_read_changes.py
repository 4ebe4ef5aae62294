"""Presses, reactions, and who may write to whom."""

from typing import Any

import pytest

from bridge.message import Blocked, Message, News, Notice, Person, Press, Reachable, Skip
from bridge.telegram.arrive import locate
from bridge.telegram.read import UPDATES, TelegramReader, wanted
from tests.unit.telegram.contents import HEART, THUMBS_UP
from tests.unit.telegram.updates import BOT, GROUP, NEWS, membership, press, reaction, read, understood

# ---------------------------------------------------------------- presses


def test_a_press_of_a_button_is_the_presser_s() -> None:
    assert read(press()) == Message(
        Person("telegram-004711", "Ann", "Lee", "ann_lee", "en"),  # not the bot, whose message it is under
        (Press("Zm9vYmFyMTI", 3),),
        1_760_000_000.0,
        origin={
            "bot_id": "123456", "update_id": 101, "chat_id": 4711, "message_id": 7, "date": 1_760_000_000, "query_id": "4382",
            "callback": True,
        },
    )  # fmt: skip
    assert locate(press(chat=GROUP, message_thread_id=5, is_topic_message=True)) == ("-1001234567890", "5")


@pytest.mark.parametrize("data", [f"{'a' * 8}.0", f"{'B' * 32}.999", "-_-_-_-_.12"])
def test_our_buttons_say_which_they_are(data: str) -> None:
    offer, _, index = data.partition(".")
    assert understood(press(data)).parts == (Press(offer, int(index)),)


@pytest.mark.parametrize(
    "data",
    ["-", "", "buy", f"{'a' * 7}.0", f"{'a' * 33}.0", f"{'a' * 8}.1000", f"{'a' * 8}.x", f"{'a' * 8}.٣", f"{'a' * 8}.1\n",
     "aaaaaaa!.1", "aaaaaaaa.1.2", "äaaaaaaa.1"],
)  # fmt: skip
def test_any_other_button_is_one_that_counts_no_more(data: str) -> None:
    assert understood(press(data)).parts == (Press("", 0),)


def test_a_press_under_a_message_that_is_gone_is_still_a_press() -> None:
    gone = press()
    gone["callback_query"]["message"] = {"chat": GROUP, "message_id": 9, "date": 0}
    said = understood(gone)
    assert (said.parts, said.sent_at) == ((Press("Zm9vYmFyMTI", 3),), 0.0)
    assert (said.origin["chat_id"], said.origin["message_id"]) == (-1001234567890, 9)
    del gone["callback_query"]["message"]["date"]
    assert understood(gone) == said


def test_a_press_under_no_message_at_all_is_said_in_private() -> None:
    inline = press("Zm9vYmFyMTI.3")
    del inline["callback_query"]["message"]
    said = understood(inline)
    assert said.parts == (Press("Zm9vYmFyMTI", 3),)
    assert said.origin == {"bot_id": "123456", "update_id": 101, "chat_id": 4711, "query_id": "4382", "callback": True}
    assert locate(inline) == ("4711", "")


def test_a_press_of_a_game_s_button_is_not_one_of_ours() -> None:
    game = press()
    game["callback_query"]["game_short_name"] = game["callback_query"].pop("data")
    assert understood(game).parts == (Press("", 0),)


# ---------------------------------------------------------------- reactions


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([], [THUMBS_UP], "👍 reacted"),
        ([THUMBS_UP], [THUMBS_UP, HEART], "❤ reacted"),
        ([THUMBS_UP], [HEART], "❤ reacted"),
        ([THUMBS_UP], [], "👍 reaction removed"),
        ([], [{"type": "custom_emoji", "custom_emoji_id": "53"}, {"type": "paid"}], "[custom emoji] ⭐ reacted"),
        ([], [], "reaction removed"),
    ],
)
def test_a_reaction_is_an_aside_that_says_what_is_new(before: list[Any], after: list[Any], words: str) -> None:
    said = understood(reaction(before, after))
    assert (said.parts, said.aside) == ((Notice(words),), True)
    assert said.origin == {
        "bot_id": "123456", "update_id": 103, "chat_id": 4711, "reaction_to": 7, "date": 1_760_000_000,
    }  # fmt: skip


def test_reactions_of_chats_are_theirs_and_those_of_bots_are_skipped() -> None:
    assert understood(reaction([], [HEART], user=None, actor_chat=NEWS)).author.full_name == "News"
    assert read(reaction([], [HEART], user=BOT)) == Skip("bot")


def test_reactions_are_read_and_asked_for_only_where_they_are_wanted() -> None:
    assert read(reaction([], [HEART]), TelegramReader("support", "123456")) == Skip("reaction")
    assert wanted(reactions=False) == list(UPDATES)
    assert wanted(reactions=True) == [*UPDATES, "message_reaction"]


# ---------------------------------------------------------------- members


BLOCKED = "🚫 The user has blocked the bot: replies can't reach them until they unblock it."
REACHABLE = "✅ The user has unblocked the bot: replies reach them again."
REMOVED = "🚫 The bot was removed from the group: replies can't reach it until the bot is added again."
ADDED = "✅ The bot was added to the group again: replies reach it again."


@pytest.mark.parametrize(
    ("before", "after", "fact", "in_private", "in_a_group"),
    [
        ("member", "kicked", Blocked, BLOCKED, REMOVED),
        ("administrator", "left", Blocked, BLOCKED, REMOVED),
        ("kicked", "member", Reachable, REACHABLE, ADDED),
        ("kicked", "administrator", Reachable, REACHABLE, ADDED),
        ("left", "member", Reachable, "", ""),
        ("member", "administrator", Reachable, "", ""),
        ("member", "restricted", Reachable, "", ""),
        ("restricted", "member", Reachable, "", ""),
        ("kicked", "left", Blocked, "", ""),
        ("left", "kicked", Blocked, "", ""),
        ("kicked", "kicked", Blocked, "", ""),
    ],
)
def test_blocking_and_unblocking_are_news_that_agents_are_told_when_something_changed(
    before: str, after: str, fact: type[Blocked | Reachable], in_private: str, in_a_group: str
) -> None:
    assert read(membership(before, after)) == News((fact("support", "4711"),), in_private)
    assert read(membership(before, after, GROUP)) == News((fact("support", "-1001234567890"),), in_a_group)
    assert locate(membership(before, after, GROUP)) == ("-1001234567890", "")


def test_a_bot_that_is_restricted_may_be_in_a_group_or_not() -> None:
    out = membership("member", "restricted", GROUP)
    out["my_chat_member"]["new_chat_member"]["is_member"] = False
    assert read(out) == News((Blocked("support", "-1001234567890"),), REMOVED)


def test_a_channel_is_called_a_channel() -> None:
    reading = read(membership("administrator", "left", NEWS))
    assert isinstance(reading, News)
    assert "the channel" in reading.note
