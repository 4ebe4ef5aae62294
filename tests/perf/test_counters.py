"""What a message costs, in things that can be counted on any machine."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bridge.app import running
from bridge.app.house import House
from bridge.sandbox.stage import Stage
from bridge.settings import load
from bridge.tiledesk import catchup
from tests.patience import PATIENCE

CHATS = 40
EACH = 4


async def relay(stage: Stage, house: House, rounds: int) -> None:
    """Let every chat say so many things at once, and wait until the desk has them."""
    telegram, tiledesk = stage.telegram, stage.tiledesk
    users = list(telegram.world.users.values())
    before = sum(len(tiledesk.messages(one["request_id"])) for one in tiledesk.requests())
    for number in range(rounds):
        for user in users:
            telegram.user_says(stage.bot, user, f"message {number}")

    def stored() -> bool:
        there = sum(len(tiledesk.messages(one["request_id"])) for one in tiledesk.requests())
        return there >= before + rounds * len(users)

    await tiledesk.wait_for(stored, PATIENCE)
    await settled(house)


async def settled(house: House) -> None:
    """Wait until nothing is on its way any more."""
    async with asyncio.timeout(PATIENCE):
        while any(one.waiting or one.sending for one in await house.store.census()):  # each look is a turn of the loop
            continue


async def test_a_message_costs_one_call_to_the_desk_and_less_than_half_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchup, "EVERY", 3600.0)  # a slow run must not count the minute's look at active requests
    async with await Stage.open(tmp_path) as stage:
        for number in range(CHATS):
            stage.telegram.add_user(f"User {number}")
        settings = load(None, stage.environment(intake="webhook"), tmp_path)
        async with running(settings) as house:
            await stage.telegram.wait_for(lambda: stage.bot.webhook is not None, PATIENCE)
            await relay(stage, house, 1)
            calls, commits = Counter(stage.tiledesk.call_counts), house.store.commits
            await relay(stage, house, EACH)
            made = Counter(stage.tiledesk.call_counts) - calls
            spent = house.store.commits - commits
    messages = CHATS * EACH
    print(f"\n{messages} messages of {CHATS} chats: {dict(made)}, {spent / messages:.3f} commits a message")
    assert made == {("POST", "/{project}/requests/{request_id}/messages"): messages}
    assert spent <= messages / 2


def test_the_daemon_does_not_import_the_framework_that_confirms_too_early() -> None:
    program = "import sys, bridge.app; print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "telegram" in modules
    assert not [name for name in modules if name == "telegram.ext" or name.startswith("telegram.ext.")]
