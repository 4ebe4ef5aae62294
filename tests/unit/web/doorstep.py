"""A running server with one door, and requests written by hand."""

import asyncio
from dataclasses import dataclass, field

from bridge.observe import Health, Metrics
from bridge.ports import Answer, Knock

LIMIT = 1000
SECRET = "right"
WORDS = b"words of a user"


@dataclass(slots=True)
class Door:
    """Lets in who knows the secret; answers as told."""

    limit: int = LIMIT
    answers: list[Answer | Exception] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    knocked: asyncio.Event = field(default_factory=asyncio.Event)
    away: int = 0
    """bodies that were not taken"""

    async def admit(self, knock: Knock) -> Answer | None:
        self.knocks.append(knock)
        self.knocked.set()
        return None if knock.headers.get("x-secret") == SECRET else Answer(401, reason="secret")

    def turned_away(self) -> None:
        self.away += 1

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        self.bodies.append(body)
        match self.answers.pop(0) if self.answers else Answer(200):
            case Exception() as error:
                raise error
            case answer:
                return answer


class TellingMetrics(Metrics):
    """Metrics that tell when something was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.anything_refused = asyncio.Event()

    def refused(self, door: str, reason: str) -> None:
        super().refused(door, reason)
        self.anything_refused.set()


@dataclass(slots=True)
class House:
    """A running server with one door."""

    door: Door = field(default_factory=Door)
    metrics: TellingMetrics = field(default_factory=TellingMetrics)
    health: Health = field(default_factory=Health)
    measured: int = 0
    port: int = 0

    async def measure(self) -> None:
        self.measured += 1

    def url(self, path: str = "/hooks/tiledesk/main/p") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def refused(self, reason: str) -> float:
        return self.value("webhook_refused_total", door="tiledesk/main", reason=reason)

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"bridge_{name}", labels) or 0.0

    async def raw(self, head: str, *parts: bytes, secret: str = SECRET) -> "Raw":
        """Write a request by hand."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = ("POST /hooks/tiledesk/main/p HTTP/1.1", "Host: bridge", f"X-Secret: {secret}", head)
        writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + b"".join(parts))
        await writer.drain()
        return Raw(reader, writer)


@dataclass(slots=True)
class Raw:
    """A connection by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int:
        """The answer's status; the connection is closed then."""
        line = await self.reader.readline()
        await self.close()
        return int(line.split()[1])

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return
