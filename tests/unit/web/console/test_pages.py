import asyncio
import json
import socket
import time

import pytest

from bridge.message import NOTES, PRESSES, Arrival, Conversation, Direction, Lane, Opened
from bridge.outcome import Done
from bridge.ports import Changes
from bridge.web.console import live
from bridge.web.console.frame import LARGEST_IN_LIST, LONGEST, LONGEST_IN_LIST
from bridge.web.console.pages import PAGE
from bridge.web.console.shown import LARGEST_PRETTY, pretty
from tests.unit.web.console.operator import BOT_TOKEN, Operator

CHAT = "/console/conversation?channel=support&chat=7&topic="


@pytest.mark.parametrize("topic", ["", NOTES, PRESSES])
async def test_a_chat_without_a_request_yet_is_shown_all_the_same(inside: Operator, topic: str) -> None:
    """Its first message may be the one that waits or died: the lists of those lead here."""
    await inside.dies("my very first words")
    status, text = await inside.gets(CHAT + topic)
    assert (status, "my very first words" in text, "no request yet" in text) == (200, True, True)
    assert (await inside.gets("/console/conversation?channel=support&chat=8&topic="))[0] == 404


async def test_enormous_messages_are_cut_in_lists_and_whole_on_their_own_page(inside: Operator) -> None:
    words = "w" * (LARGEST_IN_LIST - 2)
    long = await inside.dies(f"{words}§")
    enormous = await inside.dies("v" * (LARGEST_IN_LIST + 1), chat="8")
    _, text = await inside.gets(CHAT)
    assert ("w" * LONGEST_IN_LIST + "…" in text, "§" in text, "all of it" in text) == (True, False, True)
    _, text = await inside.gets(CHAT.replace("7", "8"))
    assert ("v" * 100 in text, "64 KB" in text) == (False, True)
    _, text = await inside.gets("/console/dead")
    assert len(text) < 10_000
    assert f"{words}§" in (await inside.gets(f"/console/entry/{long}"))[1]
    assert "v" * LARGEST_IN_LIST in (await inside.gets(f"/console/entry/{enormous}"))[1]


async def test_the_page_of_an_enormous_message_is_bounded(inside: Operator) -> None:
    number = await inside.dies("w" * (LARGEST_PRETTY * 4))
    status, text = await inside.gets(f"/console/entry/{number}")
    assert (status, len(text) < 3 * LONGEST) == (200, True)


@pytest.mark.parametrize("before", [*range(160 - len(BOT_TOKEN), 162, 9), LONGEST_IN_LIST - 10])
async def test_no_half_of_a_secret_is_left_where_words_are_cut(inside: Operator, before: int) -> None:
    number = await inside.dies(f"{'w' * before}{BOT_TOKEN}", f"{'r' * (before + 140)}{BOT_TOKEN}")
    for page in ("/console/dead", CHAT, f"/console/entry/{number}", "/console/find?id=" + str(number)):
        _, text = await inside.gets(page)
        assert BOT_TOKEN[:6] not in text, page


async def test_a_page_that_has_run_empty_leads_to_the_first_one(inside: Operator) -> None:
    await inside.dies("a", "the project is gone")
    for path, to in {
        "dead?skip=50": "dead",
        "dead?skip=50&reason=the%20project": "dead?reason=the%20project",
        "conversations?skip=50&q=a": "conversations",
    }.items():
        async with inside.client.get(f"{inside.address}/console/{path}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/console/{to}")


async def test_after_a_deed_the_list_is_still_that_of_the_same_reason(inside: Operator) -> None:
    number = await inside.dies("a", "the project is gone")
    answer = await inside.acts("retry", number, reason="the project & co")
    assert answer.headers["Location"] == "/console/dead?reason=the%20project%20%26%20co"


