"""What an operator types beside a daemon that runs."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.world import World, until, world
from tests.patience import PATIENCE


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened


async def types(running: World, *words: str) -> tuple[int, str]:
    """Run a command with the daemon's configuration; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", *words,
        env=dict(os.environ) | running.daemon.environment | {"COLUMNS": "200"}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_person_who_wrote_in_a_group_is_forgotten_there_and_the_others_keep_their_words(running: World) -> None:
    ann, bea = running.user("Ann"), running.user("Bea")
    telegram, bot = running.stage.telegram, running.stage.bot
    group = telegram.add_group("Neighbours", [ann, bea], supergroup=True)
    telegram.user_says(bot, ann, "Ann's first words", chat=group)
    request = await until(lambda: running.request_of(ann))
    telegram.user_says(bot, bea, "Bea's words", chat=group)
    [of_ann, *_] = telegram.chat_history(bot, group.id)
    telegram.user_says(bot, bea, "Bea's answer", chat=group, reply_to=of_ann)
    await until(lambda: told(running, request, "Bea's answer"))
    await running.agent(request, "for all of you")
    await telegram.wait_for(lambda: any(one.get("text") == "for all of you" for one in telegram.sent(bot)), PATIENCE)

    def left() -> list[str]:
        content = b"".join(file.read_bytes() for file in running.stage.folder.glob("bridge.db*") if file.is_file())
        words = (
            "Ann's first words",
            ann.first_name,
            str(ann.id),
            "Bea's words",
            "Bea's answer",
            bea.first_name,
        )
        return [word for word in words if word.encode() in content]

    assert len(left()) == 6
    copied = (await types(running, "export", "--person", str(ann.id)))[1].splitlines()
    assert [json.loads(line)["text"] for line in copied[:-1]] == ["Ann's first words"]
    code, shown = await types(running, "forget", str(ann.id), "--yes")
    assert (code, request in shown) == (0, True), shown
    await running.agent(request, "Ann? Are you there?")
    telegram.user_says(bot, bea, "Bea opens another", chat=group)
    await until(lambda: running.request_of(bea))
    assert left() == ["Bea's words", "Bea's answer", bea.first_name]


async def told(running: World, request: str, text: str) -> bool:
    return any(text in one["text"] for one in await running.messages(request))


async def sees(running: World, *words: str) -> Any:
    return json.loads((await types(running, *words, "--json"))[1])


async def test_an_operator_follows_a_message_retries_one_copies_all_and_forgets_a_person(running: World) -> None:
    user, other = running.user("Ada"), running.user("Bea")
    for one in (user, other):
        running.says(one, "hello from me")
    request = await until(lambda: running.request_of(user))
    await until(lambda: running.texts(request))

    code, shown = await types(running, "status")
    assert (code, "runs as process" in shown, "✓ journal" in shown) == (0, True, True), shown

    running.stage.telegram.user_blocks(running.stage.bot, user)
    await running.agent(request, "are you there?")
    [letter] = await until(lambda: sees(running, "dead", "list"))
    assert "blocked" in letter["reason"]
    assert [one["what"] for one in (await sees(running, "explain", str(letter["id"])))[0]["timeline"]] == [
        "accepted",
        "dead",
    ]

    running.stage.telegram.user_unblocks(running.stage.bot, user)
    assert await types(running, "dead", "retry", str(letter["id"])) == (0, "1 dead letter tried again.\n")
    assert [message["text"] for message in await running.gets(user, 1)] == ["are you there?"]

    copied = [
        json.loads(line) for line in (await types(running, "export", "--person", str(user.id)))[1].splitlines()[:-1]
    ]
    assert {"hello from me", "are you there?"} <= {one["text"] for one in copied}
    code, shown = await types(running, "forget", str(user.id), "--yes")
    assert (code, request in shown) == (0, True), shown
    left = b"".join(file.read_bytes() for file in running.stage.folder.glob("bridge.db*") if file.is_file())
    assert str(user.id).encode() not in left
    assert str(other.id).encode() in left
    running.says(user, "hello again")

    async def leads() -> list[str]:
        found = [one["lead"]["lead_id"] for one in await running.requests_of(f"{user.first_name} {user.last_name}")]
        return found if len(found) == 2 else []

    assert len(set(await until(leads))) == 2, "who is forgotten comes as somebody new"
