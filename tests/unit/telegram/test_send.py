from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.message import Blocked, Call, Conversation, Message, Moved, Person, Text
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.sandbox.stage import free_port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_world import BotAccount
from bridge.telegram.plan import TelegramPlanner
from bridge.telegram.send import seconds
from tests.scripted import Answer, Odd, answer, scripted
from tests.unit.telegram.bots import TOKEN, bot_at, sender

HELLO = Call("sendMessage", "4711", {"text": "hello"})
BOLD = [{"type": "bold", "offset": 0, "length": 5}]
WRONG = [{"type": "bold", "offset": 3, "length": 99}]
"""ends outside the text, which Telegram refuses"""


async def outcome_at(url: str, call: Call = HELLO) -> Outcome:
    async with bot_at(url) as under:
        return await sender(under.bot).send(call, suspect=False)


async def outcome_of(told: Answer, call: Call = HELLO) -> Outcome:
    async with scripted(told) as server:
        return await outcome_at(server.url, call)


def no(status: int, description: str, **parameters: object) -> Answer:
    body = {"ok": False, "error_code": status, "description": description}
    return answer(body | ({"parameters": parameters} if parameters else {}), status)


# ---------------------------------------------------------------- the table of errors

CHAT = Blame.CHAT
MOVED = "Bad Request: group chat was upgraded to a supergroup chat"
SENT = {"message_id": 9, "date": 1, "chat": {"id": 4711, "type": "private"}}
TABLE: list[tuple[Answer, Outcome]] = [
    (answer({"ok": True, "result": SENT}), Delivered("9")),
    (no(429, "Too Many Requests: retry after 7", retry_after=7), Busy(7.0, "Telegram asks us to slow down")),
    (answer(b"<html>429 Too Many Requests</html>", 429), Busy(1.0, "Telegram asks us to slow down")),
    (no(403, "Forbidden: bot was blocked by the user"),
     Refused("the user has blocked the bot", (Blocked("support", "4711"),), CHAT)),
    (no(403, "Forbidden: user is deactivated"),
     Refused("the user has deleted their account", (Blocked("support", "4711"),), CHAT)),
    (no(403, "Forbidden: bot was kicked from the group chat"),
     Refused("the bot was removed from the group", (Blocked("support", "4711"),), CHAT)),
    (no(403, "Forbidden: of a kind to come"),
     Refused("Telegram: Forbidden: of a kind to come", (Blocked("support", "4711"),), CHAT)),
    (no(400, "Bad Request: message is too long"), Refused("Telegram: Message is too long")),
    (no(400, "Bad Request: can't parse entities: no end"), Refused("Telegram: Can't parse entities: no end")),
    (no(400, "Bad Request: BUTTON_DATA_INVALID"), Refused("Telegram: Button_data_invalid")),
    (no(400, "Bad Request: chat not found"), Refused("Telegram: Chat not found", blame=CHAT)),
    (no(400, "Bad Request: not enough rights to send text messages"),
     Refused("Telegram: Not enough rights to send text messages", blame=CHAT)),
    (no(400, "Bad Request: message thread not found"), Refused("Telegram: Message thread not found")),
    (no(400, MOVED, migrate_to_chat_id=-1009),
     NotSent("the group has a new id", Blame.MESSAGE, (Moved("support", "4711", "-1009"),))),
    (no(401, "Unauthorized"), NotSent("Telegram refuses the bot token", Blame.DESTINATION)),
    (no(404, "Not Found"), NotSent("Telegram refuses the bot token", Blame.DESTINATION)),
    (no(409, "Conflict: terminated by other getUpdates request"),
     NotSent("Conflict: terminated by other getUpdates request", Blame.DESTINATION)),
    (no(413, "Request Entity Too Large"), Refused("Telegram: Request Entity Too Large")),
    (no(500, "Internal Server Error: restart"), Unknown("Internal Server Error: restart")),
    (answer(b"<html>all is well</html>"), Delivered()),
    (answer({"ok": True, "result": {"message_id": 9, "of": "a Bot API to come"}}), Delivered("9")),
    (answer({"ok": True, "result": True}), Delivered()),
    (answer(b"", 302, Location="/x"),
     NotSent("Telegram's address answers with a redirect: is api_url right?", Blame.DESTINATION)),
]  # fmt: skip


@pytest.mark.parametrize(("told", "outcome"), TABLE)
async def test_every_answer_has_its_outcome(told: Answer, outcome: Outcome) -> None:
    assert await outcome_of(told) == outcome


async def test_a_gateway_s_words_are_read_by_their_status() -> None:
    too_large = await outcome_of(answer(b"<html>413 Request Entity Too Large</html>", 413))
    assert isinstance(too_large, Refused)
    for told in (
        answer(b"<html><h1>502 Bad Gateway</h1></html>", 502),
        answer(b'"bad gateway"', 502),
        answer(b"", 504),
    ):
        assert isinstance(await outcome_of(told), Unknown)


async def test_what_did_not_leave_is_not_sent_and_what_was_not_answered_is_unknown() -> None:
    refused = await outcome_at(f"http://127.0.0.1:{free_port()}")
    assert isinstance(refused, NotSent)
    assert refused.blame is Blame.DESTINATION
    assert isinstance(await outcome_of(Odd.CUT), Unknown)


