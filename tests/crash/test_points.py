"""The daemon is killed at every named point of its life, again and again: what may be doubled by that, and nothing else, is."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.fault import POINTS
from bridge.sandbox import samples
from bridge.sandbox.telegram_people import User
from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nestling, Nursery
from tests.crash.stand import Stand, opened, stand

TIMES = scaled(2, 50)
"""kills at each point, both directions together"""

STUBBORN = 10.0
"""seconds in which a life must come to its point"""

LIVE = "SELECT count(*) FROM entry WHERE settled_at IS NULL"

AFTER_THE_SEND = frozenset({"sent", "stepping", "settling", "committing", "draining", "pruning", "answering"})
"""what a death there leaves may have arrived, without the journal knowing; lanes run beside the pruning of a start, and while the
desk calls once more for what it got no answer to"""


# ---------------------------------------------------------------- how a life comes to its point


async def message_after_message(world: Stand, user: User, point: str, direction: str) -> None:
    """One message at a time, so that nothing else is under way when it dies."""
    passing = world.dice.randint(1, 1 if point in TWO_PARTS else OFTEN.get(point, 3))
    life = world.brood.spawn(FAULT=f"{point}:{passing}")
    await world.brood.up()
    await at_rest(world, life)  # the last life may have left something to do
    while life.code is None:
        send(world, user, point, direction)
        await world.until(lambda: life.code is not None or not world.ledger.missing, STUBBORN)
        await at_rest(world, life)


async def at_rest(world: Stand, life: Nestling) -> None:
    """Wait until it is written down that the last message arrived: the next one would be accepted before."""
    with opened(world.stage.journal) as journal:
        async with asyncio.timeout(STUBBORN):
            while life.code is None and journal.execute(LIVE).get:  # noqa: ASYNC110 - another process works on it
                await asyncio.sleep(0.005)


async def at_the_start(world: Stand, user: User, point: str, direction: str) -> None:
    """Something is in flight when one life ends, something waits, and the next life does not get far."""
    await message_after_message(world, user, "begun", direction)
    send(world, user, point, direction)
    world.age("telegram")
    await world.brood.spawn(FAULT=f"{point}:1").ended(STUBBORN)


async def after_a_silence(world: Stand, user: User, point: str, direction: str) -> None:
    """An agent writes while nothing runs, until Tiledesk has given up: only the history has it."""
    send(world, user, point, direction)
    await world.stage.tiledesk.wait_for(lambda: not world.stage.tiledesk.webhooks_under_way, STUBBORN)
    await world.brood.spawn(FAULT=f"{point}:1").ended(STUBBORN)


async def while_it_ends(world: Stand, user: User, point: str, direction: str) -> None:
    """It is asked to end while a call is under way."""
    world.brood.spawn(FAULT=f"{point}:1")
    await world.brood.up()
    world.desk_faults.pause = world.telegram_faults.pause = 0.3
    send(world, user, point, direction)
    send(world, user, point, direction)
    await world.until(lambda: len(world.ledger.missing) < 2, STUBBORN)
    await world.brood.terminate(STUBBORN)
    world.desk_faults.pause = world.telegram_faults.pause = 0.0


Way = Callable[[Stand, User, str, str], Awaitable[None]]

WAYS: dict[str, Way] = {
    "read_back": after_a_silence,
    "recovering": at_the_start,
    "pruning": at_the_start,
    "draining": while_it_ends,
}

TWO_PARTS = frozenset({"stepping", "stepped"})
"""points between two calls"""

OFTEN = {"committing": 8}
"""points that a message passes more than once"""

ONLY = {
    "polled": "in",
    "deposited": "in",
    "read_back": "out",
    "fetched": "out",
    "stepping": "out",
    "stepped": "out",
}
"""points that one direction has"""


def send(world: Stand, user: User, point: str, direction: str) -> None:
    """A message that comes by the point."""
    match point, direction:
        case "deposited", _:
            world.says(user, photo=samples.MAP)
        case "fetched", _:
            world.replies(user, form=world.with_file(user, "map.png", "image/png", samples.MAP))
        case _ if point in TWO_PARTS:
            world.replies(user, parts=2)
        case _, "in":
            world.says(user)
        case _:
            world.replies(user)


# ---------------------------------------------------------------- the campaign


@dataclass
class Block:
    """One point and one direction, in a chat of its own."""

    point: str
    direction: str
    intake: str
    times: int


def blocks() -> list[Block]:
    """All of them in any order, but polling comes first: it takes a second to change that."""
    found = []
    for point in POINTS:
        if point == "migrating":
            continue
        ways = [(direction, "polling") for direction in ("in", "out") if direction == ONLY.get(point, direction)]
        if point in {"accepted", "committing"}:
            ways.append(("in", "webhook"))
        elif point == "answering":
            ways = [(direction, "webhook") for direction, _ in ways]
        found += [Block(point, *way, -(-TIMES // len(ways))) for way in ways]
    random.Random(SEED).shuffle(found)
    return sorted(found, key=lambda block: block.intake)


@pytest.mark.timeout(3600 if PROOF else 180)
async def test_kills_at_named_points_double_only_what_was_sent_and_not_settled(
    tmp_path: Path, nursery: Nursery
) -> None:
    started, kills, doubled = time.monotonic(), Counter[str](), Counter[str]()
    async with stand(nursery, tmp_path, SEED, DESKS__MAIN__MEDIA="upload", DESKS__MAIN__GRACE_SECONDS="0.02") as world:
        for block in blocks():
            user = world.user()
            world.brood.environment["BRIDGE_CHANNELS__SUPPORT__INTAKE"] = block.intake
            await world.brood.start()
            await world.meet([user])
            await world.settled()
            assert await world.brood.terminate() == 0
            for _ in range(block.times):
                await WAYS.get(block.point, message_after_message)(world, user, block.point, block.direction)
                assert world.brood.life is not None
                assert world.brood.life.code == -9, world.brood.tail()
            kills[block.point] += block.times
            await world.brood.start()
            await world.quiet(30.0 + 3.0 * block.times)  # a chat takes one part a second
            world.stage.tiledesk.close_request(world.requests[user.id])
            await world.settled()
            assert await world.brood.terminate() == 0
            into, out = (world.ledger.tally(direction, [user.id]) for direction in ("in", "out"))
            doubled[block.point] += into.doubles + out.doubles
            assert (into.lost, out.lost, into.reordered, out.reordered) == (0, 0, 0, 0), block
            assert into.doubles == 0, block
            assert out.doubles == 0 or block.point in AFTER_THE_SEND, block
        figures = world.figures()
        publish(
            "K2 kill at each named point", started,
            points=len(kills), kills=kills.total(), **figures, doubled_by_point=dict(+doubled),
        )  # fmt: skip
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert (figures["doubled_at_desk"], figures["unexplained"], figures["integrity"]) == (0, 0, "ok")
