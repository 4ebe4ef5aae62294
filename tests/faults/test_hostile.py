"""A thousand webhook calls from strangers: refused, none of their words in the log, and no memory kept of them."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, stand
from tests.faults.places import metric
from tests.patience import PATIENCE

CALLS = scaled(1000, 5000)
AT_ONCE = 8
MARKER = "unmistakable-words-of-a-stranger"
GROWTH = 24 * 2**20
"""bytes of memory that may be more after all calls than after the first fifth"""

PEAK = 128 * 2**20
"""bytes that it may have used more at any moment: several bodies of 16 MB at once are read before they are judged"""

TELEGRAM, TILEDESK = "X-Telegram-Bot-Api-Secret-Token", "x-hook-secret"


@dataclass(frozen=True)
class Truth:
    """What only the real ones know."""

    telegram: str
    path: str
    tiledesk: str


def truth(world: Stand) -> Truth:
    webhook = world.stage.bot.webhook
    assert webhook is not None
    subscription = next(iter(world.stage.tiledesk._webhooks.subscriptions.values()))
    return Truth(webhook.target.secret, subscription.document["target"].rpartition("/")[2], subscription.secret)


def near(secret: str, dice: random.Random) -> str:
    """Nearly the secret."""
    place = dice.randrange(len(secret))
    other = "x" if secret[place] != "x" else "y"
    return dice.choice(
        [
            *(secret[:-1], secret[1:], secret + "0", secret[:place] + other + secret[place + 1 :], secret[::-1]),
            *(secret.swapcase(), f"{secret},{secret}", f"{secret}{secret}"),
        ]
    )


def wrong(secret: str, dice: random.Random) -> str | None:
    """A secret that is none, or no secret."""
    return dice.choice(
        [None, "", "x" * 5000, "null", "é" * 20, "'; DROP TABLE entry; --", near(secret, dice), near(secret, dice)]
    )


def body(dice: random.Random) -> bytes | int:
    """Broken content, or a number of bytes to stream without an announced length."""
    marker = MARKER.encode()
    small = [
        b"",
        b"\0",
        b"{",
        b'"',
        marker,
        b"\xff\xfe" + marker,
        b'{"update_id": \xed\xa0\x80}',
        b"\xef\xbb\xbf{}" + marker,
    ]
    large = [b"[" * 100_000, b'{"a":' * 50_000, b'{"n": 1e999' + marker, b"{" + b" " * 100_000, marker * 3000]
    contents: list[bytes | int] = [*small, *large, 300_000]
    return dice.choice(contents)


async def streamed(size: int) -> AsyncIterator[bytes]:
    chunk = (MARKER * 2000).encode()
    for _ in range(size // len(chunk)):
        yield chunk


class Strangers:
    """Those who call."""

    def __init__(self, world: Stand, session: aiohttp.ClientSession, dice: random.Random) -> None:
        self.url = world.brood.url
        self.truth = truth(world)
        self.session = session
        self.dice = dice
        self.answers: Counter[str] = Counter()
        self.spoke: list[bytes] = []

    async def call(self, number: int) -> None:
        """Make one call: mostly with a wrong secret and any content, else with the right one and content that is broken."""
        dice, headers = self.dice, dict[str, str]()
        content = body(dice)
        if number % 100 == 0:
            content = 20 * 2**20
        authentic = dice.random() < 0.2
        if dice.random() < 0.5:
            path, name, secret = "/hooks/telegram/support", TELEGRAM, self.truth.telegram
            if authentic and content == 300_000:
                content = 2 * 2**20
        else:
            key = self.truth.path if authentic or dice.random() < 0.3 else wrong(self.truth.path, dice) or "-"
            path, name, secret = f"/hooks/tiledesk/main/{key[:200]}", TILEDESK, self.truth.tiledesk
        given = secret if authentic else wrong(secret, dice)
        if given is not None:
            headers[name] = given
        if dice.random() < 0.05:
            headers["Content-Encoding"] = dice.choice(["gzip", "deflate", "br"])
        await self.knock(path, headers, content)

    async def knock(self, path: str, headers: dict[str, str], content: bytes | int) -> None:
        data = streamed(content) if isinstance(content, int) else content
        try:
            async with self.session.post(f"{self.url}{path}", data=data, headers=headers) as answer:
                self.answers[str(answer.status)] += 1
                if said := await answer.read():
                    self.spoke.append(said)
        except aiohttp.ClientError:
            self.answers["cut"] += 1  # it was refused before all of it was sent


def memory(pid: int, name: str = "VmRSS") -> int:
    """Bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@pytest.mark.timeout(600 if PROOF else 180)
async def test_a_thousand_calls_of_strangers_leave_no_trace(tmp_path: Path, nursery: Nursery) -> None:
    started = time.monotonic()
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE="webhook", LOG__LEVEL="debug") as world:
        life = await world.brood.start()
        user = world.user()
        await world.meet([user])
        await world.settled()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            strangers = Strangers(world, session, world.dice)
            rest, early = memory(life.pid), 0
            for first in range(0, CALLS, AT_ONCE):
                await asyncio.gather(*(strangers.call(number) for number in range(first, min(CALLS, first + AT_ONCE))))
                if not early and first > CALLS / 5:
                    early = memory(life.pid)
            late, peak = memory(life.pid), memory(life.pid, "VmHWM")
        refused = await metric(world, "bridge_webhook_refused_total")
        world.says(user)
        world.replies(user)
        assert await world.quiet(PATIENCE)
        await world.settled()
        assert await world.brood.terminate() == 0
        figures, answers = world.figures(), dict(strangers.answers)
        publish(
            "X2 strangers at the doors", started,
            calls=CALLS, answers=answers, refused=int(refused), memory_at_rest_mb=rest >> 20,
            memory_grew_mb=(late - early) >> 20, memory_peak_mb=peak >> 20, **figures,
        )  # fmt: skip
        said = world.brood.log.read_text(errors="replace")
        assert set(answers) <= {"400", "401", "404", "413", "415", "cut"}, answers
        assert strangers.spoke == []
        for word in (MARKER, *vars(strangers.truth).values()):
            assert word not in said
        assert "Traceback" not in said
        assert late - early < GROWTH
        assert peak - rest < PEAK
        assert (figures["messages"], figures["lost"], figures["dead"], figures["undone"]) == (3, 0, 0, 0)
