"""The daemon is killed in the middle of bringing an older journal up to date: what waits in it is delivered by the next life."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.store.migrate import migrations
from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, opened, stand
from tests.patience import PATIENCE

KILLS = scaled(3, 50)
WAITING = 3
"""messages that an older journal holds; the first was in flight when its holder died"""


def older_journal(world: Stand, version: int, updates: list[dict[str, Any]]) -> None:
    """A journal of an older version (0: an empty file), with these updates accepted."""
    path = world.stage.journal
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.touch()
    now = time.time()
    with opened(path) as journal:
        for number in range(1, version + 1):
            journal.execute(migrations()[number])
            journal.execute("INSERT INTO migration (number, applied_at) VALUES (?, ?)", [number, now])
        for position, update in enumerate(updates if version else []):
            chat, number = str(update["message"]["chat"]["id"]), update["update_id"]
            journal.execute(
                "INSERT OR IGNORE INTO lane (id, channel, chat, topic, direction, destination, ready_at, token, lease_until)"
                " VALUES (1, 'support', ?, '', 'in', 'desk/main', ?, 1, ?)",
                [chat, now, now + 1800],
            )
            journal.execute(
                "INSERT INTO entry (lane_id, source, key, ord, state, begun, accepted_at, due_at, raw)"
                " VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(f"telegram/{world.stage.bot.id}", str(number), number),
                    *(("sending", 1) if position == 0 else ("waiting", 0)),
                    *(now, now, json.dumps(update).encode()),
                ],
            )


@pytest.mark.timeout(600 if PROOF else 180)
async def test_a_kill_within_a_migration_loses_nothing_that_an_older_journal_holds(
    tmp_path: Path, nursery: Nursery
) -> None:
    started, newest = time.monotonic(), max(migrations())
    lost = reordered = doubled = suspects = 0
    async with stand(nursery, tmp_path, SEED) as world:
        for _ in range(KILLS):
            user = world.user()
            for _ in range(WAITING):
                world.says(user)
            # Telegram holds them still: the journal must know them for repeats.
            updates = [held.update for held in world.stage.bot.backlog.held.values()][-WAITING:]
            version = world.dice.randrange(newest)
            older_journal(world, version, updates)
            passing = world.dice.randint(1, newest - version)
            assert await world.brood.spawn(FAULT=f"migrating:{passing}").ended() == -9, world.brood.tail()
            await world.brood.start()
            assert await world.quiet(PATIENCE), world.brood.tail()
            await world.settled()
            assert await world.brood.terminate() == 0
            figures = world.figures([user.id])
            lost, reordered = lost + figures["lost"], reordered + figures["reordered"]
            doubled, suspects = doubled + figures["doubled"], suspects + figures["suspect"]
            assert (figures["undone"], figures["dead"], figures["integrity"]) == (0, 0, "ok")
            world.stage.tiledesk.close_request(world.requests[user.id])
        publish(
            "K2 kill within a migration", started,
            kills=KILLS, messages=KILLS * WAITING, lost=lost, reordered=reordered, doubled=doubled, suspect=suspects,
        )  # fmt: skip
        assert (lost, reordered, doubled) == (0, 0, 0)