async def test_an_unknown_method_is_refused_without_a_call() -> None:
    async with scripted(answer({"ok": True, "result": SENT})) as server:
        assert isinstance(await outcome_at(server.url, Call("sendHologram", "4711", {})), Refused)
        assert not server.asked


def test_a_wait_may_be_a_number_or_a_timedelta() -> None:
    assert seconds(7) == seconds(timedelta(seconds=7)) == 7.0


# ---------------------------------------------------------------- with the simulated Telegram


class Scene:
    """The simulator, one bot and Ann."""

    def __init__(self, telegram: TelegramSimulator) -> None:
        self.telegram = telegram
        self.account: BotAccount = telegram.add_bot(TOKEN)
        self.ann: User = telegram.add_user("Ann")
        telegram.meet(self.account, self.ann)

    async def send(self, chat: int | None = None, method: str = "sendMessage", **body: Any) -> Outcome:
        to = str(self.ann.id if chat is None else chat)
        return await outcome_at(self.telegram.base_url, Call(method, to, {"text": "hello"} | body))

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.telegram.sent(self.account)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with TelegramSimulator() as telegram:
        yield Scene(telegram)


async def test_a_planned_message_arrives_with_its_formatting(scene: Scene) -> None:
    conversation = Conversation("support", str(scene.ann.id), "", "main", "r", "p")
    said = Message(Person("agent"), (Text("see [docs](https://example.org/a_b) and `code`"),), 0.0)
    [call] = TelegramPlanner(b"secret").plan(said, conversation, "key")
    outcome = await outcome_at(scene.telegram.base_url, call)
    [sent] = scene.sent
    assert outcome == Delivered(str(sent["message_id"]))
    assert sent["text"] == "see docs and code"
    assert [(one["type"], one["offset"], one.get("url")) for one in sent["entities"]] == [
        ("text_link", 4, "https://example.org/a_b"), ("code", 13, None),
    ]  # fmt: skip


async def test_formatting_that_telegram_refuses_costs_no_word(scene: Scene) -> None:
    assert isinstance(await scene.send(entities=WRONG), Delivered)
    [sent] = scene.sent
    assert sent["text"] == "hello"
    assert "entities" not in sent
    assert [call.status for call in scene.telegram.called("sendMessage")] == [400, 200]


async def test_a_topic_that_is_gone_costs_no_word(scene: Scene) -> None:
    group = scene.telegram.add_group("Guests", [scene.ann], forum=True)
    scene.telegram.meet(scene.account, group)
    assert isinstance(await scene.send(group.id, message_thread_id=55, entities=BOLD), Delivered)
    assert "message_thread_id" not in scene.sent[0]
    assert scene.sent[0]["entities"] == BOLD


async def test_a_topic_that_is_gone_and_bad_formatting_together_cost_no_word(scene: Scene) -> None:
    group = scene.telegram.add_group("Guests", [scene.ann], forum=True)
    scene.telegram.meet(scene.account, group)
    assert isinstance(await scene.send(group.id, message_thread_id=55, entities=WRONG), Delivered)
    assert [call.status for call in scene.telegram.called("sendMessage")] == [400, 400, 200]


async def test_other_refusals_are_not_tried_again_in_another_form(scene: Scene) -> None:
    assert isinstance(await scene.send(text="x" * 5000, entities=BOLD), Refused)
    assert len(scene.telegram.called("sendMessage")) == 1


async def test_a_blocked_user_is_refused_and_known_as_blocked(scene: Scene) -> None:
    scene.telegram.user_blocks(scene.account, scene.ann)
    outcome = await scene.send()
    assert isinstance(outcome, Refused)
    assert outcome.learned == (Blocked("support", str(scene.ann.id)),)


async def test_a_group_that_moved_is_told_and_nothing_was_sent(scene: Scene) -> None:
    group = scene.telegram.add_group("Guests", [scene.ann])
    scene.telegram.meet(scene.account, group)
    new = scene.telegram.migrate_group(group)
    outcome = await scene.send(group.id)
    assert isinstance(outcome, NotSent)
    assert outcome.learned == (Moved("support", str(group.id), str(new.id)),)
    assert not scene.sent


async def test_a_lost_answer_is_unknown_though_it_was_delivered(scene: Scene) -> None:
    scene.telegram.faults.lose_answer = 1.0
    assert isinstance(await scene.send(), Unknown)
    assert len(scene.sent) == 1


async def test_a_suspect_goes_out_again_for_telegram_can_not_be_asked(scene: Scene) -> None:
    async with bot_at(scene.telegram.base_url) as under:
        call = Call("sendMessage", str(scene.ann.id), {"text": "hello"})
        assert isinstance(await sender(under.bot).send(call, suspect=True), Delivered)
    assert len(scene.sent) == 1


async def test_typing_never_fails_a_message(scene: Scene) -> None:
    async def typing() -> Outcome:
        return await scene.send(method="sendChatAction", action="typing", message_thread_id=55)

    assert await typing() == Delivered()
    scene.telegram.faults.down = True
    assert await typing() == Delivered()
    scene.telegram.faults.clear()
    scene.telegram.user_blocks(scene.account, scene.ann)
    assert await typing() == Delivered()
    scene.telegram.revoke(scene.account)
    assert await typing() == Delivered()
    await scene.telegram.refuse()
    assert await typing() == Delivered()
