"""How late the event loop is: everything else waits as long as that."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

EVERY = 0.25
"""seconds between looks"""


@dataclass(frozen=True, slots=True)
class Lag:
    """Sleeps again and again, and tells by how many seconds it was woken too late."""

    late: Callable[[float], None]

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self.late(max(0.0, loop.time() - due))