async def test_older_messages_are_offered_only_if_there_are_some(inside: Operator) -> None:
    for number in range(PAGE):
        await inside.dies(f"message {number}")
    assert "Older ones" not in (await inside.gets(CHAT))[1]
    await inside.dies("one more")
    _, text = await inside.gets(CHAT)
    assert ("Older ones" in text, "Newest ones" in text) == (True, False)
    entries = await inside.office.entries("support", "7", "")
    _, text = await inside.gets(f"{CHAT}&before={entries[PAGE - 1].id}")
    assert ("message 0" in text, "Older ones" in text, "Newest ones" in text) == (True, False, True)
    _, text = await inside.gets(f"{CHAT}&before=1")
    assert "There is no such page" in text
    talk = Conversation("support", "7", "", "main", "request-7", "telegram-7", confirmed=True)
    await inside.store.accept(
        [Arrival("telegram/9", "a", Lane("support", "7", "", Direction.INBOUND), 0, b"hello", "desk/main")]
    )
    [claim] = await inside.store.claim("desk/main", 1, 60.0)
    await inside.store.settle(claim, claim.entries[0].id, Done(), Changes((Opened(talk),)), release=True)
    _, text = await inside.gets(f"{CHAT}&before=1")
    assert "Nothing older is stored" in text


def test_what_turns_the_reading_direction_is_written_out_in_stored_content() -> None:
    raw = json.dumps({"name": "invoice\u202efdp.exe\u2066"}, ensure_ascii=False).encode()
    assert pretty(raw) == '{\n  "name": "invoice\\u202efdp.exe\\u2066"\n}'
    assert pretty("no JSON\u202e".encode()) == "no JSON\\u202e"


async def test_a_browser_that_takes_nothing_any_more_gives_its_place_back(
    inside: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STALLED", 0.1)
    monkeypatch.setattr(live, "FRESH", 0.0)
    monkeypatch.setattr(live, "MOST_STREAMS", 1)
    inside.parts["journal"] = {"ok": True, "reason": "r" * 2**20}
    host, _, port = inside.address.removeprefix("http://").partition(":")
    [cookie] = inside.client.cookie_jar
    head = f"GET /console/live HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie.key}={cookie.value}\r\n\r\n"
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await asyncio.to_thread(stalled.connect, (host, int(port)))
        stalled.sendall(head.encode())
        assert await asyncio.to_thread(stalled.recv, 12) == b"HTTP/1.1 200"
        assert (await inside.gets("/console/live"))[0] == 503
        async with asyncio.timeout(30):
            while True:
                async with inside.client.get(f"{inside.address}/console/live") as answer:
                    if answer.status == 200:
                        break


async def test_the_head_of_the_stream_alone_is_not_waited_for(inside: Operator) -> None:
    async with asyncio.timeout(5), inside.client.head(f"{inside.address}/console/live") as answer:
        assert answer.status == 404


async def test_a_page_that_lies_open_and_connects_anew_does_not_prolong_its_session(inside: Operator) -> None:
    session = next(iter(inside.sessions.open.values()))
    used_at = session.used_at
    async with asyncio.timeout(5), inside.client.get(f"{inside.address}/console/live") as answer:
        assert answer.status == 200
    assert session.used_at == used_at
    await inside.gets("/console/audit")
    assert session.used_at > used_at


async def test_what_waits_for_a_destination_that_is_silent_is_not_said_to_go_now(inside: Operator) -> None:
    lane = Lane("support", "7", NOTES, Direction.INBOUND)
    await inside.store.accept([Arrival("notes", "1", lane, 0, b"note", "desk/main")])
    _, text = await inside.gets("/console/lanes")
    assert (">now<" in text, "when desk/main is set again" in text) == (False, True), "nobody is there to send it"
    inside.parts["desk/main"] = {"ok": True, "reason": ""}
    _, text = await inside.gets("/console/lanes")
    assert (">now<" in text, "support / 7 (notes)" in text) == (True, True)
    inside.parts["desk/main"] = {"ok": False, "reason": "no connection"}
    _, text = await inside.gets("/console/lanes")
    assert (">now<" in text, "when desk/main answers" in text) == (False, True)


async def test_times_say_whose_they_are(inside: Operator) -> None:
    assert f"machine: {time.strftime('%Z')}." in (await inside.gets("/console/audit"))[1]
